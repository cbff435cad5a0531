import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServedWrite } from '../migration.ts';
import { readRecording } from '../recording/read.ts';
import { openCapture } from './capture-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-capture-'));
});
afterEach(() => rm(folder, { recursive: true }));

const NOON_MS = Date.UTC(2025, 8, 1, 12);

function served(user: string, atMs: number): ServedWrite {
  return {
    user,
    atMs,
    request: { method: 'POST', path: '/log', headers: {}, body: { message: `${user} ${atMs}` }, files: [] },
    requestKey: 'ab'.repeat(32),
    rolloutBucket: 17,
    upstream: [
      {
        request: { method: 'POST', url: 'http://provider/v1', body: 'abc' },
        response: { status: 200, body: '{}' },
        latencyMs: 12,
      },
      { request: { method: 'POST', url: 'http://provider/v1', body: '' }, response: null, latencyMs: 900 },
    ],
    answer: { status: 200, body: { ok: true } },
  };
}

describe('a capture', () => {
  it('becomes a recording that reads back, in order of time, numbered within each user', async () => {
    const file = join(folder, 'served.ndjson');
    const env = { APP_ENV: 'stg', DIFF_TZ_OFFSET_MINUTES: '540' };
    const capture = await openCapture(file, env, NOON_MS);
    for (const [user, minute] of [
      ['u1', 2],
      ['u2', 1],
      ['u1', 0],
    ] as const)
      capture.add(served(user, NOON_MS + minute * 60_000));
    expect(await capture.finish()).toBe(3);
    const recording = await readRecording(file);
    expect(recording.header).toEqual({
      golem: 'recording',
      version: 1,
      source: 'golem serve',
      env: 'stg',
      tz_offset_minutes: 540,
      anonymised: false,
      simulated: false,
      captured: { from: '2025-09-01T12:00:00.000Z', to: '2025-09-01T12:02:00.000Z' },
    });
    const records = [];
    for await (const batch of recording.batches) records.push(...batch.records);
    expect(records.map(({ user, id, at }) => [user, id, at])).toEqual([
      ['u1', 'r0001', '2025-09-01T12:00:00.000Z'],
      ['u2', 'r0001', '2025-09-01T12:01:00.000Z'],
      ['u1', 'r0002', '2025-09-01T12:02:00.000Z'],
    ]);
    expect(records[0]).toMatchObject({
      request: { body: { message: `u1 ${NOON_MS}` } },
      response: { status: 200, body: { ok: true } },
      upstream: [
        // The SHA-256 of "abc" is test vector one of FIPS 180-2.
        {
          request: { body_sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
          latency_ms: 12,
        },
        { response: null, latency_ms: 900 },
      ],
    });
  });

  it('of nothing is a recording of nothing', async () => {
    const capture = await openCapture(join(folder, 'served.ndjson'), {}, NOON_MS);
    expect(await capture.finish()).toBe(0);
    const lines = (await readFile(join(folder, 'served.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { env: 'local', tz_offset_minutes: 0, captured: { from: '2025-09-01T12:00:00.000Z' } },
    ]);
  });

  it('leaves nothing until it is finished, and refuses a folder that is not there before anything is served', async () => {
    await openCapture(join(folder, 'served.ndjson'), {}, NOON_MS);
    expect(await readdir(folder)).toEqual([]);
    await expect(openCapture(join(folder, 'gone/served.ndjson'), {}, NOON_MS)).rejects.toMatchObject({
      message: `Failed to record into "${join(folder, 'gone')}": there is no such folder.`,
      exit: 64,
    });
  });
});
