/**
 * A worker in a thread of its own, as the command's thread sees it: calls become messages, and a thread that ends
 * without being told to becomes a crash.
 */
import { Worker } from 'node:worker_threads';
import { GolemError } from '../../errors.ts';
import { WorkerCrash } from './crew.ts';
import type { PartDone, PartProgress, PartWorker, SetAside } from './part-worker.ts';
import type { Part } from './plan.ts';
import type { ThreadReply, ThreadRequest, ThreadStart } from './thread-protocol.ts';

/** Room for what has just been made, in MB: more makes a thread larger and no faster. */
export const YOUNG_GENERATION_MB = 24;

/** The entry stands beside this file, unbuilt or built as this one is. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './part-thread.ts' : './part-thread.js',
  import.meta.url,
);

interface Asked {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

export class ThreadPartWorker implements PartWorker {
  readonly #thread: Worker;
  #asked: Asked | null = null;
  /** Why the thread is gone; null while it lives. */
  #end: Error | null = null;

  constructor(start: ThreadStart, onProgress: (progress: PartProgress) => void) {
    this.#thread = new Worker(ENTRY, {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#thread.on('message', (reply: ThreadReply) => {
      if (reply.reply === 'progress') onProgress(reply.progress);
      else this.#settle(reply);
    });
    this.#thread.on('error', (error) => this.#crash(error instanceof Error ? error.message : String(error)));
    this.#thread.on('exit', (code) => this.#crash(`it ended with code ${code}`));
  }

  setAside(group: number, stretch: number): Promise<SetAside> {
    return this.#ask({ ask: 'setAside', group, stretch });
  }

  replay(part: Part): Promise<PartDone> {
    return this.#ask({ ask: 'replay', part });
  }

  handOver(): Promise<Uint8Array> {
    return this.#ask({ ask: 'handOver' });
  }

  async close(): Promise<void> {
    if (!this.#end && !this.#asked) await this.#ask({ ask: 'close' }).catch(() => undefined);
    this.#end ??= new WorkerCrash('it was closed');
    await this.#thread.terminate();
  }

  #ask<T>(request: ThreadRequest): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise<T>((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#thread.postMessage(request);
    });
  }

  #settle(reply: Exclude<ThreadReply, { readonly reply: 'progress' }>): void {
    const asked = this.#asked;
    this.#asked = null;
    if (reply.reply === 'done') asked?.resolve(reply.value as never);
    else if (reply.reply === 'failure') asked?.reject(new GolemError(reply.failure));
    else asked?.reject(Object.assign(new Error(reply.message), { stack: reply.stack }));
  }

  #crash(reason: string): void {
    this.#end ??= new WorkerCrash(reason);
    const asked = this.#asked;
    this.#asked = null;
    asked?.reject(this.#end);
  }
}
