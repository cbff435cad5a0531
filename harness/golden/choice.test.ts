import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GolemError } from '../errors.ts';
import { acceptGolden, type AcceptRequest } from './accept.ts';
import type { CaseCause, FindCauses } from './case-causes.ts';
import type { GoldenDocument } from './case.ts';
import { caseKey } from './case-key.ts';
import { goldenStatus } from './commands.ts';
import { type RejectRequest, rejectGolden } from './reject.ts';
import { sampleDocument } from './sample.test-data.ts';
import { writeAccepted, writePending } from './store.ts';
import type { GoldenWork } from './work.ts';

const SUITES = ['everyday', 'edges'];
const DATES = ['2025-09-01', '2025-09-02', '2025-09-03'];

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'golem-choice-'));
});
afterEach(() => rmSync(root, { recursive: true }));

type Documents = Map<string, Map<string, GoldenDocument>>;

/** A case of user `hana` whose V2 gives `amount`. */
function day(suite: string, date: string, amount: number): GoldenDocument {
  return sampleDocument(2, { user: 'hana', date, v2Amount: amount }, suite);
}

/** Amounts by suite and date as documents; null leaves the case out. */
function documentsOf(amounts: Readonly<Record<string, readonly (number | null)[]>>): Documents {
  return new Map(
    SUITES.map((suite) => [
      suite,
      new Map(
        (amounts[suite] ?? []).flatMap((amount, i) =>
          amount === null ? [] : [[caseKey('hana', DATES[i]!), day(suite, DATES[i]!, amount)] as const],
        ),
      ),
    ]),
  );
}

function workOn(place: string, documents: Documents): GoldenWork {
  return {
    root: place,
    goldenDir: 'golden',
    suites: SUITES.map((name) => ({ name })),
    currentDocuments: async (suites) => new Map(suites.map((suite) => [suite, documents.get(suite)!])),
  };
}

/** Causes by hand: which cases each has. */
function causing(cases: Readonly<Record<string, readonly string[]>>): FindCauses {
  return (changes) =>
    Object.entries(cases).map(
      ([id, names]): CaseCause => ({
        id,
        label: `cause ${id}`,
        count: names.length,
        cases: names.filter((name) => changes.some((change) => change.name === name)),
      }),
    );
}

const accept = (work: GoldenWork, request: Partial<AcceptRequest> = {}) =>
  acceptGolden({
    ...work,
    patterns: [],
    causes: [],
    reason: 'why',
    ci: false,
    allowFewerCases: false,
    findCauses: () => [],
    beforeWriting: async () => undefined,
    ...request,
  });
const reject = (work: GoldenWork, request: Partial<RejectRequest> = {}) =>
  rejectGolden({ ...work, patterns: [], causes: [], ci: false, findCauses: () => [], ...request });
const status = (work: GoldenWork) => goldenStatus({ ...work, findCauses: () => [] });

