import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateInstant, evaluateRange, prepareQuery, type EvaluationOptions } from './evaluate.ts';
import { labelsOf, renderLabels } from './labels.ts';
import { parseExpr } from './parse.ts';
import { parseNotatedSeries } from './series-notation.ts';
import { GrowingSeries, MemorySource } from './series.ts';

const MINUTE_MS = 60_000;

const load = (series: Readonly<Record<string, string>>, intervalMs = MINUTE_MS): MemorySource =>
  MemorySource.of(
    Object.entries(series).map(([name, values]) => parseNotatedSeries(name, values, intervalMs)),
  );

/** The answer as `labels value` lines. */
function ask(
  expr: string,
  source: MemorySource,
  minutes: number,
  options: Partial<EvaluationOptions> = {},
): string[] {
  const result = evaluateInstant(parseExpr(expr), source, minutes * MINUTE_MS, options);
  if (result.type === 'scalar') return [String(result.value)];
  if (result.type !== 'vector') throw new Error(`a ${result.type}`);
  return result.samples.map((sample) => `${renderLabels(sample.labels)} ${sample.value}`);
}

describe('windows and look-back', () => {
  const source = load({ a: '1 2 3 4 5 6 7 8 9 10' });

  test('a window is open on the left in 3.x and closed in 2.x', () => {
    expect(ask('count_over_time(a[2m])', source, 5, { prometheus: 3 })).toEqual(['{} 2']);
    expect(ask('count_over_time(a[2m])', source, 5, { prometheus: 2 })).toEqual(['{} 3']);
  });

  test('the look-back of five minutes is open on the left in 3.x and closed in 2.x', () => {
    const short = load({ a: '1' });
    expect(ask('a', short, 5, { prometheus: 3 })).toEqual([]);
    expect(ask('a', short, 5, { prometheus: 2 })).toEqual(['a 1']);
    expect(ask('a', short, 4.999, { prometheus: 3 })).toEqual(['a 1']);
  });

  test('subquery steps sit on absolute multiples of the step', () => {
    expect(ask('count_over_time(a[3m:2m])', source, 5, { prometheus: 3 })).toEqual(['{} 1']);
    expect(ask('sum_over_time(a[4m:2m])', source, 7, { prometheus: 3 })).toEqual(['{} 12']);
    expect(ask('sum_over_time(a[4m:2m])', source, 6, { prometheus: 2 })).toEqual(['{} 15']);
  });

  test('offset and @ move where a selector reads', () => {
    expect(ask('a offset 2m', source, 5)).toEqual(['a 4']);
    expect(ask('a @ 120', source, 5)).toEqual(['a 3']);
    expect(ask('a @ 120 offset 1m', source, 5)).toEqual(['a 2']);
    expect(ask('a @ end()', source, 5)).toEqual(['a 6']);
  });

  test('a negative offset sees no sample later than the horizon', () => {
    expect(ask('a offset -2m', source, 5)).toEqual(['a 8']);
    expect(ask('a offset -2m', source, 5, { horizon: 'evaluation-time' })).toEqual(['a 6']);
    expect(ask('count_over_time(a[1h])', source, 9, { horizon: 4 * MINUTE_MS })).toEqual(['{} 5']);
  });
});

describe('staleness and birth', () => {
  test('a stale marker hides the series at once, a range skips it, a later sample brings it back', () => {
    const source = load({ a: '1 2 stale _ 5' });
    expect([1, 2, 3, 4].map((minute) => ask('a', source, minute))).toEqual([['a 2'], [], [], ['a 5']]);
    expect(ask('count_over_time(a[10m])', source, 4)).toEqual(['{} 3']);
  });

  test('the increment with which a counter is born is invisible to increase()', () => {
    const source = load({ born: '_ _ 7 7 7', grown: '0 0 7 7 7' });
    expect(ask('increase(born[10m])', source, 4)).toEqual(['{} 0']);
    expect(ask('increase(grown[10m]) > 6.9', source, 4)).toHaveLength(1);
  });
});

