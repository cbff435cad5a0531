/**
 * What a rule read, beside what was true: the exact quantile of the values its window held, or its increments counted
 * one by one, at every evaluation that can matter.
 */
import type { Migration } from '../migration.ts';
import type { Call, Expr, MatrixSelector } from '../promql/ast.ts';
import { DEFAULT_OPTIONS, prepareQuery } from '../promql/evaluate.ts';
import { labelRecord, labelValue, type Labels } from '../promql/labels.ts';
import { bucketQuantile } from '../promql/quantile.ts';
import type { Changes } from '../tally/scraped-series.ts';
import type { ScrapeTally } from '../tally/scrapes.ts';
import { activityOf, componentsOf } from './activity.ts';
import type { Agreement, Reading, RuleInput } from './audit.ts';
import { bucketOf, exactQuantile, round } from './audit-buckets.ts';
import { instant } from './course.ts';
import type { AlertingRule } from './rule-file.ts';
import type { LabelledSeries, Scrapes } from './scraped-source.ts';
import {
  growthInside,
  quantileWindowOf,
  scrapesInside,
  seriesBehind,
  windowOf,
  type QuantileWindow,
} from './scraped-window.ts';
import type { Threshold } from './threshold.ts';

/** Every observed value of a replay, found by the series it was counted in. */
export class ObservedValues {
  readonly #migration: Pick<Migration, 'metrics'>;
  readonly #tallies: ReadonlyMap<string, ScrapeTally>;
  readonly #envOf: (series: LabelledSeries) => string;

  constructor(
    scrapes: Scrapes,
    tallies: ReadonlyMap<string, ScrapeTally>,
    migration: Pick<Migration, 'metrics' | 'exposition'>,
  ) {
    this.#migration = migration;
    this.#tallies = tallies;
    const [only] = tallies.keys();
    this.#envOf = ({ labels }) =>
      scrapes.series.length > 0 && tallies.size > 1 ? labelValue(labels, 'env') : (only ?? '');
  }

  /** Edges of a histogram by its name. */
  boundsOf(metric: string): readonly number[] {
    return this.#migration.metrics.find(({ name }) => name === metric)?.buckets ?? [];
  }