/** Every file and folder with what it holds. */
function tree(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path.slice(place.length)} ${entry.isFile() ? readFileSync(path, 'utf8') : ''}`;
    })
    .sort();
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GolemError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return `${error.exit} ${error.message}`;
}

/** Leaves pending files as the gate would, for every case that is not as accepted. */
async function gate(work: GoldenWork, documents: Documents): Promise<void> {
  for (const finding of (await status(work)).findings) {
    const [suite = '', ...key] = finding.subject.split('/');
    const document = documents.get(suite)?.get(key.join('/'));
    if (document) writePending(work, suite, key.join('/'), document, false);
  }
}

const amount = fc.option(fc.integer({ min: 550, max: 553 }), { nil: null });
const amounts = fc.record({
  everyday: fc.array(amount, { minLength: 3, maxLength: 3 }),
  edges: fc.array(amount, { minLength: 3, maxLength: 3 }),
});

describe('whatever moved', () => {
  it('is accepted, and after that status is clean', async () => {
    await fc.assert(
      fc.asyncProperty(amounts, amounts, fc.boolean(), async (before, after, gated) => {
        const place = mkdtempSync(join(root, 'accept-'));
        await accept(workOn(place, documentsOf(before)));
        const documents = documentsOf(after);
        const work = workOn(place, documents);
        // A suite that lost every case is refused; that is another test's.
        for (const suite of SUITES) fc.pre(documents.get(suite)!.size > 0);
        if (gated) await gate(work, documents);
        await accept(work, { allowFewerCases: true });
        expect(await status(work)).toMatchObject({ clean: true, total: { pending: 0 } });
      }),
      { numRuns: 60 },
    );
  });

  it('is rejected without a trace', async () => {
    await fc.assert(
      fc.asyncProperty(amounts, amounts, async (before, after) => {
        const place = mkdtempSync(join(root, 'reject-'));
        await accept(workOn(place, documentsOf(before)));
        const accepted = tree(place);
        const documents = documentsOf(after);
        const work = workOn(place, documents);
        await gate(work, documents);
        const pending = tree(place).filter((line) => line.includes('.pending.json'));
        if (pending.length === 0) expect(await refusal(reject(work))).toContain('no case is pending');
        else expect((await reject(work)).rejected).toHaveLength(pending.length);
        expect(tree(place)).toEqual(accepted);
      }),
      { numRuns: 60 },
    );
  });
});

describe('accepting by cause', () => {
  const name = (suite: string, i: number): string => `${suite}/hana/${DATES[i]}`;

  async function moved(): Promise<{ work: GoldenWork; documents: Documents }> {
    await accept(workOn(root, documentsOf({ everyday: [550, 550, 550], edges: [550] })));
    const documents = documentsOf({ everyday: [551, 552, 553], edges: [551] });
    return { work: workOn(root, documents), documents };
  }

  it('takes the cases of that cause and no other', async () => {
    const { work } = await moved();
    const findCauses = causing({ a1: [name('everyday', 0), name('edges', 0)], b2: [name('everyday', 1)] });
    const { accepted, held } = await accept(work, { causes: ['a1'], findCauses });
    expect(accepted.map((one) => one.name)).toEqual([name('everyday', 0), name('edges', 0)]);
    expect(held).toEqual([]);
    expect((await status(work)).total).toMatchObject({ matched: 2, changed: 2 });
  });

  it('leaves a case that has another cause too until that one is named as well', async () => {
    const { work } = await moved();
    const findCauses = causing({
      a1: [name('everyday', 0), name('everyday', 1)],
      b2: [name('everyday', 1), name('everyday', 2)],
    });
    const first = await accept(work, { causes: ['a1'], findCauses });
    expect(first.accepted.map((one) => one.name)).toEqual([name('everyday', 0)]);
    expect(first.held).toEqual([{ name: name('everyday', 1), causes: ['b2'] }]);
    const mixed = causing({ a1: [name('everyday', 1)], b2: [name('everyday', 1), name('everyday', 2)] });
    expect(await refusal(accept(work, { causes: ['a1'], findCauses: mixed }))).toBe(
      '64 Failed to accept cause "a1": each of its cases has another cause too, and a case is accepted whole. ' +
        'Run: npx golem golden accept --cause a1 --cause b2 --reason "…"',
    );
    const both = await accept(work, { causes: ['a1', 'b2'], findCauses: mixed });
    expect(both.accepted.map((one) => one.name)).toEqual([name('everyday', 1), name('everyday', 2)]);
  });

  it('within a pattern takes only what both mean', async () => {
    const { work } = await moved();
    const findCauses = causing({ a1: [name('everyday', 0), name('edges', 0)] });
    const { accepted } = await accept(work, { causes: ['a1'], patterns: ['edges'], findCauses });
    expect(accepted.map((one) => one.name)).toEqual([name('edges', 0)]);
    expect(
      await refusal(accept(work, { causes: ['a1'], patterns: ['everyday/hana/2025-09-03'], findCauses })),
    ).toContain('the one case there is does not match');
  });

  it('knows new, damaged and vanished cases as causes of their own', async () => {
    await accept(workOn(root, documentsOf({ everyday: [550, 550, null], edges: [550] })));
    const work = workOn(root, documentsOf({ everyday: [550, null, 550], edges: [551] }));
    const ids = (await status(work)).causes.map(({ id, cases }) => [id, cases]);
    expect(ids).toEqual([
      ['new', [name('everyday', 2)]],
      ['gone', [name('everyday', 1)]],
    ]);
    expect((await accept(work, { causes: ['new'] })).accepted.map((one) => one.was)).toEqual(['missing']);
  });

  it('refuses an id that no cause has, naming those there are', async () => {
    const { work } = await moved();
    const findCauses = causing({ a1: [name('everyday', 0)] });
    expect(await refusal(accept(work, { causes: ['a2'], findCauses }))).toBe(
      '64 Failed to accept cause "a2": the causes now are a1. Run: npx golem golden status',
    );
    await accept(work);
    expect(await refusal(accept(work, { causes: ['a1'] }))).toContain(
      'every case is as accepted, so there is no cause',
    );
  });
});

describe('accepting where cases vanished', () => {
  beforeEach(() => accept(workOn(root, documentsOf({ everyday: [550, 550], edges: [550] }))));

  it('removes nothing unless a flag allows fewer cases', async () => {
    const work = workOn(root, documentsOf({ everyday: [551, null], edges: [550] }));
    const before = tree(root);
    for (const request of [{}, { patterns: ['everyday/*'] }, { causes: ['gone'] }]) {
      expect(await refusal(accept(work, request))).toBe(
        '64 Failed to accept "everyday/hana/2025-09-02": no record of it is replayed any more, so accepting would ' +
          'remove golden files; add --allow-fewer-cases if that is meant. Run: npx golem golden status --verbose',
      );
    }
    expect(tree(root)).toEqual(before);
    // What does not shrink needs no leave.
    expect((await accept(work, { patterns: ['everyday/hana/2025-09-01'] })).accepted).toHaveLength(1);
    const { accepted } = await accept(work, { allowFewerCases: true });
    expect(accepted).toEqual([
      {
        name: 'everyday/hana/2025-09-02',
        file: 'golden/everyday/hana/2025-09-02.json',
        was: 'orphaned',
      },
    ]);
    expect((await status(work)).clean).toBe(true);
  });

  it('refuses a suite that replayed no case at all, whatever is allowed', async () => {
    const work = workOn(root, documentsOf({ everyday: [550, 550], edges: [] }));
    const before = tree(root);
    expect(await refusal(accept(work, { allowFewerCases: true }))).toMatch(
      /^65 .*"edges": no case of it was replayed/,
    );
    expect(tree(root)).toEqual(before);
  });
});

describe('rejecting', () => {
  it('takes what patterns and causes mean and leaves the rest pending', async () => {
    await accept(workOn(root, documentsOf({ everyday: [550, 550], edges: [550] })));
    const documents = documentsOf({ everyday: [551, 552], edges: [551] });
    const work = workOn(root, documents);
    await gate(work, documents);
    const findCauses = causing({ a1: ['everyday/hana/2025-09-01'], b2: ['everyday/hana/2025-09-02'] });
    expect((await reject(work, { patterns: ['edges'] })).rejected).toEqual([
      'golden/edges/hana/2025-09-01.pending.json',
    ]);
    expect((await reject(work, { causes: ['a1'], findCauses })).rejected).toEqual([
      'golden/everyday/hana/2025-09-01.pending.json',
    ]);
    const left = tree(root);
    for (const [request, message] of [
      [
        { patterns: ['edges'] },
        'Failed to find a case for pattern "edges": the one pending case there is does not match',
      ],
      [{ causes: ['a1'], findCauses }, 'Failed to reject "a1": none of its cases has a pending file'],
      [{ causes: ['zz'], findCauses }, 'Failed to reject cause "zz": the causes now are a1, b2'],
      [{ ci: true }, 'Failed to reject "golden files": in CI nothing is written'],
    ] as const) {
      expect(await refusal(reject(work, request))).toContain(`64 ${message}`);
    }
    expect(tree(root)).toEqual(left);
  });

  it('needs no replay without a cause', async () => {
    const key = caseKey('hana', '2025-09-01');
    const work: GoldenWork = {
      ...workOn(root, new Map()),
      currentDocuments: () => Promise.reject(new Error('replayed')),
    };
    writeAccepted(work, 'everyday', key, day('everyday', '2025-09-01', 550), 'why');
    const before = tree(root);
    writePending(work, 'everyday', key, day('everyday', '2025-09-01', 551), false);
    await reject(work);
    expect(tree(root)).toEqual(before);
  });
});
