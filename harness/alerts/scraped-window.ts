/**
 * What really happened inside a rule's window, counted from the scrapes and not extrapolated: how many observations a
 * quantile stands on, how often a counter went up. Rates cannot say, since they see neither births nor edges.
 */
import type { Call, Expr, MatrixSelector } from '../promql/ast.ts';
import { walkExpr } from '../promql/ast.ts';
import { labelRecord, labelValue, METRIC_NAME, type Labels } from '../promql/labels.ts';
import { lastIndexAt } from '../promql/selectors.ts';
import { namedMetric } from '../promql/series.ts';
import type { Changes } from '../tally/scraped-series.ts';
import { selectScraped, type LabelledSeries, type Scrapes } from './scraped-source.ts';

/** A quantile that a rule takes of a histogram's growth over a window. */
export interface QuantileWindow {
  /** 0–1. */
  readonly quantile: number;
  readonly matrix: MatrixSelector;
  /** The histogram's metric, without `_bucket`. */
  readonly metric: string;
}

/** The quantile an expression takes; undefined where it takes none, or of something else than buckets over a window. */
export function quantileWindowOf(expr: Expr): QuantileWindow | undefined {
  let call: Call | undefined;
  walkExpr(expr, (node) => {
    if (node.kind === 'call' && node.func === 'histogram_quantile') call ??= node;
  });
  const [quantile, buckets] = call?.args ?? [];
  const matrix = buckets && windowOf(buckets);
  const name = matrix && namedMetric(matrix.selector.matchers);
  if (!matrix || quantile?.kind !== 'number' || !name?.endsWith('_bucket')) return undefined;
  return { quantile: quantile.value, matrix, metric: name.slice(0, -'_bucket'.length) };
}

/** The first window an expression looks through. */
export function windowOf(expr: Expr): MatrixSelector | undefined {
  let found: MatrixSelector | undefined;
  walkExpr(expr, (node) => {
    if (node.kind === 'matrix-selector') found ??= node;
  });
  return found;
}

/** Scrapes inside a window: those after `after`, up to and including `upTo`. */
export interface ScrapeWindow {
  readonly after: number;
  readonly upTo: number;
}

/** The scrapes that a window ending at `atMs` looks at. */
export function scrapesInside(
  { selector, rangeMs }: MatrixSelector,
  scrapes: Scrapes,
  atMs: number,
): ScrapeWindow {
  const endMs = atMs - selector.offsetMs;
  return {
    after: Math.floor((endMs - rangeMs) / scrapes.intervalMs),
    upTo: Math.floor(endMs / scrapes.intervalMs),
  };
}

/** The series a window selects whose labels agree with a result's, wherever both have one. */
export function seriesBehind(
  matrix: MatrixSelector,
  scrapes: Scrapes,
  result: Labels,
  ignored: ReadonlySet<string> = new Set(),
): LabelledSeries[] {
  const wanted = Object.entries(labelRecord(result)).filter(
    ([name]) => name !== METRIC_NAME && name !== 'le' && !ignored.has(name),
  );
  return selectScraped(scrapes, matrix.selector.matchers).filter(({ labels }) =>
    wanted.every(([name, value]) => labelValue(labels, name) === '' || labelValue(labels, name) === value),
  );
}

/** How much a counted series grew inside a window, its birth included and resets counted as Prometheus would. */
export function growthInside({ at, values }: Changes, { after, upTo }: ScrapeWindow): number {
  let growth = 0;
  for (
    let place = lastIndexAt(at, at.length, after, -1) + 1;
    place < at.length && at[place]! <= upTo;
    place++
  )
    growth += stepAt(values, place);
  return growth;
}

/** The most a counted series grew in any window of this many scrapes. */
export function mostGrowth({ at, values }: Changes, scrapes: number): number {
  let most = 0;
  let inside = 0;
  let oldest = 0;
  for (let place = 0; place < at.length; place++) {
    inside += stepAt(values, place);
    while (at[oldest]! <= at[place]! - scrapes) inside -= stepAt(values, oldest++);
    most = Math.max(most, inside);
  }
  return most;
}

function stepAt(values: Float64Array, place: number): number {
  const value = values[place]!;
  if (Number.isNaN(value)) return 0;
  const before = place === 0 || Number.isNaN(values[place - 1]) ? 0 : values[place - 1]!;
  return value >= before ? value - before : value;
}

/** How many observations a quantile's window holds at `atMs`, for the result with these labels. */
export function observationsInside(
  window: QuantileWindow,
  scrapes: Scrapes,
  result: Labels,
  atMs: number,
  ignored: ReadonlySet<string>,
): number {
  const inside = scrapesInside(window.matrix, scrapes, atMs);
  return seriesBehind(window.matrix, scrapes, result, ignored)
    .filter(({ labels }) => labelValue(labels, 'le') === '+Inf')
    .reduce((sum, { scraped }) => sum + growthInside(scraped.changes, inside), 0);
}
