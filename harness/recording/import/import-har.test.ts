import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mealLog } from '../../meal-log/index.ts';
import { memoryStore } from '../../meal-log/store/memory.ts';
import { replay } from '../../replay/engine.ts';
import type { Replayed } from '../../replayed.ts';
import { Tally } from '../../tally/tally.ts';
import type { RecordedWrite } from '../format.ts';
import { readRecording } from '../read.ts';
import { type ImportHarOptions, importHar } from './import-har.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const PROVIDER = 'https://provider.example/api';

type Json = Record<string, unknown>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-har-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function options(given: Partial<ImportHarOptions> = {}): ImportHarOptions {
  return {
    files: [join(folder, 'session.har')],
    outFile: join(folder, 'out.ndjson'),
    env: 'prod',
    tzOffsetMinutes: 540,
    who: { header: 'x-user-id', cookie: null, user: null },
    upstream: null,
    capture: mealLog.capture!,
    importer: mealLog.exchangeImporter!,
    rolloutBucket: mealLog.rolloutBucket,
    strict: false,
    overwrite: true,
    ...given,
  };
}

function har(entries: readonly unknown[], name = 'session.har'): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    JSON.stringify({ log: { version: '1.2', creator: { name: 'test', version: '1' }, entries } }),
  );
  return file;
}

const pairs = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).map(([name, value]) => ({ name, value }));

/** A meal and its answer as a browser writes them; what is given replaces parts of the entry. */
function entry(
  given: { request?: Json; response?: Json; user?: string | null; at?: string; time?: number } = {},
): Json {
  const { user = 'ann', at = '2025-09-01T08:00:00.000+09:00', time = 900 } = given;
  return {
    startedDateTime: at,
    time,
    request: {
      method: 'POST',
      url: 'https://app.example/log?from=chat',
      headers: pairs({
        'Content-Type': 'application/json',
        Authorization: 'Bearer hunter2',
        Cookie: 'sid=hunter2; theme=dark',
        ...(user === null ? {} : { 'X-User-Id': user }),
      }),
      postData: { mimeType: 'application/json', text: '{"message":"toast"}' },
      ...given.request,
    },
    response: {
      status: 200,
      content: { mimeType: 'application/json', text: JSON.stringify(ANSWER) },
      ...given.response,
    },
    cache: {},
    timings: {},
  };
}

const ITEM = {
  name: 'トースト',
  amount: 60,
  unit: 'g',
  calories: 158,
  protein_g: 5.6,
  fat_g: 2.6,
  carbs_g: 28,
};
const ANSWER = {
  ok: true,
  idempotent: false,
  logId: 'e2c9d6a0-0000-4000-8000-000000000001',
  dish: 'toast',
  confidence: 0.9,
  nutrition: { calories: 158, protein_g: 5.6, fat_g: 2.6, carbs_g: 28 },
  breakdown: { items: [ITEM], warnings: [] },
  meta: { source: 'provider' },
};

async function recordsIn(file: string): Promise<RecordedWrite[]> {
  const records: RecordedWrite[] = [];
  for await (const batch of (await readRecording(file)).batches) records.push(...batch.records);
  return records;
}

/** Replays a recording in memory: legacy's part of every result, and what was skipped. */
async function replayed(file: string) {
  const all: Replayed[] = [];
  const skipped: string[] = [];
  await replay({
    migration: mealLog,
    store: memoryStore(),
    source: await readRecording(file),
    flags: mealLog.flags,
    seed: 'har',
    defect: null,
    metrics: new Tally(mealLog).metrics,
    keep: true,
    observer: {
      onReplayed: (one) => void all.push(one),
      onSkipped: (record, reason) => void skipped.push(`${record.id} ${reason}`),
      onUserEnd: () => {},
    },
  });
  const outcomes = all.map(({ record, result }) => [
    `${record.user} ${record.at}`,
    result.disposition,
    result.answer.status,
    result.legacy?.totals,
    result.legacy?.warnings,
    result.identityHolds,
  ]);
  return { skipped, outcomes: outcomes.map((one) => JSON.stringify(one)).sort() };
}

