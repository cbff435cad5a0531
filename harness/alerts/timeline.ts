/**
 * Rule groups run over a stretch of virtual time: every change of every alert, and for each alert how far it came and
 * how near it was to firing. This is what a gate's rows and a report's alerts are made of.
 */
import {
  evaluateGroup,
  startRules,
  type RuleFailure,
  type RuleOptions,
  type RuleRun,
  type RunningAlert,
  type RunningGroup,
} from './evaluate.ts';
import type { AlertState, AlertTransition } from './state.ts';
import type { AlertingRule, Rule, RuleGroup } from './rule-file.ts';
import type { ComparisonOperator } from '../promql/ast.ts';
import { NO_LABELS, type Labels } from '../promql/labels.ts';
import type { SeriesSource } from '../promql/series.ts';

export interface TimelineOptions extends RuleOptions {
  readonly fromMs: number;
  readonly toMs: number;
  /** The interval of groups that name none. */
  readonly intervalMs: number;
  /** When within its interval a group runs; production derives it from file and name, the audit sweeps it. Default 0. */
  readonly phaseMs?: (group: RuleGroup) => number;
  /**
   * Where evaluation is needed, ascending and disjoint: outside of it every rule is known to say what it said at its
   * last evaluation. The whole from `fromMs` to `toMs` by default.
   */
  readonly stretches?: readonly Stretch[];
  /** How far back rules read what rules wrote: the end of a stretch left out is filled with what stood before it. */
  readonly refillMs?: number;
}

/** A stretch of virtual time, both ends included, ms. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A change of an alert, with the rule it belongs to. */
export interface TimelineEntry extends AlertTransition {
  readonly rule: AlertingRule;
  readonly group: RuleGroup;
}

/** One alert (a rule and a label set) over the whole stretch. Times in ms; undefined means never. */
export interface AlertSummary {
  readonly rule: AlertingRule;
  readonly group: RuleGroup;
  readonly labels: Labels;
  /** The furthest state it reached. */
  readonly state: AlertState;
  /** When it first became pending — of the time it fired, if it did. */
  readonly pendingAtMs: number | undefined;
  readonly firingAtMs: number | undefined;
  readonly resolvedAtMs: number | undefined;
  readonly fired: number;
  readonly threshold: { readonly op: ComparisonOperator; readonly limit: number } | undefined;
  /** The value nearest to firing and when it stood; undefined without a threshold or without a value. */
  readonly peak: { readonly value: number; readonly atMs: number } | undefined;
  /** How far the peak stayed from the threshold, in its unit; negative beyond it. */
  readonly headroom: number | undefined;
}

