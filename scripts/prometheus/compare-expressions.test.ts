import { expect, test } from 'vitest';
import { answersAgree, compareExpressions, QUERIES_A_SCENARIO, scenarioOf } from './compare-expressions.ts';
import { labelsOf } from '../../harness/promql/labels.ts';
import { readSamples, toolIsMissing } from './promtool.ts';

const SEEDS = Array.from({ length: 150 }, (_, at) => 1 + at);

test.skipIf(toolIsMissing('promtool'))(
  'agrees with promtool on 3,000 random expressions over random series, to 1e-9 relative',
  () => {
    const { compared, errors, empty, disagreements } = compareExpressions(SEEDS);
    expect(disagreements.join('\n\n')).toBe('');
    expect(compared).toBe(SEEDS.length * QUERIES_A_SCENARIO);
    // A comparison of nothing with nothing proves nothing: most answers must hold samples.
    expect(errors).toBeLessThan(compared * 0.1);
    expect(empty).toBeLessThan(compared * 0.45);
  },
  60_000,
);

test('the same seed gives the same scenario', () => {
  expect(scenarioOf(7)).toEqual(scenarioOf(7));
  expect(scenarioOf(7)).not.toEqual(scenarioOf(8));
});

test('a value off by more than 1e-9 is a disagreement, and so is a missing sample or an unexpected error', () => {
  const answer = (value: number) => ({
    kind: 'samples' as const,
    samples: [{ labels: labelsOf({ a: 'b' }), value }],
  });
  expect(answersAgree(answer(100), answer(100 + 1e-8))).toBe(true);
  expect(answersAgree(answer(100), answer(100 + 1e-6))).toBe(false);
  expect(answersAgree(answer(Number.NaN), answer(Number.NaN))).toBe(true);
  expect(answersAgree(answer(Number.NaN), answer(0))).toBe(false);
  expect(answersAgree(answer(1), { kind: 'samples', samples: [] })).toBe(false);
  expect(answersAgree(answer(1), { kind: 'error', reason: 'no' })).toBe(false);
});

test("promtool's got line is read back, quotes and infinities included", () => {
  expect(readSamples('{__name__="x", a="q\\"}, {"} 1.5E+01, {} -Inf, {b="c"} NaN')).toEqual([
    { labels: labelsOf({ __name__: 'x', a: 'q"}, {' }), value: 15 },
    { labels: labelsOf({}), value: -Infinity },
    { labels: labelsOf({ b: 'c' }), value: Number.NaN },
  ]);
  expect(readSamples('nil')).toEqual([]);
});