/** A committed recording as its entries: of the app, and of the provider as a proxy between them sees it. */
async function entriesOf(suite: string, withUpstream: boolean): Promise<Json[]> {
  const entries: Json[] = [];
  for (const record of await recordsIn(join(FIXTURES, suite, 'recording.ndjson'))) {
    const { request, response, upstream, user } = record;
    const startMs = Date.parse(record.at);
    let at = startMs;
    for (const call of withUpstream ? upstream : []) {
      const question = mealLog.exchangeImporter!.question(request as never)!;
      entries.push({
        startedDateTime: new Date(at).toISOString(),
        time: call.latency_ms,
        request: {
          method: 'POST',
          url: `${PROVIDER}/v1/analyse`,
          headers: pairs({ Authorization: 'Bearer hunter2' }),
          postData: { mimeType: 'application/json', text: question.body },
        },
        response: call.response
          ? { status: call.response.status, content: { text: call.response.body } }
          : { status: 0 },
      });
      at += call.latency_ms;
    }
    const multipart = request.files.length > 0;
    const headers = pairs({ ...request.headers, 'x-user-id': user });
    entries.push({
      startedDateTime: record.at,
      time: at - startMs + 5,
      request: {
        method: request.method,
        url: `https://app.example${request.path}`,
        headers,
        ...(request.body === null
          ? {}
          : multipart
            ? {
                postData: {
                  mimeType: 'multipart/form-data; boundary=x',
                  params: [
                    ...pairs(request.body as Record<string, string>),
                    ...request.files.map(({ name, mime }) => ({
                      name: 'image',
                      fileName: name,
                      contentType: mime,
                      value: '(binary)',
                    })),
                  ],
                },
              }
            : { postData: { mimeType: 'application/json', text: JSON.stringify(request.body) } }),
      },
      response: {
        status: response?.status ?? 0,
        content: {
          text: Buffer.from(JSON.stringify(response?.body)).toString('base64'),
          encoding: 'base64',
        },
      },
    });
  }
  return entries;
}

