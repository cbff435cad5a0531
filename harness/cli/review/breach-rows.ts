/**
 * Which breach rows of the gate change if cases are accepted: how many breaches the golden files of a suite hold now,
 * and how many they would. A file of its own because golden documents know no limits and limits no documents.
 */
import type { GolemConfig, Suite } from '../../config.ts';
import { limitsOf } from '../../gate/judge.ts';
import { formatNumber } from '../../gate/rows.ts';
import {
  type BreachCounts,
  type BreachLevel,
  breachKey,
  countBreaches,
  LEVELS,
} from '../../golden/breach-counts.ts';
import { acceptedDocuments, type CaseChange, type ComparedSuite } from '../../golden/work.ts';

/** A count of breaches that accepting would change. */
export interface BreachRowChange {
  readonly suite: string;
  readonly level: BreachLevel;
  readonly field: string;
  readonly before: number;
  readonly after: number;
  /** The most the suite's limits allow; null where they allow any number. */
  readonly limit: number | null;
}

/**
 * Makes the function that says which rows change when some of the changed cases are accepted, the others staying as
 * they were accepted. Counts are over all cases of a suite under the base flags, as the gate's rows are.
 */
export function breachRowChanges(
  compared: readonly ComparedSuite[],
  config: Pick<GolemConfig, 'limits' | 'suites' | 'migration'>,
): (chosen: readonly CaseChange[]) => readonly BreachRowChange[] {
  const accepted = new Map(
    compared.map((suite) => [suite.suite, countBreaches(acceptedDocuments(suite).values())]),
  );
  return (chosen) =>
    [...Map.groupBy(chosen, ({ suite }) => suite)].flatMap(([name, changes]) => {
      const suite = config.suites.find((one) => one.name === name);
      const before = accepted.get(name);
      if (suite === undefined || before === undefined) return [];
      const out = countBreaches(changes.flatMap((change) => change.accepted ?? []));
      const into = countBreaches(changes.flatMap((change) => change.current ?? []));
      return rowsOf(suite, config, before, out, into);
    });
}

function rowsOf(
  suite: Suite,
  { limits, migration }: Pick<GolemConfig, 'limits' | 'migration'>,
  before: BreachCounts,
  out: BreachCounts,
  into: BreachCounts,
): BreachRowChange[] {
  const own = limitsOf(suite, limits);
  return LEVELS.flatMap((level) =>
    migration.fields.flatMap(({ name: field }) => {
      const key = breachKey(level, field);
      const was = before.get(key) ?? 0;
      const by = (into.get(key) ?? 0) - (out.get(key) ?? 0);
      if (by === 0) return [];
      const limit = (own[level]?.[field] ?? own[level]?.['*'])?.breaches ?? null;
      return [{ suite: suite.name, level, field, before: was, after: was + by, limit }];
    }),
  );
}

/** The row in words: `edges day df breaches: 13 → 15, at most 13`. */
export function breachRowText({ suite, level, field, before, after, limit }: BreachRowChange): string {
  const most = limit === null ? 'no limit' : `at most ${formatNumber(limit)}`;
  return `${suite} ${level} ${field} breaches: ${formatNumber(before)} → ${formatNumber(after)}, ${most}`;
}

/** Whether the row would turn red or green, or stay as it is. */
export function breachRowTurns({ before, after, limit }: BreachRowChange): 'red' | 'green' | null {
  if (limit === null || before > limit === after > limit) return null;
  return after > limit ? 'red' : 'green';
}
