/**
 * Which stretches of a replay a set of rules needs evaluated at all: around every change of the series they read, as
 * far as their windows and timers reach. In between every rule says what it said before, so that idle months cost
 * nothing; a rule of which that cannot be promised has the whole as its stretch.
 */
import type { Expr, VectorSelector } from '../promql/ast.ts';
import { walkExpr } from '../promql/ast.ts';
import { namedMetric } from '../promql/series.ts';
import type { Rule, RuleGroup } from './rule-file.ts';
import { selectScraped, type ScrapeRun, type Scrapes } from './scraped-source.ts';
import { RESOLVED_RETENTION_MS } from './state.ts';
import { asksQueries } from './template.ts';
import type { Stretch } from './timeline.ts';

export interface ActivityOptions {
  readonly lookbackMs: number;
  /** The interval of groups that name none, which is also the step of subqueries that name none. */
  readonly intervalMs: number;
}

/** Rules that must run together, because they read each other's results or the same series just as far back. */
export interface Component {
  readonly groups: readonly RuleGroup[];
  /** How long after a change its consequences may last, ms; Infinity where nobody can say. */
  readonly reachMs: number;
  /** Whether a rule of it reads what another has written. */
  readonly isChained: boolean;
  /** Every selector of its rules. */
  readonly selectors: readonly VectorSelector[];
}

/** Where a component is to be evaluated, and the scrapes it then looks at. */
export interface Activity {
  /** Undefined: the whole. */
  readonly stretches: readonly Stretch[] | undefined;
  readonly runs: readonly ScrapeRun[];
}

/** Series that rules write besides what they record. */
export const STATE_SERIES: ReadonlySet<string> = new Set(['ALERTS', 'ALERTS_FOR_STATE']);

/** Functions whose value hangs on the evaluation's time, also while no series changes. */
const READS_TIME: ReadonlySet<string> = new Set(['time', 'timestamp', 'predict_linear']);
const READS_TIME_BARE: ReadonlySet<string> = new Set([
  ...['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year'],
]);

/** How far back an expression looks, ms; Infinity where its value may change by itself. */
export function reachOf(expr: Expr, options: ActivityOptions): number {
  const deepest = (parts: readonly Expr[]): number =>
    Math.max(0, ...parts.map((part) => reachOf(part, options)));
  switch (expr.kind) {
    case 'number':
    case 'string':
      return 0;
    case 'vector-selector':
      return expr.at || expr.offsetMs < 0 ? Infinity : options.lookbackMs + expr.offsetMs;
    case 'matrix-selector':
      return expr.selector.at || expr.selector.offsetMs < 0
        ? Infinity
        : expr.rangeMs + expr.selector.offsetMs;
    case 'subquery': {
      const stepMs = expr.stepMs ?? options.intervalMs;
      // A window that does not move by whole steps holds now one more and now one less.
      if (expr.at || expr.offsetMs < 0 || options.intervalMs % stepMs !== 0) return Infinity;
      return expr.rangeMs + expr.offsetMs + stepMs + reachOf(expr.expr, options);
    }
    case 'unary':
      return reachOf(expr.expr, options);
    case 'call':
      if (READS_TIME.has(expr.func) || (READS_TIME_BARE.has(expr.func) && expr.args.length === 0))
        return Infinity;
      return deepest(expr.args);
    case 'aggregation':
      return deepest(expr.param ? [expr.param, expr.expr] : [expr.expr]);
    case 'binary':
      return deepest([expr.left, expr.right]);
  }
}

/** The selectors of an expression. */
export function selectorsOf(expr: Expr): VectorSelector[] {
  const found: VectorSelector[] = [];
  walkExpr(expr, (node) => {
    if (node.kind === 'vector-selector') found.push(node);
  });
  return found;
}

/** Whether a rule's labels hang on queries of their own, and so on any series at any time. */
export const asksInLabels = (rule: Rule): boolean =>
  rule.kind === 'alert' && rule.labels.some(({ template }) => asksQueries(template));

interface PlacedRule {
  readonly rule: Rule;
  readonly group: RuleGroup;
  readonly selectors: readonly VectorSelector[];
  /** Names read by equality; undefined among them stands for a selector of any name. */
  readonly reads: ReadonlySet<string | undefined>;
}

/** Sorts rules into components; each keeps its groups' order and settings. */
export function componentsOf(groups: readonly RuleGroup[], options: ActivityOptions): Component[] {
  const rules = groups.flatMap((group) =>
    group.rules.map((rule): PlacedRule => {
      const selectors = selectorsOf(rule.expr);
      const names = selectors.map((one) => namedMetric(one.matchers));
      return { rule, group, selectors, reads: new Set(asksInLabels(rule) ? [...names, undefined] : names) };
    }),
  );
  const recorded = new Set(rules.filter(({ rule }) => rule.kind === 'record').map(({ rule }) => rule.name));
  const readsState = (one: PlacedRule): boolean =>
    [...one.reads].some((name) => name === undefined || STATE_SERIES.has(name));
  const parts = new Map<string, PlacedRule[]>();
  if (rules.some(readsState)) parts.set('all', rules);
  else {
    const rootOf = linkRecordings(rules, recorded);
    for (const one of rules) {
      const isAlone = rootOf(one) === one && !rules.some((other) => other !== one && rootOf(other) === one);
      const alike = `${[...one.reads].sort().join()} ${ownReach(one, options)} ${settleMs(one, options)}`;
      const key = isAlone ? alike : `linked ${rules.indexOf(rootOf(one))}`;
      parts.set(key, [...(parts.get(key) ?? []), one]);
    }
  }
  return [...parts.values()].map((part) => {
    const isChained = part.some(
      (one) => readsState(one) || [...one.reads].some((name) => recorded.has(name!)),
    );
    return {
      groups: groups.flatMap((group) => {
        const own = part.filter((one) => one.group === group).map(({ rule }) => rule);
        return own.length === 0 ? [] : [{ ...group, rules: own }];
      }),
      reachMs: part.some(readsState)
        ? Infinity
        : Math.max(...part.map((one) => fullReach(one, part, options))),
      isChained,
      selectors: part.flatMap(({ selectors }) => selectors),
    };
  });
}

