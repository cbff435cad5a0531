import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GoldenDocument } from '../golden/case.ts';
import { outcomeChanges } from '../golden/changes.ts';
import type { JsonObject } from '../golden/json.ts';
import type { Change, Explanations, TraceEntry } from '../migration.ts';
import { causesOfGolden, type GoldenCase } from './golden-causes.ts';

/** A migration whose last stage rounds, and may bend what it rounded. */
const explain: Explanations = {
  stages: [
    { stage: 'read', codes: [] },
    { stage: 'add', codes: ['added'] },
    { stage: 'close', codes: ['bent'] },
  ],
  factors: [],
  sources: () => [],
  describe: ({ stage, code, entry }) =>
    stage === 'close' && code === null && entry === null ? 'closing the books' : null,
};

interface Write {
  readonly entries: readonly string[];
  /** The amount before it is rounded, when it was accepted and now; `was` is left out where it is the same. */
  readonly raw: number;
  readonly was?: number;
  readonly changes?: readonly Change[];
  readonly bent?: number;
  /** A column beside the totals. */
  readonly place?: readonly [before: string, now: string];
}

type Rule = (value: number) => number;
const halfUp: Rule = (value) => Math.round(value);
const down: Rule = (value) => Math.floor(value);
const closed = (write: Write, raw: number, rule: Rule): number => rule(raw) + (write.bent ?? 0);

function goldenCase(
  id: number,
  write: Write,
  legacy: readonly [Rule, Rule],
  v2: readonly [Rule, Rule],
): GoldenCase {
  const side = (when: 0 | 1): GoldenDocument => {
    const raw = when === 0 ? (write.was ?? write.raw) : write.raw;
    const place = write.place === undefined ? {} : { place: write.place[when] };
    const record: JsonObject = {
      id: 'r',
      legacy: { totals: { amount: closed(write, write.raw, legacy[when]) } },
      v2: { totals: { amount: closed(write, raw, v2[when]) }, ...place },
    };
    return { suite: 's', user: `u${id}`, date: '2025-09-01', base: [record], full: [record] };
  };
  const [accepted, current] = [side(0), side(1)];
  const changes = outcomeChanges(accepted, current);
  const bent = write.bent === undefined ? [] : [{ code: 'bent', subject: 'amount', from: 1, to: 2 }];
  const closing = (rule: Rule): TraceEntry => ({
    stage: 'close',
    totals: [closed(write, write.raw, rule)],
    changes: bent,
  });
  const read = { stage: 'read', totals: [write.raw], changes: [] };
  const add = { stage: 'add', totals: [write.raw], changes: write.changes ?? [] };
  return {
    suite: 's',
    name: `s/u${id}/2025-09-01`,
    changed: changes.length === 0 ? null : { accepted, current, changes },
    writes: new Map([
      ['r', { legacy: [read, closing(legacy[1])], v2: [read, add, closing(v2[1])], entries: write.entries }],
    ]),
  };
}

function cases(
  writes: readonly Write[],
  {
    legacy = [halfUp, halfUp],
    v2 = [halfUp, down],
  }: Partial<Record<'legacy' | 'v2', readonly [Rule, Rule]>> = {},
): GoldenCase[] {
  return writes.map((write, id) => goldenCase(id, write, legacy, v2));
}

