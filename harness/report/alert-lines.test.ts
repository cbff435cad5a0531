import { describe, expect, it } from 'vitest';
import { passing, suiteReport } from '../../tests/cli/sample-report.ts';
import { alertLines } from './alert-lines.ts';
import { renderSummary } from './github-summary.ts';
import type { AlertReport, Report } from './shape.ts';
import { renderTerminal } from './terminal.ts';

function alert(change: Partial<AlertReport> = {}): AlertReport {
  return {
    suite: 'everyday',
    ruleset: 'legacy',
    alert: 'DailyAmountP95High',
    labels: { alertname: 'DailyAmountP95High', env: 'prod' },
    state: 'inactive',
    pending_at: null,
    firing_at: null,
    resolved_at: null,
    peak: 19.5,
    peak_at: '2025-09-01T03:00:00Z',
    comparison: '>',
    threshold: 80,
    headroom: 60.5,
    receiver: 'team-channel',
    observations: 310,
    thin: false,
    allowed: false,
    ...change,
  };
}

const withAlerts = (...alerts: readonly AlertReport[]): Report => ({
  ...passing,
  alerts,
  suites: [
    ...passing.suites,
    suiteReport({ suite: 'must-fail/alert', must_fail: 'alert/legacy/DailyAmountP95High' }),
  ],
});

describe('the alerts of a report', () => {
  it('are never called quiet where a sample is, and all of production would not be', () => {
    const report = withAlerts(alert({ peak: 800, headroom: -720 }));
    const text = renderTerminal(report, { width: 80, color: false, verbose: false });
    expect(text).toMatch(/DailyAmountP95High +scaled +800 /);
    expect(text.replaceAll('\n', ' ')).toContain(
      'scaled: the sample stayed under the limit; scaled up to all of production its peak does not.',
    );
    expect(renderTerminal(withAlerts(alert()), { width: 80, color: false, verbose: false })).not.toContain(
      'scaled',
    );
  });

  it('are shown where they came nearest to firing and must not, apart from where they may and must fire', () => {
    const report = withAlerts(
      alert(),
      alert({ labels: { field: 'dp' }, peak: 79, headroom: 1, observations: 3, thin: true }),
      alert({ suite: 'noisy', state: 'firing', allowed: true, headroom: -70 }),
      alert({ suite: 'must-fail/alert', state: 'firing', headroom: -900 }),
      alert({ ruleset: 'proposed', state: 'pending', peak: 60, threshold: 55, headroom: -5 }),
    );
    expect(alertLines(report).map(({ ruleset, lines }) => [ruleset, lines[0]!.nearest?.peak])).toEqual([
      ['legacy', 79],
      ['proposed', 60],
    ]);
    expect(renderTerminal(report, { width: 80, color: false, verbose: false })).toContain(`
Alerts, legacy      State  Peak  n  Limit  Room  Notifies
DailyAmountP95High  quiet    79  3   > 80     1  team-channel

Alerts, proposed    State    Peak    n  Limit  Room  Notifies
DailyAmountP95High  pending    60  310   > 55    -5  team-channel

Room: what is left to the limit; below 0 the peak is beyond it by so much.
pending: beyond the limit, yet never for as long as the rule waits before it
fires.
n: observations in the window at the peak. Under 20 it is thin: the quantile is
nearly the maximum.
Fired where they may, legacy: noisy (1).
`);
  });

  it('stay within 80 columns with the longest names in use', () => {
    const names = ['ShadowDiffDailyMacrosP95High', 'ShadowDiffDailyEnergyP95High'];
    const report = withAlerts(
      ...names.map((name) => alert({ alert: name, peak: 0.0195, threshold: 0.18, headroom: 0.1605 })),
    );
    const lines = renderTerminal(report, { width: 80, color: false, verbose: false }).split('\n');
    expect(
      Math.max(...lines.filter((line) => line.startsWith('ShadowDiff')).map((line) => line.length)),
    ).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.startsWith('ShadowDiff'))).toHaveLength(2);
  });

  it('say where every suite may raise them, and nothing where no rule set ran', () => {
    const everywhere = renderTerminal(withAlerts(alert({ state: 'firing', allowed: true })), {
      width: 80,
      color: false,
      verbose: false,
    });
    expect(everywhere).toContain('DailyAmountP95High  allowed');
    expect(renderTerminal(passing, { width: 80, color: false, verbose: false })).not.toContain('Alerts');
  });

  it('stand in the job summary too', () => {
    expect(renderSummary(withAlerts(alert()))).toContain(
      '| legacy | DailyAmountP95High | quiet | 19.5 | 310 | &gt; 80 | 60.5 | team-channel |',
    );
  });
});