/** A stretch in which a rule failed and its alerts stood still. */
export interface FailingStretch {
  readonly rule: Rule;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface AlertTimeline {
  readonly entries: readonly TimelineEntry[];
  /** The first failure of each rule. */
  readonly failures: readonly RuleFailure[];
  /** The stretches in which each rule failed, ms; the end is its next evaluation that worked. */
  readonly failing: readonly FailingStretch[];
  readonly alerts: readonly AlertSummary[];
  readonly evaluations: number;
  /** The run itself, whose source holds what the rules recorded. */
  readonly run: RuleRun;
}

/** Runs the groups from `fromMs` to `toMs`, each at its interval and phase, groups of one instant in their order. */
export function runTimeline(
  groups: readonly RuleGroup[],
  scraped: SeriesSource,
  options: TimelineOptions,
): AlertTimeline {
  const run = startRules(groups, scraped, options);
  const entries: TimelineEntry[] = [];
  const failures = new Map<Rule, RuleFailure>();
  const failingSince = new Map<Rule, number>();
  const failing: FailingStretch[] = [];
  const clocks = run.groups.map((running) => {
    const intervalMs = running.group.intervalMs ?? options.intervalMs;
    const phaseMs = (options.phaseMs?.(running.group) ?? 0) % intervalMs;
    const firstMs = Math.ceil((options.fromMs - phaseMs) / intervalMs) * intervalMs + phaseMs;
    const clock = { running, intervalMs, stretch: 0, nextMs: firstMs };
    enterStretch(clock, options.stretches);
    return clock;
  });
  let evaluations = 0;
  for (;;) {
    let atMs = Infinity;
    for (const { nextMs } of clocks) if (nextMs < atMs) atMs = nextMs;
    if (!(atMs <= options.toMs)) break;
    for (const clock of clocks) {
      if (clock.nextMs !== atMs) continue;
      clock.nextMs += clock.intervalMs;
      evaluations++;
      const step = evaluateGroup(run, clock.running, atMs);
      enterStretch(clock, options.stretches);
      refill(clock, atMs, options.refillMs ?? 0);
      if (step.transitions.length > 0) entries.push(...step.transitions);
      for (const failure of step.failures) {
        if (!failures.has(failure.rule)) failures.set(failure.rule, failure);
        if (!failingSince.has(failure.rule)) failingSince.set(failure.rule, atMs);
      }
      if (failingSince.size > 0) endFailing(clock.running, failingSince, failing, atMs);
    }
  }
  for (const [rule, fromMs] of failingSince) failing.push({ rule, fromMs, toMs: Infinity });
  return {
    entries,
    failing,
    failures: [...failures.values()],
    alerts: summarise(run, entries),
    evaluations,
    run,
  };
}

interface GroupClock {
  readonly running: RunningGroup;
  readonly intervalMs: number;
  /** The stretch that the next evaluation lies in or before. */
  stretch: number;
  nextMs: number;
}

/** Moves a group's next evaluation to the first one inside a stretch; past the last stretch there is none. */
function enterStretch(clock: GroupClock, stretches: readonly Stretch[] | undefined): void {
  if (!stretches) return;
  for (;;) {
    const stretch = stretches[clock.stretch];
    if (!stretch) {
      clock.nextMs = Infinity;
      return;
    }
    const behindMs = stretch.fromMs - clock.nextMs;
    if (behindMs > 0) clock.nextMs += Math.ceil(behindMs / clock.intervalMs) * clock.intervalMs;
    if (clock.nextMs <= stretch.toMs) return;
    clock.stretch++;
  }
}

/** Writes what the group's rules would have written at the last evaluations left out before the next one. */
function refill({ running, intervalMs, nextMs }: GroupClock, lastMs: number, refillMs: number): void {
  if (refillMs <= 0 || nextMs === Infinity || nextMs === lastMs + intervalMs) return;
  const skipped = (nextMs - lastMs) / intervalMs - 1;
  const filled = Math.min(skipped, Math.ceil(refillMs / intervalMs));
  for (const { written, failure } of running.rules) {
    for (const series of failure ? [] : written) {
      const value = series.values[series.length - 1]!;
      for (let back = filled; back > 0; back--)
        series.append(nextMs - back * intervalMs - running.group.queryOffsetMs, value);
    }
  }
}

/** Ends the stretches of the group's rules that failed before and worked now. */
function endFailing(
  running: RunningGroup,
  since: Map<Rule, number>,
  failing: FailingStretch[],
  atMs: number,
): void {
  for (const { rule, failure } of running.rules) {
    const fromMs = since.get(rule);
    if (failure || fromMs === undefined) continue;
    failing.push({ rule, fromMs, toMs: atMs });
    since.delete(rule);
  }
}

function summarise(run: RuleRun, entries: readonly TimelineEntry[]): AlertSummary[] {
  const byRule = Map.groupBy(entries, ({ rule }) => rule);
  return run.groups.flatMap(({ group, rules }) =>
    rules.flatMap((running) =>
      'active' in running ? summariseRule(group, running, byRule.get(running.rule) ?? []) : [],
    ),
  );
}

interface Course {
  readonly labels: Labels;
  readonly entries: TimelineEntry[];
  peak: { readonly value: number; readonly atMs: number } | undefined;
}

/** One summary a label set that was measured or alerted; one without labels for a rule that never measured anything. */
function summariseRule(
  group: RuleGroup,
  running: RunningAlert,
  entries: readonly TimelineEntry[],
): AlertSummary[] {
  const courses = new Map<string, Course>();
  const courseOf = (labels: Labels): Course => {
    const known = courses.get(labels.key);
    if (known) return known;
    const made: Course = { labels, entries: [], peak: undefined };
    courses.set(labels.key, made);
    return made;
  };
  const { threshold } = running;
  for (const peak of running.peaks.values()) {
    const course = courseOf(running.toResult(peak.labels, peak.value, peak.atMs).labels);
    if (!course.peak || threshold?.isNearer(peak.value, course.peak.value)) course.peak = peak;
  }
  for (const entry of entries) courseOf(entry.labels).entries.push(entry);
  if (courses.size === 0) courseOf(running.toResult(NO_LABELS, Number.NaN, 0).labels);
  return [...courses.values()].map((course) => {
    const firing = course.entries.find((entry) => entry.to === 'firing');
    const pending = course.entries.findLast(
      (entry) => entry.to === 'pending' && (!firing || entry.atMs <= firing.atMs),
    );
    const first = firing ? pending : course.entries.find((entry) => entry.to === 'pending');
    const { peak } = course;
    const sign = threshold?.op === '<' || threshold?.op === '<=' ? -1 : 1;
    return {
      rule: running.rule,
      group,
      labels: course.labels,
      state: firing ? 'firing' : first ? 'pending' : 'inactive',
      pendingAtMs: first?.atMs,
      firingAtMs: firing?.atMs,
      resolvedAtMs:
        firing && course.entries.find((entry) => entry.to === 'inactive' && entry.atMs > firing.atMs)?.atMs,
      fired: course.entries.filter((entry) => entry.to === 'firing').length,
      threshold: threshold && { op: threshold.op, limit: threshold.limit },
      peak: peak && { value: peak.value, atMs: peak.atMs },
      headroom: threshold && peak && (threshold.limit - peak.value) * sign,
    };
  });
}
