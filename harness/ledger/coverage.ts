/**
 * What a ledger covers on a given day, and which of its entries have run out or cover nothing. Pure: the day is an
 * argument, so that a report depends on what it was given and not on when it was made.
 */
import type { Breach } from '../diff/breach-causes.ts';
import { caseKey, caseName } from '../golden/case-key.ts';
import { matcherFor, mayConcern } from '../golden/select.ts';
import type { Ledger, LedgerEntry, Predicate } from './ledger.ts';

/** True from the day after the entry's last. Both are YYYY-MM-DD. */
export function isExpired({ expires }: LedgerEntry, today: string): boolean {
  return today > expires;
}

/** Says which entries cover a breach: those in force whose predicate holds, by id. */
export function expectation(ledger: Ledger, today: string): (breach: Breach) => readonly string[] {
  const inForce = ledger.entries
    .filter((entry) => !isExpired(entry, today))
    .map(({ id, where }) => ({ id, holds: predicateOf(where) }));
  return (breach) => inForce.filter(({ holds }) => holds(breach)).map(({ id }) => id);
}

function predicateOf(where: Predicate): (breach: Breach) => boolean {
  const isCase = where.case === null ? null : matcherFor(where.case, '');
  return (breach) => {
    if (where.level !== null && where.level !== breach.level) return false;
    if (where.fields !== null && !where.fields.includes(breach.field)) return false;
    if (where.cause !== null && !breach.causes.includes(where.cause)) return false;
    if (where.stage !== null && where.stage !== breach.stage) return false;
    if (where.code !== null && where.code !== breach.code) return false;
    if (where.atMost !== null) {
      const bound = Object.hasOwn(where.atMost, breach.field) ? where.atMost[breach.field]! : 0;
      if (!(Math.abs(breach.value) <= bound)) return false;
    }
    return isCase === null || isCase(caseName(breach.suite, caseKey(breach.user, breach.date)));
  };
}

/** One entry as a run found it. */
export interface EntryUse {
  readonly entry: LedgerEntry;
  /** Breaches it covered. */
  readonly covered: number;
  /** `partial`: it covered nothing, but suites that it may concern were not run. */
  readonly state: 'in_use' | 'unused' | 'expired' | 'partial';
}

/**
 * How a run used a ledger, in the file's order. `covered` counts breaches by entry; `suites` are all of the config's
 * that can have breaches, `ran` those that ran.
 */
export function ledgerUse(
  ledger: Ledger,
  today: string,
  covered: Readonly<Record<string, number>>,
  suites: readonly string[],
  ran: readonly string[],
): readonly EntryUse[] {
  return ledger.entries.map((entry): EntryUse => {
    const count = Object.hasOwn(covered, entry.id) ? covered[entry.id]! : 0;
    if (isExpired(entry, today)) return { entry, covered: 0, state: 'expired' };
    if (count > 0) return { entry, covered: count, state: 'in_use' };
    const { case: pattern } = entry.where;
    const concerned = suites.filter((suite) => pattern === null || mayConcern(suite, pattern, ''));
    const isWhole = concerned.every((suite) => ran.includes(suite));
    return { entry, covered: 0, state: isWhole ? 'unused' : 'partial' };
  });
}
