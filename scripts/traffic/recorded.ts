/**
 * A served write as a record of a recording, and the header above it: what capture would write down, in a file of
 * its own because the service knows writes and not recordings.
 */
import { hash } from 'node:crypto';
import type { ServedWrite } from '../../harness/migration.ts';
import type { RecordedWrite, RecordingHeader } from '../../harness/recording/format.ts';

export function recordedWrite(id: string, served: ServedWrite): RecordedWrite {
  const { request } = served;
  return {
    id,
    at: new Date(served.atMs).toISOString(),
    user: served.user,
    request_key: served.requestKey,
    rollout_bucket: served.rolloutBucket,
    request: {
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body,
      files: request.files,
    },
    upstream: served.upstream.map((exchange) => ({
      request: {
        method: exchange.request.method,
        url: exchange.request.url,
        body_sha256: hash('sha256', exchange.request.body, 'hex'),
      },
      response: exchange.response,
      latency_ms: exchange.latencyMs,
    })),
    response: { status: served.answer.status, body: served.answer.body },
  };
}

/** The header of a generated recording: from production's point of view, and plainly simulated. */
export function generatedHeader(options: {
  readonly source: string;
  readonly tzOffsetMinutes: number;
  readonly from: string;
  readonly to: string;
  readonly groupedByUser: boolean;
}): RecordingHeader {
  return {
    golem: 'recording',
    version: 1,
    source: options.source,
    env: 'prod',
    tz_offset_minutes: options.tzOffsetMinutes,
    anonymised: false,
    simulated: true,
    captured: { from: options.from, to: options.to },
    ...(options.groupedByUser ? { grouped_by: 'user' as const } : {}),
  };
}
