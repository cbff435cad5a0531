import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GoldenDocument } from '../golden/case.ts';
import { outcomeChanges } from '../golden/changes.ts';
import type { JsonObject } from '../golden/json.ts';
import type { Change, Explanations, TraceEntry } from '../migration.ts';
import { causesOfGolden, type GoldenCase, type TracedWrite } from './golden-causes.ts';

/** A migration with a rule that bends by a factor, one that cuts, and entries of a dictionary. */
const explain: Explanations = {
  stages: [
    { stage: 'read', codes: [] },
    { stage: 'bend', codes: ['bent'] },
    { stage: 'cut', codes: ['cut', 'refilled'] },
  ],
  factors: ['bent'],
  sources: () => [],
  describe: () => null,
};

interface Write {
  readonly id: string;
  readonly entries?: readonly string[];
  readonly changes?: readonly (readonly [stage: string, change: Change])[];
  /** V2's total before and now; alike where the record did not change. */
  readonly before: number;
  readonly now?: number;
  readonly warnedBefore?: readonly string[];
  readonly warned?: readonly string[];
  /** A column beside the totals. */
  readonly place?: readonly [before: string, now: string];
}

function change(code: string, from: number | null, to: number | null): Change {
  return { code, subject: 'thing', from, to };
}

function traced({ entries = [], changes = [] }: Write): TracedWrite {
  const v2 = ['read', 'bend', 'cut'].map(
    (stage): TraceEntry => ({
      stage,
      totals: [0],
      changes: changes.filter(([name]) => name === stage).map(([, one]) => one),
    }),
  );
  return { legacy: [{ stage: 'given', totals: [0], changes: [] }], v2, entries };
}

function outcome(write: Write, side: 'before' | 'now'): JsonObject {
  const total = side === 'before' ? write.before : (write.now ?? write.before);
  const warnings = (side === 'before' ? (write.warnedBefore ?? write.warned) : write.warned) ?? [];
  const place = write.place?.[side === 'before' ? 0 : 1];
  const v2 = { totals: { amount: total }, ...(warnings.length > 0 && { warnings: [...warnings] }) };
  return { id: write.id, v2: { ...v2, ...(place !== undefined && { place }) } };
}

function goldenCase(user: string, writes: readonly Write[]): GoldenCase {
  const document = (side: 'before' | 'now'): GoldenDocument => {
    const base = writes.map((write) => outcome(write, side));
    return { suite: 's', user, date: '2025-09-01', base, full: base };
  };
  const [accepted, current] = [document('before'), document('now')];
  const changes = outcomeChanges(accepted, current);
  return {
    suite: 's',
    name: `s/${user}/2025-09-01`,
    changed: changes.length === 0 ? null : { accepted, current, changes },
    writes: new Map(writes.map((write) => [write.id, traced(write)])),
  };
}

/** Each write a case of its own. */
function causes(writes: readonly Write[]) {
  return causesOfGolden(
    writes.map((write) => goldenCase(`u-${write.id}`, [write])),
    explain,
  );
}

const bent = (id: string, factor: number, was: number, amount = 100): Write => ({
  id,
  before: amount * was,
  now: amount * factor,
  changes: [['bend', change('bent', amount, amount * factor)]],
  warned: ['bent'],
});

