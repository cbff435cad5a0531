import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'generate-traffic.ts');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-traffic-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function generate(...args: readonly string[]): Promise<Ran> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [SCRIPT, ...args], { cwd: folder })) };
  } catch (error) {
    return error as Ran;
  }
}

test('writes one suite as it is committed', async () => {
  const out = join(folder, 'retries.ndjson');
  const { code, stdout } = await generate('--suite', 'retries', '--out', out);
  expect([code, stdout]).toEqual([0, expect.stringContaining('36 records of 6 people')]);
  const committed = join(import.meta.dirname, '../fixtures/retries/recording.ndjson');
  expect(await readFile(out, 'utf8')).toBe(await readFile(committed, 'utf8'));
});

test('writes people in volume, compressed, with lines as production has them', async () => {
  const volume = ['--users', '20', '--days', '10', '--in-process', '--out'];
  expect((await generate(...volume, 'a.ndjson')).code).toBe(0);
  expect((await generate(...volume, 'b.ndjson.zst')).code).toBe(0);
  const text = await readFile(join(folder, 'a.ndjson'), 'utf8');
  expect(zstdDecompressSync(await readFile(join(folder, 'b.ndjson.zst'))).toString()).toBe(text);
  const [header, ...lines] = text.trimEnd().split('\n');
  expect(JSON.parse(header!)).toMatchObject({
    golem: 'recording',
    env: 'prod',
    tz_offset_minutes: 540,
    anonymised: false,
    simulated: true,
    grouped_by: 'user',
    captured: { from: '2025-08-31T15:00:00.000Z', to: '2025-09-10T15:00:00.000Z' },
  });
  const bytes = lines.map((line) => Buffer.byteLength(line)).sort((a, b) => a - b);
  const median = bytes[Math.floor(bytes.length / 2)]!;
  expect(median).toBeGreaterThanOrEqual(1_300);
  expect(median).toBeLessThanOrEqual(1_500);
  const records = lines.map((line) => JSON.parse(line));
  const repeats = records.filter(({ response }) => response.body.idempotent).length;
  expect(repeats / records.length).toBeGreaterThan(0.005);
  expect(repeats / records.length).toBeLessThan(0.035);
  // Each person stands in one piece, in order of time.
  const users = records.map(({ user }) => user);
  expect(users.filter((user, at) => user !== users[at - 1])).toEqual([...new Set(users)]);
  for (const [at, { user, at: time }] of records.entries()) {
    if (at > 0 && users[at - 1] === user) expect(time >= records[at - 1].at).toBe(true);
  }
});

test('gives a person the same traffic however many others there are', async () => {
  const of = async (users: string, out: string) => {
    await generate('--users', users, '--days', '5', '--seed', 'x', '--in-process', '--out', out);
    const lines = (await readFile(join(folder, out), 'utf8')).split('\n');
    return lines.filter((line) => line.includes('"user":"u-0000002"'));
  };
  const few = await of('2', 'few.ndjson');
  expect(few.length).toBeGreaterThan(5);
  expect(await of('4', 'many.ndjson')).toEqual(few);
});

test.each([
  [[], 'Failed to read "--out": expected a file, or a folder for --suite all'],
  [['--out', 'x'], 'Failed to read "generate-traffic": expected --suite or --users'],
  [
    ['--out', 'x', '--suite', 'weekend'],
    'Failed to read "--suite weekend": no such suite; --help lists them',
  ],
  [['--out', 'x', '--users', '0'], 'Failed to read "--users 0": expected a whole number from 1 to 10000000'],
  [
    ['--out', 'x', '--users', '1', '--first-date', 'monday'],
    'Failed to read "--first-date monday": expected YYYY-MM-DD',
  ],
  [['--out', 'x', '--loud'], 'Failed to read "the arguments": Unknown option \'--loud\''],
])('refuses %j with 64 and what it expected', async (args, message) => {
  const before = await readdir(folder);
  const { code, stderr } = await generate(...args);
  expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
  expect(stderr).toContain('Run: node scripts/generate-traffic.ts --help');
  expect(await readdir(folder)).toEqual(before);
});

test('plants a fault in its share of the meals, whoever makes them, and marks those alone', async () => {
  const made = async (out: string, ...more: readonly string[]) => {
    const volume = ['--users', '150', '--days', '3', '--in-process', '--provider', 'honest', '--out', out];
    const { stdout } = await generate(...volume, ...more);
    const [, ...lines] = (await readFile(join(folder, out), 'utf8')).trimEnd().split('\n');
    return { stdout, records: lines.map((line) => JSON.parse(line)) };
  };
  const clean = await made('clean.ndjson', '--workers', '1');
  const faulty = await made('faulty.ndjson', '--workers', '2', '--defect', 'tenfold@1/20');
  const marked = faulty.records.filter(({ planted }) => planted === 'tenfold').length;
  expect(faulty.stdout).toContain(`, ${marked} meals with a planted fault`);
  expect(Math.abs(marked / clean.records.length - 0.05)).toBeLessThan(0.03);
  let changed = 0;
  for (const [index, { planted, ...record }] of faulty.records.entries()) {
    const same = JSON.stringify(record) === JSON.stringify(clean.records[index]);
    // A repeat of a meal at fault is answered as the meal was.
    if (planted === undefined) expect(same || record.response.body.idempotent).toBe(true);
    else changed += same ? 0 : 1;
  }
  expect(changed).toBe(marked);
});

test.each([
  [['--provider', 'perfect'], 'Failed to read "--provider perfect": expected realistic or honest'],
  [['--defect', 'tenfold@2/1'], 'expected a fault and how often, such as tenfold@1/2000'],
  [['--defect', 'sabotage@1/2'], 'faults are tenfold, swapped, dropped'],
  [['--workers', '0'], 'expected a whole number from 1 to 256'],
])('refuses volume with %j', async (args, message) => {
  const { code, stderr } = await generate('--users', '1', '--in-process', '--out', 'x', ...args);
  expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
});
