/** A session as a whole: what it takes, what it loses and says it loses, and that nobody waits for it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedWrite } from '../format.ts';
import { readRecording } from '../read.ts';
import { type Disk, systemDisk } from './disk.ts';
import type { Intake } from './intake.ts';
import type { CaptureOptions } from './options.ts';
import { sampleMigration } from './sample-migration.fixture.ts';
import { type CaptureSession, openSession } from './session.ts';

let folder = '';
let session: CaptureSession | null = null;
let warnings: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-session-'));
  warnings = [];
});
afterEach(async () => {
  await session?.close();
  session = null;
  rmSync(folder, { recursive: true });
});

const FILE = 'notes.ndjson';

function open(
  options: Partial<CaptureOptions> = {},
  doors: Parameters<typeof openSession>[1] = {},
): CaptureSession {
  session = openSession(
    {
      migration: sampleMigration,
      to: join(folder, FILE),
      user: 'x-user-id',
      env: 'dev',
      tzOffsetMinutes: 0,
      verbatim: true,
      onDrop: (line) => warnings.push(line),
      ...options,
    },
    doors,
  );
  return session;
}

/** A request of a user with a body; null when it is not watched. */
function arrive(user: string, body = '{"n":1}', contentType = 'application/json'): Intake | null {
  const intake = session!.recorder.open({
    method: 'POST',
    path: '/notes',
    headers: { 'content-type': contentType },
    user: () => user,
  });
  intake?.body.add(body);
  return intake;
}

function answer(intake: Intake | null, status = 200): void {
  intake?.answer.add('{"ok":true}');
  intake?.end({ status, contentType: 'application/json', contentEncoding: '' });
}

async function records(name = FILE): Promise<readonly RecordedWrite[]> {
  const found: RecordedWrite[] = [];
  for await (const batch of (await readRecording(join(folder, name))).batches) found.push(...batch.records);
  return found;
}

async function headerOf(name: string) {
  const recording = await readRecording(join(folder, name));
  await recording.close();
  return recording.header;
}

/** A disk on which writing waits until it is let go. */
function stallingDisk(): { readonly disk: Disk; go(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    go: resolve,
    disk: {
      ...systemDisk,
      async create(path) {
        const file = await systemDisk.create(path);
        return {
          ...file,
          async write(bytes, position) {
            await promise;
            await file.write(bytes, position);
          },
        };
      },
    },
  };
}

