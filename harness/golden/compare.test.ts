import { describe, expect, it } from 'vitest';
import type { GoldenDocument } from './case.ts';
import { type AcceptedText, compareGolden, type GoldenInput, unclaimedFindings } from './compare.ts';
import { renderGolden } from './file.ts';
import type { JsonObject } from './json.ts';
import { sampleDocument } from './sample.test-data.ts';

const KEY = 'ann-3f9c/2025-09-01';
const accepted = (document: GoldenDocument): AcceptedText => ({ text: renderGolden(document, 'why') });
const compare = (input: Partial<GoldenInput>) =>
  compareGolden({
    suite: 'everyday',
    goldenDir: 'golden',
    accepted: new Map(),
    documents: new Map(),
    pending: [],
    strays: [],
    ...input,
  });
/** Compares the sample day with one in which `change` was made to its second record, under both settings. */
const compareChanged = (change: (record: JsonObject) => JsonObject) => {
  const before = sampleDocument(3);
  const after = {
    ...before,
    base: before.base.with(1, change(before.base[1]!)),
    full: before.full.with(1, change(before.full[1]!)),
  };
  return compare({ accepted: new Map([[KEY, accepted(before)]]), documents: new Map([[KEY, after]]) });
};
const within = (record: JsonObject, part: string, changed: JsonObject): JsonObject => ({
  ...record,
  [part]: { ...(record[part] as JsonObject), ...changed },
});

