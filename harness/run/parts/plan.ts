/**
 * Cuts a set of recordings into parts: sets of users that can be replayed apart, in any order, by anyone. Where users
 * stand together a part is a range of bytes; elsewhere lines are first set aside by user, and a part is what was set
 * aside together.
 */
import { hash } from 'node:crypto';
import { cutFile } from '../../recording/ranges.ts';
import type { Stretch } from '../../recording/reading.ts';
import type { RecordingFile, RecordingGroup, RecordingSet } from '../../recording/recording-set.ts';
import { SAMPLE_STEPS } from '../../recording/user-key.ts';

/** What can be replayed apart from everything else. Plain values. */
export type Part =
  | { readonly kind: 'stretch'; readonly group: number; readonly index: number }
  | { readonly kind: 'spilled'; readonly group: number; readonly index: number };

/** How one group of recordings is cut. */
export interface GroupPlan {
  /** `stretches`: each is a part. `spill`: each is set aside by user first, into so many parts. */
  readonly kind: 'stretches' | 'spill';
  readonly stretches: readonly Stretch[];
  readonly parts: number;
  /** Bytes of the stretches as far as they are known. */
  readonly bytes: number;
  /** Bytes that are read to be done with it, roughly: recordings, and what is set aside of them. */
  readonly work: number;
}

/** By group of the set. */
export type Plan = readonly GroupPlan[];

export interface PlanOptions {
  /** The share of users taken, in ten-thousandths. */
  readonly sample: number | null;
  /** True where one part would be too little: several threads, or checkpoints. */
  readonly wantsParts: boolean;
  /** Bytes of a part; what suits most machines when left out. */
  readonly partBytes?: number | undefined;
  /**
   * True to take the users of several files as they stand, too, where each file says that its own stand together. Only
   * for whoever holds afterwards that nobody was met in two of the files.
   */
  readonly acrossFiles?: boolean;
}

const RANGE_BYTES = 32 * 1024 * 1024;
const SPILL_BYTES = 24 * 1024 * 1024;
/** Lines set aside of fewer bytes than this stay in memory. */
export const MEMORY_BYTES = 64 * 1024 * 1024;
/** Each part of a spill is an open file. */
const MOST_SPILLED_PARTS = 512;
/** Parts of what comes through a pipe, however much that is; large ones are read in rounds. */
const PIPED_PARTS = 64;
/** How many times its size a compressed recording has, roughly. */
const EXPANSION = 10;

/** Cuts every group of a set. The same set, sample and wish give the same plan. */
export async function planParts(set: Pick<RecordingSet, 'groups'>, options: PlanOptions): Promise<Plan> {
  const plans: GroupPlan[] = [];
  for (const group of set.groups) plans.push(await planGroup(group, options));
  return plans;
}

/** All parts of a plan, in the order of the recordings. */
export function partsOf(plan: Plan): Part[] {
  return plan.flatMap(({ kind, parts }, group) =>
    Array.from(
      { length: parts },
      (_, index): Part =>
        kind === 'spill' ? { kind: 'spilled', group, index } : { kind: 'stretch', group, index },
    ),
  );
}

/** A part's name, unique within its plan. */
export function partName({ group, index }: Pick<Part, 'group' | 'index'>): string {
  return `${group + 1}-${index + 1}`;
}

/** A text that is the same for the same plan of the same recordings. */
export function cutOf(plan: Plan): string {
  const cut = plan.map(({ kind, stretches, parts }) => [
    kind,
    parts,
    stretches.map(({ range }) => range?.from ?? 0),
  ]);
  return hash('sha256', JSON.stringify(cut), 'hex');
}

/** Group and index behind a part's name. */
export function partNamed(name: string): Pick<Part, 'group' | 'index'> {
  const [group = 1, index = 1] = name.split('-').map(Number);
  return { group: group - 1, index: index - 1 };
}

async function planGroup(group: RecordingGroup, options: PlanOptions): Promise<GroupPlan> {
  const [file] = group.files;
  if (file && group.files.length === 1 && file.grouped) {
    const ranges = await rangesOf(file, options);
    if (ranges.length > 1 || !options.wantsParts || plainBytes(file) <= (options.partBytes ?? MEMORY_BYTES)) {
      const ranged = bytesOf(ranges);
      return { kind: 'stretches', stretches: ranges, parts: ranges.length, bytes: ranged, work: ranged };
    }
  }
  if (options.acrossFiles && group.files.length > 1 && group.files.every(isRanged)) {
    const ranges: Stretch[] = [];
    for (const one of group.files) ranges.push(...(await rangesOf(one, options)));
    const ranged = bytesOf(ranges);
    return { kind: 'stretches', stretches: ranges, parts: ranges.length, bytes: ranged, work: ranged };
  }
  const stretches: Stretch[] = [];
  for (const one of group.files) stretches.push(...(await piecesOf(one, options)));
  const bytes = group.files.reduce((sum, one) => sum + plainBytes(one), 0);
  const taken = bytes * ((options.sample ?? SAMPLE_STEPS) / SAMPLE_STEPS);
  const wanted = Number.isFinite(taken) ? Math.ceil(taken / (options.partBytes ?? SPILL_BYTES)) : PIPED_PARTS;
  const parts = Math.min(MOST_SPILLED_PARTS, Math.max(1, wanted));
  const read = bytesOf(stretches);
  return { kind: 'spill', stretches, parts, bytes: read, work: read + (Number.isFinite(taken) ? taken : 0) };
}

/** Whether a file can be read anywhere, and says that its users stand together. */
export function isRanged({ grouped, stamp, compression }: RecordingFile): boolean {
  return grouped && stamp !== null && compression === 'none';
}

/** Ranges of users where the file allows for them, else the file as a whole. */
async function rangesOf(file: RecordingFile, { partBytes = RANGE_BYTES }: PlanOptions): Promise<Stretch[]> {
  if (!file.stamp || file.compression !== 'none' || file.stamp.bytes <= partBytes)
    return [{ file, range: null }];
  const ranges = await cutFile(file.name, file.stamp.bytes, { bytes: partBytes, between: 'user' });
  return ranges.map((range) => ({ file, range }));
}

/** Pieces that can be set aside side by side. */
async function piecesOf(file: RecordingFile, { partBytes = MEMORY_BYTES }: PlanOptions): Promise<Stretch[]> {
  if (!file.stamp || file.compression !== 'none' || file.stamp.bytes <= partBytes)
    return [{ file, range: null }];
  const ranges = await cutFile(file.name, file.stamp.bytes, { bytes: partBytes, between: 'line' });
  return ranges.map((range) => ({ file, range }));
}

/** Bytes of a file once decompressed, as far as anyone can tell; a pipe's are not known. */
export function plainBytes({ stamp, compression }: RecordingFile): number {
  return (stamp?.bytes ?? Number.POSITIVE_INFINITY) * (compression === 'none' ? 1 : EXPANSION);
}

function bytesOf(stretches: readonly Stretch[]): number {
  return stretches.reduce(
    (sum, { file, range }) => sum + (range ? range.to - range.from : (file.stamp?.bytes ?? 0)),
    0,
  );
}
