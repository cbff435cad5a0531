/**
 * The alerts that production would raise, as rows: one an alert and rule set, each with how far it came, how near it
 * was and who would hear of it. Reads what the emulation left and nothing else.
 */
import type { Suite } from '../config.ts';
import type { AlertOutcome, AlertRun, DryRun } from '../alerts/rule-sets.ts';
import type { AlertReport, Row } from '../report/shape.ts';
import { countOf, formatNumber, showAgain } from './rows.ts';

/** What the emulation says of one suite, ready to be judged. */
export interface AlertVerdict {
  readonly run: AlertRun;
  readonly dryRuns: readonly DryRun[];
  /** Below this many observations a quantile is nearly the maximum. */
  readonly thinBelow: number;
}

/** Whether a suite's alerts are judged: those of suites that must fail only where the suite speaks of alerts. */
export function judgesAlerts(suite: Suite): boolean {
  return suite.must_fail === undefined || suite.alerts !== undefined;
}

/** The code of the finding that an alert fires. */
export function alertCode(ruleset: string, alert: string): string {
  return `alert/${ruleset}/${alert}`;
}

/** Rows of one suite: one an alert and rule set, one a rule that failed, one a rule set's dry run. */
export function checkAlerts(suite: Suite, verdict: AlertVerdict): Row[] {
  const { run, dryRuns } = verdict;
  const rows: Row[] = [];
  for (const [key, outcomes] of Map.groupBy(run.outcomes, (one) => alertCode(one.ruleset, one.alert)))
    rows.push(alertRow(suite, key, worstOf(outcomes), outcomes.length, verdict.thinBelow));
  for (const fault of run.faults) {
    rows.push({
      suite: suite.name,
      check: `rule ${fault.ruleset}/${fault.rule}`,
      expected: 'evaluates',
      actual: `fails from ${instant(fault.atMs)}: ${fault.reason}`,
      of: '1 rule',
      passed: false,
      finding: `alert_error/${fault.ruleset}/${fault.rule}`,
      remedy: showAgain(suite.name),
    });
  }
  // A suite that must fail by an alert would be red for its cause a second time.
  if (suite.must_fail === undefined) rows.push(...dryRuns.map((dryRun) => dryRunRow(suite, dryRun)));
  return rows;
}

/** The outcome that came furthest; among equals the one nearest to its threshold. */
export function worstOf(outcomes: readonly AlertOutcome[]): AlertOutcome {
  const rank = { firing: 0, pending: 1, inactive: 2 } as const;
  return [...outcomes].sort(
    (a, b) =>
      rank[a.state] - rank[b.state] ||
      (a.firingAtMs ?? 0) - (b.firingAtMs ?? 0) ||
      (a.headroom ?? Infinity) - (b.headroom ?? Infinity),
  )[0]!;
}

function alertRow(suite: Suite, code: string, worst: AlertOutcome, series: number, thinBelow: number): Row {
  const allowed = isAllowed(suite, worst);
  const passed = worst.state !== 'firing' || allowed;
  return {
    suite: suite.name,
    check: `alert ${worst.ruleset}/${worst.alert}`,
    expected: allowed ? 'may fire' : 'does not fire',
    actual: [describeState(worst), describePeak(worst), describeReceivers(worst)]
      .filter((text) => text !== '')
      .join('; '),
    of: describeEvidence(worst, series, thinBelow),
    passed,
    finding: code,
    remedy: passed ? '' : showAgain(suite.name),
  };
}

function isAllowed(suite: Suite, { ruleset, alert }: Pick<AlertOutcome, 'ruleset' | 'alert'>): boolean {
  return suite.alerts?.[ruleset]?.includes(alert) ?? false;
}

