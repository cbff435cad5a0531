import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PromqlEvaluationError, PromqlSyntaxError } from '../../harness/promql/errors.ts';
import type { Expr } from '../../harness/promql/ast.ts';
import { evaluateInstant, evaluateRange, type PrometheusMajor } from '../../harness/promql/evaluate.ts';
import { parseExpr } from '../../harness/promql/parse.ts';
import { renderExpr } from '../../harness/promql/render.ts';
import { parseNotatedSeries } from '../../harness/promql/series-notation.ts';
import { GrowingSeries, MemorySource, type Series } from '../../harness/promql/series.ts';
import { seededDice } from './dice.ts';
import { randomVector } from './random-expr.ts';
import { randomSeries } from './random-series.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const majors = fc.constantFrom<PrometheusMajor>(2, 3);

/** A tree without its places, which differ between two texts of the same expression. */
const withoutSpans = (expr: Expr): unknown =>
  JSON.parse(
    JSON.stringify(expr, (key, value) =>
      key === 'span' ? undefined : typeof value === 'number' ? String(value) : value,
    ),
  );

/** A random expression; what the types refuse is no case. */
function randomExpr(seed: number, depth: number): Expr {
  try {
    return parseExpr(randomVector(seededDice(seed), depth));
  } catch (error) {
    fc.pre(!(error instanceof PromqlSyntaxError));
    throw error;
  }
}

test('parsing what was rendered gives the same expression', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 4 }), (seed, depth) => {
      const expr = randomExpr(seed, depth);
      expect(withoutSpans(parseExpr(renderExpr(expr)))).toEqual(withoutSpans(expr));
    }),
    { numRuns: 500 },
  );
});

const STEP_MS = 60_000;

function seriesOf(seed: number): Series[] {
  return randomSeries(seededDice(seed), 50).map((one) => parseNotatedSeries(one.series, one.values, 30_000));
}

/** Whether an expression asks for the query's own start or end, which differ between a range and its instants. */
const namesItsQuery = (expr: string): boolean => /@ (start|end)\(\)/.test(expr);

type Answer = Map<string, number> | 'error';

/** Each step by itself, from a cold start: no window has moved, no result is remembered. */
function instants(
  expr: Expr,
  series: readonly Series[],
  times: readonly number[],
  prometheus: PrometheusMajor,
): Answer[] {
  return times.map((atMs) => {
    try {
      const result = evaluateInstant(expr, MemorySource.of(series), atMs, { prometheus });
      return result.type === 'vector'
        ? new Map(result.samples.map((one) => [one.labels.key, one.value]))
        : 'error';
    } catch (error) {
      if (error instanceof PromqlEvaluationError) return 'error';
      throw error;
    }
  });
}

test('a range query gives at each step what an instant query gives there, moving windows and idle stretches included', () => {
  fc.assert(
    fc.property(seeds, majors, fc.integer({ min: 0, max: 3 }), (seed, prometheus, depth) => {
      const text = randomVector(seededDice(seed), depth);
      fc.pre(!namesItsQuery(text));
      const expr = randomExpr(seed, depth);
      const series = seriesOf(seed);
      const times = Array.from({ length: 40 }, (_, at) => at * STEP_MS);
      const expected = instants(expr, series, times, prometheus);
      fc.pre(!expected.includes('error'));
      const range = evaluateRange(expr, MemorySource.of(series), 0, times.at(-1)!, STEP_MS, { prometheus });
      const got = times.map(() => new Map<string, number>());
      for (const one of range)
        for (const [atMs, value] of one.points) got[atMs / STEP_MS]!.set(one.labels.key, value);
      expect(got).toEqual(expected);
    }),
    { numRuns: 400 },
  );
});

test('a series that is still growing gives the same answers as one that is finished', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 2 }), (seed, depth) => {
      const text = randomVector(seededDice(seed), depth);
      fc.pre(!/offset -|@/.test(text));
      const expr = randomExpr(seed, depth);
      const series = seriesOf(seed);
      const times = Array.from({ length: 26 }, (_, at) => at * STEP_MS);
      const expected = instants(expr, series, times, 3);
      const live = new MemorySource();
      const fed = series.map((one) => ({
        from: one,
        to: new GrowingSeries(one.labels),
        sample: 0,
        stale: 0,
      }));
      const got = times.map((atMs) => {
        for (const one of fed) feed(live, one, atMs);
        return instantsOf(expr, live, atMs);
      });
      expect(got).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

interface Feed {
  readonly from: Series;
  readonly to: GrowingSeries;
  sample: number;
  stale: number;
}

/** Appends what has been scraped up to now; a series is born with its first sample. */
function feed(live: MemorySource, one: Feed, untilMs: number): void {
  const { from, to } = one;
  for (;;) {
    const sampleMs = one.sample < from.length ? from.times[one.sample]! : Infinity;
    const staleMs = from.staleTimes[one.stale] ?? Infinity;
    if (Math.min(sampleMs, staleMs) > untilMs) return;
    if (sampleMs < staleMs) to.append(sampleMs, from.values[one.sample++]!);
    else to.markStale(from.staleTimes[one.stale++]!);
    if (!live.find(to.labels)) live.add(to);
  }
}

function instantsOf(expr: Expr, source: MemorySource, atMs: number): Answer {
  try {
    const result = evaluateInstant(expr, source, atMs, { prometheus: 3 });
    return result.type === 'vector'
      ? new Map(result.samples.map((one) => [one.labels.key, one.value]))
      : 'error';
  } catch (error) {
    if (error instanceof PromqlEvaluationError) return 'error';
    throw error;
  }
}