describe('compareGolden', () => {
  it('counts a case whose outcome is the accepted one, whatever it was accepted for', () => {
    const document = sampleDocument(3);
    const result = compare({
      accepted: new Map([[KEY, accepted(document)]]),
      documents: new Map([[KEY, document]]),
    });
    expect(result).toMatchObject({ matched: 1, findings: [], unaccepted: new Map() });
  });

  it('says that V2 changed, from what to what, and how to accept it', () => {
    const { findings, unaccepted } = compareChanged((record) =>
      within(within(record, 'difference', { damount: 4 }), 'v2', { totals: { amount: 561, tax: 26.5 } }),
    );
    expect(findings).toEqual([
      {
        suite: 'everyday',
        code: 'golden/v2_changed',
        subject: 'everyday/ann-3f9c/2025-09-01',
        detail: 'r0002 v2/totals/amount: 560 → 561; r0002 difference/damount: 3 → 4',
        remedy: `npx golem golden accept 'everyday/ann-3f9c/2025-09-01' --reason "…"`,
        file: 'golden/everyday/ann-3f9c/2025-09-01.json',
      },
    ]);
    expect([...unaccepted]).toEqual([[KEY, 'changed']]);
  });

  it.each([
    ['an answer', 'legacy_changed', (r: JsonObject) => within(r, 'answer', { landing: 'other' })],
    ['a legacy row', 'legacy_changed', (r: JsonObject) => within(r, 'legacy', { rows: {} })],
    ['a status', 'legacy_changed', (r: JsonObject) => within(r, 'outcome', { status: 500 })],
    ['a repeat', 'legacy_changed', (r: JsonObject) => ({ ...r, repeat: { swallowed: true } })],
    ['a shadow row', 'v2_changed', (r: JsonObject) => within(r, 'v2', { rows: {} })],
    ['a V2 state', 'v2_changed', (r: JsonObject) => within(r, 'outcome', { v2: 'failed' })],
    ['a merged column', 'v2_changed', (r: JsonObject) => within(r, 'merged', { slot: 'night' })],
    ['a difference alone', 'v2_changed', (r: JsonObject) => within(r, 'difference', { dtax: 9 })],
    ['a day alone', 'v2_changed', (r: JsonObject) => within(r, 'day', { dtax: 9 })],
    [
      'legacy totals and the difference that follows',
      'legacy_changed',
      (r: JsonObject) => within(within(r, 'legacy', { totals: null }), 'difference', { dtax: 9 }),
    ],
    [
      'both totals',
      'both_changed',
      (r: JsonObject) => within(within(r, 'legacy', { totals: null }), 'v2', { totals: null }),
    ],
  ])('attributes a change of %s: golden/%s', (_, code, change) => {
    expect(compareChanged(change).findings.map((finding) => finding.code)).toEqual([`golden/${code}`]);
  });

  it('tells a change under the full flags alone from one under both', () => {
    const before = sampleDocument(2);
    const after = {
      ...before,
      full: before.full.with(0, within(before.full[0]!, 'merged', { slot: 'night' })),
    };
    const { findings } = compare({
      accepted: new Map([[KEY, accepted(before)]]),
      documents: new Map([[KEY, after]]),
    });
    expect(findings[0]).toMatchObject({
      code: 'golden/v2_changed',
      detail: 'under full r0001 merged/slot: "noon" → "night"',
    });
  });

  it('spells out three differences, primary parts first, shortens long values and counts the rest', () => {
    const { findings } = compareChanged((record) => ({
      ...within(record, 'v2', { totals: null, warnings: ['w'.repeat(200), 'x'], failure: 'exception' }),
      day: {},
    }));
    const [finding] = findings;
    expect(finding!.detail).toMatch(
      /^r0002 v2\/failure: nothing → "exception"; r0002 v2\/totals: \{"amount": 560/,
    );
    expect(finding!.detail).toMatch(/; and 4 more$/);
    const long = compareChanged((record) => within(record, 'v2', { totals: '🍙'.repeat(90) }));
    expect(long.findings[0]!.detail.isWellFormed()).toBe(true);
    expect(long.findings[0]!.detail.length).toBeLessThan(250);
  });

  it('takes a record more or less for a change of both paths', () => {
    const { findings } = compare({
      accepted: new Map([[KEY, accepted(sampleDocument(3))]]),
      documents: new Map([[KEY, sampleDocument(2)]]),
    });
    expect(findings[0]!.code).toBe('golden/both_changed');
    expect(findings[0]!.detail).toBe('r0003: a record → nothing; under full r0003: a record → nothing');
  });

  it('finds missing, orphaned and damaged files and pending ones left behind, each with its remedy', () => {
    const document = sampleDocument(2);
    const result = compare({
      accepted: new Map<string, AcceptedText>([
        ['a/2025-09-01', accepted(document)],
        ['b/2025-09-01', { text: 'no JSON' }],
        ['c/2025-09-01', { damage: 'it is a symbolic link, which golem does not follow' }],
        ['e/2025-09-01', accepted(document)],
      ]),
      documents: new Map([
        ['b/2025-09-01', document],
        ['c/2025-09-01', document],
        ['d/2025-09-01', document],
        ['e/2025-09-01', document],
      ]),
      pending: ['d/2025-09-01', 'e/2025-09-01', 'f/2025-09-01'],
      strays: [{ path: 'g.json', what: 'a file at a place where no case has its file' }],
    });
    expect(result.findings.map(({ code, subject, remedy }) => [code, subject, remedy])).toEqual([
      ['golden/orphaned', 'everyday/a/2025-09-01', 'npx golem golden prune'],
      [
        'golden/damaged',
        'everyday/b/2025-09-01',
        `npx golem golden accept 'everyday/b/2025-09-01' --reason "…"`,
      ],
      [
        'golden/damaged',
        'everyday/c/2025-09-01',
        `npx golem golden accept 'everyday/c/2025-09-01' --reason "…"`,
      ],
      [
        'golden/missing',
        'everyday/d/2025-09-01',
        `npx golem golden accept 'everyday/d/2025-09-01' --reason "…"`,
      ],
      ['golden/pending', 'everyday/e/2025-09-01', 'npx golem golden prune'],
      ['golden/pending', 'everyday/f/2025-09-01', 'npx golem golden prune'],
      ['golden/orphaned', 'everyday/g.json', 'npx golem golden prune'],
    ]);
    expect(result).toMatchObject({ matched: 1, changed: 0, missing: 1, orphaned: 2, damaged: 2, pending: 2 });
    expect(result.findings[4]!.file).toBe('golden/everyday/e/2025-09-01.pending.json');
  });

  it('finds a file that holds another case damaged', () => {
    const { findings } = compare({
      accepted: new Map([[KEY, accepted(sampleDocument(2, {}, 'noisy'))]]),
      documents: new Map([[KEY, sampleDocument(2)]]),
    });
    expect(findings[0]).toMatchObject({
      code: 'golden/damaged',
      detail: 'its golden file is damaged: it holds the case "noisy/ann-3f9c/2025-09-01"',
    });
  });

  it('names files of no suite', () => {
    expect(unclaimedFindings('golden', ['gone/a/2025-09-01.json'])).toEqual([
      {
        suite: 'gate',
        code: 'golden/orphaned',
        subject: 'gone/a/2025-09-01.json',
        detail: 'belongs to no suite of the config that keeps golden files',
        remedy: 'npx golem golden prune',
        file: 'golden/gone/a/2025-09-01.json',
      },
    ]);
  });
});
