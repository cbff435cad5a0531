/**
 * Breaches as golden documents hold them, counted as the gate counts: a record's and, again at each write, its running
 * day's. A file of its own because accepted outcomes have no tally; this is what there is to hold a run's counts against.
 */
import type { GoldenDocument } from './case.ts';
import { isJsonObject, memberOf } from './json.ts';

export const LEVELS = ['record', 'day'] as const;

export type BreachLevel = (typeof LEVELS)[number];

/** Breaches under the base flags by `level/field`; fields without one are absent. */
export type BreachCounts = ReadonlyMap<string, number>;

/** The key of one count. */
export function breachKey(level: BreachLevel, field: string): string {
  return `${level}/${field}`;
}

/** Counts the breaches of documents. */
export function countBreaches(documents: Iterable<GoldenDocument>): BreachCounts {
  const counts = new Map<string, number>();
  for (const { base } of documents) {
    for (const record of base) {
      const breached = memberOf(record, 'breached');
      if (!isJsonObject(breached)) continue;
      for (const level of LEVELS) {
        const names = memberOf(breached, level);
        if (typeof names !== 'string') continue;
        for (const field of names.split(' ')) {
          const key = breachKey(level, field);
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    }
  }
  return counts;
}