describe('rates', () => {
  test('one sample has no rate, a reset is added, the edges are extrapolated', () => {
    expect(ask('rate(a[5m])', load({ a: '5' }), 1)).toEqual([]);
    expect(ask('increase(a[5m])', load({ a: '0 10 20 5 15' }), 4, { prometheus: 2 })).toEqual(['{} 35']);
  });

  test('the two majors clamp at zero before and after the threshold', () => {
    // 30 s after a start at 1: far from the left edge, near zero.
    const source = load({ a: '_ _ _ 1 3' });
    expect(ask('increase(a[10m])', source, 4, { prometheus: 2 })).toEqual(['{} 3']);
    expect(ask('increase(a[10m])', source, 4, { prometheus: 3 })).toEqual(['{} 3']);
    const late = load({ a: '_ _ _ 100 103' });
    expect(ask('increase(a[3m])', late, 4, { prometheus: 3 })).toEqual(['{} 4.5']);
  });

  test('a window that moves gives what the samples in it say, resets, gaps and all', () => {
    const counters = fc.array(
      fc.record({ gapMs: fc.integer({ min: 1000, max: 90_000 }), value: fc.integer({ min: 0, max: 20 }) }),
      { minLength: 2, maxLength: 60 },
    );
    fc.assert(
      fc.property(counters, (samples) => {
        const series = new GrowingSeries(labelsOf({ __name__: 'a' }));
        let atMs = 0;
        for (const { gapMs, value } of samples) {
          atMs += gapMs;
          series.append(atMs, value);
        }
        const points = samples.map((_, at) => ({ atMs: series.times[at]!, value: series.values[at]! }));
        const range = evaluateRange(
          parseExpr('increase(a[2m])'),
          MemorySource.of([series]),
          0,
          atMs + 180_000,
          7000,
        );
        const got = new Map(range.flatMap((one) => one.points));
        for (let tMs = 0; tMs <= atMs + 180_000; tMs += 7000) {
          const inside = points.filter((point) => point.atMs > tMs - 120_000 && point.atMs <= tMs);
          expect(got.get(tMs)).toEqual(plainIncrease(inside, tMs - 120_000, tMs));
        }
      }),
      {
        numRuns: 500,
        // Equal samples far apart: between them the window holds one, and increase() has no answer.
        examples: [
          [[1000, 73_275, 51_726, 1000, 1000].map((gapMs, at) => ({ gapMs, value: at < 3 ? 20 : 0 }))],
        ],
      },
    );
  });
});

/** increase() of 3.x written down as its definition reads, sample by sample. */
function plainIncrease(
  points: readonly { atMs: number; value: number }[],
  startMs: number,
  endMs: number,
): number | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return undefined;
  let change = last.value - first.value;
  for (const [at, point] of points.entries())
    if (at > 0 && point.value < points[at - 1]!.value) change += points[at - 1]!.value;
  const sampled = (last.atMs - first.atMs) / 1000;
  const mean = sampled / (points.length - 1);
  let toStart = (first.atMs - startMs) / 1000;
  let toEnd = (endMs - last.atMs) / 1000;
  if (toStart >= mean * 1.1) toStart = mean / 2;
  if (change > 0) toStart = Math.min(toStart, sampled * (first.value / change));
  if (toEnd >= mean * 1.1) toEnd = mean / 2;
  return change * ((sampled + toStart + toEnd) / sampled);
}

