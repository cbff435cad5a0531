/**
 * An alerting rule's templated labels and annotations, with what they may read: the sample, external labels, and
 * queries over the series as of the evaluation.
 */
import { PromqlEvaluationError, PromqlSyntaxError } from '../promql/errors.ts';
import type { Expr } from '../promql/ast.ts';
import { prepareQuery, type PreparedQuery } from '../promql/evaluate.ts';
import { typeOf } from '../promql/type-check.ts';
import { dropName, labelRecord, labelsFromPairs, withLabels, type Labels } from '../promql/labels.ts';
import { parseExpr } from '../promql/parse.ts';
import type { SeriesSource } from '../promql/series.ts';
import type { RuleOptions } from './evaluate.ts';
import type { AlertingRule } from './rule-file.ts';
import type { ActiveAlerts, Alert, AlertResult } from './state.ts';
import { asksQueries, expandTemplate, readsValue } from './template.ts';
import { type TemplateData, TemplateSample } from './template-values.ts';

/** What templates are expanded over. */
export interface Templating {
  readonly source: SeriesSource;
  readonly options: RuleOptions;
}

/** From a sample to the alert it stands for; labels that do not hang on the value are made once a series. */
export function alertResults(
  rule: AlertingRule,
  templating: Templating,
): (sampleLabels: Labels, value: number, atMs: number) => AlertResult {
  const isFixed = !rule.labels.some((label) => readsValue(label.template));
  const known = new Map<Labels, Labels>();
  const make = (sampleLabels: Labels, value: number, atMs: number): Labels => {
    const data = templateData(templating, sampleLabels, value, atMs);
    const own = rule.labels.map((label) => [label.name, expandTemplate(label.template, data)] as const);
    return withLabels(dropName(sampleLabels), [...own, ['alertname', rule.name]]);
  };
  return (sampleLabels, value, atMs) => {
    let labels = isFixed ? known.get(sampleLabels) : undefined;
    if (!labels) {
      labels = make(sampleLabels, value, atMs);
      if (isFixed) known.set(sampleLabels, labels);
    }
    return { labels, sampleLabels, value };
  };
}

/** Annotations that cannot wait: what they ask for may be written by the very evaluation that asks. */
const noted = new WeakMap<Alert, Labels>();

/** Notes the annotations of the alerts returned at `atMs`, where they ask queries; before anything is written. */
export function noteAnnotations(
  rule: AlertingRule,
  active: ActiveAlerts,
  atMs: number,
  templating: Templating,
): void {
  if (!rule.annotations.some(({ template }) => asksQueries(template))) return;
  for (const alert of active.values())
    if (alert.returnedAtMs === atMs) noted.set(alert, expandAnnotations(rule, alert, templating));
}

/** An alert's annotations as of the last evaluation that returned it. */
export function annotationsOf(rule: AlertingRule, alert: Alert, templating: Templating): Labels {
  return noted.get(alert) ?? expandAnnotations(rule, alert, templating);
}

function expandAnnotations(rule: AlertingRule, alert: Alert, templating: Templating): Labels {
  const data = templateData(templating, alert.sampleLabels, alert.value, alert.returnedAtMs);
  return labelsFromPairs(
    rule.annotations.map((one) => [one.name, expandTemplate(one.template, data)] as const),
  );
}

function templateData(
  { source, options }: Templating,
  sampleLabels: Labels,
  value: number,
  atMs: number,
): TemplateData {
  return {
    labels: labelRecord(sampleLabels),
    value,
    externalLabels: options.externalLabels ?? {},
    externalUrl: options.externalUrl ?? '',
    query: (text) => answer(text, source, atMs, options),
  };
}

const preparedQueries = new WeakMap<SeriesSource, Map<string, PreparedQuery>>();

/** A template's query, prepared once a source. Throws an Error with the reason for what cannot be evaluated. */
function answer(text: string, source: SeriesSource, atMs: number, options: RuleOptions): TemplateSample[] {
  try {
    const prepared = preparedQueries.get(source) ?? new Map<string, PreparedQuery>();
    preparedQueries.set(source, prepared);
    const query =
      prepared.get(text) ??
      prepareQuery(parseQuery(text), source, { ...options, horizon: 'evaluation-time' });
    prepared.set(text, query);
    const { labels, values } = query.at(atMs);
    return labels.map((one, at) => new TemplateSample(labelRecord(one), values[at]!));
  } catch (error) {
    if (error instanceof PromqlSyntaxError) throw new Error(error.reason, { cause: error });
    if (error instanceof PromqlEvaluationError) throw new Error(error.message, { cause: error });
    throw error;
  }
}

function parseQuery(text: string): Expr {
  const expr = parseExpr(text);
  const type = typeOf(expr);
  if (type === 'vector' || type === 'scalar') return expr;
  throw new PromqlEvaluationError('query result is not a vector or scalar');
}
