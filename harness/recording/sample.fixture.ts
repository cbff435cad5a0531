/** Small recordings for the tests of this folder: a header and records that are valid until a test changes them. */
import type { RecordedWrite, RecordingHeader } from './format.ts';

export const SAMPLE_HEADER: RecordingHeader = {
  golem: 'recording',
  version: 1,
  source: 'sample',
  env: 'prod',
  tz_offset_minutes: 540,
  anonymised: true,
  simulated: true,
  captured: { from: '2025-09-01T00:00:00.000Z', to: '2025-09-02T00:00:00.000Z' },
};

/** The `index`-th record of a user, a minute after the one before. */
export function sampleRecord(
  user: string,
  index: number,
  changes: Partial<RecordedWrite> = {},
): RecordedWrite {
  const at = new Date(Date.UTC(2025, 8, 1, 7, 0, 0) + index * 60_000).toISOString();
  return {
    id: `r${index}`,
    at,
    user,
    request_key: `key-${user}-${index}`,
    rollout_bucket: 1234,
    request: {
      method: 'POST',
      path: '/log',
      headers: { 'content-type': 'application/json', 'idempotency-key': `k${index}` },
      body: { message: 'ご飯 🍙 and tea' },
      files: [{ name: 'a.jpg', mime: 'image/jpeg', sha256: 'a'.repeat(64), bytes: 10 }],
    },
    upstream: [
      {
        request: { method: 'POST', url: 'http://provider.internal/v1/analyse', body_sha256: 'b'.repeat(64) },
        response: { status: 200, body: '{"dish":"ご飯"}' },
        latency_ms: 420,
      },
    ],
    response: { status: 200, body: { ok: true } },
    ...changes,
  };
}

/** The text of a recording of `count` records of one user. */
export function sampleLines(count: number): string[] {
  const records = Array.from({ length: count }, (_, index) => JSON.stringify(sampleRecord('u1', index)));
  return [JSON.stringify(SAMPLE_HEADER), ...records];
}