  /** Values of the series' children seen after one scrape and up to another, ascending. */
  inside(series: readonly LabelledSeries[], after: number, upTo: number): number[] {
    return series
      .flatMap((one) => {
        const { metric, child } = one.scraped;
        return (
          this.#tallies
            .get(this.#envOf(one))
            ?.child(metric, child)
            .valuesMicro(after + 1, upTo) ?? []
        );
      })
      .sort((a, b) => a - b)
      .map((micro) => micro / 1e6);
  }
}

/** The truth behind one result of a rule at one time; undefined where the rule measures something golem cannot count. */
export interface Truth {
  of(result: Labels, atMs: number): TruthAt | undefined;
}

export interface TruthAt {
  readonly value: number;
  readonly values: readonly number[] | null;
}

/** How the truth behind a rule's results is found; undefined for a rule golem cannot count after. */
export function truthOf(
  rule: AlertingRule,
  threshold: Threshold,
  window: QuantileWindow | undefined,
  scrapes: Scrapes,
  values: ObservedValues,
): Truth | undefined {
  const behind = remembered((matrix: MatrixSelector, result: Labels) =>
    seriesBehind(matrix, scrapes, result),
  );
  if (window) {
    return {
      of(result, atMs) {
        const { after, upTo } = scrapesInside(window.matrix, scrapes, atMs);
        const buckets = behind(window.matrix, result).filter(
          ({ labels }) => labelValue(labels, 'le') === '+Inf',
        );
        const inside = values.inside(buckets, after, upTo);
        const value = exactQuantile(window.quantile, inside);
        return value === undefined ? undefined : { value, values: inside };
      },
    };
  }
  const matrix = increaseWindow(threshold.measured);
  if (!matrix || windowOf(rule.expr) !== matrix) return undefined;
  // Added up once: they are asked for at every evaluation.
  const held = new Map<Changes, Changes>();
  const changesOf = ({ scraped: { changes } }: LabelledSeries): Changes => {
    const known = held.get(changes) ?? { at: changes.at, values: changes.values };
    held.set(changes, known);
    return known;
  };
  return {
    of(result, atMs) {
      const inside = scrapesInside(matrix, scrapes, atMs);
      const value = behind(matrix, result).reduce(
        (sum, one) => sum + growthInside(changesOf(one), inside),
        0,
      );
      return { value, values: null };
    },
  };
}

/** The window of `increase(x[w])`, alone or summed. */
export function increaseWindow(expr: Expr): MatrixSelector | undefined {
  const call = expr.kind === 'aggregation' && expr.op === 'sum' ? expr.expr : expr;
  if (call.kind !== 'call' || call.func !== 'increase') return undefined;
  const [matrix] = (call as Call).args;
  return matrix?.kind === 'matrix-selector' ? matrix : undefined;
}

/** The series behind a result do not change over a replay. */
function remembered(
  find: (matrix: MatrixSelector, result: Labels) => LabelledSeries[],
): (matrix: MatrixSelector, result: Labels) => LabelledSeries[] {
  const known = new Map<string, LabelledSeries[]>();
  return (matrix, result) => {
    let series = known.get(result.key);
    if (!series) {
      series = find(matrix, result);
      known.set(result.key, series);
    }
    return series;
  };
}

export interface Compared {
  readonly readings: readonly Reading[];
  readonly agreement: Agreement;
}

/** Reads the rule at every evaluation that can matter and holds each result against the truth. */
export function compareWithTruth(input: RuleInput, threshold: Threshold, truth: Truth): Compared {
  const { plan, view, rule, group } = input;
  const options = { lookbackMs: DEFAULT_OPTIONS.lookbackMs, intervalMs: plan.settings.intervalMs };
  const [component] = componentsOf([{ ...group, rules: [rule] }], options);
  const { stretches, runs } = activityOf(component!, view.scrapes, options);
  const query = prepareQuery(threshold.measured, view.sourceOver(runs), {
    prometheus: plan.settings.prometheus,
    defaultStepMs: plan.settings.intervalMs,
    horizon: 'evaluation-time',
  });
  const { from, to, intervalMs } = view.scrapes;
  const stepMs = group.intervalMs ?? plan.settings.intervalMs;
  const peaks = new Map<string, { labels: Labels; atMs: number; reading: number; truth: TruthAt }>();
  const agreement = { evaluations: 0, read_over: 0, truly_over: 0, false_alarms: 0, missed: 0 };
  for (const { fromMs, toMs } of stretches ?? [{ fromMs: from * intervalMs, toMs: to * intervalMs }]) {
    for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
      const { labels, values } = query.at(atMs);
      for (const [index, one] of labels.entries()) {
        const reading = values[index]!;
        const at = truth.of(one, atMs);
        if (!at) continue;
        const [readOver, trulyOver] = [threshold.holds(reading), threshold.holds(at.value)];
        agreement.evaluations += 1;
        agreement.read_over += readOver ? 1 : 0;
        agreement.truly_over += trulyOver ? 1 : 0;
        agreement.false_alarms += readOver && !trulyOver ? 1 : 0;
        agreement.missed += trulyOver && !readOver ? 1 : 0;
        const peak = peaks.get(one.key);
        if (!Number.isNaN(reading) && (!peak || threshold.isNearer(reading, peak.reading)))
          peaks.set(one.key, { labels: one, atMs, reading, truth: at });
      }
    }
  }
  return { agreement, readings: [...peaks.values()].map((peak) => readingAt(peak, input, threshold)) };
}

function readingAt(
  peak: { readonly labels: Labels; readonly atMs: number; readonly reading: number; readonly truth: TruthAt },
  { values, plan, rule }: RuleInput,
  threshold: Threshold,
): Reading {
  const window = quantileWindowOf(rule.expr);
  const inside = peak.truth.values;
  const bounds = window ? values.boundsOf(window.metric) : [];
  const bucket = inside ? bucketOf(peak.truth.value, bounds) : null;
  return {
    labels: labelRecord(peak.labels),
    at: instant(peak.atMs),
    reading: round(peak.reading),
    truth: round(peak.truth.value),
    bucket: bucket && { lower: bucket.lower, upper: Number.isFinite(bucket.upper) ? bucket.upper : null },
    observations: inside ? inside.length : null,
    reading_mended:
      inside && window
        ? readWithEdges(window.quantile, inside, [...bounds, threshold.limit], plan.settings.prometheus)
        : null,
  };
}

/** What `histogram_quantile` would read of these values, had the histogram these edges. */
function readWithEdges(
  quantile: number,
  values: readonly number[],
  edges: readonly number[],
  prometheus: 2 | 3,
): number | null {
  const bounds = [...new Set(edges)].sort((a, b) => a - b);
  const counts = [...bounds, Infinity].map((bound) => values.filter((value) => value <= bound).length);
  const reading = bucketQuantile(quantile, [...bounds, Infinity], counts, prometheus);
  return Number.isFinite(reading) ? round(reading) : null;
}
