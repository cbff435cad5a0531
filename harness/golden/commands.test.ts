import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GolemError } from '../errors.ts';
import type { GoldenDocument } from './case.ts';
import { caseKey } from './case-key.ts';
import { acceptGolden, type AcceptRequest } from './accept.ts';
import { goldenStatus, pruneGolden } from './commands.ts';
import { parseGolden } from './file.ts';
import { sampleDocument } from './sample.test-data.ts';
import { writeAccepted, writePending } from './store.ts';
import type { GoldenWork } from './work.ts';

type Cases = Map<string, GoldenDocument>;

const findCauses = () => [];

let root: string;
let current: Map<string, Cases>;
let replayed: string[][];
let work: GoldenWork;

function casesOf(suite: string, choices: readonly (readonly [string, string, number])[]): Cases {
  return new Map(
    choices.map(([user, date, v2Amount]) => [
      caseKey(user, date),
      sampleDocument(2, { user, date, v2Amount }, suite),
    ]),
  );
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'golem-golden-'));
  replayed = [];
  current = new Map([
    [
      'everyday',
      casesOf('everyday', [
        ['hana', '2025-09-01', 560],
        ['hana', '2025-09-02', 560],
        ['../../x', '2025-09-01', 560],
      ]),
    ],
    ['edges', casesOf('edges', [['花', '2024-02-29', 560]])],
    ['must-fail/golden-stale', casesOf('must-fail/golden-stale', [['hana', '2025-09-01', 560]])],
  ]);
  work = {
    root,
    goldenDir: 'golden',
    suites: [
      { name: 'everyday' },
      { name: 'edges' },
      { name: 'volume', golden: false },
      { name: 'must-fail/golden-stale', must_fail: 'golden/v2_changed' },
      { name: 'must-fail/quiet', must_fail: 'lost_write', golden: false },
    ],
    currentDocuments: async (suites) => {
      replayed.push([...suites]);
      return new Map(suites.map((suite) => [suite, current.get(suite)!]));
    },
  };
});
afterEach(() => rmSync(root, { recursive: true }));

const accept = (
  patterns: string[] = [],
  reason = 'the first recording',
  ci = false,
  rest: Partial<AcceptRequest> = {},
) =>
  acceptGolden({
    ...work,
    patterns,
    reason,
    ci,
    causes: [],
    allowFewerCases: false,
    findCauses,
    beforeWriting: async () => undefined,
    ...rest,
  });
const status = () => goldenStatus({ ...work, findCauses });
const fileOf = (path: string): string => join(root, 'golden', path);
const codes = async (): Promise<string[]> => (await status()).findings.map(({ code }) => code);
const files = (): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

async function refusal(attempt: Promise<unknown>): Promise<{ exit: number; message: string }> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GolemError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return { exit: error.exit, message: error.message };
}

