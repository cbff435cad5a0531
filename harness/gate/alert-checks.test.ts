import { describe, expect, it } from 'vitest';
import type { AlertOutcome, DryRun } from '../alerts/rule-sets.ts';
import type { Suite } from '../config.ts';
import {
  alertReports,
  type AlertVerdict,
  checkAlerts,
  firingTimes,
  judgesAlerts,
  worstOf,
} from './alert-checks.ts';

const AT = Date.UTC(2025, 8, 1, 3, 16);
const everyday: Suite = { name: 'everyday' };

function outcome(change: Partial<AlertOutcome> = {}): AlertOutcome {
  return {
    ruleset: 'legacy',
    alert: 'DayP95High',
    labels: { alertname: 'DayP95High', env: 'prod' },
    state: 'inactive',
    pendingAtMs: null,
    firingAtMs: null,
    resolvedAtMs: null,
    peak: { value: 19.5, atMs: AT },
    threshold: { op: '>', limit: 80 },
    headroom: 60.5,
    receivers: ['team-channel'],
    observations: 3,
    ...change,
  };
}

const firing = (change: Partial<AlertOutcome> = {}): AlertOutcome =>
  outcome({
    state: 'firing',
    pendingAtMs: AT - 900_000,
    firingAtMs: AT,
    resolvedAtMs: AT + 2_700_000,
    peak: { value: 120, atMs: AT },
    headroom: -40,
    observations: 40,
    ...change,
  });

function verdict(outcomes: readonly AlertOutcome[], more: Partial<AlertVerdict> = {}): AlertVerdict {
  const scrapes = { intervalMs: 15_000, from: 0, to: 1, series: [] };
  return { run: { scrapes, sets: [], outcomes, faults: [] }, dryRuns: [], thinBelow: 20, ...more };
}

describe('the alerts of a suite', () => {
  it('make a green row each while quiet: how near, on how many observations, who would hear', () => {
    expect(checkAlerts(everyday, verdict([outcome()]))).toEqual([
      {
        suite: 'everyday',
        check: 'alert legacy/DayP95High',
        expected: 'does not fire',
        actual: 'quiet; peak 19.5 at 2025-09-01T03:16:00Z, 60.5 short of > 80; would notify team-channel',
        of: '3 observations in the window at the peak (thin: the quantile is nearly the maximum)',
        passed: true,
        finding: 'alert/legacy/DayP95High',
        remedy: '',
      },
    ]);
  });

  it('are red once they fire, with the virtual time and the receiver', () => {
    const [row] = checkAlerts(everyday, verdict([outcome(), firing({ labels: { field: 'dp' } })]));
    expect(row).toMatchObject({
      actual:
        'fires at 2025-09-01T03:16:00Z until 2025-09-01T04:01:00Z; peak 120 at 2025-09-01T03:16:00Z, 40 beyond > 80; notifies team-channel',
      of: '40 observations in the window at the peak',
      passed: false,
      remedy: 'npm run test:golem -- everyday',
    });
  });

  it('may fire where the suite says so, under that rule set alone', () => {
    const suite: Suite = { ...everyday, alerts: { proposed: ['DayP95High'] } };
    const rows = checkAlerts(suite, verdict([firing(), firing({ ruleset: 'proposed' })]));
    expect(rows.map(({ expected, passed }) => [expected, passed])).toEqual([
      ['does not fire', false],
      ['may fire', true],
    ]);
  });

  it('that are only pending stay green and say so', () => {
    const [row] = checkAlerts(everyday, verdict([outcome({ state: 'pending', pendingAtMs: AT })]));
    expect(row).toMatchObject({
      passed: true,
      actual: expect.stringMatching(/^pending at .*Z, never fires; /),
    });
  });

  it('are red where a rule fails, whatever else is quiet', () => {
    const faulty = verdict([outcome()]);
    const fault = { ruleset: 'legacy', rule: 'Join', atMs: AT, reason: 'many-to-many' };
    const rows = checkAlerts(everyday, { ...faulty, run: { ...faulty.run, faults: [fault] } });
    expect(rows.at(-1)).toMatchObject({
      passed: false,
      finding: 'alert_error/legacy/Join',
      actual: 'fails from 2025-09-01T03:16:00Z: many-to-many',
    });
  });

  it('adding a label set that fires never turns a row green', () => {
    for (const others of [[], [outcome()], [outcome({ state: 'pending' }), outcome()]])
      expect(worstOf([...others, firing()]).state).toBe('firing');
  });

  it('stand in the report with times, thin quantiles and what is allowed', () => {
    const reports = alertReports(
      { ...everyday, alerts: { legacy: ['DayP95High'] } },
      verdict([firing(), outcome({ peak: null, headroom: null })]),
    );
    expect(reports).toMatchObject([
      {
        firing_at: '2025-09-01T03:16:00Z',
        peak: 120,
        threshold: 80,
        headroom: -40,
        receiver: 'team-channel',
        thin: false,
        allowed: true,
      },
      { firing_at: null, peak: null, headroom: null, thin: true },
    ]);
  });

  it('are timed by their first firing', () => {
    const { run } = verdict([firing({ firingAtMs: AT + 60_000 }), firing(), outcome({ alert: 'Other' })]);
    expect([...firingTimes(run)]).toEqual([['alert/legacy/DayP95High', '2025-09-01T03:16:00Z']]);
  });
});

describe('the dry run', () => {
  const dryRun = (increments: number): DryRun => ({
    ruleset: 'legacy',
    alert: 'DayBurst',
    metric: 'day_breach_total',
    threshold: 10,
    windowMs: 86_400_000,
    increments,
    labels: { field: 'dp' },
  });
  const row = (increments: number, suite: Suite = everyday) =>
    checkAlerts(suite, verdict([], { dryRuns: [dryRun(increments)] }))[0];

  it("holds the counter's increments against the alert's threshold", () => {
    expect(row(10)).toMatchObject({
      check: 'dry run legacy: increments of day_breach_total in any 24 h',
      expected: 'at most 10, the threshold of DayBurst',
      actual: '10 (dp)',
      passed: true,
    });
    expect(row(11)).toMatchObject({ passed: false, finding: 'dry_run/legacy' });
  });

  it('is left to the alert itself where that may, or must, fire', () => {
    expect(row(11, { ...everyday, alerts: { legacy: ['DayBurst'] } })).toMatchObject({ passed: true });
    expect(row(11, { ...everyday, must_fail: 'alert/legacy/DayBurst' })).toBeUndefined();
  });
});

it('judges the alerts of suites that must fail only where those speak of alerts', () => {
  expect(judgesAlerts(everyday)).toBe(true);
  expect(judgesAlerts({ name: 'x', must_fail: 'lost_write' })).toBe(false);
  expect(judgesAlerts({ name: 'x', must_fail: 'alert/a/B', alerts: {} })).toBe(true);
});
