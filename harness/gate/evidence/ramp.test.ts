import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutConfig } from '../../config.ts';
import type { RampReason, RampReport } from '../../report/shape.ts';
import { upperBound } from './binomial.ts';
import type { AlertRisk } from './alert-risks.ts';
import { EvidenceTally } from './evidence-tally.ts';
import { judgeRamp } from './ramp.ts';
import { rampRows } from './ramp-rows.ts';
import { rolloutLimits } from './rollout-limits.ts';

const FIELDS = [
  { name: 'amount', cell: 1 },
  { name: 'ratio', cell: 0.0001 },
];
const STEPS = [10, 50, 100];
const DAYS = 4;
/** Limits over as long as these users are watched. */
const WATCHED = { days: DAYS };

/** So many users of four days each; the first of them are in breach of the first field, day and record. */
function tallyOf(users: number, inBreach: number, simulated = false): EvidenceTally {
  const tally = new EvidenceTally({ seed: 's', fields: FIELDS });
  for (let user = 0; user < users; user++) {
    const breached = user < inBreach ? 1 : 0;
    tally.addUser({
      user: `u${user}`,
      bucket: (user * 37) % 10_000,
      simulated,
      compared: 12,
      breachedRecords: breached,
      days: Array.from({ length: DAYS }, (_, day) => ({
        date: `2025-09-0${day + 1}`,
        breached: day === 0 ? breached : 0,
        differences: [breached * 50, null],
        writes: 3,
      })),
      liveRowsChanged: 12,
      hours: Array.from({ length: 24 }, () => 0.5),
      firstMs: 0,
      lastMs: 4 * 86_400_000,
      increments: [],
    });
  }
  return tally;
}

interface Change {
  readonly sampled?: number;
  readonly steps?: readonly number[];
  readonly rollout?: RolloutConfig;
  readonly alerts?: readonly AlertRisk[];
  readonly scope?: RampReport['scope'];
  readonly barriers?: readonly RampReason[];
  readonly nobodyFor?: string;
}

function ramp(tally: EvidenceTally, change: Change = {}) {
  return judgeRamp({
    fields: FIELDS,
    tally,
    sampled: change.sampled ?? 1,
    steps: change.steps ?? STEPS,
    limits: rolloutLimits({ ...WATCHED, ...change.rollout }),
    alerts: change.alerts ?? [],
    shadowShare: false,
    scope: change.scope ?? 'production',
    barriers: change.barriers ?? [],
    ...(change.nobodyFor === undefined ? {} : { nobodyFor: change.nobodyFor }),
  });
}

const verdicts = (report: ReturnType<typeof ramp>) => report.steps.map(({ verdict }) => verdict);

const risk = (estimate: number, lower = 0, upper = 1): AlertRisk => ({
  ruleset: 'legacy',
  alert: 'Burst',
  basis: 'recorded',
  share: 1,
  risk: { estimate, lower, upper },
});