describe('acceptGolden', () => {
  it('writes every missing case, and status is clean after it', async () => {
    expect(await codes()).toEqual(Array(4).fill('golden/missing'));
    const { accepted, unchanged } = await accept();
    expect(accepted.map(({ name, was }) => [name, was])).toEqual([
      ['everyday/%2E.%2F..%2Fx/2025-09-01', 'missing'],
      ['everyday/hana/2025-09-01', 'missing'],
      ['everyday/hana/2025-09-02', 'missing'],
      ['edges/%E8%8A%B1/2024-02-29', 'missing'],
    ]);
    expect(unchanged).toBe(0);
    expect(files()).toEqual([
      'golden/edges/%E8%8A%B1/2024-02-29.json',
      'golden/everyday/%2E.%2F..%2Fx/2025-09-01.json',
      'golden/everyday/hana/2025-09-01.json',
      'golden/everyday/hana/2025-09-02.json',
    ]);
    expect(await status()).toMatchObject({ clean: true, total: { matched: 4, missing: 0 } });
  });

  it('accepts what a replay shows now, not what a pending file holds', async () => {
    await accept();
    const key = caseKey('hana', '2025-09-01');
    writePending(work, 'everyday', key, sampleDocument(2, { user: 'hana', v2Amount: 999 }), false);
    current.set('everyday', casesOf('everyday', [['hana', '2025-09-01', 561]]));
    const { accepted, unchanged } = await accept(['everyday/hana/2025-09-01'], 'rounding moved');
    expect([accepted.length, accepted[0]?.was, unchanged]).toEqual([1, 'changed', 0]);
    const read = parseGolden(readFileSync(fileOf('everyday/hana/2025-09-01.json'), 'utf8'));
    expect(read).toEqual({
      state: 'sound',
      reason: 'rounding moved',
      document: current.get('everyday')!.get(key),
    });
    expect(existsSync(fileOf('everyday/hana/2025-09-01.pending.json'))).toBe(false);
  });

  it('touches only the selected cases, replays only their suites, and keeps the reasons of unchanged files', async () => {
    await accept();
    for (const [suite, cases] of current) {
      current.set(
        suite,
        new Map(
          [...cases].map(([key, { user, date }]) => [
            key,
            sampleDocument(2, { user, date, v2Amount: 561 }, suite),
          ]),
        ),
      );
    }
    replayed = [];
    const { accepted } = await accept(['everyday/hana/2025-09-02'], 'rounding moved');
    expect(accepted.map(({ file }) => file)).toEqual(['golden/everyday/hana/2025-09-02.json']);
    expect(replayed).toEqual([['everyday']]);
    expect(await codes()).toEqual(Array(3).fill('golden/v2_changed'));
    await accept([], 'the rest too');
    expect(readFileSync(fileOf('everyday/hana/2025-09-02.json'), 'utf8')).toContain(
      '"reason": "rounding moved"',
    );
    expect(await codes()).toEqual([]);
  });

  it.each([
    ['deleted', 'golden/missing', (path: string) => rmSync(path)],
    ['edited', 'golden/damaged', (path: string) => edit(path, '"amount": 560', '"amount": 561')],
    [
      'given another hash',
      'golden/damaged',
      (path: string) => edit(path, /sha256:[0-9a-f]{8}/, 'sha256:00000000'),
    ],
    ['given another reason', 'golden/damaged', (path: string) => edit(path, 'the first', 'the best')],
    ['cut off', 'golden/damaged', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 500))],
    ['emptied', 'golden/damaged', (path: string) => writeFileSync(path, '')],
    [
      'swapped for another case',
      'golden/damaged',
      (path: string) => writeFileSync(path, readFileSync(fileOf('everyday/hana/2025-09-02.json'))),
    ],
  ])('mends a file that was %s, which is %s', async (_, code, harm) => {
    await accept();
    harm(fileOf('everyday/hana/2025-09-01.json'));
    const { findings } = await status();
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(findings[0]!.remedy).toBe(`npx golem golden accept 'everyday/hana/2025-09-01' --reason "…"`);
    await accept(['everyday/hana/2025-09-01'], 'mended');
    expect(await codes()).toEqual([]);
  });

  it('removes the pending file of a case that needs no accepting', async () => {
    await accept();
    const key = caseKey('hana', '2025-09-01');
    writePending(work, 'everyday', key, current.get('everyday')!.get(key)!, false);
    expect(await codes()).toEqual(['golden/pending']);
    expect(await accept(['everyday/hana'])).toEqual({ accepted: [], unchanged: 2, held: [] });
    expect(await codes()).toEqual([]);
  });

  it.each([
    ['in CI', () => accept([], 'why', true), 'in CI nothing is written'],
    ['without a reason', () => accept([], '  '), 'a reason in words is required'],
    ['with the placeholder of a remedy', () => accept([], '…'), 'a reason in words is required'],
    [
      'for a pattern of no case',
      () => accept(['everyday/*', 'nobody/*']),
      'Failed to find a case for pattern "nobody/*"',
    ],
    [
      'for a suite that must fail',
      () => accept(['must-fail/*']),
      'must-fail/golden-stale must fail; its golden files are wrong on purpose',
    ],
    ['for a case of one', () => accept(['must-fail/golden-stale/hana/2025-09-01']), 'wrong on purpose'],
  ])('refuses %s with exit 64 and writes nothing', async (_, attempt, message) => {
    const { exit, message: said } = await refusal(attempt());
    expect(exit).toBe(64);
    expect(said).toContain(message);
    expect(files()).toEqual([]);
  });
});

