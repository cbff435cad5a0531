/**
 * How far day totals move between accepted outcomes and those seen now: what accepting would mean for the people whose
 * days they are. Pure, and a file of its own because differences between the paths say nothing of it: both may move.
 */
import { toSixDecimals } from '../diff/fields.ts';
import type { GoldenDocument } from './case.ts';
import { isJsonObject, memberOf } from './json.ts';
import type { CaseName } from './select.ts';
import type { CaseChange } from './work.ts';

const PATHS = ['legacy', 'v2'] as const;

/** How one path's total of one measure moves over the days of some cases. */
export interface DayShift {
  readonly path: (typeof PATHS)[number];
  readonly measure: string;
  /** Days whose total moves. */
  readonly days: number;
  /** The signed sum of what they move by, to 6 decimals, in the measure's unit. */
  readonly sum: number;
  /** The day that moves most, signed. */
  readonly worst: number;
  readonly worstCase: CaseName;
}

/**
 * Shifts by path and measure, those of nothing left out. A day's total is the sum of its records' totals under the
 * base flags; a record that counts nothing counts 0. Only cases with both outcomes have a shift.
 */
export function dayShifts(changes: readonly CaseChange[], measures: readonly string[]): readonly DayShift[] {
  const shifts: DayShift[] = [];
  for (const path of PATHS) {
    for (const measure of measures) {
      const days = changes.flatMap(({ name, accepted, current }) => {
        if (accepted === null || current === null) return [];
        const by = toSixDecimals(dayTotal(current, path, measure) - dayTotal(accepted, path, measure));
        return by === 0 ? [] : [{ name, by }];
      });
      const [first, ...rest] = days;
      if (first === undefined) continue;
      const worst = rest.reduce((most, one) => (Math.abs(one.by) > Math.abs(most.by) ? one : most), first);
      const sum = toSixDecimals(days.reduce((all, { by }) => all + by, 0));
      shifts.push({ path, measure, days: days.length, sum, worst: worst.by, worstCase: worst.name });
    }
  }
  return shifts;
}

function dayTotal(document: GoldenDocument, path: string, measure: string): number {
  let sum = 0;
  for (const record of document.base) {
    const outcome = memberOf(record, path);
    const totals = isJsonObject(outcome) ? memberOf(outcome, 'totals') : undefined;
    const total = isJsonObject(totals) ? memberOf(totals, measure) : undefined;
    if (typeof total === 'number') sum += total;
  }
  return sum;
}