describe('a ramp', () => {
  it('asks more of a step the more users it reaches, and says how much more', () => {
    const report = ramp(tallyOf(300, 0));
    expect(verdicts(report)).toEqual(['go', 'go', 'not enough evidence']);
    expect(report.verdict).toBe('inconclusive');
    const whole = report.steps[2]!;
    // Four bounds share the error: ln(0.05 ÷ 4) ÷ ln(1 − 0.01) users without a breach are enough.
    const enough = Math.ceil(Math.log(0.05 / 4) / Math.log(0.99));
    expect(whole.more_clean_users).toBe(enough - 300);
    expect(whole.more_clean_user_days).toBe((enough - 300) * DAYS);
    expect(verdicts(ramp(tallyOf(enough, 0)))).toEqual(['go', 'go', 'go']);
    expect(verdicts(ramp(tallyOf(enough - 1, 0)))).toEqual(['go', 'go', 'not enough evidence']);
    expect(ramp(tallyOf(enough, 0)).verdict).toBe('pass');
  });

  it('names the sample that would hold as many users', () => {
    const report = ramp(tallyOf(300, 0), { sampled: 0.1 });
    expect(report.steps[2]).toMatchObject({ more_clean_users: 137, sample_percent: 15 });
    expect(ramp(tallyOf(300, 0), { sampled: 0.8 }).steps[2]!.sample_percent).toBeNull();
    expect(ramp(tallyOf(300, 0)).steps[2]!.sample_percent).toBeNull();
  });

  it('says no where even the lower bound is over what is allowed, and to which step', () => {
    const report = ramp(tallyOf(1000, 25));
    expect(verdicts(report)).toEqual(['go', 'not enough evidence', 'no-go']);
    expect(report.verdict).toBe('fail');
    expect(report.steps[2]!.reasons.map(({ code, state }) => [code, state])).toEqual([
      ['breach/record/amount', 'over'],
      ['breach/day/amount', 'over'],
    ]);
    expect(report.steps[2]!.more_clean_users).toBe(0);
    expect(report.breaches[0]).toMatchObject({ users_in_breach: 25, of: 1000, limit: 0.01 });
    expect(report.breaches[0]!.share.upper).toBeCloseTo(upperBound(25, 1000, 0.05 / 4), 5);
  });

  it('never takes nothing for evidence, nor what is simulated for a go', () => {
    expect(verdicts(ramp(tallyOf(0, 0)))).toEqual(STEPS.map(() => 'not enough evidence'));
    const simulated = ramp(tallyOf(2000, 0, true));
    expect(verdicts(simulated)).toEqual(STEPS.map(() => 'not enough evidence'));
    expect(simulated.simulated).toBe(true);
    expect(simulated.steps[0]!.reasons).toEqual([
      { code: 'simulated', state: 'open', subject: 'simulated traffic', detail: 'no evidence for a go' },
    ]);
    expect(simulated.steps[0]!.more_clean_users).toBe(0);
    expect(verdicts(ramp(tallyOf(1000, 25, true)))[2]).toBe('no-go');
  });

  it('never takes a part for a go, nor users without a breach beside another check that is red', () => {
    const part = ramp(tallyOf(2000, 0), { scope: 'part' });
    expect([part.verdict, ...verdicts(part)]).toEqual([
      'inconclusive',
      ...STEPS.map(() => 'not enough evidence'),
    ]);
    expect(part.steps[0]!.reasons.map(({ code }) => code)).toEqual(['partial']);
    expect(part.steps[0]!.more_clean_users).toBe(0);
    expect(verdicts(ramp(tallyOf(1000, 25), { scope: 'part' }))[2]).toBe('no-go');
    const red = { code: 'failed_write/v2', state: 'over' as const, subject: 'failed writes', detail: '30' };
    const barred = ramp(tallyOf(2000, 0), { barriers: [red] });
    expect([barred.verdict, ...verdicts(barred)]).toEqual(['fail', ...STEPS.map(() => 'no-go')]);
  });

  it('never takes a choice for a go, and may take it for a no', () => {
    const chosen = ramp(tallyOf(2000, 0), { scope: 'chosen' });
    expect([chosen.verdict, ...verdicts(chosen)]).toEqual([
      'inconclusive',
      ...STEPS.map(() => 'not enough evidence'),
    ]);
    expect(chosen.steps[0]!.reasons).toEqual([
      {
        code: 'chosen',
        state: 'open',
        subject: 'only what --users or --where chose was replayed',
        detail: 'who was left out may err',
      },
    ]);
    expect(verdicts(ramp(tallyOf(1000, 25), { scope: 'chosen' }))[2]).toBe('no-go');
  });

  it('takes as many days as are wanted for a go, and says how many there were', () => {
    const short = ramp(tallyOf(2000, 0), { rollout: { days: DAYS + 1 } });
    expect(short.span_days).toBe(DAYS);
    expect(verdicts(short)).toEqual(STEPS.map(() => 'not enough evidence'));
    expect(short.steps[0]!.reasons).toEqual([
      { code: 'days', state: 'open', subject: 'the records span 4 days', detail: '5 are wanted' },
    ]);
    expect(verdicts(ramp(tallyOf(2000, 0), { rollout: { days: DAYS } }))).toEqual(STEPS.map(() => 'go'));
    expect(verdicts(ramp(tallyOf(1000, 25), { rollout: { days: DAYS + 1 } }))[2]).toBe('no-go');
    expect(rolloutLimits(undefined).days).toBe(7);
  });

  it('says no to nobody: neither red checks nor alerts mean anything where nothing was replayed', () => {
    const red = {
      code: 'skipped',
      state: 'over' as const,
      subject: 'records skipped',
      detail: '3, 0 allowed',
    };
    const rollout = { users: { record: {}, day: {} } };
    for (const change of [{}, { barriers: [red] }, { alerts: [risk(0.9, 0.5)] }, { rollout }]) {
      const none = ramp(tallyOf(0, 0), { ...change, nobodyFor: 'no worker took part' });
      expect([none.verdict, ...verdicts(none)]).toEqual([
        'inconclusive',
        ...STEPS.map(() => 'not enough evidence'),
      ]);
      expect(none.steps[0]!.reasons[0]).toEqual({
        code: 'nobody',
        state: 'open',
        subject: 'nothing was replayed',
        detail: 'no worker took part',
      });
      expect([none.span_days, none.steps[0]!.more_clean_users]).toEqual([0, 0]);
    }
  });

  it('has no number of users to settle a limit of none', () => {
    const report = ramp(tallyOf(500, 0), {
      rollout: { users: { record: { amount: 0 }, day: {} } },
      steps: [10],
    });
    expect(verdicts(report)).toEqual(['not enough evidence']);
    expect(report.steps[0]).toMatchObject({ more_clean_users: null, more_clean_user_days: null });
  });

  it('judges only fields that have a limit, each by an equal part of the error', () => {
    const rollout = { users: { record: { ratio: 0.05 }, day: {} }, confidence: 0.9 };
    const report = ramp(tallyOf(1000, 500), { rollout });
    expect(verdicts(report)).toEqual(['go', 'go', 'go']);
    expect(report.breaches.filter(({ limit }) => limit !== null)).toHaveLength(1);
    expect(report.breaches[1]!.share.upper).toBeCloseTo(upperBound(0, 1000, 0.1), 5);
  });

  it('counts what a step exposes in all of production, days in breach with their bound', () => {
    const tally = tallyOf(1000, 20);
    const [tenth, , whole] = ramp(tally, { sampled: 0.1 }).steps;
    expect(whole).toMatchObject({ users: 10_000, live_rows_changed: 120_000, user_days: 40_000 });
    expect(whole!.days_in_breach.estimate).toBe(200);
    expect(whole!.days_in_breach.upper).toBeGreaterThan(250);
    expect(whole!.days_in_breach.upper).toBeLessThan(500);
    expect(tenth!.users).toBe(10 * tally.exposedAt(10).users);
    expect(tenth!.users).toBeGreaterThan(500);
  });

  it('holds every step to what alerts may do', () => {
    const clean = tallyOf(1000, 0);
    expect(verdicts(ramp(clean, { alerts: [risk(0.05)] }))).toEqual(['go', 'go', 'go']);
    const open = ramp(clean, { alerts: [risk(0.2, 0.01)] });
    expect(verdicts(open)).toEqual(STEPS.map(() => 'not enough evidence'));
    expect(open.steps[0]!.reasons[0]).toMatchObject({ code: 'alert/legacy/Burst', state: 'open' });
    const no = ramp(clean, { alerts: [risk(0.2, 0.06)] });
    expect([no.verdict, ...verdicts(no)]).toEqual(['fail', 'no-go', 'no-go', 'no-go']);
    expect(verdicts(ramp(clean, { alerts: [risk(0.2, 0.06)], rollout: { alerts: 0.3 } }))).toEqual([
      'go',
      'go',
      'go',
    ]);
  });

  it('is judged by its alerts alone where no step was asked for', () => {
    expect(ramp(tallyOf(5, 5), { steps: [] }).verdict).toBe('pass');
    expect(ramp(tallyOf(5, 5), { steps: [], alerts: [risk(0.9, 0.5)] }).verdict).toBe('fail');
    expect(ramp(tallyOf(5, 5), { steps: [], alerts: [risk(0.9, 0.01)] }).verdict).toBe('inconclusive');
  });

  it('never turns from no to yes by one more user in breach', () => {
    const severity = { go: 0, 'not enough evidence': 1, 'no-go': 2 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(30), (users, inBreach) => {
        fc.pre(inBreach < users);
        const before = ramp(tallyOf(users, inBreach)).steps;
        const after = ramp(tallyOf(users, inBreach + 1)).steps;
        for (const [at, step] of after.entries()) {
          expect(severity[step.verdict]).toBeGreaterThanOrEqual(severity[before[at]!.verdict]);
          if (at > 0) expect(severity[step.verdict]).toBeGreaterThanOrEqual(severity[after[at - 1]!.verdict]);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('a ramp as rows', () => {
  it('is red where it says no, with the code of its breach, and says nothing of what is open', () => {
    const rows = rampRows(
      ramp(tallyOf(1000, 25), { alerts: [risk(0.01), { ...risk(0.5, 0.3), alert: 'P95' }] }),
      'a.ndjson',
    );
    expect(rows.map(({ check, actual, passed, finding }) => [check, actual, passed, finding])).toEqual([
      [
        'ramp to 100%: users who meet a breach of amount, record',
        '1.5% or more',
        false,
        'breach/record/amount',
      ],
      ['ramp to 100%: users who meet a breach of ratio, record', 'up to 0.44%', true, 'breach/record/ratio'],
      ['ramp to 100%: users who meet a breach of amount, day', '1.5% or more', false, 'breach/day/amount'],
      ['ramp to 100%: users who meet a breach of ratio, day', 'up to 0.44%', true, 'breach/day/ratio'],
      ['alert legacy/Burst', '1%, from 0% to 100%', true, 'alert/legacy/Burst'],
      ['alert legacy/P95', '50%, from 30% to 100%', false, 'alert/legacy/P95'],
    ]);
    expect(rampRows(ramp(tallyOf(300, 0), { alerts: [risk(0.2)] }), 'a')).toEqual([]);
  });
});