describe('a HAR file', () => {
  it.each(['everyday', 'edges', 'retries', 'provider-faults'])(
    'of a proxy between app and provider replays %s as it was recorded',
    async (suite) => {
      const entries = await entriesOf(suite, true);
      har(entries);
      const report = await importHar(options({ upstream: PROVIDER }));
      expect([report.rows, report.taken, report.passedOver, report.refused]).toEqual([
        entries.length,
        entries.length,
        0,
        [],
      ]);
      const [theirs, ours] = [
        await replayed(join(FIXTURES, suite, 'recording.ndjson')),
        await replayed(join(folder, 'out.ndjson')),
      ];
      expect(ours.skipped).toEqual([]);
      expect(ours.outcomes).toEqual(theirs.outcomes);
    },
  );

  it.each(['everyday', 'edges', 'retries', 'provider-faults'])(
    'of a browser replays %s, upstream calls led back from the answers',
    async (suite) => {
      const entries = await entriesOf(suite, false);
      har(entries);
      const report = await importHar(options());
      expect(report.taken + report.refused.length).toBe(entries.length);
      // Only what cannot be known is missing: totals that no breakdown explains.
      expect(report.refused.length / entries.length).toBeLessThan(0.06);
      for (const { reason } of report.refused)
        expect(reason).toMatch(/^(no upstream calls|words not known): /);
      const [theirs, ours] = [
        await replayed(join(FIXTURES, suite, 'recording.ndjson')),
        await replayed(join(folder, 'out.ndjson')),
      ];
      expect(ours.skipped).toEqual([]);
      const known = new Set(theirs.outcomes);
      expect(ours.outcomes.filter((outcome) => !known.has(outcome))).toEqual([]);
    },
  );

  it('keeps no credentials, no query and no other header', async () => {
    har([entry({ request: { url: 'https://bob:hunter2@app.example/log?token=hunter2' } })]);
    const report = await importHar(options());
    expect([report.records, report.users]).toEqual([1, 1]);
    const text = readFileSync(join(folder, 'out.ndjson'), 'utf8');
    expect(text).not.toMatch(/hunter2|cookie|authorization|theme/i);
    const [record] = await recordsIn(join(folder, 'out.ndjson'));
    expect(record).toMatchObject({
      id: 'session:1',
      at: '2025-08-31T23:00:00.000Z',
      user: 'ann',
      request: { method: 'POST', path: '/log', headers: { 'content-type': 'application/json' } },
      response: { status: 200 },
    });
    expect(report.notes).toEqual([
      "upstream calls of 1 were not in the files and are led back from production's answers",
    ]);
  });

  it('tells users by header, else by a digest of a cookie, else as told', async () => {
    har([entry(), entry({ user: null, at: '2025-09-01T09:00:00Z' })]);
    const who = { header: 'X-USER-ID', cookie: 'sid', user: 'someone' };
    await importHar(options({ who }));
    const users = (await recordsIn(join(folder, 'out.ndjson'))).map(({ user }) => user);
    expect(users).toEqual(['ann', `c-${sha256('hunter2').slice(0, 16)}`]);
    await importHar(options({ who: { ...who, cookie: 'other' } }));
    expect((await recordsIn(join(folder, 'out.ndjson'))).map(({ user }) => user)).toEqual(['ann', 'someone']);
  });

  it("takes production's word for a key that was made of a picture the file does not hold", async () => {
    const text = JSON.stringify({ ...ANSWER, idempotency_key: 'auto:abc' });
    const params = [
      { name: 'message', value: 'toast' },
      { name: 'image', fileName: 'a.jpg', contentType: 'image/jpeg', value: '(binary)' },
    ];
    const postData = { mimeType: 'multipart/form-data; boundary=----x', params };
    const headers = pairs({ 'content-type': 'multipart/form-data; boundary=----x', 'x-user-id': 'ann' });
    har([entry({ request: { headers, postData }, response: { content: { text } } })]);
    await importHar(options());
    const [record] = await recordsIn(join(folder, 'out.ndjson'));
    expect(record?.request_key).toBe(sha256('auto:abc'));
    expect(record?.request.headers).toEqual({
      'content-type': 'multipart/form-data',
      'idempotency-key': 'auto:abc',
    });
    expect(record?.request.files).toMatchObject([{ name: 'a.jpg', mime: 'image/jpeg', bytes: 0 }]);
    expect((await replayed(join(folder, 'out.ndjson'))).skipped).toEqual([]);
  });

  it('reads raw parts, as text or as base64, and makes files digests', async () => {
    const picture = Buffer.from([0xff, 0xd8, 0x00, 0x80, 0x0d, 0x0a, 0xff]);
    const raw = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="message"\r\n\r\ntoast\r\n--x\r\n'),
      Buffer.from('Content-Disposition: form-data; name="image"; filename="b.png"\r\n'),
      Buffer.from('Content-Type: image/png\r\n\r\n'),
      picture,
      Buffer.from('\r\n--x--\r\n'),
    ]);
    const headers = pairs({ 'content-type': 'multipart/form-data; boundary=x', 'x-user-id': 'ann' });
    const mimeType = 'multipart/form-data; boundary=x';
    har([
      entry({
        request: { headers, postData: { mimeType, text: raw.toString('base64'), encoding: 'base64' } },
      }),
    ]);
    expect((await importHar(options())).refused).toEqual([]);
    const [record] = await recordsIn(join(folder, 'out.ndjson'));
    expect(record?.request.body).toEqual({ message: 'toast' });
    expect(record?.request.files).toEqual([
      {
        name: 'b.png',
        mime: 'image/png',
        sha256: createHash('sha256').update(picture).digest('hex'),
        bytes: picture.length,
      },
    ]);
  });

  it('gives overlapping writes each its own calls, whatever the order of keys', async () => {
    const asks = (message: string) =>
      mealLog.exchangeImporter!.question({
        method: 'POST',
        path: '/log',
        headers: {},
        body: { message },
        files: [],
      })!.body;
    const call = (message: string, at: string) => ({
      startedDateTime: at,
      time: 50,
      request: {
        method: 'POST',
        url: `${PROVIDER}/v1/analyse`,
        headers: [],
        postData: {
          mimeType: 'application/json',
          text: JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(asks(message))).reverse())),
        },
      },
      response: {
        status: 200,
        content: { text: JSON.stringify({ dish: message, confidence: 1, items: [] }) },
      },
    });
    const meal = (message: string, user: string, at: string) =>
      entry({
        user,
        at,
        request: { postData: { mimeType: 'application/json', text: JSON.stringify({ message }) } },
      });
    har([
      meal('tea', 'ann', '2025-09-01T08:00:00.000Z'),
      meal('soup', 'bob', '2025-09-01T08:00:00.100Z'),
      call('soup', '2025-09-01T08:00:00.200Z'),
      call('tea', '2025-09-01T08:00:00.300Z'),
      call('tea', '2025-09-01T09:00:00.000Z'),
      call('cake', '2025-09-01T08:00:00.400Z'),
    ]);
    const report = await importHar(options({ upstream: PROVIDER }));
    const records = await recordsIn(join(folder, 'out.ndjson'));
    expect(
      records.map(({ user, upstream }) => [user, upstream.map(({ response }) => response?.body)]),
    ).toEqual([
      ['ann', ['{"dish":"tea","confidence":1,"items":[]}']],
      ['bob', ['{"dish":"soup","confidence":1,"items":[]}']],
    ]);
    expect(report.refused.map(({ line, reason }) => [line, reason.split(':')[0]])).toEqual([
      [5, 'upstream call of no write'],
      [6, 'upstream call of no write'],
    ]);
    expect(report.taken + report.refused.length).toBe(6);
  });

  it('accounts for every entry with its number and reason', async () => {
    const binary = Buffer.from([0xff, 0xfe, 0x00]).toString('base64');
    const json = 'application/json';
    har([
      // What a browser adds of its own does not matter, whatever it is called.
      { ...entry(), refused: 'not at all', _initiator: {} },
      entry({ request: { method: 'GET', url: 'https://app.example/log' } }),
      entry({ request: { url: 'not an address' } }),
      entry({ at: 'yesterday' }),
      entry({ user: null }),
      entry({ request: { postData: { mimeType: json, text: binary, encoding: 'base64' } } }),
      entry({ request: { postData: { mimeType: json, text: '{"message":' } } }),
      entry({ request: { postData: { mimeType: 'image/png', text: 'x' } } }),
      entry({ request: { postData: { mimeType: json, text: `${'['.repeat(70)}${']'.repeat(70)}` } } }),
      entry({ response: { status: 400, content: { text: '{"ok":false}' } } }),
      entry({ response: { status: 500, content: { text: '{"ok":false}' } } }),
      entry({ response: { status: 0 } }),
      entry({ response: { content: { text: binary, encoding: 'base64' } } }),
      entry({ response: { content: { text: '{"ok":true}' } } }),
      entry({
        response: {
          content: { text: JSON.stringify({ ...ANSWER, nutrition: { ...ANSWER.nutrition, calories: 9e9 } }) },
        },
      }),
      entry({
        response: { content: { text: JSON.stringify({ ...ANSWER, breakdown: { items: [null, 7] } }) } },
      }),
      null,
      { startedDateTime: 7 },
      entry({ user: 'u'.repeat(600) }),
    ]);
    const report = await importHar(options());
    expect([report.rows, report.taken, report.passedOver]).toEqual([19, 1, 1]);
    expect(report.refused.map(({ line, reason }) => `${line} ${reason.split(':')[0]}`)).toEqual([
      '3 address not understood',
      '4 time not understood',
      '5 no user',
      '6 binary body',
      '7 body is not JSON',
      '8 body of another type',
      '9 nested deeper than 64 levels',
      '10 answered before it was a write',
      '11 no upstream calls',
      '12 no answer',
      '13 no answer',
      '14 no upstream calls',
      '15 no upstream calls',
      "16 no answer of the provider's",
      '17 not a HAR entry',
      '18 not a HAR entry',
      '19 user too long',
    ]);
    await expect(importHar(options({ strict: true }))).rejects.toMatchObject({ exit: 65 });
  });

  it('never breaks on an entry of any shape', async () => {
    const part = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ request: part, response: part, postData: part, content: part, startedDateTime: part }),
          { minLength: 1, maxLength: 4 },
        ),
        async (parts) => {
          const broken = parts.map(({ request, response, postData, content, startedDateTime }) => {
            const whole = entry() as { request: Json; response: Json };
            return {
              ...whole,
              ...(startedDateTime === undefined ? {} : { startedDateTime }),
              request: request === undefined ? { ...whole.request, postData } : request,
              response: response === undefined ? { ...whole.response, content } : response,
            };
          });
          har([entry(), ...broken]);
          const report = await importHar(options());
          expect(report.taken + report.passedOver + report.refused.length).toBe(report.rows);
          expect((await recordsIn(join(folder, 'out.ndjson'))).length).toBe(report.records);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('leaves nothing half-written, and says where, when', () => {
  async function failure(text: string | Uint8Array, given: Partial<ImportHarOptions> = {}): Promise<string> {
    writeFileSync(join(folder, 'session.har'), text);
    writeFileSync(join(folder, 'out.ndjson'), 'mine');
    const error = await importHar(options(given)).then(
      () => null,
      (reason: unknown) => reason as { exit: number; message: string },
    );
    expect(readdirSync(folder).sort()).toEqual(['out.ndjson', 'session.har']);
    expect(readFileSync(join(folder, 'out.ndjson'), 'utf8')).toBe('mine');
    return `${error?.exit} ${error?.message.replaceAll(`${folder}/`, '')}`;
  }

  it.each([
    [
      'the file breaks off',
      '{"log":{\n "entries":[{"a":',
      /^65 session\.har:2:18: .* expected a JSON value, the line ends\. Run: sed -n 2p session\.har/,
    ],
    [
      'it is no JSON',
      'GET /log',
      /^65 session\.har:1:1: Failed to import "session\.har": expected a JSON value, found "G"/,
    ],
    ['it is another JSON', '{"golem":"recording"}', /^65 session\.har:1:1: .* expected a HAR file/],
    ['it is empty', '', /^65 session\.har:1:1: .* expected a JSON value/],
    ['it is no UTF-8', new Uint8Array([0x7b, 0xff]), /^65 session\.har: .* expected UTF-8 text/],
    [
      'nothing in it is a write',
      '{"log":{"entries":[]}}',
      /^65 session\.har: .* none of its 0 entries is a write/,
    ],
    ['it nests without end', '['.repeat(200_000), /^65 session\.har:1:65: .* nested deeper than 64 levels/],
  ])('%s', async (_what, text, expected) => {
    expect(await failure(text)).toMatch(expected);
  });

  it('no write of it can be taken', async () => {
    const { log } = JSON.parse(readFileSync(har([entry({ user: null }), entry({ user: null })]), 'utf8'));
    expect(await failure(JSON.stringify({ log }))).toBe(
      '65 session.har: Failed to import "session.har": entry 1 is refused, as are 1 more of 2, no user: no header or cookie names one, and --user names none; no write was taken. Run: golem import har --help',
    );
  });

  it('a recording has that name already, or two files share one', async () => {
    har([entry()]);
    writeFileSync(join(folder, 'out.ndjson'), 'mine');
    await expect(importHar(options({ overwrite: false }))).rejects.toMatchObject({ exit: 64 });
    const files = [join(folder, 'session.har'), join(folder, 'other/session.har')];
    await expect(importHar(options({ files }))).rejects.toMatchObject({ exit: 64 });
    await expect(importHar(options({ files: [join(folder, 'none.har')] }))).rejects.toMatchObject({
      exit: 65,
    });
  });
});
