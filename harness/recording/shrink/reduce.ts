/**
 * Reduces records to as few and as simple ones as still show something: users, then days, then records, then what is
 * inside a record, over and over until nothing more can go. Pure but for the question it asks; who answers it, by
 * replaying, is no concern of this file.
 */
import type { RecordedWrite } from '../format.ts';
import { minimise } from './delta-debugging.ts';
import { type Simplifier, simplifyRecords } from './simplify.ts';

export interface ReduceOptions extends Simplifier {
  /** The local day that a record belongs to. */
  readonly dayOf: (record: RecordedWrite) => string;
  /** False leaves records as they are, for what only the very same records can show. */
  readonly inside: boolean;
}

/** Rounds at most: a second one finds what the first one's simpler records no longer need, a third is rare. */
const ROUNDS = 4;

/**
 * The reduced records, in their order. `records` are taken to show it. Every step is kept only when it still shows
 * it, so whatever the budget leaves undone, what comes back shows it too.
 */
export async function reduceRecords(
  records: readonly RecordedWrite[],
  options: ReduceOptions,
): Promise<readonly RecordedWrite[]> {
  const { budget } = options;
  let current = records;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = current;
    current = await leaveOut(current, ({ user }) => user, options);
    current = await leaveOut(current, (record) => `${record.user}\n${options.dayOf(record)}`, options);
    current = await minimise(current, budget.shows, { mayBeEmpty: false });
    if (options.inside) current = await simplifyRecords(current, options);
    const same =
      current.length === before.length && current.every((record, index) => record === before[index]);
    if (same || budget.exhausted) break;
  }
  return current;
}

/** Leaves out whole groups of records. */
async function leaveOut(
  records: readonly RecordedWrite[],
  groupOf: (record: RecordedWrite) => string,
  { budget }: ReduceOptions,
): Promise<readonly RecordedWrite[]> {
  const groups = [...new Set(records.map(groupOf))];
  if (groups.length < 2) return records;
  const of = (kept: readonly string[]): readonly RecordedWrite[] => {
    const wanted = new Set(kept);
    return records.filter((record) => wanted.has(groupOf(record)));
  };
  return of(await minimise(groups, (kept) => budget.shows(of(kept)), { mayBeEmpty: false }));
}
