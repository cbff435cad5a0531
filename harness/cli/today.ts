/**
 * The day by which expected differences run out: the one that `--today` names, else the clock's. The only place where
 * a gate meets the calendar, so that everything behind it is the same on any day that is given.
 */
import { GolemError } from '../errors.ts';
import { isDate } from '../ledger/ledger.ts';
import type { Clock } from '../migration.ts';
import { systemClock } from './system.ts';

export const TODAY_HELP = 'the day by which expected differences run out, YYYY-MM-DD (default: today in UTC)';

/** Reads `--today`; without it the clock's day in UTC, the same for everyone everywhere. */
export function readToday(given: string | undefined, clock: Clock = systemClock): string {
  if (given === undefined) return new Date(clock.nowMs()).toISOString().slice(0, 'YYYY-MM-DD'.length);
  if (isDate(given)) return given;
  const reason = 'expected a day such as 2026-03-31';
  throw new GolemError({ kind: 'usage', verb: 'read', subject: `--today ${given}`, reason });
}
