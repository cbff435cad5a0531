/**
 * The scribe in a thread of its own, seen from the service: batches go over, acknowledgements and reports come back.
 * Bytes are handed over rather than copied, and the thread never keeps the process alive.
 */
import { Worker } from 'node:worker_threads';
import type { Dropped } from './losses.ts';
import type { Batch } from './parcel.ts';
import type { ScribeReport } from './scribe.ts';
import type { FromScribe, ScribeTask, ToScribe } from './scribe-messages.ts';

/** Longest that an ending process waits for the thread, which may still be starting, to put down what it holds. */
const FLUSH_NOW_MS = 3_000;

/** A scribe, wherever it works. */
export interface ScribeDoor {
  take(batch: Batch, lostBefore: Dropped): Promise<void>;
  finish(lostBefore: Dropped): Promise<void>;
  flushNow(): void;
  /** Ends without writing anything more. */
  abort(): Promise<void>;
  report(): ScribeReport;
}

export const NOTHING_YET: ScribeReport = {
  written: 0,
  dropped: {},
  lastDrop: null,
  refused: 0,
  withheld: 0,
  pending: 0,
  completed: [],
  diskFailure: null,
};

/** Built JavaScript has JavaScript beside it. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './scribe-worker.ts' : './scribe-worker.js',
  import.meta.url,
);

/** Starts the thread. `onLost` gets the number of writes that went down with it, should it end early. */
export function startScribeThread(
  task: Omit<ScribeTask, 'flushed'>,
  onReport: (report: ScribeReport) => void,
  onLost: (writes: number) => void,
): ScribeDoor {
  const flushed = new SharedArrayBuffer(4);
  const workerData: ScribeTask = { ...task, flushed };
  const worker = new Worker(ENTRY, { workerData, name: 'golem capture' });
  const waiting = new Map<number, { readonly writes: number; readonly resolve: () => void }>();
  const finished = Promise.withResolvers<void>();
  let report = NOTHING_YET;
  let number = 0;
  let ended = false;

  function end(): void {
    if (ended) return;
    ended = true;
    let lost = 0;
    for (const { writes, resolve } of waiting.values()) {
      lost += writes;
      resolve();
    }
    waiting.clear();
    if (lost > 0) onLost(lost);
    finished.resolve();
  }

  const send = (message: ToScribe, transfer: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);
  worker.on('message', (message: FromScribe) => {
    report = message.report;
    onReport(report);
    if (message.kind === 'taken') {
      waiting.get(message.number)?.resolve();
      waiting.delete(message.number);
    }
    if (message.kind === 'finished') {
      void worker.terminate();
      end();
    }
  });
  worker.on('error', end);
  worker.on('exit', end);
  // After the listeners, each of which would keep the process alive again.
  worker.unref();

  return {
    take(batch, lostBefore) {
      const { writes } = batch;
      if (ended) {
        onLost(writes);
        return Promise.resolve();
      }
      number += 1;
      return new Promise((resolve) => {
        waiting.set(number, { writes, resolve });
        send({ kind: 'take', number, batch, lostBefore }, [batch.bytes.buffer]);
      });
    },
    finish(lostBefore) {
      // A service that waits for this must not end before it.
      worker.ref();
      if (!ended) send({ kind: 'finish', lostBefore });
      return finished.promise;
    },
    flushNow() {
      if (ended || number === 0) return;
      send({ kind: 'flush' });
      Atomics.wait(new Int32Array(flushed), 0, 0, FLUSH_NOW_MS);
    },
    async abort() {
      await worker.terminate();
    },
    report: () => report,
  };
}