describe('causes of changed outcomes', () => {
  it('are one where a rule gives every record another number, however far each moved', () => {
    const found = causes([
      bent('1', 1.3, 1.5),
      bent('2', 1.3, 1.5, 240),
      bent('3', 1.3, 1.5, 37),
      { id: '4', before: 5, entries: ['a'] },
    ]);
    expect(
      found.map(({ signature, count }) => [signature.stage, signature.code, signature.direction, count]),
    ).toEqual([['bend', 'bent', '-', 3]]);
    expect(found[0]!.subjects).toEqual(['s/u-1/2025-09-01', 's/u-2/2025-09-01', 's/u-3/2025-09-01']);
    expect(found[0]!.fields).toContain('amount');
  });

  it('tell two constants of one rule apart by the factor each applies', () => {
    const found = causes([
      bent('1', 1.3, 1.5),
      bent('2', 1.3, 1.5, 300),
      bent('3', 0.6, 0.7),
      bent('4', 0.6, 0.7, 300),
      // Others of the same rule that did not change.
      ...[5, 6, 7].map((id) => bent(String(id), 2, 2)),
    ]);
    expect(found.map(({ signature }) => [signature.code, signature.factor]).sort()).toEqual([
      ['bent', 0.6],
      ['bent', 1.3],
    ]);
  });

  it('are a threshold’s where a code came or went, whichever way the totals moved', () => {
    const found = causes([
      { id: '1', before: 10, now: 12, warned: ['cut'], changes: [['cut', change('cut', 10, 12)]] },
      { id: '2', before: 12, now: 10, warnedBefore: ['cut'], warned: [] },
      { id: '3', before: 7 },
    ]);
    expect(found).toHaveLength(1);
    expect(found[0]!.signature).toMatchObject({ stage: 'cut', code: 'cut', direction: 'switched' });
  });

  it('are the stage’s that comes first where one change makes another further on', () => {
    const found = causes([
      {
        id: '1',
        before: 150,
        now: 130,
        warned: ['bent', 'cut'],
        warnedBefore: ['bent'],
        changes: [
          ['bend', change('bent', 100, 130)],
          ['cut', change('cut', 5, 4)],
        ],
      },
    ]);
    expect(found.map(({ signature }) => signature.code)).toEqual(['bent']);
  });

  it('are an entry’s where all that changed rests on it and nothing that did not', () => {
    const write = (id: string, entries: string[], moved: boolean): Write => ({
      id,
      before: 10,
      now: moved ? 11 : 10,
      entries,
    });
    const found = causes([
      write('1', ['egg', 'rice'], true),
      write('2', ['egg', 'tofu'], true),
      write('3', ['rice', 'tofu'], false),
    ]);
    expect(found.map(({ signature }) => [signature.stage, signature.entry, signature.direction])).toEqual([
      ['read', 'egg', '+'],
    ]);
  });

  it('name entries together that nothing tells apart, and none where there are too many', () => {
    const one = (entries: string[]) =>
      causes([
        { id: '1', before: 1, now: 2, entries },
        { id: '2', before: 3 },
      ]);
    expect(one(['b', 'a'])[0]!.signature.entry).toBe('a|b');
    expect(one(['a', 'b', 'c', 'd'])[0]!.signature).toMatchObject({ entry: null, fields: ['totals'] });
  });

  it('are no entry’s on which mostly records rest that did not change', () => {
    const found = causes([
      { id: '1', before: 10, now: 11, entries: ['egg'] },
      ...[2, 3, 4].map((id) => ({ id: String(id), before: 10, entries: ['egg'] })),
    ]);
    expect(found.map(({ signature }) => [signature.entry, signature.fields])).toEqual([[null, ['totals']]]);
  });

  it('are the rule’s that is seen to act otherwise, and not the entry’s that one record alone rests on', () => {
    const found = causes([
      { ...bent('1', 1.3, 1.5), entries: ['odd'] },
      // The same rule and factor, of which nothing can be seen in these.
      ...[2, 3].map((id) => ({ ...bent(String(id), 1.3, 1.3), entries: ['egg'] })),
    ]);
    expect(found.map(({ signature }) => [signature.code, signature.entry])).toEqual([['bent', null]]);
  });

  it('take in what is left over and has what a cause is about', () => {
    const quiet = (id: string, now: number): Write => ({
      id,
      before: 10,
      now,
      warned: ['cut'],
      changes: [['cut', change('cut', null, null)]],
    });
    const found = causes([
      {
        id: '1',
        before: 10,
        now: 12,
        warned: ['cut'],
        warnedBefore: [],
        changes: [['cut', change('cut', 10, 12)]],
      },
      quiet('2', 11),
      ...['3', '4', '5', '6'].map((id) => quiet(id, 10)),
    ]);
    expect(found.map(({ signature, count }) => [signature.code, count])).toEqual([['cut', 2]]);
  });

  it('are the rule’s as a whole where it applies elsewhere than before, whatever factors it applies', () => {
    const found = causes([
      { ...bent('1', 1.3, 1), warnedBefore: [] },
      { ...bent('2', 0.6, 1), warnedBefore: [] },
      bent('3', 2, 2.5),
      bent('4', 1.7, 1.7),
    ]);
    expect(
      found.map(({ signature, count }) => [signature.code, signature.factor, signature.direction, count]),
    ).toEqual([['bent', null, 'switched', 3]]);
  });

  it('put nothing down to an entry where another column changed', () => {
    const found = causes([
      { id: '1', before: 1, entries: ['a'], place: ['left', 'right'] },
      { id: '2', before: 1, entries: ['b'] },
    ]);
    expect(found[0]!.signature).toMatchObject({ entry: null, fields: ['place'] });
  });

  it('are one, of no stage, where nearly every record’s totals moved', () => {
    const writes = Array.from({ length: 12 }, (_, index) => ({
      id: String(index),
      before: index + 1,
      now: index % 6 === 0 ? index + 1 : index + 1.1,
      entries: [`e${index % 3}`],
    }));
    const found = causes(writes);
    expect(found.map(({ signature, count }) => [signature.fields, count])).toEqual([[['totals'], 10]]);
  });

  it('count records and name cases, so a case with two records of a cause is named once', () => {
    const both = goldenCase('u', [bent('1', 1.3, 1.5), bent('2', 1.3, 1.5, 200)]);
    const [cause] = causesOfGolden([both], explain);
    expect([cause!.count, cause!.subjects]).toEqual([2, ['s/u/2025-09-01']]);
  });

  it('leave consequences out where something else changed, and tell of them where nothing did', () => {
    const consequence = (id: string, side: 'before' | 'now'): JsonObject => ({
      id,
      v2: { totals: { amount: 1 } },
      breached: side === 'before' ? {} : { record: 'amount' },
    });
    const document = (side: 'before' | 'now'): GoldenDocument => {
      const base = [consequence('1', side)];
      return { suite: 's', user: 'u', date: '2025-09-01', base, full: base };
    };
    const [accepted, current] = [document('before'), document('now')];
    const changed = { accepted, current, changes: outcomeChanges(accepted, current) };
    const found = causesOfGolden(
      [{ suite: 's', name: 's/u/2025-09-01', changed, writes: new Map() }],
      explain,
    );
    expect(found.map(({ signature }) => signature.fields)).toEqual([['breached']]);
  });

  it('are none where nothing changed', () => {
    expect(causes([{ id: '1', before: 1 }])).toEqual([]);
  });
});

