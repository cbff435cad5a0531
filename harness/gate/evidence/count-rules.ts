/**
 * Which alerts count: those whose condition is that watched counters went up by more than so many within a window.
 * A sample under-counts for them and for no others, so they alone are judged after scaling up.
 */
import type { AlertPlan, AlertSettings, RuleSet } from '../../alerts/rule-sets.ts';
import { alertingRules } from '../../alerts/rule-sets.ts';
import type { AlertingRule } from '../../alerts/rule-file.ts';
import { readThreshold } from '../../alerts/threshold.ts';
import type { Migration } from '../../migration.ts';
import type { Aggregation, Call, Expr, MatrixSelector } from '../../promql/ast.ts';
import { dropLabels, keepLabels, labelsOf, METRIC_NAME, type Labels } from '../../promql/labels.ts';
import { compileMatchers } from '../../promql/matchers.ts';
import { counterNumber } from './breach-sketch.ts';

const MINUTE_MS = 60_000;

/** Fires once a group of counters went up by `least` or more in every window for as long as `forMinutes`. */
export interface CountCondition {
  readonly windowMinutes: number;
  readonly forMinutes: number;
  /** The fewest increments that satisfy the condition. */
  readonly least: number;
  /** Counters that are added up with each other, by `counterNumber`. */
  readonly groups: readonly (readonly number[])[];
}

/** An alert whose condition counts. */
export interface CountRule extends CountCondition {
  readonly alert: string;
}

/** What decides the counters a rule reads. */
export type CounterPlace = Pick<Migration, 'metrics' | 'exposition'> & { readonly env: string };

/** The alerts of a rule set that count, over the counters of a service in `place.env`. */
export function countRules(set: RuleSet, settings: AlertSettings, place: CounterPlace): CountRule[] {
  return alertingRules(set).flatMap((rule) => {
    const read = readCountRule(rule, settings, place);
    return read ? [{ alert: rule.name, ...read }] : [];
  });
}

/**
 * The counters that a plan's counting alerts read of a service in `env`, by `counterNumber`, ascending: those whose
 * increments a replay has to keep by user.
 */
export function watchedCounters(
  plan: Pick<AlertPlan, 'sets' | 'settings'>,
  migration: Pick<Migration, 'metrics' | 'exposition'>,
  env: string,
): number[] {
  const rules = plan.sets.flatMap((set) => countRules(set, plan.settings, { ...migration, env }));
  return [...new Set(rules.flatMap(({ groups }) => groups.flat()))].sort((a, b) => a - b);
}

/** Reads `increase(c[w]) > n`, `rate(c[w]) > n` and sums of either; null for any other condition. */
function readCountRule(
  rule: AlertingRule,
  settings: AlertSettings,
  place: CounterPlace,
): CountCondition | null {
  const threshold = readThreshold(rule.expr);
  if (!threshold || (threshold.op !== '>' && threshold.op !== '>=')) return null;
  const { measured } = threshold;
  const sum = measured.kind === 'aggregation' ? measured : null;
  if (sum && sum.op !== 'sum') return null;
  const growth = growthOf(sum ? sum.expr : measured);
  if (!growth) return null;
  const { call, matrix } = growth;
  const windowMs = matrix.rangeMs;
  const counted = countersOf(matrix, sum, place);
  if (!counted || windowMs < 2 * settings.scrapeIntervalMs) return null;
  // A window of n scrapes sees n − 1 steps and extrapolates them to its whole length; Prometheus 2 sees one more.
  const seenMs = settings.prometheus === 3 ? windowMs - settings.scrapeIntervalMs : windowMs;
  const perIncrement = (windowMs / seenMs) * (call.func === 'rate' ? 1000 / windowMs : 1);
  const exact = threshold.limit / perIncrement;
  return {
    windowMinutes: Math.max(1, Math.round(windowMs / MINUTE_MS)),
    forMinutes: Math.round(rule.forMs / MINUTE_MS),
    least: Math.max(0, threshold.op === '>' ? Math.floor(exact) + 1 : Math.ceil(exact)),
    groups: counted,
  };
}

function growthOf(expr: Expr): { readonly call: Call; readonly matrix: MatrixSelector } | null {
  if (expr.kind !== 'call' || (expr.func !== 'increase' && expr.func !== 'rate')) return null;
  const matrix = expr.args[0];
  if (matrix?.kind !== 'matrix-selector' || matrix.selector.at || matrix.selector.offsetMs !== 0) return null;
  return { call: expr, matrix };
}

/** The counters behind a selector, those together that the sum adds up; null where something else is selected. */
function countersOf(
  { selector }: MatrixSelector,
  sum: Aggregation | null,
  { metrics, exposition, env }: CounterPlace,
): number[][] | null {
  const test = compileMatchers(selector.matchers);
  const common = exposition?.labels(env) ?? { env };
  const groups = new Map<string, number[]>();
  for (const [metric, spec] of metrics.entries()) {
    for (const [child, value] of (spec.label?.values ?? ['']).entries()) {
      const own = spec.label ? { [spec.label.name]: value } : {};
      const labels = labelsOf({ ...common, ...own, [METRIC_NAME]: spec.name });
      if (!test(labels)) continue;
      if (spec.type !== 'counter') return null;
      const { key } = groupLabels(labels, sum);
      groups.set(key, [...(groups.get(key) ?? []), counterNumber(metric, child)]);
    }
  }
  return groups.size === 0 ? null : [...groups.values()];
}

function groupLabels(labels: Labels, sum: Aggregation | null): Labels {
  if (!sum) return labels;
  const grouping = new Set(sum.grouping);
  return sum.without ? dropLabels(labels, grouping.add(METRIC_NAME)) : keepLabels(labels, grouping);
}
