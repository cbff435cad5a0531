import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompose, partsOfField } from './decompose.ts';
import { compareTotals } from './fields.ts';
import { COMPARISON, entry, FIELDS, part, sampleWrite } from './sample-write.fixture.ts';

const total = fc.oneof(
  fc.double({ min: 0, max: 5000, noNaN: true }),
  fc.integer({ min: 0, max: 50_000 }).map((tenths) => tenths / 10),
);
const totals = fc.option(fc.tuple(total, total), { nil: null, freq: 8 });
const trace = fc
  .uniqueArray(fc.tuple(fc.constantFrom('read', 'given', 'bend', 'cut', 'end'), totals), {
    selector: ([stage]) => stage,
    minLength: 1,
  })
  .map((stages) => stages.map(([stage, after]) => entry(stage, after)));
/** As a live row holds them: two decimals. */
const stored = fc.integer({ min: 0, max: 1e6 }).map((hundredths) => hundredths / 100);
const source = fc.tuple(fc.tuple(total, total), fc.tuple(total, total));

describe('decomposing', () => {
  it('gives parts that sum to each field’s difference exactly, whatever the traces', () => {
    fc.assert(
      fc.property(
        trace,
        fc.tuple(stored, stored),
        trace,
        fc.array(source, { maxLength: 4 }),
        (begun, end, v2, drawn) => {
          const parts = drawn.map(([a, b], index) => part(`p${index}`, a, b));
          const legacy = [...begun.filter(({ stage }) => stage !== 'end'), entry('end', end)];
          const { result } = sampleWrite({ legacy, v2, parts });
          const taken = decompose(result, COMPARISON);
          const { values } = compareTotals(FIELDS, result.legacy!.totals!, result.v2?.totals ?? [0, 0]);
          for (const [index, field] of FIELDS.entries()) {
            const shares = partsOfField(taken, field);
            const expected = values[index]!;
            if (expected === null) expect(shares).toBeNull();
            else {
              const sum = shares!.reduce((all, each) => all + each, 0);
              expect(shares!.every(Number.isSafeInteger)).toBe(true);
              expect(sum / 1e6 + 0).toBe(expected);
            }
          }
          const [first] = taken.steps;
          if (parts.length > 0) {
            const shares = first!.added.map((_, i) =>
              first!.shares.reduce((all, { added }) => all + added[i]!, 0),
            );
            expect(shares.map((each) => each + 0)).toEqual(first!.added.map((each) => each + 0));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('pairs the first stages and those of one name, and keeps the order of both', () => {
    const { result } = sampleWrite({
      legacy: [entry('given', [10, 1]), entry('end', [11, 1])],
      v2: [entry('read', [10, 1]), entry('bend', [14, 1]), entry('end', [14, 1])],
    });
    const { steps, partsAt } = decompose(result, COMPARISON);
    expect(steps.map(({ legacy, v2 }) => [legacy?.stage ?? null, v2?.stage ?? null])).toEqual([
      ['given', 'read'],
      [null, 'bend'],
      ['end', 'end'],
    ]);
    expect(steps.map(({ added }) => added[0])).toEqual([0, 4e6, -1e6]);
    expect(partsAt).toBe(1);
  });

  it('counts a path that counts nothing as 0, from the stage where it stops', () => {
    const { result } = sampleWrite({
      legacy: [entry('given', [10, 2])],
      v2: [entry('read', [10, 2]), entry('bend', null)],
    });
    const { steps, whole } = decompose(result, COMPARISON);
    expect(steps.map(({ added }) => added[0])).toEqual([0, -10e6]);
    expect(whole).toEqual([-10e6, -2e6]);
  });

  it('shares the first step out among the parts of the source, and tells what they leave', () => {
    const { result } = sampleWrite({
      legacy: [entry('given', [10, 0])],
      v2: [entry('read', [13, 0])],
      parts: [part('a', [4, 0], [6, 0]), part('b', [6, 0], [6.5, 0])],
    });
    const [first] = decompose(result, COMPARISON).steps;
    expect(first!.shares.map(({ part: one, added }) => [one?.subject ?? null, added[0]])).toEqual([
      ['a', 2e6],
      ['b', 0.5e6],
      [null, 0.5e6],
    ]);
  });

  it('sums to what was stored, also where a path stored something else than its last stage said', () => {
    const { result } = sampleWrite({
      legacy: [entry('given', [10, 1])],
      v2: [entry('read', [10, 1]), entry('end', [12, 1])],
    });
    const kept = { ...result, v2: { ...result.v2!, totals: [11.5, 1] } };
    const { steps, whole } = decompose(kept, COMPARISON);
    expect(whole).toEqual([1.5e6, 0]);
    expect(steps.map(({ added }) => added[0])).toEqual([0, 1.5e6]);
  });

  it('shows the stages and no parts where a write left no difference', () => {
    const { result } = sampleWrite({ legacy: [entry('given', [1, 1])], v2: [entry('read', [2, 2])] });
    const taken = decompose({ ...result, record: null }, COMPARISON);
    expect([taken.whole, taken.partsAt, taken.steps.length]).toEqual([null, null, 1]);
    expect(partsOfField(taken, FIELDS[0]!)).toBeNull();
  });
});
