import { describe, expect, it } from 'vitest';
import { passing } from '../../tests/cli/sample-report.ts';
import { displayWidth } from './display-text.ts';
import { renderSummary } from './github-summary.ts';
import { openPage } from './page.ts';
import { renderRamp } from './ramp-block.ts';
import { alertRiskTable, dayTable, percent, rampBasis, stepNotes } from './ramp-lines.ts';
import { sampleRamp } from './ramp-sample.fixture.ts';
import type { RampReport, RampStep } from './shape.ts';
import { renderTerminal } from './terminal.ts';

const plain = { width: 80, color: false, verbose: false };

function withStep(change: Partial<RampStep>): RampReport {
  return { ...sampleRamp, steps: [{ ...sampleRamp.steps[1]!, ...change }] };
}

describe('a ramp at a terminal', () => {
  it('says what it stands on, each step, what settles it, who is in breach, what may fire', () => {
    expect(renderRamp(sampleRamp, openPage(plain)).join('\n\n')).toBe(
      `Ramp, from 20,112 users with 281,409 user-days, a sample of 10%. Steps speak of
all of production; bounds hold at 95%.

Step    Users  Rows changed       Days  in breach  at most  Verdict
10%    20,040     1,012,330    281,020        300      372  go
50%   100,510     5,061,200  1,406,900      1,490    1,844  not enough evidence
100%  201,120    10,122,900  2,814,090      3,010    3,689  no-go

Not enough evidence: replay 16,842 more clean user-days (1,203 users) for 50%,
as --sample 11% would. Why: amount of a record: up to 1.1% of all users, 1%
allowed.
No-go for 100%. Why: amount of a record: 1.3% of all users or more, 1% allowed.

Users in breach of  Users      of  Share  at most  allowed
record amount         312  20,100   1.6%     1.8%       1%

No user in breach of any other field or level among 20,100: each is met by at
most 0.028% of users.

Alert in 24 h             Chance  at most  By
legacy/AmountBreachBurst     62%      81%  drawn, over
legacy/AmountP95High          0%      19%  recorded

recorded: the share of the watches in the recordings. drawn: counts scaled up,
over watches put together from the people replayed.`,
    );
  });

  it.each([
    [7200, '2 h'],
    [86_400, '24 h'],
    [365 * 86_400, '365 days'],
    [90 * 60, '90 min'],
  ])('names a watch of %d seconds as people do: %s', (watch_seconds, name) => {
    expect(alertRiskTable({ ...sampleRamp, watch_seconds }).heads[0]).toBe(`Alert in ${name}`);
  });

  it('adds rates and percentiles of days when asked for all', () => {
    const all = renderRamp(sampleRamp, openPage({ ...plain, verbose: true })).join('\n\n');
    expect(all).toContain(`User-days  in breach       of  Rate  at most  P95  at most
amount             0  281,409    0%   0.028%   31       33`);
    const few = { ...sampleRamp, days: [{ ...sampleRamp.days[0]!, p95: { estimate: 31, upper: null } }] };
    expect(dayTable(few).rows[0]!.at(-1)).toBe('too few users');
  });

  it('stands in the report before what is green, and nowhere without one', () => {
    const text = renderTerminal({ ...passing, ramp: sampleRamp }, plain);
    expect(text.indexOf('Ramp, from')).toBeLessThan(text.indexOf('Suite  '));
    expect(text.indexOf('Ramp, from')).toBeGreaterThanOrEqual(0);
    expect(renderTerminal(passing, plain)).not.toContain('Ramp');
  });

  it('stays within the page and gives data no say over the terminal', () => {
    const evil = '\u001b[2Ja\u0007';
    const ramp = withStep({
      reasons: [{ code: evil, state: 'open', subject: evil, detail: evil.repeat(30) }],
    });
    const renamed = { ...ramp, alerts: ramp.alerts.map((one) => ({ ...one, alert: evil })) };
    for (const width of [60, 80]) {
      const text = renderRamp(renamed, openPage({ ...plain, width })).join('\n');
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(width);
    }
  });

  it('says what no number of users settles, and what is not theirs to settle', () => {
    const reasons = [
      { code: 'simulated', state: 'open' as const, subject: 'simulated traffic', detail: 'no evidence' },
    ];
    expect(
      stepNotes(withStep({ more_clean_users: null, more_clean_user_days: null, sample_percent: null })),
    ).toEqual([
      'Not enough evidence for 50%: no number of clean users would settle it. Why: amount of a record: up to 1.1% of all users, 1% allowed.',
    ]);
    expect(stepNotes(withStep({ more_clean_users: 0, more_clean_user_days: 0, reasons }))).toEqual([
      'Not enough evidence for 50%. Why: simulated traffic: no evidence.',
    ]);
  });

  it('says once what is so of many', () => {
    const alike = ['a', 'b', 'c', 'd'].map((subject) => ({
      code: subject,
      state: 'open' as const,
      subject,
      detail: 'up to 2%',
    }));
    const others = ['v', 'w', 'x'].map((subject) => ({ ...alike[0]!, subject, detail: `of ${subject}` }));
    expect(stepNotes(withStep({ reasons: [...alike, ...others] }))[0]).toMatch(
      /Why: a, b, and 2 more: up to 2%; v: of v; w: of w; and 1 more\.$/,
    );
  });

  it('tells that traffic is simulated, and steps of a shadow that is ramped too', () => {
    expect(rampBasis({ ...sampleRamp, simulated: true })).toMatch(
      /Simulated traffic .* never evidence for a go\.$/,
    );
    expect(rampBasis({ ...sampleRamp, steps: [], sampled: 1 })).toBe(
      'Scaled up from 20,112 users with 281,409 user-days. Alerts speak of all of production; bounds hold at 95%.',
    );
    const alerts = sampleRamp.alerts.map((one) => ({ ...one, percent: 10 }));
    expect(alertRiskTable({ ...sampleRamp, alerts }).heads).toContain('Shadow');
  });

  it('never rounds something to nothing', () => {
    expect([0, 1e-9, 0.00005, 0.0123456, 0.5, 1].map(percent)).toEqual([
      '0%',
      '<0.01%',
      '<0.01%',
      '1.2%',
      '50%',
      '100%',
    ]);
  });
});

describe('a ramp in the job summary', () => {
  it('has the same figures as tables', () => {
    const text = renderSummary({ ...passing, ramp: sampleRamp });
    expect(text).toContain('### Ramp\n');
    expect(text).toContain('| 50% | 100,510 | 5,061,200 | 1,406,900 | 1,490 | 1,844 | not enough evidence |');
    expect(text).toContain('| legacy/AmountBreachBurst | 62% | 81% | drawn, over |');
    expect(text).toContain('replay 16,842 more clean user-days');
    expect(renderSummary(passing)).not.toContain('Ramp');
  });
});
