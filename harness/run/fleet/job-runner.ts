/**
 * The thread that a fleet's worker has its jobs replayed in, as the worker sees it. The thread's heap is kept small, and
 * the worker speaks up for its job and hears the database however busy the thread is.
 */
import { Worker } from 'node:worker_threads';
import { GolemError } from '../../errors.ts';
import { WorkerCrash } from '../parts/crew.ts';
import type { StopSign } from '../parts/stop-sign.ts';
import { YOUNG_GENERATION_MB } from '../parts/thread-worker.ts';
import type { ClaimedJob, JobProgress } from './board.ts';
import type { JobDone, JobThreadReply, JobThreadRequest, JobThreadStart } from './job-thread-protocol.ts';
import type { FleetOrder } from './order.ts';

export interface JobRunnerOptions {
  /** Absolute path of the config. */
  readonly configFile: string;
  readonly stop: StopSign;
}

/** The entry stands beside this file, unbuilt or built as this one is. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './job-thread.ts' : './job-thread.js',
  import.meta.url,
);

const NOTHING: JobProgress = { records: 0, breaches: 0, share: 0 };

interface Asked {
  readonly resolve: (value: JobDone | string | null) => void;
  readonly reject: (error: unknown) => void;
}

export class JobRunner {
  readonly #options: JobRunnerOptions;
  #thread: Worker | null = null;
  #asked: Asked | null = null;
  #progress = NOTHING;
  readonly #drop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** Starts the thread, so that it is there when the first job is. */
  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#thread = this.#start();
  }

  /** How far the job at hand is. */
  get progress(): JobProgress {
    return this.#progress;
  }

  /** What is wrong with the order's recordings as they are seen from here; null where nothing is. */
  async differs(order: FleetOrder): Promise<string | null> {
    return (await this.#ask({ ask: 'recordings', order })) as string | null;
  }

  /** Replays one job. Rejects with golem's own errors, and with a `WorkerCrash` where the thread is gone. */
  async run({ job, order: id }: Pick<ClaimedJob, 'job' | 'order'>, order: FleetOrder): Promise<JobDone> {
    this.#progress = NOTHING;
    Atomics.store(this.#drop, 0, 0);
    return (await this.#ask({ ask: 'run', id, order, job })) as JobDone;
  }

  /** Has the job at hand end after the user at hand, unfinished. */
  drop(): void {
    Atomics.store(this.#drop, 0, 1);
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }

  #start(): Worker {
    const { configFile, stop } = this.#options;
    const start: JobThreadStart = { configFile, stop: stop.shared, drop: this.#drop.buffer };
    const thread = new Worker(ENTRY, {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    thread.on('message', (reply: JobThreadReply) => this.#hear(reply));
    thread.on('error', (error) => this.#lose(thread, error instanceof Error ? error.message : String(error)));
    thread.on('exit', (code) => this.#lose(thread, `it ended with code ${code}`));
    return thread;
  }

  #ask(request: JobThreadRequest): Promise<JobDone | string | null> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#thread ??= this.#start();
      this.#thread.postMessage(request);
    });
  }

  #hear(reply: JobThreadReply): void {
    if (reply.reply === 'progress') {
      this.#progress = reply.progress;
      return;
    }
    const asked = this.#asked;
    this.#asked = null;
    if (reply.reply === 'done') asked?.resolve(reply.value);
    else if (reply.reply === 'failure') asked?.reject(new GolemError(reply.failure));
    else asked?.reject(Object.assign(new Error(reply.message), { stack: reply.stack }));
  }

  /** The next thing asked gets a thread of its own. */
  #lose(thread: Worker, reason: string): void {
    if (this.#thread === thread) this.#thread = null;
    const asked = this.#asked;
    this.#asked = null;
    asked?.reject(new WorkerCrash(reason));
  }
}