describe('a session', () => {
  it('writes a request down as a record, its key and bucket from the migration', async () => {
    open({}, { nowMs: () => Date.UTC(2025, 8, 1, 7) });
    answer(arrive('u1'));
    await session!.close();
    const [record] = await records();
    expect(record).toMatchObject({
      at: '2025-09-01T07:00:00.000Z',
      user: 'u1',
      // SHA-256 of `u1 {"n":1}`, worked out with openssl.
      request_key: 'e1cd9225d5ab4013cf1a7773c5cd156736ce3227f4cfdf0ba3e27451ec908b50',
      rollout_bucket: 2,
      request: {
        method: 'POST',
        path: '/notes',
        headers: { 'content-type': 'application/json' },
        body: { n: 1 },
      },
      upstream: [],
      response: { status: 200, body: { ok: true } },
    });
  });

  it('keeps a user in order of arrival and never lets time go back with the clock', async () => {
    let nowMs = 1_000_000;
    open({}, { nowMs: () => nowMs });
    const first = arrive('u1', '{"n":1}');
    nowMs -= 60_000;
    const second = arrive('u1', '{"n":2}');
    answer(second);
    await sleep(50);
    answer(first);
    nowMs += 10_000_000;
    await session!.close();
    expect((await records()).map(({ request }) => request.body)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('puts the twin that asked first, first, though it arrived second', async () => {
    open();
    const [first, second] = [arrive('u1'), arrive('u1')];
    const call = second?.beginCall('POST', 'http://up/1');
    if (call) call.status = 200;
    call?.end(true);
    answer(first);
    answer(second);
    await session!.close();
    const [one, other] = await records();
    expect([one?.upstream.length, other?.upstream.length]).toEqual([1, 0]);
    expect(one?.request_key).toBe(other?.request_key);
  });

  it('takes whole users into a sample, the same ones by the same seed', async () => {
    const takenBy = async (seed: string, share: string): Promise<string[]> => {
      open({ sample: share, seed, overwrite: true });
      for (let round = 0; round < 2; round++)
        for (let user = 0; user < 200; user++) answer(arrive(`u${user}`, `{"n":${round}}`));
      const stats = await session!.close();
      expect(stats.captured + stats.passed.outside_sample).toBe(400);
      return (await records()).map(({ user }) => user);
    };
    const tenth = await takenBy('a', '10%');
    expect(await takenBy('a', '10%')).toEqual(tenth);
    expect(await takenBy('b', '10%')).not.toEqual(tenth);
    const half = await takenBy('a', '50%');
    // Both writes of each user, and smaller samples within larger ones.
    expect(tenth.length % 2).toBe(0);
    expect(tenth.length).toBeGreaterThan(20);
    expect(tenth.length).toBeLessThan(70);
    expect(tenth.every((user) => half.includes(user))).toBe(true);
    expect((await headerOf(FILE)).sample).toEqual({ share: '50%', seed: 'a' });
  });

  it('takes the same users into a sample when they are known only at the end', async () => {
    const takenBy = async (knownAtOnce: boolean): Promise<string[]> => {
      open({ sample: '30%', overwrite: true });
      for (let number = 0; number < 60; number++) {
        let known = knownAtOnce;
        const intake = session!.recorder.open({
          method: 'POST',
          path: '/notes',
          headers: {},
          user: () => (known ? `u${number}` : null),
        });
        known = true;
        answer(intake);
      }
      await session!.close();
      return (await records()).map(({ user }) => user);
    };
    const taken = await takenBy(true);
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.length).toBeLessThan(40);
    expect(await takenBy(false)).toEqual(taken);
  });

  it.each([
    ['a body that is not what it says', '{"n":', 'application/json', 'unreadable'],
    [
      'a multipart body without an end',
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1',
      'multipart/form-data; boundary=x',
      'unreadable',
    ],
    [
      'a body deeper than a recording holds',
      `${'['.repeat(70)}${']'.repeat(70)}`,
      'application/json',
      'invalid',
    ],
  ])('counts %s as lost and says so once', async (_, body, contentType, reason) => {
    open();
    answer(arrive('u1', body, contentType));
    answer(arrive('u2', body, contentType));
    answer(arrive('u3'));
    const stats = await session!.close();
    expect(stats).toMatchObject({ captured: 1, dropped: { [reason]: 2 } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^golem capture: \d writes? not recorded, the last because /);
    expect(warnings[0]).not.toContain(body.slice(0, 4));
    expect((await headerOf(FILE)).dropped).toEqual({ [reason]: 2 });
  });

  it('loses a request that is larger than its bound, and what is beyond all bounds together', async () => {
    open({ bounds: { bodyBytes: 1_000, queueBytes: 2_500 } });
    answer(arrive('u1', `"${'x'.repeat(1_000)}"`));
    const held = [arrive('u2', `"${'x'.repeat(900)}"`), arrive('u3', `"${'x'.repeat(900)}"`)];
    answer(arrive('u4', `"${'x'.repeat(900)}"`));
    expect(session!.stats()).toMatchObject({ dropped: { too_large: 1, queue_full: 1 }, inFlight: 2 });
    for (const intake of held) answer(intake);
    expect(await session!.close()).toMatchObject({ captured: 2, queuedBytes: 0 });
  });

  it('does without an answer that is too large, for a replay needs none', async () => {
    open({ bounds: { answerBytes: 100 } });
    const intake = arrive('u1');
    intake?.answer.add(`"${'x'.repeat(100)}"`);
    answer(intake);
    expect(await session!.close()).toMatchObject({ captured: 1, dropped: {} });
    expect((await records())[0]?.response).toBeNull();
  });

  it('drops and counts, and nobody waits, while the disk stalls; then goes on', async () => {
    const { disk, go } = stallingDisk();
    open({ bounds: { queueWrites: 50 } }, { disk });
    const startedMs = performance.now();
    for (let index = 0; index < 400; index++) {
      answer(arrive(`u${index % 7}`, `{"n":${index}}`));
      if (index % 20 === 0) await sleep(1);
    }
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const stalled = session!.stats();
    expect(stalled.dropped.queue_full).toBeGreaterThan(0);
    expect(stalled.captured).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('the queue is full')]);
    go();
    const stats = await session!.close();
    expect(stats.captured + (stats.dropped.queue_full ?? 0)).toBe(400);
    expect((await records()).length).toBe(stats.captured);
  });

  it('ends, and says what is lost, though the disk never answers', async () => {
    const { disk, go } = stallingDisk();
    open({ bounds: { drainMs: 100 } }, { disk });
    answer(arrive('u1'));
    answer(arrive('u2'));
    const stats = await session!.close();
    expect(stats).toMatchObject({ captured: 0, dropped: { disk: 2 } });
    go();
  });

  it('gives requests under way time to end when it closes, and loses those that do not', async () => {
    open({ bounds: { drainMs: 800 } });
    const slow = arrive('u1');
    const never = arrive('u2');
    setTimeout(() => answer(slow), 50);
    const closing = session!.close();
    expect(arrive('u3')).toBeNull();
    expect(session!.close()).toBe(closing);
    expect(await closing).toMatchObject({ captured: 1, dropped: { unfinished: 1 }, inFlight: 0 });
    answer(never);
    expect(session!.stats().dropped).toEqual({ unfinished: 1 });
  });

  it('loses what the redactor fails on without a word of it, and leaves out what it withholds', async () => {
    open({
      verbatim: false,
      redactor: {
        redactWrite: (raw) => {
          if (raw.user === 'u1') throw new Error(`secret of ${raw.user}`);
          return null;
        },
      },
    });
    for (const user of ['u1', 'u2', 'u3']) answer(arrive(user));
    const stats = await session!.close();
    expect(stats).toMatchObject({ captured: 0, dropped: { redaction: 1 }, passed: { withheld: 2 } });
    expect(warnings.join()).not.toContain('secret');
  });

  it('waits for upstream calls that outlast the answer, and counts those that come too late', async () => {
    open();
    const intake = arrive('u1');
    const call = intake?.beginCall('POST', 'http://up/1');
    answer(intake);
    await sleep(60);
    expect(session!.stats().captured + session!.stats().queued).toBe(0);
    if (call) call.status = 200;
    call?.received.add('later');
    call?.end(true);
    await expect.poll(() => session!.stats().queuedBytes).toBe(0);
    expect(intake?.beginCall('POST', 'http://up/2')).toBeNull();
    const stats = await session!.close();
    expect(stats).toMatchObject({ captured: 1, lateCalls: 1 });
    expect((await records())[0]?.upstream.map(({ response }) => response?.body)).toEqual(['later']);
  });
});

describe('what goes wrong in somebody else’s code', () => {
  it('reaches no request: rules that throw are counted', async () => {
    const capture = {
      ...sampleMigration.capture!,
      isWrite: () => {
        throw new Error('rules');
      },
    };
    open({ migration: { ...sampleMigration, capture } });
    expect(arrive('u1')).toBeNull();
    expect((await session!.close()).dropped).toEqual({ rules: 1 });
    expect(warnings[0]).toContain("the migration's rules failed");
  });

  it('is counted where the thread cannot even begin', async () => {
    const capture = { ...sampleMigration.capture!, module: 'file:///no/such/module.mjs' };
    open({ migration: { ...sampleMigration, capture } });
    answer(arrive('u1'));
    answer(arrive('u2'));
    expect((await session!.close()).dropped).toEqual({ thread: 2 });
    expect(warnings[0]).toContain('the recording thread ended');
  });
});

describe('options', () => {
  const wrong = (options: Partial<CaptureOptions>, environment: Record<string, string> = {}) => {
    try {
      open(options, { environment });
    } catch (error) {
      expect(error).toMatchObject({ exit: 64 });
      return (error as Error).message;
    }
    return 'taken';
  };

  it('must say how personal data is taken out', async () => {
    const { mealLog } = await import('../../meal-log/index.ts');
    const migration = mealLog;
    expect(wrong({ migration, verbatim: false })).toMatch(
      /"GOLEM_PSEUDONYM_KEY".* Run: export GOLEM_PSEUDONYM_KEY=/,
    );
    expect(wrong({ migration, verbatim: false }, { GOLEM_PSEUDONYM_KEY: 'short' })).toContain('5 bytes');
    expect(wrong({ migration, verbatim: false }, { GOLEM_PSEUDONYM_KEY: 'long-enough-and-random' })).toBe(
      'taken',
    );
    expect(wrong({ verbatim: false, key: 'long-enough-and-random' })).toContain('Migration.privacy');
    expect(wrong({ redactor: { redactWrite: () => null } })).toContain('either redacted or verbatim');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [{ sample: '0%' }, 'above 0% and up to 100%'],
    [{ sample: '101%' }, 'above 0% and up to 100%'],
    [{ sample: 'ten' }, 'above 0% and up to 100%'],
    [{ tzOffsetMinutes: 841 }, 'from -720 to 840'],
    [{ tzOffsetMinutes: 0.5 }, 'from -720 to 840'],
    [{ rotate: { bytes: 0 } }, 'above 0'],
    [{ rotate: { seconds: Number.NaN } }, 'above 0'],
    [{ bounds: { holdMs: -1 } }, '0 or more'],
    [{ env: 'production' as never }, 'expected one of prod, stg, dev, local'],
    [{ migration: { rolloutBucket: () => 0 } }, 'Migration.capture'],
  ])('refuse %j', (options, message) => {
    expect(wrong(options)).toContain(message);
  });

  it('take env and offset from the environment, where the service has them too', () => {
    const { header } = open(
      { env: undefined as never, tzOffsetMinutes: undefined as never },
      { environment: { APP_ENV: 'stg', DIFF_TZ_OFFSET_MINUTES: '540' } },
    ).settings;
    expect(header).toMatchObject({ env: 'stg', tz_offset_minutes: 540 });
  });
});
