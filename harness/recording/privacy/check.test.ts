import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SAMPLE_HEADER, sampleRecord } from '../sample.fixture.ts';
import { checkRecording, createChecker } from './check.ts';
import { createSearch } from './find-personal.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const checker = createChecker(createSearch({ names: ['山田'] }));
const sample = sampleRecord('u-1', 1);

describe('a checker', () => {
  it('finds nothing in a recording that holds nothing', () => {
    expect(checker.header(SAMPLE_HEADER)).toEqual([]);
    expect(checker.record(sample, 2)).toEqual([]);
  });

  it.each([
    [{ user: 'taro@example.com' }, 'user', 'mail'],
    [
      { request: { ...sample.request, body: { message: 'tel 090-1234-5678' } } },
      'request.body.message',
      'phone',
    ],
    [
      { request: { ...sample.request, body: [{ deep: ['x', { card: 4111111111111111 }] }] } },
      'request.body[0].deep[1].card',
      'card',
    ],
    [{ request: { ...sample.request, body: { phone: 9012345678 } } }, 'request.body.phone', 'phone'],
    [{ request: { ...sample.request, body: { 'a@b.example': 1 } } }, 'request.body.<key>', 'mail'],
    [{ request: { ...sample.request, path: '/u/taro@example.com' } }, 'request.path', 'mail'],
    [
      { request: { ...sample.request, headers: { 'x-real-ip': '203.0.113.7' } } },
      'request.headers.x-real-ip',
      'ip',
    ],
    [{ response: { status: 200, body: { note: '山田さん' } } }, 'response.body.note', 'name'],
    [
      {
        upstream: [
          { ...sample.upstream[0]!, response: { status: 200, body: '{"items":[{"name":"〒1500001"}]}' } },
        ],
      },
      'upstream[0].response.body.items[0].name',
      'postal',
    ],
    [{ extra: 'kept as unknown: 35.68123,139.76712' }, 'extra', 'place'],
  ])('finds %j at its place', (changes, field, kind) => {
    expect(checker.record({ ...sample, ...changes }, 7)).toEqual([{ line: 7, field, kind }]);
  });

  it('passes over ids, digests and keys as machines make them, and does not show keys that people chose', () => {
    const body = {
      logId: '1d015eda-6757-4c55-a6b5-aea87b920000',
      key: `auto:${'0123456789'.repeat(6)}abcd`,
      at: '2025-09-01T00:00:00.000Z',
      user: 'u-abcdefghijklmnopabcdefgh',
      url: '/log/1d015eda-6757-4c55-a6b5-aea87b920000',
      'Taro Yamada': 'tel 090-1234-5678',
    };
    expect(checker.record({ ...sample, response: { status: 200, body } }, 1)).toEqual([
      { line: 1, field: 'response.body.<key>', kind: 'phone' },
    ]);
  });

  it('refuses real traffic that does not say it is anonymised, and looks at simulated traffic alike', () => {
    const header = { ...SAMPLE_HEADER, anonymised: false };
    expect(checker.header({ ...header, simulated: true })).toEqual([]);
    expect(checker.header({ ...header, simulated: false })).toEqual([
      { line: 1, field: 'anonymised', kind: 'verbatim' },
    ]);
    expect(checker.header({ ...SAMPLE_HEADER, source: 'taro@example.com' })).toEqual([
      { line: 1, field: 'source', kind: 'mail' },
    ]);
  });
});

describe('checking a recording', () => {
  it('names as many places as were asked for and counts the rest', async () => {
    const file = join(folder, 'guilty.ndjson');
    const records = Array.from({ length: 130 }, (_, index) =>
      sampleRecord('u-1', index, {
        response: { status: 200, body: index % 2 === 0 ? 'tel 090-1234-5678' : 'ok' },
      }),
    );
    writeFileSync(file, [SAMPLE_HEADER, ...records].map((line) => `${JSON.stringify(line)}\n`).join(''));
    const seen: number[] = [];
    const checked = await checkRecording(file, { checker, most: 2, progress: (count) => seen.push(count) });
    expect(checked).toEqual({
      records: 130,
      findings: [
        { line: 2, field: 'response.body', kind: 'phone' },
        { line: 4, field: 'response.body', kind: 'phone' },
      ],
      count: 65,
      kinds: new Map([['phone', 65]]),
    });
    expect(seen.at(-1)).toBe(130);
  });

  it('refuses a file that is no recording, with its place', async () => {
    const file = join(folder, 'broken.ndjson');
    writeFileSync(file, '{"golem":"recording"}\n');
    await expect(checkRecording(file, { checker, most: 1 })).rejects.toThrow(/broken\.ndjson:1/);
  });
});