function told(found: readonly GoldenCase[], measures: readonly string[] = ['amount']) {
  return causesOfGolden(found, explain, measures).map(({ label, count }) => [label, count]);
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Two entries a write; `a` is among those that a change of rounding moves, by chance always. */
const WRITES: readonly Write[] = Array.from({ length: 30 }, (_, index) => {
  const above = index % 2 === 0;
  return {
    raw: 20 + index + (above ? 0.6 + (index % 3) / 10 : 0.2),
    entries: [above && index % 3 === 0 ? 'a' : index % 5 === 0 ? 'g' : 'f', NAMES[1 + (index % 4)]!].sort(),
  };
});

describe('totals that are rounded otherwise', () => {
  it('are one cause, whatever entries happen to lie among them, and say which path rounds so', () => {
    expect(told(cases(WRITES))).toEqual([['rounding in closing the books: v2, down', 15]]);
    expect(told(cases(WRITES, { legacy: [halfUp, down], v2: [halfUp, halfUp] }))).toEqual([
      ['rounding in closing the books: legacy, down', 15],
    ]);
    expect(told(cases(WRITES, { legacy: [halfUp, Math.ceil], v2: [halfUp, Math.ceil] }))).toEqual([
      ['rounding in closing the books: legacy, v2, up', 15],
    ]);
  });

  it('are not known where nobody names the measures', () => {
    expect(told(cases(WRITES), []).length).toBeGreaterThan(1);
  });

  it('are one cause to more decimals than before, where they go both ways', () => {
    const tenths: Rule = (value) => Math.round(value * 10) / 10;
    expect(told(cases(WRITES, { v2: [halfUp, tenths] }))).toEqual([
      ['rounding in closing the books: v2', 30],
    ]);
  });

  it('keep what was bent since, by as many steps as it was rounded again', () => {
    const bent = { raw: 40.7, entries: ['e'], bent: 3 };
    expect(told(cases([...WRITES, bent]))).toEqual([['rounding in closing the books: v2, down', 16]]);
  });

  it('leave an entry that moved by a step to the entry', () => {
    const moved = WRITES.map((write) =>
      write.entries.includes('b') ? { ...write, was: write.raw - 1 } : write,
    );
    const found = told(cases(moved, { v2: [halfUp, halfUp] }));
    expect(found).toEqual([['b, up', moved.filter(({ was }) => was !== undefined).length]]);
  });

  it('leave an entry that moved by less than a step to the entry', () => {
    const moved = WRITES.map((write) =>
      write.entries.includes('a') ? { ...write, was: write.raw - 0.5 } : write,
    );
    const found = told(cases(moved, { v2: [halfUp, halfUp] }));
    expect(found.map(([label]) => label)).toEqual(['a, up']);
  });

  it('leave two entries to themselves that moved by less than a step, where as many others lie as they do', () => {
    const moved = WRITES.map((write, id) =>
      id % 2 === 0 && id < 8 ? { ...write, was: write.raw - 0.5, entries: [id < 4 ? 'x' : 'y'] } : write,
    );
    const found = told(cases(moved, { v2: [halfUp, halfUp] }));
    expect(found.sort()).toEqual([
      ['x, up', 2],
      ['y, up', 2],
    ]);
  });

  it('leave a record to an entry that moved one path, and go by that, where the other path is rounded otherwise', () => {
    const moved = WRITES.map((write) =>
      write.entries.includes('b') ? { ...write, was: write.raw - 5 } : write,
    );
    const found = told(cases(moved, { legacy: [halfUp, down], v2: [halfUp, halfUp] }));
    const entries = moved.filter(({ was }) => was !== undefined).length;
    expect(found.sort()).toEqual([
      ['b, up', entries],
      ['rounding in closing the books: legacy, down', 15 - entries],
    ]);
  });

  it('leave records that moved by more, and another rule that moved too', () => {
    const added = (raw: number): Write => ({
      raw: raw + 9.2,
      was: raw + 4.2,
      entries: ['d'],
      changes: [{ code: 'added', subject: 'amount', from: raw, to: raw + 9.2 }],
    });
    expect(told(cases([...WRITES, added(50), added(70)]))).toEqual([
      ['rounding in closing the books: v2, down', 15],
      ['added (add), up', 2],
    ]);
  });

  it('leave a record of which another column changed', () => {
    const placed = WRITES.map((write, id) =>
      id === 0 ? { ...write, place: ['left', 'right'] as const } : write,
    );
    expect(told(cases(placed))[0]).toEqual(['rounding in closing the books: v2, down', 14]);
  });

  it('are too few below four', () => {
    const few = WRITES.filter((_, index) => index % 2 === 1 || index < 6);
    expect(told(cases(few)).filter(([label]) => String(label).startsWith('rounding'))).toEqual([]);
  });

  it('are the same cause by the same id in whatever order the cases come, each record once', () => {
    const write = fc.record({
      raw: fc.integer({ min: 100, max: 9000 }).map((value) => value / 100),
      entries: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 }).map((names) => names.sort()),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (writes, order) => {
        const drawn = cases(writes);
        const shuffled = drawn
          .map((one) => [order.next().value ?? 0, one] as const)
          .sort(([a], [b]) => a - b)
          .map(([, one]) => one);
        const found = causesOfGolden(drawn, explain, ['amount']);
        expect(causesOfGolden(shuffled, explain, ['amount'])).toEqual(found);
        const changed = drawn.filter((one) => one.changed !== null).map(({ name }) => name);
        expect(found.flatMap(({ subjects }) => subjects).sort()).toEqual(changed.sort());
      }),
      { numRuns: 200 },
    );
  });
});
