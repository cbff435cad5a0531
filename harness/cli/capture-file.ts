/**
 * Keeps what a service served and writes it out as a recording. A file of its own because the service knows writes
 * and not recordings, and finishes them out of the order that a recording needs.
 */
import { hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GolemError } from '../errors.ts';
import type { ServedWrite } from '../migration.ts';
import type { RecordedWrite, RecordingHeader } from '../recording/format.ts';
import { createRecordingWriter } from '../recording/write.ts';
import type { Capture } from './serve.ts';
import type { Shell } from './shell.ts';

/**
 * Opens a capture that will be written to `path` (absolute) when it is finished; `nowMs` stands in for its times
 * while nothing was served. Rejects with kind `usage` when the folder is not there, before anything is served.
 */
export async function openCapture(path: string, env: Shell['env'], nowMs: number): Promise<Capture> {
  const folder = await stat(dirname(path)).catch(() => null);
  if (folder?.isDirectory() !== true) {
    const reason = 'there is no such folder';
    throw new GolemError({ kind: 'usage', verb: 'record into', subject: dirname(path), reason });
  }
  const served: ServedWrite[] = [];
  return {
    add: (write) => void served.push(write),
    async finish() {
      served.sort((a, b) => a.atMs - b.atMs);
      const from = served[0]?.atMs ?? nowMs;
      const to = served.at(-1)?.atMs ?? nowMs;
      const writer = await createRecordingWriter(path, header(env, from, to));
      const numberOf = new Map<string, number>();
      for (const write of served) {
        const number = (numberOf.get(write.user) ?? 0) + 1;
        numberOf.set(write.user, number);
        await writer.write(recordedWrite(`r${String(number).padStart(4, '0')}`, write));
      }
      await writer.finish();
      return served.length;
    },
  };
}

/** The service checked both variables when it started; unset they mean what they mean to it. */
function header(env: Shell['env'], fromMs: number, toMs: number): RecordingHeader {
  return {
    golem: 'recording',
    version: 1,
    source: 'golem serve',
    env: (env.APP_ENV || 'local') as RecordingHeader['env'],
    tz_offset_minutes: Number(env.DIFF_TZ_OFFSET_MINUTES || '0'),
    anonymised: false,
    simulated: false,
    captured: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
  };
}

/** A served write as a record with this id; bodies sent upstream are kept by their digest. */
export function recordedWrite(id: string, served: ServedWrite): RecordedWrite {
  const { method, path, headers, body, files } = served.request;
  return {
    id,
    at: new Date(served.atMs).toISOString(),
    user: served.user,
    request_key: served.requestKey,
    rollout_bucket: served.rolloutBucket,
    request: { method, path, headers, body, files },
    upstream: served.upstream.map(({ request, response, latencyMs }) => ({
      request: {
        method: request.method,
        url: request.url,
        body_sha256: hash('sha256', request.body, 'hex'),
      },
      response,
      latency_ms: latencyMs,
    })),
    response: { status: served.answer.status, body: served.answer.body },
  };
}
