/**
 * What a fleet is asked to do, as plain values that go through a database: the run as every worker must understand it,
 * and the jobs it is cut into. A worker that holds other code, rules or recordings than these refuses the order.
 */
import { hash } from 'node:crypto';
import type { FlagTexts } from '../../migration.ts';
import type { RecordingGroup } from '../../recording/recording-set.ts';
import type { Selection } from '../../recording/selection.ts';
import type { ScrapeOptions } from '../../tally/scrapes.ts';
import type { RunIdentity } from '../parts/identity.ts';
import type { PartContext } from '../parts/part-worker.ts';
import { partName, partsOf, type Plan } from '../parts/plan.ts';

/** A range of users that stand together, or those users of everything whose keys fall into one shard of so many. */
export type FleetJob =
  | { readonly kind: 'stretch'; readonly group: number; readonly index: number }
  | { readonly kind: 'shard'; readonly index: number; readonly of: number };

/** What an order is cut into: ranges of users, each read once, or shards, each a reading of everything. */
export type FleetCut = 'ranges' | 'shards';

export interface FleetOrder {
  readonly version: 1;
  readonly cut: FleetCut;
  readonly identity: RunIdentity;
  readonly groups: readonly RecordingGroup[];
  readonly plan: Plan;
  readonly selection: Selection;
  /** Keys of a stratified sample's users in base64; null where it is not stratified. */
  readonly chosen: string | null;
  readonly onBadLine: 'fail' | 'skip';
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly scraping: ScrapeOptions | null;
  readonly watched: PartContext['watched'];
  readonly suite: string;
  readonly jobs: readonly FleetJob[];
}

/** Selected bytes of one shard at most: each costs a reading of everything, and is lost whole with its worker. */
const SHARD_BYTES = 4 * 1024 ** 3;
const LEAST_SHARDS = 2;
const MOST_SHARDS = 64;

/** A job's name, unique within its order. */
export function jobName(job: FleetJob): string {
  return job.kind === 'stretch' ? partName(job) : `shard ${job.index + 1}/${job.of}`;
}

/**
 * The id of an order: what it asks for and by which cut, hashed, so that the same question finds the same order again.
 * How many jobs there are is no part of it, for that depends on who was at work when it was put up.
 */
export function orderId({ identity, cut }: Pick<FleetOrder, 'identity' | 'cut'>): string {
  return hash('sha256', JSON.stringify([identity, cut]), 'hex').slice(0, 32);
}

/**
 * The ranges of a plan as jobs, those of several files in turn: a user who is in two of the files is met early then,
 * before much has been replayed in vain.
 */
export function rangeJobs(plan: Plan): FleetJob[] {
  return partsOf(plan)
    .map(({ group, index }) => {
      const { stretches } = plan[group]!;
      const { name } = stretches[index]!.file;
      return { group, index, turn: index - stretches.findIndex(({ file }) => file.name === name) };
    })
    .sort((one, other) => one.turn - other.turn)
    .map(({ group, index }): FleetJob => ({ kind: 'stretch', group, index }));
}

/**
 * Shards as jobs: one for each worker that there is, so that each reads everything about once, and more only where a
 * shard would be too much to lose or to set aside. `selectedBytes` are those of the records that are replayed, roughly.
 */
export function shardJobs(workers: number, selectedBytes: number): FleetJob[] {
  const wanted = Math.max(workers, Math.ceil(selectedBytes / SHARD_BYTES));
  const of = Math.min(MOST_SHARDS, Math.max(LEAST_SHARDS, wanted));
  return Array.from({ length: of }, (_, index): FleetJob => ({ kind: 'shard', index, of }));
}

/** Keys as text for JSON. */
export function textOfKeys(keys: Uint32Array): string {
  return Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength).toString('base64');
}

export function keysOfText(text: string): Uint32Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  const keys = new Uint32Array(bytes.length / Uint32Array.BYTES_PER_ELEMENT);
  new Uint8Array(keys.buffer).set(bytes);
  return keys;
}

/** What a worker has to know of the run to replay its parts. */
export function contextOf(order: FleetOrder): PartContext {
  const { groups, plan, selection, chosen, onBadLine, flags, seed, scraping, watched, suite } = order;
  return {
    groups,
    plan,
    selection,
    chosen: chosen === null ? null : keysOfText(chosen),
    onBadLine,
    flags,
    seed,
    // Rows of a fleet stay where they are made: what comes back is what they add up to.
    store: { kind: 'memory' },
    scraping,
    watched,
    suite,
    wanted: plan.map(() => null),
  };
}
