/**
 * A write as a record of a recording, nothing taken out. One builder for the reference service, the traffic
 * generator and verbatim captures, so that a record looks alike wherever it comes from.
 */
import { hash } from 'node:crypto';
import type { ServedWrite } from '../../migration.ts';
import type { RecordedWrite } from '../format.ts';
import type { RawWrite, Redactor } from './raw-write.ts';

/** The record of a raw write; bodies sent upstream are kept by their digest. */
export function recordedWrite(raw: RawWrite): RecordedWrite {
  const { method, path, headers, body, files } = raw.request;
  return {
    id: raw.id,
    at: new Date(raw.atMs).toISOString(),
    user: raw.user,
    request_key: raw.requestKey,
    rollout_bucket: raw.rolloutBucket,
    request: { method, path, headers, body, files },
    upstream: raw.upstream.map(({ request, response, latencyMs }) => ({
      request: {
        method: request.method,
        url: request.url,
        body_sha256: hash('sha256', request.body, 'hex'),
      },
      response,
      latency_ms: latencyMs,
    })),
    response: raw.response,
  };
}

/** A write that the reference service reported, as a raw write of this id. */
export function rawWriteOf(id: string, served: ServedWrite): RawWrite {
  const { answer, ...rest } = served;
  return { id, ...rest, response: { status: answer.status, body: answer.body } };
}

/** Keeps everything: for development on one's own data, and for traffic that was made up. */
export const verbatimRedactor: Redactor = { redactWrite: recordedWrite };
