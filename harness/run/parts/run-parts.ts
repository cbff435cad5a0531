/**
 * Replays a set of recordings part by part and adds up what the parts leave: in this thread or in several, all parts or
 * those that a checkpoint lacks. What comes out depends on the recordings and the context alone.
 */
import { availableParallelism } from 'node:os';
import type { GolemConfig } from '../../config.ts';
import { GolemError } from '../../errors.ts';
import type { FlagTexts, StoreChoice } from '../../migration.ts';
import { doorTo } from '../../recording/doors.ts';
import { describeSet, type RecordingSet } from '../../recording/recording-set.ts';
import { findRegrouped } from '../../recording/regrouped.ts';
import type { Selection } from '../../recording/selection.ts';
import { MemorySpill, type OwnSpill, openDiskSpill } from '../../recording/spill.ts';
import { countUsers, UserCounts } from '../../recording/stratify.ts';
import { SAMPLE_STEPS, type UserKey } from '../../recording/user-key.ts';
import { UserTable } from '../../recording/user-table.ts';
import type { ScrapeOptions } from '../../tally/scrapes.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Crew, type Job } from './crew.ts';
import { recordingsChanged } from './identity.ts';
import { PartTally } from './part-tally.ts';
import { LocalPartWorker, type PartContext, type PartDone, type PartProgress } from './part-worker.ts';
import {
  cutOf,
  MEMORY_BYTES,
  type Part,
  partName,
  partsOf,
  plainBytes,
  type Plan,
  planParts,
} from './plan.ts';
import type { StopSign } from './stop-sign.ts';
import { ThreadPartWorker } from './thread-worker.ts';

export interface PartsOptions {
  readonly config: GolemConfig;
  /** Absolute path of the config; null where it is only a value, which keeps all work in this thread. */
  readonly configFile: string | null;
  readonly set: RecordingSet;
  readonly selection: Selection;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly store: StoreChoice;
  readonly onBadLine: 'fail' | 'skip';
  readonly scraping: ScrapeOptions | null;
  readonly watched: PartContext['watched'];
  /** Null for as many as the machine has cores, and one for what is small. */
  readonly workers: number | null;
  readonly onCrash: 'retry' | 'fail';
  /** True to replay in another thread even where one would do, so that its crash leaves this one alive. */
  readonly ownThread?: boolean;
  readonly checkpoint: Checkpoint | null;
  /** Bytes of a part; what suits most machines when left out. */
  readonly partBytes?: number | undefined;
  readonly stop: StopSign;
  readonly elapsedMs: () => number;
  readonly onPlan: (plan: Plan) => void;
  readonly onProgress: (progress: PartProgress) => void;
  readonly note: (line: string) => void;
}

export interface PartsResult {
  readonly merged: PartTally;
  /** False where it was stopped before the end. */
  readonly finished: boolean;
}

/** Recordings of fewer bytes than this are not worth a second thread's start. */
const SMALL_BYTES = 32 * 1024 * 1024;

