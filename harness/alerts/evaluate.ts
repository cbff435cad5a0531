/**
 * Rule groups over virtual time: rules in order, each seeing what the ones before it recorded at the same instant.
 * Recorded series, ALERTS and ALERTS_FOR_STATE are written beside the scraped ones, with stale markers where a rule
 * stops returning a series; a rule that fails keeps its state as it was.
 */
import { evaluationErrorOf } from './rule-error.ts';
import { readThreshold, type Threshold } from './threshold.ts';
import { alertResults, noteAnnotations, type Templating } from './rule-templates.ts';
import {
  stepAlerts,
  type ActiveAlerts,
  type Alert,
  type AlertResult,
  type AlertTransition,
} from './state.ts';
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from './rule-file.ts';
import type { Expr } from '../promql/ast.ts';
import { PromqlEvaluationError } from '../promql/errors.ts';
import type { VectorResult } from '../promql/vector-result.ts';
import { prepareQuery, type EvaluationOptions, type PreparedQuery } from '../promql/evaluate.ts';
import { labelPairs, labelsFromPairs, METRIC_NAME, withLabels, type Labels } from '../promql/labels.ts';
import type { LabelMatcher } from '../promql/matchers.ts';
import {
  GrowingSeries,
  joinSources,
  MemorySource,
  namedMetric,
  type SeriesSource,
} from '../promql/series.ts';

/** What rules are evaluated with besides the series. */
export interface RuleOptions extends Partial<EvaluationOptions> {
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly externalUrl?: string;
  /** Whether somebody will read annotations; those that ask queries are then expanded at each evaluation. */
  readonly keepsAnnotations?: boolean;
  /** Names of series that somebody will read: rules then write no others. All of them by default. */
  readonly readNames?: ReadonlySet<string>;
}

/** A rule's evaluation that failed. */
export interface RuleFailure {
  readonly rule: Rule;
  readonly group: RuleGroup;
  readonly atMs: number;
  readonly reason: string;
}

/** A rule that is being evaluated, with its state. */
export type RunningRule = RunningAlert | RunningRecording;

interface RunningBase {
  readonly query: PreparedQuery;
  /** The series written at the last evaluation that worked. */
  written: Set<GrowingSeries>;
  /** The failure of the last evaluation, if it failed. */
  failure: RuleFailure | undefined;
}

export interface RunningAlert extends RunningBase {
  readonly rule: AlertingRule;
  readonly active: ActiveAlerts;
  readonly toResult: (labels: Labels, value: number, atMs: number) => AlertResult;
  /** How the rule compares what it measures, where it is a plain comparison with a number. */
  readonly threshold: Threshold | undefined;
  /** The value nearest to firing that each series showed so far, by the labels of the alert it stands for. */
  readonly peaks: Map<Labels, Peak>;
}

export interface RunningRecording extends RunningBase {
  readonly rule: RecordingRule;
  readonly toLabels: (labels: Labels) => Labels;
  /** The label sets last returned, and what they were recorded as. */
  lastVector: readonly Labels[] | undefined;
  lastLabels: readonly Labels[];
}

/** The value nearest to (or furthest beyond) a rule's threshold, and when it stood there. */
export interface Peak {
  readonly labels: Labels;
  readonly value: number;
  readonly atMs: number;
}

/** A group that is being evaluated. */
export interface RunningGroup {
  readonly group: RuleGroup;
  readonly rules: readonly RunningRule[];
}

/** Groups over a source: evaluate them at ascending times with `evaluateGroup`. */
export interface RuleRun {
  readonly groups: readonly RunningGroup[];
  /** The scraped series and what the rules wrote. */
  readonly source: SeriesSource;
  readonly options: RuleOptions;
  readonly outputs: RuleOutputs;
}

/** What one evaluation of a group changed. */
export interface GroupStep {
  readonly transitions: readonly (AlertTransition & {
    readonly rule: AlertingRule;
    readonly group: RuleGroup;
  })[];
  readonly failures: readonly RuleFailure[];
}

const ALERTS = 'ALERTS';
const ALERTS_FOR_STATE = 'ALERTS_FOR_STATE';

/** A source of what rules write; only the names that rules can write may grow. */
class RuleOutputs extends MemorySource {
  private readonly names: ReadonlySet<string>;
  constructor(names: ReadonlySet<string>) {
    super();
    this.names = names;
  }
  override mayGrow(matchers: readonly LabelMatcher[] = []): boolean {
    const name = namedMetric(matchers);
    return name === undefined || this.names.has(name);
  }
  /** The series with these labels; an empty one where there was none. */
  written(labels: Labels): GrowingSeries {
    let series = this.find(labels) as GrowingSeries | undefined;
    if (!series) {
      series = new GrowingSeries(labels);
      this.add(series);
    }
    return series;
  }
  /** Gives the samples' memory back; nothing may read them afterwards. */
  release(): void {
    for (const series of this.all()) (series as GrowingSeries).release();
  }
}

