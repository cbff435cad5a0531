/**
 * What a fleet is asked to do, as plain values that go through a database: the run as every worker must understand it,
 * and the jobs it is cut into. A worker that holds other code, rules or recordings than these refuses the order.
 */
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

export interface FleetOrder {
  readonly version: 1;
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

/** Plain bytes of one job where users do not stand together: each such job reads everything and keeps its share. */
const SHARD_BYTES = 512 * 1024 * 1024;
const MOST_SHARDS = 64;

/** A job's name, unique within its order. */
export function jobName(job: FleetJob): string {
  return job.kind === 'stretch' ? partName(job) : `shard ${job.index + 1}/${job.of}`;
}

/**
 * The jobs of a plan: its ranges where every group has them. Elsewhere lines would have to be set aside on a disk that
 * all can reach, so each worker reads everything and takes one shard of the users.
 */
export function jobsOf(plan: Plan): FleetJob[] {
  if (plan.every(({ kind }) => kind === 'stretches'))
    return partsOf(plan).map(({ group, index }): FleetJob => ({ kind: 'stretch', group, index }));
  const bytes = plan.reduce((sum, group) => sum + group.bytes, 0);
  const of = Math.min(MOST_SHARDS, Math.max(2, Math.ceil(bytes / SHARD_BYTES)));
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
