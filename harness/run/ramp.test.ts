import { describe, expect, it } from 'vitest';
import { sampleRamp } from '../report/ramp-sample.fixture.ts';
import type { AlertReport, RampReport, Row } from '../report/shape.ts';
import { limitsBeside, NO_RAMP, scaledAlerts, withRampRows } from './ramp.ts';

const row = (finding: string): Row => ({
  suite: 's',
  check: finding,
  expected: '',
  actual: '',
  of: '',
  passed: false,
  finding,
  remedy: '',
});

const ROWS = [
  row('alert/legacy/AmountBreachBurst'),
  row('alert/legacy/Unjudged'),
  row('alert_error/legacy/AmountBreachBurst'),
  row('dry_run/legacy'),
  row('failed_write/v2'),
];

const kept = (ramp: RampReport | null) =>
  withRampRows(ROWS, ramp, 's')
    .filter(({ check }) => ROWS.some((one) => one.check === check))
    .map(({ finding }) => finding);

const alert = (name: string): AlertReport => ({
  suite: 's',
  ruleset: 'legacy',
  alert: name,
  labels: {},
  state: 'inactive',
  pending_at: null,
  firing_at: null,
  resolved_at: null,
  peak: 2,
  peak_at: null,
  comparison: '>',
  threshold: 5,
  headroom: 3,
  receiver: null,
  observations: null,
  thin: false,
  allowed: false,
});

describe('what a ramp takes the place of', () => {
  it('is rows of the alerts it judges, and a sample’s dry run, nothing else', () => {
    expect(kept(null)).toEqual(ROWS.map(({ finding }) => finding));
    expect(kept(sampleRamp)).toEqual([
      'alert/legacy/Unjudged',
      'alert_error/legacy/AmountBreachBurst',
      'failed_write/v2',
    ]);
    expect(kept({ ...sampleRamp, sampled: 1 })).toContain('dry_run/legacy');
  });

  it('is counts of breaches, and no other limit', () => {
    const limits = { record: { '*': { breaches: 0, p95: 5 } }, day: { ratio: { rate: 0.1 } }, skipped: 3 };
    expect(limitsBeside({ steps: [10] }, limits)).toEqual({
      record: { '*': { p95: 5 } },
      day: { ratio: { rate: 0.1 } },
      skipped: 3,
    });
    expect(limitsBeside(NO_RAMP, limits)).toBe(limits);
  });

  it('is peaks that a sample counts too low', () => {
    const alerts = [alert('AmountBreachBurst'), alert('AmountP95High')];
    expect(scaledAlerts(alerts, sampleRamp).map(({ peak, headroom }) => [peak, headroom])).toEqual([
      [20, -15],
      [2, 3],
    ]);
    expect(scaledAlerts(alerts, { ...sampleRamp, sampled: 1 })).toEqual(alerts);
    const unmeasured = { ...alert('AmountBreachBurst'), peak: null, headroom: null };
    expect(scaledAlerts([unmeasured], sampleRamp)).toEqual([unmeasured]);
  });
});