/** Prepares groups over scraped series. Samples later than an evaluation are hidden from it, as they are in production. */
export function startRules(
  groups: readonly RuleGroup[],
  scraped: SeriesSource,
  options: RuleOptions = {},
): RuleRun {
  const records = groups.flatMap((group) =>
    group.rules.filter((rule) => rule.kind === 'record').map((rule) => rule.name),
  );
  const outputs = new RuleOutputs(new Set([ALERTS, ALERTS_FOR_STATE, ...records]));
  const source = joinSources([scraped, outputs]);
  const evaluation: Partial<EvaluationOptions> = { ...options, horizon: 'evaluation-time' };
  const running = groups.map((group) => ({
    group,
    rules: group.rules.map((rule) =>
      startRule(rule, (expr) => prepareQuery(expr, source, evaluation), { source, options }),
    ),
  }));
  return { groups: running, source, options, outputs };
}

function startRule(rule: Rule, prepare: (expr: Expr) => PreparedQuery, templating: Templating): RunningRule {
  const base = { written: new Set<GrowingSeries>(), failure: undefined };
  if (rule.kind === 'alert') {
    const threshold = readThreshold(rule.expr);
    // What is measured is evaluated once, for the alert and for how far it was from firing.
    const query = prepare(threshold?.measured ?? rule.expr);
    return {
      ...base,
      query,
      rule,
      threshold,
      active: new Map(),
      toResult: alertResults(rule, templating),
      peaks: new Map(),
    };
  }
  const known = new Map<Labels, Labels>();
  return {
    ...base,
    query: prepare(rule.expr),
    rule,
    lastVector: undefined,
    lastLabels: [],
    toLabels: (labels) => {
      const seen = known.get(labels);
      if (seen) return seen;
      const made = withLabels(labels, [[METRIC_NAME, rule.name], ...rule.labels]);
      known.set(labels, made);
      return made;
    },
  };
}

const NO_STEP: GroupStep = { transitions: [], failures: [] };

/** Evaluates one group's rules at `atMs`, in order, writing what they give. */
export function evaluateGroup(run: RuleRun, running: RunningGroup, atMs: number): GroupStep {
  const { group } = running;
  const queryMs = atMs - group.queryOffsetMs;
  let transitions: GroupStep['transitions'][number][] | undefined;
  let failures: RuleFailure[] | undefined;
  for (const one of running.rules) {
    try {
      if ('active' in one) {
        for (const transition of stepAlertRule(run, group, one, atMs, queryMs)) {
          transitions ??= [];
          transitions.push({ ...transition, rule: one.rule, group });
        }
      } else {
        stepRecordingRule(run, group, one, queryMs);
      }
      one.failure = undefined;
    } catch (error) {
      one.failure = { rule: one.rule, group, atMs, reason: evaluationErrorOf(error) };
      failures ??= [];
      failures.push(one.failure);
    }
  }
  return transitions || failures ? { transitions: transitions ?? [], failures: failures ?? [] } : NO_STEP;
}

function stepAlertRule(
  run: RuleRun,
  group: RuleGroup,
  running: RunningAlert,
  atMs: number,
  queryMs: number,
): readonly AlertTransition[] {
  const { rule, active } = running;
  const vector = running.query.at(queryMs);
  const results = alertResultsOf(running, vector, atMs);
  if (results.length === 0 && active.size === 0 && running.written.size === 0) return NO_TRANSITIONS;
  const transitions = stepAlerts(active, results, rule, atMs);
  if (run.options.keepsAnnotations) noteAnnotations(rule, active, atMs, run);
  const isStateRead = isRead(run, ALERTS) || isRead(run, ALERTS_FOR_STATE);
  if (group.limit === 0 && !isStateRead) return transitions;
  const alive = [...active.values()].filter((alert) => alert.state !== 'inactive');
  if (group.limit > 0 && alive.length > group.limit) {
    active.clear();
    throw new PromqlEvaluationError(`exceeded limit of ${group.limit} with ${alive.length} alerts`);
  }
  if (!isStateRead) return transitions;
  const samples: [Labels, number][] = [];
  for (const alert of alive) {
    const { alerts, forState } = stateLabels(rule, alert);
    samples.push([alerts, 1], [forState, Math.floor(alert.activeAtMs / 1000)]);
  }
  writeSamples(run, running, samples, queryMs);
  return transitions;
}

