/**
 * Shares the jobs of a run out among workers: each takes the next one when it is free, hands its tally over now and
 * then, and is replaced where it crashes. Which worker did what never shows in what comes out.
 */
import { GolemError } from '../../errors.ts';
import type { PartTally } from './part-tally.ts';
import type { PartDone, PartWorker } from './part-worker.ts';
import type { Part } from './plan.ts';
import type { StopSign } from './stop-sign.ts';

export type Job =
  | { readonly kind: 'set-aside'; readonly group: number; readonly stretch: number }
  | { readonly kind: 'replay'; readonly part: Part };

/** A worker that is gone, with all it held; whatever it did since its last tally is lost. */
export class WorkerCrash extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'WorkerCrash';
  }
}

export interface CrewOptions {
  readonly workers: number;
  readonly hire: () => PartWorker;
  /** What the tallies are added up in. */
  readonly merged: PartTally;
  readonly onCrash: 'retry' | 'fail';
  /** What people call a job, such as `september.ndjson, part 3 of 12`. */
  readonly nameOf: (job: Job) => string;
  /** Jobs are done for good: their tally is in `merged`. */
  readonly onHandedOver: (jobs: readonly Job[], tally: PartTally | Uint8Array) => Promise<void>;
  readonly onPartDone: (part: Part, done: PartDone) => Promise<void>;
  /** A tally is asked for when it is this old, in milliseconds; null leaves it until there are no more jobs. */
  readonly handOverEveryMs: number | null;
  readonly elapsedMs: () => number;
  readonly stop: Pick<StopSign, 'isUp' | 'putUp'>;
  /** Tells people of something that went wrong and was mended. */
  readonly note: (line: string) => void;
}

/** A job that crashes a worker this often is not tried again. */
const MOST_CRASHES = 2;

export class Crew {
  readonly #options: CrewOptions;
  readonly #workers: (PartWorker | null)[];
  readonly #crashes = new Map<Job, number>();
  #pending: Job[] = [];
  /** Jobs whose tally has not been handed over. */
  #open = 0;
  #failure: { readonly error: unknown } | null = null;
  #changed = Promise.withResolvers<void>();

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#workers = new Array<PartWorker | null>(options.workers).fill(null);
  }

  /** Does all jobs; resolves to false where it was stopped before the end. Rejects with the first failure. */
  async work(jobs: readonly Job[]): Promise<boolean> {
    this.#pending = [...jobs];
    this.#open = jobs.length;
    const slots = this.#workers.slice(0, Math.max(1, Math.min(this.#workers.length, jobs.length)));
    await Promise.all(slots.map((_, slot) => this.#fill(slot)));
    if (this.#failure) throw this.#failure.error;
    return this.#open === 0;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#workers.map((worker) => worker?.close()));
  }

  /** Keeps one place at work until nothing is left to do. */
  async #fill(slot: number): Promise<void> {
    const { stop, elapsedMs, handOverEveryMs } = this.#options;
    let held: Job[] = [];
    let isWhole = true;
    let handedOverMs = elapsedMs();
    while (!this.#failure) {
      const job = stop.isUp() || !isWhole ? undefined : this.#pending.shift();
      const isDue = handOverEveryMs !== null && elapsedMs() - handedOverMs >= handOverEveryMs;
      try {
        const worker = this.#workers[slot] ?? this.#hire(slot);
        if (held.length > 0 && (job === undefined || isDue)) {
          await this.#takeOver(worker, held, isWhole);
          held = [];
          handedOverMs = elapsedMs();
        }
        if (job !== undefined) {
          // Held before it is done: a worker that crashes takes the half of it along.
          held.push(job);
          isWhole = await this.#do(worker, job);
          continue;
        }
      } catch (error) {
        if (job !== undefined && held.at(-1) !== job) held.push(job);
        this.#lose(slot, held, error);
        held = [];
        isWhole = true;
        continue;
      }
      if (this.#open === 0 || stop.isUp()) break;
      await this.#changed.promise;
    }
    this.#wake();
  }

  #hire(slot: number): PartWorker {
    const worker = this.#options.hire();
    this.#workers[slot] = worker;
    return worker;
  }

  /** True where the job was done to its end. */
  async #do(worker: PartWorker, job: Job): Promise<boolean> {
    if (job.kind === 'set-aside') return (await worker.setAside(job.group, job.stretch)).finished;
    const done = await worker.replay(job.part);
    await this.#options.onPartDone(job.part, done);
    return done.finished;
  }

  async #takeOver(worker: PartWorker, held: readonly Job[], isWhole: boolean): Promise<void> {
    const { merged, onHandedOver } = this.#options;
    const tally = await worker.handOver();
    if (tally instanceof Uint8Array) merged.mergeBytes(tally);
    else merged.merge(tally);
    if (!isWhole) return;
    await onHandedOver(held, tally);
    this.#open -= held.length;
    this.#wake();
  }

  /** A worker's jobs go back to the others, unless it failed for good. */
  #lose(slot: number, held: readonly Job[], error: unknown): void {
    const { onCrash, nameOf, note } = this.#options;
    const job = held.at(-1);
    if (!(error instanceof WorkerCrash) || job === undefined) {
      this.#fail(error);
      return;
    }
    this.#workers[slot] = null;
    const crashes = (this.#crashes.get(job) ?? 0) + 1;
    this.#crashes.set(job, crashes);
    if (onCrash === 'fail' || crashes >= MOST_CRASHES) {
      const times = crashes === 1 ? '' : ` ${crashes} times`;
      this.#fail(
        new GolemError({
          kind: 'internal',
          verb: 'replay',
          subject: nameOf(job),
          reason: `its worker crashed${times}: ${error.message}`,
        }),
      );
      return;
    }
    note(`a worker crashed at ${nameOf(job)}: ${error.message}; another one begins it anew`);
    this.#pending.unshift(...held);
    this.#wake();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    // What the others are at would be thrown away.
    this.#options.stop.putUp();
    this.#wake();
  }

  /** Wakes those who wait for something to do, or for the end. */
  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
