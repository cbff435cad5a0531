/**
 * The thread of a worker: does what it is asked, one thing at a time, and says how far it is. The entry of a thread of
 * its own; nothing imports it.
 */
import { enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { loadConfig } from '../../cli/load-config.ts';
import { GolemError } from '../../errors.ts';
import { DiskSpill } from '../../recording/spill.ts';
import { LocalPartWorker } from './part-worker.ts';
import type { ThreadReply, ThreadRequest, ThreadStart } from './thread-protocol.ts';

enableCompileCache();

const { context, configFile, descriptors, stop } = workerData as ThreadStart;
const stopped = new Int32Array(stop);
const spills = descriptors.map((own) => new DiskSpill(own));

function say(reply: ThreadReply, moved: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(reply, moved);
}

/** Made with the first thing asked, so that a config which does not load is an answer and not a crash. */
let worker: Promise<LocalPartWorker> | null = null;

async function open(): Promise<LocalPartWorker> {
  const { config } = await loadConfig(configFile, dirname(configFile));
  return new LocalPartWorker(context, {
    migration: config.migration,
    spillOf: (group) => spills[group]!,
    opened: new Map(),
    stop: () => Atomics.load(stopped, 0) !== 0,
    elapsedMs: () => performance.now(),
    onProgress: (progress) => say({ reply: 'progress', progress }),
  });
}

async function answer(request: ThreadRequest): Promise<void> {
  worker ??= open();
  const own = await worker;
  switch (request.ask) {
    case 'setAside':
      return say({ reply: 'done', value: await own.setAside(request.group, request.stretch) });
    case 'replay': {
      const done = await own.replay(request.part);
      return say({ reply: 'done', value: done }, done.users ? [done.users.buffer] : []);
    }
    case 'handOver': {
      const bytes = (await own.handOver()).toBytes();
      return say({ reply: 'done', value: bytes }, [bytes.buffer]);
    }
    case 'close':
      await own.close();
      return say({ reply: 'done', value: null });
  }
}

parentPort!.on('message', (request: ThreadRequest) => {
  answer(request).catch((error: unknown) => {
    if (error instanceof GolemError) say({ reply: 'failure', failure: error.failure });
    else if (error instanceof Error)
      say({ reply: 'fault', message: error.message, stack: error.stack ?? '' });
    else say({ reply: 'fault', message: String(error), stack: '' });
  });
});