describe('pruneGolden', () => {
  it('removes orphaned, pending, stray and unclaimed files and nothing else', async () => {
    await accept();
    const day = sampleDocument(1);
    writeAccepted(work, 'everyday', caseKey('gone', '2025-09-01'), day, 'why');
    writeAccepted(work, 'removed-suite', caseKey('hana', '2025-09-01'), day, 'why');
    writeAccepted(work, 'volume', caseKey('hana', '2025-09-01'), day, 'why');
    writeAccepted(work, 'must-fail/golden-stale', caseKey('orphan', '2025-09-01'), day, 'why');
    writeAccepted(work, 'must-fail/quiet', caseKey('hana', '2025-09-01'), day, 'why');
    writePending(work, 'edges', caseKey('花', '2024-02-29'), day, false);
    writeFileSync(fileOf('edges/loose.json'), '{}');
    writeFileSync(fileOf('edges/README.md'), 'kept');
    const kept = files().filter(
      (path) => /hana|花|%E8|x\/|must-fail|README/.test(path) && !/pending|removed|volume/.test(path),
    );
    expect(await codes()).toEqual([
      'golden/orphaned',
      'golden/pending',
      'golden/orphaned',
      'golden/orphaned',
      'golden/orphaned',
    ]);
    expect(await pruneGolden({ ...work, ci: false })).toEqual({
      removed: [
        'golden/edges/%E8%8A%B1/2024-02-29.pending.json',
        'golden/edges/loose.json',
        'golden/everyday/gone/2025-09-01.json',
        'golden/removed-suite/hana/2025-09-01.json',
        'golden/volume/hana/2025-09-01.json',
      ],
    });
    expect(files()).toEqual(kept);
    expect(await codes()).toEqual([]);
  });

  it('refuses in CI, and where a suite replayed no case at all', async () => {
    await accept();
    const before = files();
    expect((await refusal(pruneGolden({ ...work, ci: true }))).exit).toBe(64);
    current.set('edges', new Map());
    const { exit, message } = await refusal(pruneGolden({ ...work, ci: false }));
    expect(exit).toBe(65);
    expect(message).toContain('Failed to prune golden files of suite "edges": no case of it was replayed');
    expect(files()).toEqual(before);
  });
});

describe('goldenStatus', () => {
  it('counts by suite and leaves out suites that must fail or keep no golden files', async () => {
    await accept(['edges']);
    const { suites, total, clean } = await status();
    expect(suites).toEqual([
      { suite: 'everyday', matched: 0, changed: 0, missing: 3, orphaned: 0, damaged: 0, pending: 0 },
      { suite: 'edges', matched: 1, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 },
    ]);
    expect(total).toMatchObject({ matched: 1, missing: 3 });
    expect(clean).toBe(false);
    expect(replayed.flat()).not.toContain('must-fail/golden-stale');
  });

  it('takes a replay that leaves out a suite for a fault of golem’s', async () => {
    const broken = { ...work, currentDocuments: async () => new Map() };
    expect((await refusal(goldenStatus({ ...broken, findCauses }))).exit).toBe(70);
  });
});

function edit(path: string, what: string | RegExp, by: string): void {
  const before = readFileSync(path, 'utf8');
  const after = before.replace(what, by);
  if (after === before) throw new Error(`nothing to edit in ${path}`);
  writeFileSync(path, after);
}
