/**
 * Draws up what a fleet is asked to do: by ranges of users where each can be read once, by shards elsewhere. Lines set
 * aside would need a disk that all can reach, so a shard costs a reading of everything, and there are as few as do.
 */
import type { RecordingGroup } from '../../recording/recording-set.ts';
import { SAMPLE_STEPS } from '../../recording/user-key.ts';
import type { RunIdentity } from '../parts/identity.ts';
import { isRanged, plainBytes, type Plan, planParts } from '../parts/plan.ts';
import { contextOf, type PartsOptions } from '../parts/run-parts.ts';
import { type FleetCut, type FleetOrder, rangeJobs, shardJobs, textOfKeys } from './order.ts';
import { usersLookApart } from './users-apart.ts';

/** Ranges for each worker that there is, so that all end about together, and some are left for who comes late. */
const RANGES_A_WORKER = 4;
const LEAST_RANGES = 12;
/** A recording of less gives fewer ranges, but enough for a few workers. */
const FEW_RANGES = 8;
/**
 * Selected bytes of a range. Each hands in a tally, which costs the worker and whoever asks a good part of a second
 * however small it is; and a range, which is seconds of work, is what is lost with a worker.
 */
const SMALLEST_RANGE = 16 << 20;
const LARGEST_RANGE = 512 << 20;
/** Bytes of a range, whatever is selected of them. */
const LEAST_BYTES = 1 << 20;
const MOST_BYTES = 4 * 2 ** 30;

export type OrderOptions = PartsOptions & { readonly identity: RunIdentity };

/**
 * The cut to begin with. Files that each say that their users stand together are taken as they stand where they seem
 * to hold different people. Bad lines that are to be passed over are counted by one rule, that of setting aside.
 */
export async function firstCut({ set, onBadLine }: OrderOptions): Promise<FleetCut> {
  for (const { files } of set.groups) {
    if (!files.every(isRanged) && !(files.length === 1 && files[0]!.grouped)) return 'shards';
    if (files.length > 1 && (onBadLine === 'skip' || !(await usersLookApart(files)))) return 'shards';
  }
  return 'ranges';
}

/** True where a user may turn out to be in two of the ranges without anyone having broken their word. */
export function isAcrossFiles({ cut, groups }: Pick<FleetOrder, 'cut' | 'groups'>): boolean {
  return cut === 'ranges' && groups.some(({ files }) => files.length > 1);
}

/** An order of this cut, or of shards where a recording has no ranges, for as many workers as are there. */
export async function drawUp(options: OrderOptions, cut: FleetCut, workers: number): Promise<FleetOrder> {
  const { set, selection, identity } = options;
  const plan =
    cut === 'ranges'
      ? await planParts(set, {
          sample: selection.sample,
          wantsParts: true,
          partBytes: rangeBytesOf(options, workers),
          acrossFiles: true,
        })
      : await wholeFiles(options);
  if (cut === 'ranges' && !plan.every(({ kind }) => kind === 'stretches'))
    return drawUp(options, 'shards', workers);
  const { chosen, groups, onBadLine, flags, seed, scraping, watched, suite } = await contextOf(
    options,
    plan,
    [],
  );
  return {
    version: 1,
    cut,
    identity,
    groups,
    plan,
    selection,
    chosen: chosen && textOfKeys(chosen),
    onBadLine,
    flags,
    seed,
    scraping,
    watched,
    suite,
    jobs: cut === 'ranges' ? rangeJobs(plan) : shardJobs(workers, selectedBytesOf(options)),
  };
}

/** Files as they are: whoever does a shard cuts them for itself. */
function wholeFiles({ set, selection }: OrderOptions): Promise<Plan> {
  return planParts(set, {
    sample: selection.sample,
    wantsParts: true,
    partBytes: Number.POSITIVE_INFINITY,
  });
}

/** Bytes of the records that are replayed, roughly. */
function selectedBytesOf({ set, selection }: OrderOptions): number {
  return bytesOf(set.groups) * shareOf(selection.sample);
}

/** Bytes of a range in which about as much is selected as suits the whole. */
export function rangeBytesOf(
  { set, selection }: Pick<OrderOptions, 'set' | 'selection'>,
  workers: number,
): number {
  const share = shareOf(selection.sample);
  const selected = bytesOf(set.groups) * share;
  const ranges = Math.max(LEAST_RANGES, RANGES_A_WORKER * workers);
  const wanted = Math.max(selected / ranges, Math.min(SMALLEST_RANGE, selected / FEW_RANGES));
  const bytes = Math.ceil(Math.min(LARGEST_RANGE, wanted) / share);
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytes));
}

function shareOf(sample: number | null): number {
  return (sample ?? SAMPLE_STEPS) / SAMPLE_STEPS;
}

function bytesOf(groups: readonly RecordingGroup[]): number {
  return groups.flatMap(({ files }) => files).reduce((sum, file) => sum + plainBytes(file), 0);
}