describe('NaN and comparison', () => {
  const source = load({ 'x{k="n"}': 'NaN', 'x{k="1"}': '1', 'x{k="2"}': '2' });

  test('>, < and == are false of NaN, != is true', () => {
    expect(ask('x > 0', source, 0)).toEqual(['x{k="1"} 1', 'x{k="2"} 2']);
    expect(ask('x == x', source, 0)).toEqual(['{k="1"} 1', '{k="2"} 2'].map((line) => `x${line}`));
    expect(ask('x != 1', source, 0)).toEqual(['x{k="2"} 2', 'x{k="n"} NaN']);
  });

  test('3.x sums with compensation and divides once, 2.x sums plainly', () => {
    const large = load({ 'x{i="1"}': '1e16', 'x{i="2"}': '1', 'x{i="3"}': '-1e16', 'x{i="4"}': '1' });
    expect(ask('sum(x)', large, 0, { prometheus: 3 })).toEqual(['{} 2']);
    expect(ask('sum(x)', large, 0, { prometheus: 2 })).toEqual(['{} 1']);
    expect(ask('avg(x)', large, 0, { prometheus: 3 })).toEqual(['{} 0.5']);
    const over = load({ x: '1e16 1 -1e16 1', huge: '1e308x3', endless: '1e308 Inf 1', both: 'Inf -Inf' });
    expect(ask('avg_over_time(x[10m])', over, 3, { prometheus: 3 })).toEqual(['{} 0.5']);
    expect(ask('sum_over_time(x[10m])', over, 3)).toEqual(['{} 2']);
    for (const prometheus of [2, 3] as const) {
      expect(ask('avg_over_time(huge[10m])', over, 3, { prometheus })).toEqual(['{} 1e+308']);
      expect(ask('avg_over_time(endless[10m])', over, 3, { prometheus })).toEqual(['{} Infinity']);
      expect(ask('avg_over_time(both[10m])', over, 3, { prometheus })).toEqual(['{} NaN']);
    }
    expect(ask('avg({__name__=~"huge|endless"})', over, 0, { prometheus: 3 })).toEqual(['{} 1e+308']);
    expect(ask('avg({__name__=~"huge|endless"})', over, 1, { prometheus: 2 })).toEqual(['{} Infinity']);
  });

  test('sum and avg carry NaN, min and max leave it out', () => {
    expect(ask('sum(x)', source, 0)).toEqual(['{} NaN']);
    expect(ask('avg(x)', source, 0)).toEqual(['{} NaN']);
    expect(ask('min(x)', source, 0)).toEqual(['{} 1']);
    expect(ask('max(x)', source, 0)).toEqual(['{} 2']);
  });

  test('a sum over nothing is empty, not 0', () => {
    expect(ask('sum(nothing)', source, 0)).toEqual([]);
  });

  test('a comparison keeps the left value, with a scalar the vector’s, and bool gives 0 or 1', () => {
    expect(ask('1 < x', source, 0)).toEqual(['x{k="2"} 2']);
    expect(ask('x > bool 1', source, 0)).toEqual(['{k="1"} 0', '{k="2"} 1', '{k="n"} 0']);
    expect(ask('1 > bool 2', source, 0)).toEqual(['0']);
  });

  test('sums are compensated', () => {
    expect(ask('sum(a)', load({ 'a{i="1"}': '1e100', 'a{i="2"}': '1', 'a{i="3"}': '-1e100' }), 0)).toEqual([
      '{} 1',
    ]);
    expect(ask('sum_over_time(a[10m])', load({ a: '1e100 1 -1e100' }), 2)).toEqual(['{} 1']);
  });
});

describe('joins', () => {
  const source = load({
    'a{x="1", y="1"}': '10',
    'a{x="1", y="2"}': '20',
    'b{x="1"}': '2',
    'b{x="2"}': '3',
    'c{x="1", z="q"}': '5',
    'c{x="1", z="r"}': '6',
  });

  test('group_left takes labels from the one side', () => {
    expect(ask('a * on (x) group_left b', source, 0)).toEqual(['{x="1", y="1"} 20', '{x="1", y="2"} 40']);
    expect(ask('b * on (x) group_right () c', source, 0)).toEqual(['{x="1", z="q"} 10', '{x="1", z="r"} 12']);
    expect(ask('c / on (x) group_left (y) (a == 10)', source, 0)).toEqual([
      '{x="1", y="1", z="q"} 0.5',
      '{x="1", y="1", z="r"} 0.6',
    ]);
  });

  test.each([
    ['a * on (x) b', 'many-to-one matching must be explicit'],
    ['b * on (x) c', 'found duplicate series for the match group {x="1"} on the right hand-side'],
    ['c * on (x) group_right () a', 'on the left hand-side'],
    ['rate({__name__=~"a|b"}[5m]) or label_replace(a, "y", "", "y", ".*")', 'same labelset'],
    ['topk(NaN, a)', 'overflows int64'],
  ])('%s is an error of the whole expression', (expr, reason) => {
    expect(() => ask(expr, source, 0)).toThrow(reason);
  });
});

