import { describe, expect, it } from 'vitest';
import { labelsOf } from '../promql/labels.ts';
import { parseExpr } from '../promql/parse.ts';
import type { ScrapedSeries } from '../tally/scraped-series.ts';
import { labelScrapes } from './scraped-source.ts';
import { growthInside, mostGrowth, observationsInside, quantileWindowOf } from './scraped-window.ts';

const changes = (at: readonly number[], values: readonly number[]) => ({
  at: Float64Array.from(at),
  values: Float64Array.from(values),
});

describe('growth counted one by one', () => {
  // Born with 2, restarted and gone at 6, born again with 1.
  const course = changes([2, 4, 6, 8, 9], [2, 3, Number.NaN, 1, 4]);

  it.each([
    [-1, 99, 7],
    [2, 99, 5],
    [1, 2, 2],
    [4, 7, 0],
    [8, 9, 3],
    [9, 99, 0],
  ])('after scrape %d up to %d is %d', (after, upTo, growth) => {
    expect(growthInside(course, { after, upTo })).toBe(growth);
  });

  it('takes a fall for a reset, as Prometheus does', () => {
    expect(growthInside(changes([1, 2, 3], [5, 1, 2]), { after: 0, upTo: 9 })).toBe(7);
  });

  it.each([
    [1, 3],
    [2, 4],
    [5, 4],
    [6, 5],
    [99, 7],
  ])('over any %d scrapes is at most %d', (scrapes, most) => {
    expect(mostGrowth(course, scrapes)).toBe(most);
  });
});

describe('the observations of a quantile', () => {
  const expr = (field: string) =>
    parseExpr(`histogram_quantile(0.95, sum by (le, env) (rate(size_bucket{field=~"${field}"}[1m]))) > 5`);
  const bucket = (field: string, le: string, at: readonly number[]): ScrapedSeries => ({
    name: 'size_bucket',
    labels: { env: 'prod', field, le },
    changes: changes(
      at,
      at.map((_, index) => index + 1),
    ),
    metric: 0,
    child: 0,
  });
  const scrapes = labelScrapes(
    [bucket('a', '+Inf', [1, 2, 5]), bucket('a', '1.0', [1]), bucket('b', '+Inf', [4, 5, 6])],
    { intervalMs: 15_000, from: 0, to: 10 },
  );
  const count = (field: string, labels: Record<string, string>, scrape: number) =>
    observationsInside(
      quantileWindowOf(expr(field))!,
      scrapes,
      labelsOf(labels),
      scrape * 15_000,
      new Set(['severity']),
    );

  it('are those of the series behind a result, in the window before it', () => {
    expect(count('a', { env: 'prod', severity: 'page' }, 5)).toBe(2);
    expect(count('a|b', { env: 'prod' }, 5)).toBe(4);
    expect(count('a|b', { env: 'prod', field: 'b' }, 6)).toBe(3);
    expect(count('a', { env: 'stg' }, 5)).toBe(0);
  });

  it('are not asked of what takes no quantile of buckets over a window', () => {
    for (const other of [
      'rate(size_count[1m]) > 1',
      'histogram_quantile(0.9, size_bucket) > 1',
      'quantile(0.9, size_count) > 1',
    ])
      expect(quantileWindowOf(parseExpr(other))).toBeUndefined();
  });
});