/** Replays what is selected of a set. Rejects with golem's own errors. */
export async function runParts(options: PartsOptions): Promise<PartsResult> {
  const { set, selection, checkpoint, stop, elapsedMs } = options;
  const { workers, usesThreads } = workersFor(options);
  const plan = await planParts(set, {
    sample: selection.sample,
    wantsParts: workers > 1 || checkpoint !== null,
    partBytes: options.partBytes,
  });
  options.onPlan(plan);
  const merged = new PartTally({
    migration: options.config.migration,
    seed: options.seed,
    scraping: options.scraping,
  });
  const users = new UsersOnce(plan);
  const done = checkpoint
    ? await checkpoint.load(merged, cutOf(plan), (part, keys) => users.add(part, keys))
    : new Set<string>();
  const parts = partsOf(plan).filter((part) => !done.has(partName(part)));
  const context = await contextOf(options, plan, parts);
  const spills = openSpills(plan, parts, selection, usesThreads);
  const hire = (): LocalPartWorker | ThreadPartWorker =>
    options.configFile !== null && usesThreads
      ? new ThreadPartWorker(
          { context, configFile: options.configFile, descriptors: spills.descriptors, stop: stop.shared },
          options.onProgress,
        )
      : new LocalPartWorker(context, {
          migration: options.config.migration,
          spillOf: spills.of,
          opened: set.opened,
          stop: stop.isUp,
          elapsedMs,
          onProgress: options.onProgress,
        });
  const crew = new Crew({
    workers,
    hire,
    merged,
    onCrash: options.onCrash,
    nameOf: (job) => nameOf(job, plan),
    onHandedOver: async (jobs, tally) => {
      const whole = jobs.flatMap((job) => (job.kind === 'replay' ? [job.part] : []));
      if (checkpoint && whole.length > 0)
        await checkpoint.save(
          whole.map((part) => ({ name: partName(part), users: users.keysOf(part) })),
          tally instanceof PartTally ? tally.toBytes() : tally,
        );
    },
    onPartDone: (part, { users: keys }: PartDone) => users.add(part, keys),
    handOverEveryMs: checkpoint?.everyMs ?? null,
    elapsedMs,
    stop,
    note: options.note,
  });
  try {
    const finished = (await crew.work(setAsideJobs(plan, parts))) && (await crew.work(parts.map(replayJob)));
    await refuseChanged(set);
    return { merged, finished };
  } catch (error) {
    // What stands in a recording that is being written to may be wrong for that reason alone.
    await refuseChanged(set);
    throw error;
  } finally {
    await crew.close();
    spills.close();
    for (const { source } of set.opened.values()) await source.close();
  }
}

/**
 * How many work on a set, and whether in threads of their own. Pipes can be read in this thread alone. One worker has
 * a thread too where there is much to do: its heap is kept smaller than this thread's can be.
 */
function workersFor({ workers, configFile, set, selection, store, ownThread = false }: PartsOptions): {
  readonly workers: number;
  readonly usesThreads: boolean;
} {
  if (configFile === null || set.opened.size > 0) return { workers: 1, usesThreads: false };
  const isSmall = bytesTaken(set, selection) < SMALL_BYTES;
  if (workers !== null) return { workers, usesThreads: workers > 1 || !isSmall || ownThread };
  // Each thread would start a database of its own inside this process.
  const isAlone = isSmall || store.kind === 'pglite';
  return { workers: isAlone ? 1 : availableParallelism(), usesThreads: !isAlone || ownThread };
}

/** Bytes of the records that are replayed, roughly. */
function bytesTaken({ groups }: RecordingSet, { sample }: Selection): number {
  const files = groups.flatMap((group) => group.files);
  const bytes = files.reduce((sum, file) => sum + plainBytes(file), 0);
  return (bytes * (sample ?? SAMPLE_STEPS)) / SAMPLE_STEPS;
}

export async function contextOf(
  options: PartsOptions,
  plan: Plan,
  parts: readonly Part[],
): Promise<PartContext> {
  const { set, selection, flags, seed, store, onBadLine, scraping, watched } = options;
  return {
    groups: set.groups,
    plan,
    selection,
    chosen: selection.stratify && selection.sample !== null ? await chooseUsers(options, plan) : null,
    onBadLine,
    flags,
    seed,
    store,
    scraping,
    watched,
    suite: describeSet(set),
    wanted: plan.map(({ parts: all }, group) => {
      const own = parts.filter((part) => part.group === group);
      return own.length === all ? null : new Set(own.map(({ index }) => index));
    }),
  };
}

async function chooseUsers({ set, selection }: PartsOptions, plan: Plan): Promise<Uint32Array> {
  const [pipe] = set.opened.keys();
  if (pipe !== undefined) {
    throw new GolemError({
      kind: 'usage',
      verb: 'stratify',
      subject: pipe,
      reason:
        'users are counted first, and a pipe can be read only once; keep what comes through it in a file',
      next: 'golem replay FILE --sample 10% --stratify records',
    });
  }
  const counts = new UserCounts(selection.seed);
  for (const [group, { stretches }] of plan.entries())
    await countUsers(stretches, selection, set.groups[group]!.tzOffsetMinutes, counts);
  return counts.take(selection.sample ?? SAMPLE_STEPS);
}

