/**
 * The thread in which a fleet's worker replays its jobs and looks at recordings: does what it is asked, one thing at a
 * time, and says how far it is. The entry of a thread of its own; nothing imports it.
 */
import { enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { loadConfig } from '../../cli/load-config.ts';
import type { GolemConfig } from '../../config.ts';
import { GolemError } from '../../errors.ts';
import { JobReplay } from './job-replay.ts';
import type { JobThreadReply, JobThreadRequest, JobThreadStart } from './job-thread-protocol.ts';
import { recordingThatDiffers } from './known-recordings.ts';

enableCompileCache();

const { configFile, stop, drop } = workerData as JobThreadStart;
const ends = [new Int32Array(stop), new Int32Array(drop)];

function say(reply: JobThreadReply, moved: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(reply, moved);
}

/** Begun at once, so that it is there when the first job is; a config that does not load is an answer and no crash. */
const config: Promise<GolemConfig> = loadConfig(configFile, dirname(configFile)).then(
  (loaded) => loaded.config,
);
config.catch(() => undefined);

let replay: JobReplay | null = null;

async function answer(request: JobThreadRequest): Promise<void> {
  if (request.ask === 'recordings')
    return say({ reply: 'done', value: await recordingThatDiffers(request.order) });
  replay ??= new JobReplay({
    config: await config,
    stop: {
      shared: stop,
      isUp: () => ends.some((end) => Atomics.load(end, 0) !== 0),
      // A shard that fails ends its own work alone.
      putUp: () => undefined,
    },
    elapsedMs: () => performance.now(),
    onProgress: (progress) => say({ reply: 'progress', progress }),
  });
  const done = await replay.run(request.id, request.order, request.job);
  const moved = done.finished ? [done.tally.buffer, ...(done.users ? [done.users.buffer] : [])] : [];
  say({ reply: 'done', value: done }, moved);
}

parentPort!.on('message', (request: JobThreadRequest) => {
  answer(request).catch((error: unknown) => {
    if (error instanceof GolemError) say({ reply: 'failure', failure: error.failure });
    else if (error instanceof Error)
      say({ reply: 'fault', message: error.message, stack: error.stack ?? '' });
    else say({ reply: 'fault', message: String(error), stack: '' });
  });
});
