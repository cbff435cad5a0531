/**
 * Rules held against the metrics a migration emits: every name, label, label value and bucket that an expression asks
 * for must be one that a scrape can hold. A misspelt one would keep an alert silent for ever.
 */
import type { Migration, MetricSpec } from '../migration.ts';
import { walkExpr, type Aggregation, type Expr, type VectorSelector } from '../promql/ast.ts';
import { METRIC_NAME } from '../promql/labels.ts';
import { compileMatcher, type LabelMatcher } from '../promql/matchers.ts';
import { namedMetric } from '../promql/series.ts';
import { renderBound } from '../tally/scraped-series.ts';
import { metricsRead, type Rule, type RuleGroup } from './rule-file.ts';
import type { Problem } from './yaml-source.ts';

/** The labels of one series name with the values each may have; null where any value may stand. */
type EmittedLabels = ReadonlyMap<string, readonly string[] | null>;

/** Everything a scrape of the migration's service can hold: labels by series name. */
export type EmittedSeries = ReadonlyMap<string, EmittedLabels>;

/** Labels that Prometheus itself adds to what it scrapes. */
const TARGET_LABELS = ['job', 'instance'] as const;
/** Series that Prometheus writes by itself, with labels of their own. */
const OWN_SERIES: ReadonlySet<string> = new Set(['ALERTS', 'ALERTS_FOR_STATE', 'up']);

/** The series a migration emits, `le` as the given major of Prometheus stores it. */
export function emittedSeries(
  migration: Pick<Migration, 'metrics' | 'exposition'>,
  prometheus: 2 | 3,
): EmittedSeries {
  const common = [...Object.keys(migration.exposition?.labels('prod') ?? { env: '' }), ...TARGET_LABELS];
  const emitted = new Map<string, EmittedLabels>();
  for (const spec of migration.metrics) {
    const labels = new Map<string, readonly string[] | null>(common.map((name) => [name, null]));
    if (spec.label) labels.set(spec.label.name, spec.label.values);
    if (spec.type === 'gauge')
      for (const name of Object.keys(migration.exposition?.gaugeLabels ?? {})) labels.set(name, null);
    for (const name of seriesNames(spec)) {
      const isBucket = spec.type === 'histogram' && name.endsWith('_bucket');
      const bounds = [...spec.buckets.map((bound) => renderBound(bound, prometheus)), '+Inf'];
      emitted.set(name, isBucket ? new Map([...labels, ['le', bounds]]) : labels);
    }
  }
  return emitted;
}

function seriesNames({ name, type }: MetricSpec): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** Everything the rules ask for that is neither emitted nor recorded by one of them, with its place. */
export function findUnknownMetrics(groups: readonly RuleGroup[], emitted: EmittedSeries): Problem[] {
  const rules = groups.flatMap((group) => group.rules);
  const recorded = new Set(rules.filter((rule) => rule.kind === 'record').map((rule) => rule.name));
  return rules.flatMap((rule) =>
    findUnknownInExpr(rule.expr, emitted, recorded).map(({ offset, reason }) => ({
      place: rule.placeInExpr(offset),
      reason: `rule ${JSON.stringify(rule.name)}: ${reason}`,
    })),
  );
}

/** One thing an expression asks for in vain, at a character of its text. */
export interface UnknownPart {
  readonly offset: number;
  readonly reason: string;
}

/** The same for one expression, such as a dashboard's; `recorded` are names that rules record. */
export function findUnknownInExpr(
  expr: Expr,
  emitted: EmittedSeries,
  recorded: ReadonlySet<string> = new Set(),
): UnknownPart[] {
  const found: UnknownPart[] = [];
  walkExpr(expr, (node) => {
    if (node.kind === 'vector-selector') found.push(...checkSelector(node, emitted, recorded));
    if (node.kind === 'aggregation') found.push(...checkGrouping(node, emitted));
  });
  return found;
}

function checkSelector(
  selector: VectorSelector,
  emitted: EmittedSeries,
  recorded: ReadonlySet<string>,
): UnknownPart[] {
  const offset = selector.span.from;
  const name = namedMetric(selector.matchers);
  if (name === undefined || recorded.has(name) || OWN_SERIES.has(name)) return [];
  const labels = emitted.get(name);
  if (!labels)
    return [
      {
        offset,
        reason: `no metric ${JSON.stringify(name)} is emitted or recorded${nearMisses(name, emitted)}`,
      },
    ];
  return selector.matchers.flatMap((matcher) => {
    const fault = matcher.name === METRIC_NAME ? undefined : checkMatcher(matcher, name, labels);
    return fault === undefined ? [] : [{ offset, reason: fault }];
  });
}

function nearMisses(name: string, emitted: EmittedSeries): string {
  const near = [...emitted.keys()].filter((known) => known.startsWith(name) || name.startsWith(known));
  return near.length === 0 ? '' : `; emitted are ${near.join(', ')}`;
}

function checkMatcher(matcher: LabelMatcher, metric: string, labels: EmittedLabels): string | undefined {
  const { name, op, value } = matcher;
  const matches = compileMatcher(matcher);
  if (!labels.has(name)) {
    // Asking that a label be absent is fair, wherever it is.
    if (matches('')) return undefined;
    return `${metric} has no label ${JSON.stringify(name)}; it has ${[...labels.keys()].join(', ')}`;
  }
  const values = labels.get(name);
  if (!values || values.some(matches)) return undefined;
  return `${metric} has no ${name}${op}${JSON.stringify(value)}; its values are ${values.join(', ')}`;
}

function checkGrouping(aggregation: Aggregation, emitted: EmittedSeries): UnknownPart[] {
  if (aggregation.without || aggregation.grouping.length === 0) return [];
  const read = metricsRead(aggregation.expr);
  const labels = read.map((name) => emitted.get(name));
  // Recorded series and labels that functions make are not known here.
  if (read.length === 0 || labels.includes(undefined) || makesLabels(aggregation.expr)) return [];
  return aggregation.grouping
    .filter((name) => !labels.some((known) => known!.has(name)))
    .map((name) => ({
      offset: aggregation.span.from,
      reason: `${aggregation.op} by (${name}) groups by a label that ${read.join(', ')} has not`,
    }));
}

function makesLabels(expr: Expr): boolean {
  let makes = false;
  walkExpr(expr, (node) => {
    if (node.kind === 'call' && node.func.startsWith('label_')) makes = true;
    if (node.kind === 'aggregation' && node.op === 'count_values') makes = true;
  });
  return makes;
}

/** Series names a rule reads that are neither emitted nor recorded: such a rule can never see anything. */
export function unknownNames(rule: Rule, emitted: EmittedSeries, recorded: ReadonlySet<string>): string[] {
  return metricsRead(rule.expr).filter(
    (name) => !emitted.has(name) && !recorded.has(name) && !OWN_SERIES.has(name),
  );
}