function describeState(one: AlertOutcome): string {
  if (one.firingAtMs !== null) {
    const resolved = one.resolvedAtMs === null ? '' : ` until ${instant(one.resolvedAtMs)}`;
    return `fires at ${instant(one.firingAtMs)}${resolved}`;
  }
  return one.pendingAtMs === null ? 'quiet' : `pending at ${instant(one.pendingAtMs)}, never fires`;
}

function describePeak({ peak, threshold, headroom }: AlertOutcome): string {
  if (!peak || !threshold || headroom === null) return 'never measured';
  return `peak ${formatNumber(peak.value)} at ${instant(peak.atMs)}, ${describeHeadroom(headroom)} ${threshold.op} ${formatNumber(threshold.limit)}`;
}

function describeHeadroom(headroom: number): string {
  if (headroom < 0) return `${formatNumber(-headroom)} beyond`;
  return `${formatNumber(headroom)} short of`;
}

function describeReceivers({ state, receivers }: AlertOutcome): string {
  if (receivers.length === 0) return '';
  return `${state === 'firing' ? 'notifies' : 'would notify'} ${receivers.join(', ')}`;
}

function describeEvidence({ observations }: AlertOutcome, series: number, thinBelow: number): string {
  if (observations === null) return countOf(series, 'label set');
  const thin = observations < thinBelow ? ' (thin: the quantile is nearly the maximum)' : '';
  return `${countOf(observations, 'observation')} in the window at the peak${thin}`;
}

function dryRunRow(suite: Suite, dryRun: DryRun): Row {
  const { ruleset, alert, metric, threshold, increments, windowMs, labels } = dryRun;
  const passed = increments <= threshold || isAllowed(suite, dryRun);
  const hours = windowMs / 3_600_000;
  const where = labels.field === undefined ? '' : ` (${labels.field})`;
  return {
    suite: suite.name,
    check: `dry run ${ruleset}: increments of ${metric} in any ${formatNumber(hours)} h`,
    expected: `at most ${formatNumber(threshold)}, the threshold of ${alert}${isAllowed(suite, dryRun) ? ', which may fire' : ''}`,
    actual: `${formatNumber(increments)}${where}`,
    of: '1 counter',
    passed,
    finding: `dry_run/${ruleset}`,
    remedy: passed ? '' : showAgain(suite.name),
  };
}

/** When each alert that fired first did so, by the code of its finding. */
export function firingTimes(run: AlertRun): ReadonlyMap<string, string> {
  const times = new Map<string, number>();
  for (const { ruleset, alert, firingAtMs } of run.outcomes) {
    if (firingAtMs === null) continue;
    const code = alertCode(ruleset, alert);
    times.set(code, Math.min(firingAtMs, times.get(code) ?? Infinity));
  }
  return new Map([...times].map(([code, atMs]) => [code, instant(atMs)]));
}

/** The report's entries: one a label set of each alert. */
export function alertReports(suite: Suite, { run, thinBelow }: AlertVerdict): AlertReport[] {
  const time = (atMs: number | null | undefined): string | null =>
    atMs === null || atMs === undefined ? null : instant(atMs);
  const micro = (value: number | null | undefined): number | null =>
    value === null || value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1e6) / 1e6;
  return run.outcomes.map((one) => ({
    suite: suite.name,
    ruleset: one.ruleset,
    alert: one.alert,
    labels: one.labels,
    state: one.state,
    pending_at: time(one.pendingAtMs),
    firing_at: time(one.firingAtMs),
    resolved_at: time(one.resolvedAtMs),
    peak: micro(one.peak?.value),
    peak_at: time(one.peak?.atMs),
    comparison: one.threshold?.op ?? null,
    threshold: micro(one.threshold?.limit),
    headroom: micro(one.headroom),
    receiver: one.receivers.length === 0 ? null : one.receivers.join(', '),
    observations: one.observations,
    thin: one.observations !== null && one.observations < thinBelow,
    allowed: isAllowed(suite, one),
  }));
}

/** A virtual time as people write it: to the second, in UTC. */
function instant(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}