interface Spills {
  readonly of: (group: number) => MemorySpill | OwnSpill['spill'];
  /** By group; empty where lines stay in memory or none are set aside. */
  readonly descriptors: readonly (readonly number[])[];
  readonly close: () => void;
}

function openSpills(plan: Plan, parts: readonly Part[], selection: Selection, usesThreads: boolean): Spills {
  const share = (selection.sample ?? SAMPLE_STEPS) / SAMPLE_STEPS;
  const own: OwnSpill[] = [];
  const spills = plan.map(({ kind, parts: all, stretches }, group) => {
    if (kind !== 'spill' || !parts.some((part) => part.group === group)) return new MemorySpill(0);
    // Threads share files, not memory.
    const bytes = stretches.reduce(
      (sum, { file, range }) => sum + (range ? range.to - range.from : plainBytes(file)),
      0,
    );
    if (!usesThreads && bytes * share <= MEMORY_BYTES) return new MemorySpill(all);
    const spill = openDiskSpill(all);
    own.push(spill);
    return spill.spill;
  });
  return {
    of: (group) => spills[group]!,
    descriptors: spills.map((spill) => (spill instanceof MemorySpill ? [] : spill.descriptors)),
    close: () => {
      for (const spill of own) spill.close();
    },
  };
}

function setAsideJobs(plan: Plan, parts: readonly Part[]): Job[] {
  return plan.flatMap(({ kind, stretches }, group) =>
    kind === 'spill' && parts.some((part) => part.group === group)
      ? stretches.map((_, stretch): Job => ({ kind: 'set-aside', group, stretch }))
      : [],
  );
}

function replayJob(part: Part): Job {
  return { kind: 'replay', part };
}

/** What people call a job. */
function nameOf(job: Job, plan: Plan): string {
  if (job.kind === 'set-aside') return plan[job.group]!.stretches[job.stretch]!.file.label;
  const { kind, group, index } = job.part;
  const { stretches, parts } = plan[group]!;
  const label = kind === 'stretch' ? `${stretches[index]!.file.label}, ` : '';
  return `${label}part ${index + 1} of ${parts}`;
}

/** A recording that was written to meanwhile is not the one that anybody asked about. */
export async function refuseChanged(set: RecordingSet): Promise<void> {
  for (const { name, label, stamp } of set.groups.flatMap(({ files }) => files)) {
    if (!stamp) continue;
    const now = await doorTo(name)
      .stat(name)
      .catch(() => null);
    if (now === null) throw recordingsChanged(label, 'it was removed while it was read');
    if (now.bytes !== stamp.bytes) {
      const how = now.bytes > stamp.bytes ? 'it grew' : 'it shrank';
      throw recordingsChanged(label, `${how} from ${stamp.bytes} to ${now.bytes} bytes while it was read`);
    }
    if (now.version !== stamp.version) throw recordingsChanged(label, 'it was written to while it was read');
  }
}

/** Holds that no user stands in two ranges of a file that says its users stand together. */
export class UsersOnce {
  readonly #plan: Plan;
  readonly #tables: readonly UserTable[];
  readonly #keys = new Map<string, Uint32Array>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#tables = plan.map(() => new UserTable());
  }

  /** The keys of a part's users, for a checkpoint; null where they can be in no other part. */
  keysOf(part: Pick<Part, 'group' | 'index'>): Uint32Array | null {
    return this.#keys.get(partName(part)) ?? null;
  }

  async add(part: Pick<Part, 'group' | 'index'>, keys: Uint32Array | null): Promise<void> {
    const { stretches } = this.#plan[part.group]!;
    if (!keys || stretches.length < 2) return;
    this.#keys.set(partName(part), keys);
    const table = this.#tables[part.group]!;
    for (let at = 0; at + 1 < keys.length; at += 2) {
      const key: UserKey = { a: keys[at]!, b: keys[at + 1]! };
      const known = table.get(key);
      if (known >= 0 && known !== part.index) throw await findRegrouped(stretches[part.index]!.file, key);
      table.set(key, part.index);
    }
  }
}
