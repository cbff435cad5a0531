/**
 * Replays one job after another of a fleet's orders, in the thread it is made in, and gives each job's tally as bytes.
 */
import type { GolemConfig } from '../../config.ts';
import { doorTo, throughDoor } from '../../recording/doors.ts';
import type { RecordingGroup } from '../../recording/recording-set.ts';
import type { PartTally } from '../parts/part-tally.ts';
import { LocalPartWorker, type PartContext, type PartProgress } from '../parts/part-worker.ts';
import type { Part } from '../parts/plan.ts';
import { runParts } from '../parts/run-parts.ts';
import type { StopSign } from '../parts/stop-sign.ts';
import type { JobProgress } from './board.ts';
import type { JobDone } from './job-thread-protocol.ts';
import { contextOf, type FleetJob, type FleetOrder } from './order.ts';

export interface JobReplayOptions {
  readonly config: GolemConfig;
  readonly stop: StopSign;
  readonly elapsedMs: () => number;
  /** How far the job at hand is. */
  readonly onProgress: (progress: JobProgress) => void;
}

export class JobReplay {
  readonly #options: JobReplayOptions;
  /** Whoever replays the ranges of one order. */
  #own: { readonly order: string; readonly worker: LocalPartWorker } | null = null;
  #records = 0;
  #breaches = 0;
  #bytes = 0;
  /** Bytes that the job at hand reads in all. */
  #work = 0;

  constructor(options: JobReplayOptions) {
    this.#options = options;
  }

  /** Replays a job of the order with this id. Rejects with golem's own errors. */
  async run(id: string, order: FleetOrder, job: FleetJob): Promise<JobDone> {
    this.#records = 0;
    this.#breaches = 0;
    this.#bytes = 0;
    const context = contextOf(order);
    if (job.kind === 'shard') {
      await this.#drop();
      return this.#runShard(job, context, order);
    }
    // The same question may be asked again of files that lie elsewhere.
    const asked = JSON.stringify([id, order.groups]);
    if (this.#own?.order !== asked) await this.#drop();
    this.#own ??= { order: asked, worker: this.#workerOn(context) };
    try {
      const done = await this.#runRange(job, context, this.#own.worker);
      if (!done.finished) await this.#drop();
      return done;
    } catch (error) {
      // It holds half a job, which the next tally must not have in it.
      await this.#drop();
      throw error;
    }
  }

  async #runRange(part: Part, context: PartContext, worker: LocalPartWorker): Promise<JobDone> {
    const { file, range } = context.plan[part.group]!.stretches[part.index]!;
    this.#work = range ? range.to - range.from : (file.stamp?.bytes ?? 0);
    const { finished, users } = await worker.replay(part);
    if (!finished) return { finished };
    const keys = users && new Uint8Array(users.buffer, users.byteOffset, users.byteLength);
    return doneWith(await worker.handOver(), keys);
  }

  #workerOn(context: PartContext): LocalPartWorker {
    const { config, stop, elapsedMs } = this.#options;
    return new LocalPartWorker(context, {
      migration: config.migration,
      spillOf: () => {
        throw new Error('a range of users sets no lines aside');
      },
      opened: new Map(),
      stop: stop.isUp,
      elapsedMs,
      onProgress: (progress) => this.#hear(progress),
    });
  }

  async #drop(): Promise<void> {
    const own = this.#own;
    this.#own = null;
    await own?.worker.close();
  }

  async #runShard(
    job: Extract<FleetJob, { readonly kind: 'shard' }>,
    context: PartContext,
    { identity }: FleetOrder,
  ): Promise<JobDone> {
    const { config, stop, elapsedMs } = this.#options;
    const { selection, flags, seed, onBadLine, scraping, watched, store } = context;
    const groups = await withStampsOfHere(context.groups);
    const { merged, finished } = await runParts({
      config,
      configFile: null,
      set: { asked: identity.asked, groups, notes: [], opened: new Map() },
      selection: { ...selection, shard: { index: job.index, of: job.of } },
      flags,
      seed,
      store,
      onBadLine,
      scraping,
      watched,
      workers: 1,
      onCrash: 'fail',
      checkpoint: null,
      stop,
      elapsedMs,
      onPlan: (plan) => {
        // What is set aside is a shard of what the plan has in mind.
        this.#work = plan.reduce((sum, { bytes, work }) => sum + bytes + (work - bytes) / job.of, 0);
      },
      onProgress: (progress) => this.#hear(progress),
      note: () => undefined,
    });
    return finished ? doneWith(merged, null) : { finished };
  }

  #hear({ records, breaches, bytes }: PartProgress): void {
    this.#records += records;
    this.#breaches += breaches;
    this.#bytes += bytes;
    const share = this.#work === 0 ? 0 : Math.min(1, Math.max(0, this.#bytes / this.#work));
    this.#options.onProgress({ records: this.#records, breaches: this.#breaches, share });
  }
}

function doneWith(tally: PartTally, users: Uint8Array<ArrayBuffer> | null): JobDone {
  const bytes = tally.toBytes();
  const { records } = tally.tally;
  tally.release();
  return { finished: true, tally: bytes, users, records };
}

/** The same files with their stamps as this machine sees them: another one's cannot be told from a change. */
async function withStampsOfHere(groups: readonly RecordingGroup[]): Promise<RecordingGroup[]> {
  const stamped: RecordingGroup[] = [];
  for (const group of groups) {
    const files: RecordingGroup['files'][number][] = [];
    for (const file of group.files)
      files.push({ ...file, stamp: await throughDoor(file.label, () => doorTo(file.name).stat(file.name)) });
    stamped.push({ ...group, files });
  }
  return stamped;
}