describe('causes, laws', () => {
  const write = fc.record({
    factor: fc.constantFrom(0.6, 1.3, 2),
    was: fc.constantFrom(0.6, 1.3, 1.5, 2),
    amount: fc.integer({ min: 10, max: 500 }),
    entries: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }),
    moved: fc.boolean(),
    kind: fc.constantFrom('bent', 'plain', 'cut'),
  });
  type Drawn = {
    factor: number;
    was: number;
    amount: number;
    entries: string[];
    moved: boolean;
    kind: string;
  };
  const made = (one: Drawn, id: number): Write => {
    const entries = [...one.entries].sort();
    if (one.kind === 'bent') return { ...bent(String(id), one.factor, one.was, one.amount), entries };
    if (one.kind === 'cut' && one.moved) {
      return {
        id: String(id),
        before: one.amount,
        now: one.amount + 1,
        warned: ['cut'],
        warnedBefore: [],
        entries,
      };
    }
    return { id: String(id), before: one.amount, now: one.amount + (one.moved ? 1 : 0), entries };
  };

  it('are the same in whatever order the cases come', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (drawn, order) => {
        const cases = drawn.map((one, id) => goldenCase(`u-${id}`, [made(one, id)]));
        const shuffled = cases
          .map((one) => [order.next().value ?? 0, one] as const)
          .sort(([a], [b]) => a - b)
          .map(([, one]) => one);
        expect(causesOfGolden(shuffled, explain)).toEqual(causesOfGolden(cases, explain));
      }),
      { numRuns: 300 },
    );
  });

  it('hold every changed record exactly once, and no other', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 14 }), (drawn) => {
        const cases = drawn.map((one, id) => goldenCase(`u-${id}`, [made(one, id)]));
        const found = causesOfGolden(cases, explain);
        const changed = cases.filter((one) => one.changed !== null).map(({ name }) => name);
        expect(found.flatMap(({ subjects }) => subjects).sort()).toEqual(changed.sort());
        expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(changed.length);
        expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      }),
      { numRuns: 300 },
    );
  });
});