const NO_TRANSITIONS: readonly AlertTransition[] = [];
const NO_RESULTS: readonly AlertResult[] = [];

/** What an evaluation returned as alerts; tracks on the way how near each series came. */
function alertResultsOf(
  running: RunningAlert,
  { labels, values }: VectorResult,
  atMs: number,
): readonly AlertResult[] {
  const { threshold } = running;
  let results: AlertResult[] | undefined;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (threshold) {
      trackPeak(running.peaks, threshold, labels[at]!, value, atMs);
      if (!threshold.holds(value)) continue;
    }
    results ??= [];
    results.push(running.toResult(labels[at]!, value, atMs));
  }
  if (!results) return NO_RESULTS;
  if (results.length > 1) {
    refuseRepeated(
      results.map((result) => result.labels),
      'alert labels',
    );
  }
  return results;
}

function trackPeak(
  peaks: Map<Labels, Peak>,
  threshold: Threshold,
  labels: Labels,
  value: number,
  atMs: number,
): void {
  if (Number.isNaN(value)) return;
  const peak = peaks.get(labels);
  if (peak === undefined || threshold.isNearer(value, peak.value)) peaks.set(labels, { labels, value, atMs });
}

/** The label sets of an alert's own series, made once a state. */
interface StateLabels {
  readonly forState: Labels;
  readonly byState: Map<string, Labels>;
}

const stateLabelsOf = new WeakMap<Alert, StateLabels>();

/** The labels of an alert's ALERTS and ALERTS_FOR_STATE series; a rule label left empty shows its template there. */
function stateLabels(
  rule: AlertingRule,
  alert: Alert,
): { readonly alerts: Labels; readonly forState: Labels } {
  let known = stateLabelsOf.get(alert);
  if (!known) {
    known = { forState: ownSeries(rule, alert, [[METRIC_NAME, ALERTS_FOR_STATE]]), byState: new Map() };
    stateLabelsOf.set(alert, known);
  }
  let alerts = known.byState.get(alert.state);
  if (!alerts) {
    alerts = ownSeries(rule, alert, [
      [METRIC_NAME, ALERTS],
      ['alertstate', alert.state],
    ]);
    known.byState.set(alert.state, alerts);
  }
  return { alerts, forState: known.forState };
}

function ownSeries(rule: AlertingRule, alert: Alert, extra: readonly (readonly [string, string])[]): Labels {
  const own = rule.labels.map((label) => [label.name, label.template.text] as const);
  return labelsFromPairs([...own, ...labelPairs(alert.labels), ['alertname', rule.name], ...extra]);
}

function stepRecordingRule(run: RuleRun, group: RuleGroup, running: RunningRecording, queryMs: number): void {
  const vector = running.query.at(queryMs);
  if (vector.values.length === 0 && running.written.size === 0) return;
  // The same series as at the last evaluation have the same labels, which were found distinct then.
  if (vector.labels !== running.lastVector) {
    const labels = vector.labels.map(running.toLabels);
    refuseRepeated(labels, 'rule labels');
    running.lastLabels = labels;
    running.lastVector = vector.labels;
  }
  const labels = running.lastLabels;
  if (group.limit > 0 && labels.length > group.limit) {
    throw new PromqlEvaluationError(`exceeded limit of ${group.limit} with ${labels.length} series`);
  }
  if (!isRead(run, running.rule.name)) return;
  writeSamples(
    run,
    running,
    labels.map((one, at) => [one, vector.values[at]!]),
    queryMs,
  );
}

function refuseRepeated(labels: readonly Labels[], what: string): void {
  if (labels.length < 2) return;
  if (new Set(labels.map((one) => one.key)).size < labels.length) {
    throw new PromqlEvaluationError(`vector contains metrics with the same labelset after applying ${what}`);
  }
}

const isRead = ({ options: { readNames } }: RuleRun, name: string): boolean => readNames?.has(name) ?? true;

/** Writes a rule's samples, and marks stale what it wrote last time and did not now. */
function writeSamples(
  run: RuleRun,
  running: RunningRule,
  samples: readonly (readonly [Labels, number])[],
  atMs: number,
): void {
  const written = new Set<GrowingSeries>();
  for (const [labels, value] of samples) {
    const series = run.outputs.written(labels);
    // Two rules that write one series at one instant: the first counts, as in Prometheus.
    if (series.newestMs < atMs) series.append(atMs, value);
    written.add(series);
  }
  for (const series of running.written)
    if (!written.has(series) && series.newestMs < atMs) series.markStale(atMs);
  running.written = written;
}