describe('histogram_quantile', () => {
  const at = (buckets: Readonly<Record<string, number>>, quantile: string): string[] =>
    ask(
      `histogram_quantile(${quantile}, h)`,
      load(
        Object.fromEntries(Object.entries(buckets).map(([le, count]) => [`h{le="${le}"}`, String(count)])),
      ),
      0,
    );

  test.each([
    [{ 50: 8, 100: 10, '+Inf': 10 }, '0.95', '87.5'],
    [{ 50: 8, 100: 10, '+Inf': 10 }, '0.4', '25'],
    [{ 50: 8, 100: 10, '+Inf': 20 }, '0.95', '100'],
    [{ 50: 8, 100: 10 }, '0.95', 'NaN'],
    [{ '+Inf': 10 }, '0.95', 'NaN'],
    [{ 50: 0, '+Inf': 0 }, '0.95', 'NaN'],
    [{ '-5': 10, 100: 10, '+Inf': 10 }, '0.5', '-5'],
    [{ 50: 8, 100: 6, '+Inf': 10 }, '0.5', '31.25'],
    [{ 50: 8, '50.0': 2, '+Inf': 10 }, '0.5', '25'],
    [{ 50: 8, '+Inf': 10 }, '1.5', 'Infinity'],
    [{ 50: 8, '+Inf': 10 }, '-1', '-Infinity'],
  ])('of %o at %s is %s', (buckets, quantile, expected) => {
    expect(at(buckets, quantile)).toEqual([`{} ${expected}`]);
  });
});

describe('calendar', () => {
  test.each([
    [
      '2024-02-29T23:59:59Z',
      {
        year: 2024,
        month: 2,
        day_of_month: 29,
        days_in_month: 29,
        day_of_year: 60,
        day_of_week: 4,
        hour: 23,
        minute: 59,
      },
    ],
    [
      '1969-12-31T00:01:00Z',
      {
        year: 1969,
        month: 12,
        day_of_month: 31,
        days_in_month: 31,
        day_of_year: 365,
        day_of_week: 3,
        hour: 0,
        minute: 1,
      },
    ],
    [
      '2100-03-01T12:30:00Z',
      {
        year: 2100,
        month: 3,
        day_of_month: 1,
        days_in_month: 31,
        day_of_year: 60,
        day_of_week: 1,
        hour: 12,
        minute: 30,
      },
    ],
  ])('%s', (date, expected) => {
    const seconds = Date.parse(date) / 1000;
    for (const [name, value] of Object.entries(expected))
      expect(ask(`${name}(vector(${seconds}))`, load({}), 0)).toEqual([`{} ${value}`]);
  });
});

test('a prepared query says until when its answer stands, and is asked again after', () => {
  const source = load({ busy: '0 1 2 3', idle: '5 5 5 5 5 5 5 5 5 5 9' });
  const query = prepareQuery(parseExpr('rate(idle[5m])'), source);
  const first = query.at(4 * MINUTE_MS);
  expect([...first.values]).toEqual([0]);
  expect(first.untilMs).toBe(10 * MINUTE_MS - 1);
  expect(query.at(10 * MINUTE_MS).values[0]).toBeGreaterThan(0);
  expect(prepareQuery(parseExpr('rate(busy[5m])'), source).at(3 * MINUTE_MS).untilMs).toBe(3 * MINUTE_MS);
});

test('a range query needs a positive step and a vector', () => {
  expect(() => evaluateRange(parseExpr('a'), load({}), 0, 1, 0)).toThrow('step');
  expect(() => evaluateRange(parseExpr('a[5m]'), load({}), 0, 1, 1)).toThrow(
    'must be scalar or instant vector',
  );
});