/** Joins each recording rule with its readers; returns the rule that stands for a rule's part. */
function linkRecordings(
  rules: readonly PlacedRule[],
  recorded: ReadonlySet<string>,
): (one: PlacedRule) => PlacedRule {
  const parent = new Map(rules.map((one) => [one, one]));
  const rootOf = (one: PlacedRule): PlacedRule => {
    const above = parent.get(one)!;
    return above === one ? one : rootOf(above);
  };
  for (const reader of rules) {
    for (const writer of rules) {
      const isRead = writer.rule.kind === 'record' && reader.reads.has(writer.rule.name);
      const writesTheSame =
        writer.rule.kind === 'record' &&
        reader.rule.kind === 'record' &&
        writer.rule.name === reader.rule.name;
      if (isRead || (writesTheSame && recorded.has(writer.rule.name)))
        parent.set(rootOf(reader), rootOf(writer));
    }
  }
  return rootOf;
}

const intervalOf = (group: RuleGroup, options: ActivityOptions): number =>
  group.intervalMs ?? options.intervalMs;

function ownReach({ rule, group }: PlacedRule, options: ActivityOptions): number {
  const own = { ...options, intervalMs: intervalOf(group, options) };
  return reachOf(rule.expr, own) + group.queryOffsetMs;
}

/** How long a rule's alerts may still change once its expression says the same at every evaluation. */
function settleMs({ rule, group }: PlacedRule, options: ActivityOptions): number {
  const timersMs = rule.kind === 'alert' ? rule.forMs + rule.keepFiringForMs + RESOLVED_RETENTION_MS : 0;
  // The window, both timers and the retention each end up to an interval before an evaluation notices.
  return timersMs + 4 * intervalOf(group, options);
}

/** A rule's own reach and timers after those of the longest chain of rules it reads. */
function fullReach(
  one: PlacedRule,
  part: readonly PlacedRule[],
  options: ActivityOptions,
  below: readonly PlacedRule[] = [],
): number {
  if (below.includes(one)) return Infinity;
  const writers = part.filter((other) => other.rule.kind === 'record' && one.reads.has(other.rule.name));
  const before = Math.max(0, ...writers.map((writer) => fullReach(writer, part, options, [...below, one])));
  return before + ownReach(one, options) + settleMs(one, options);
}

/** The stretches in which a component must be evaluated over these scrapes. */
export function activityOf(component: Component, scrapes: Scrapes, options: ActivityOptions): Activity {
  const { intervalMs, from, to } = scrapes;
  const whole: Activity = { stretches: undefined, runs: [{ from, to }] };
  // Windows must hold the same samples at every evaluation, or a count of them would swing.
  const isAligned = component.groups.every((group) => intervalOf(group, options) % intervalMs === 0);
  if (component.reachMs === Infinity || !isAligned) return whole;
  const reach = Math.ceil(component.reachMs / intervalMs) + 2;
  const active = mergeRuns(runsAfter(changesRead(component, scrapes), reach, scrapes));
  return {
    stretches: active.map((run) => ({ fromMs: run.from * intervalMs, toMs: run.to * intervalMs })),
    runs: mergeRuns(active.map((run) => ({ from: Math.max(from, run.from - reach), to: run.to }))),
  };
}

/** The scrapes at which a series that the component reads changed, ascending, the first scrape among them. */
function changesRead(component: Component, scrapes: Scrapes): Float64Array {
  const lists = new Set<Float64Array>([Float64Array.of(scrapes.from)]);
  for (const { matchers } of component.selectors)
    for (const { scraped } of selectScraped(scrapes, matchers)) lists.add(scraped.changes.at);
  const changes = new Float64Array([...lists].reduce((length, list) => length + list.length, 0));
  let filled = 0;
  for (const list of lists) {
    changes.set(list, filled);
    filled += list.length;
  }
  return changes.sort();
}

/** For each change inside the scrapes, the run from it as far as its consequences may last. */
function* runsAfter(
  changes: Float64Array,
  reach: number,
  { from, to }: Pick<Scrapes, 'from' | 'to'>,
): Generator<ScrapeRun> {
  let last = -Infinity;
  for (const change of changes) {
    if (change === last || change < from || change > to) continue;
    last = change;
    yield { from: change, to: Math.min(to, change + reach) };
  }
}

/** Joins runs that touch or overlap; they come in the order of their beginnings. */
export function mergeRuns(runs: Iterable<ScrapeRun>): ScrapeRun[] {
  const merged: ScrapeRun[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    if (last && run.from <= last.to + 1)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, run.to) };
    else merged.push(run);
  }
  return merged;
}
