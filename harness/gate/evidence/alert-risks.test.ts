import { describe, expect, it } from 'vitest';
import { parseRuleFile } from '../../alerts/rule-file.ts';
import { alertSettings, emulateReplay } from '../../alerts/rule-sets.ts';
import type { MetricSpec } from '../../migration.ts';
import { ScrapeTally } from '../../tally/scrapes.ts';
import { type AlertQuestion, alertRisks } from './alert-risks.ts';
import { EvidenceTally } from './evidence-tally.ts';

const METRICS: readonly MetricSpec[] = [
  { name: 'size', help: '', type: 'histogram', label: null, buckets: [1, 10] },
  { name: 'errs_total', help: '', type: 'counter', label: { name: 'kind', values: ['a', 'b'] }, buckets: [] },
];
const DAY_MS = 86_400_000;
const DAYS = 10;
const SETTINGS = alertSettings({ rulesets: {} });

const RULES = `groups:
  - name: g
    rules:
      - alert: Burst
        expr: sum by (kind) (increase(errs_total[1d])) > 8
        for: 10m
      - alert: Big
        expr: histogram_quantile(0.9, sum by (le) (rate(size_bucket[1h]))) > 5
        for: 10m
`;
const groups = parseRuleFile('rules.yml', RULES).groups;
const plan = {
  settings: SETTINGS,
  sets: [
    { name: 'one', groups },
    { name: 'two', groups },
  ],
  alertmanager: null,
};

/** Users who write at noon of every day; the first `inBreach` err in one of so many of their writes. */
function question(
  inBreach: number,
  errEvery: number,
  change: Partial<AlertQuestion> = {},
  users = 40,
): AlertQuestion {
  const tally = new EvidenceTally({ seed: 's', fields: [] });
  const scrapes = new ScrapeTally(METRICS, { intervalMs: 15_000 });
  const clock = { atMs: 0, nowMs: () => clock.atMs };
  const sink = scrapes.sink(clock);
  for (let user = 0; user < users; user++) {
    const times = Array.from({ length: DAYS }, (_, day) => day * DAY_MS + DAY_MS / 2 + user * 60_000);
    const errs = user < inBreach ? times.filter((_, day) => (day + user) % errEvery === 0) : [];
    for (const atMs of times) {
      clock.atMs = atMs;
      // On the last two days half of what is written is large.
      sink.observe(0, 0, atMs > (DAYS - 2) * DAY_MS && user % 2 === 0 ? 9 : 0.5);
      if (errs.includes(atMs)) sink.increment(1, 0);
    }
    tally.addUser({
      user: `u${user}`,
      bucket: 0,
      simulated: false,
      compared: DAYS,
      breachedRecords: 0,
      days: times.map((_, day) => ({ date: String(day), breached: 0, differences: [], writes: 1 })),
      liveRowsChanged: 0,
      hours: Array.from({ length: 24 }, (_, hour) => (hour === 12 ? DAYS : 0)),
      firstMs: 0,
      lastMs: DAYS * DAY_MS,
      increments: errs.map((atMs) => ({ atMs, metric: 1, child: 0 })),
    });
  }
  return {
    plan,
    migration: { metrics: METRICS },
    envs: ['prod'],
    run: emulateReplay(plan, new Map([['prod', scrapes]]), {})!.run,
    tally,
    sampled: 1,
    shares: [1],
    watchMs: DAY_MS,
    alpha: 0.05,
    seed: 's',
    ...change,
  };
}

const named = (risks: ReturnType<typeof alertRisks>, alert: string) =>
  risks.filter((one) => one.ruleset === 'one' && one.alert === alert);

describe('the risk of each alert', () => {
  it('is read from the watches recorded where all of production was replayed', () => {
    const risks = alertRisks(question(10, 1));
    expect(risks.map(({ ruleset, alert, basis }) => [ruleset, alert, basis])).toEqual([
      ['one', 'Burst', 'recorded'],
      ['one', 'Big', 'recorded'],
      ['two', 'Burst', 'recorded'],
      ['two', 'Big', 'recorded'],
    ]);
    // Ten errors a day and eight allowed: it fires from the first day on.
    expect(named(risks, 'Burst')[0]!.risk.estimate).toBeGreaterThanOrEqual(0.9);
    expect(named(risks, 'Big')[0]!.risk.estimate).toBeCloseTo(0.2, 10);
    expect(named(alertRisks(question(0, 1)), 'Burst')[0]!.risk.estimate).toBe(0);
  });

  it('is drawn from people where counts of a sample say less than is so', () => {
    const quiet = question(4, 2);
    expect(named(alertRisks(quiet), 'Burst')[0]!.risk.estimate).toBe(0);
    const [burst] = named(alertRisks({ ...quiet, sampled: 0.1 }), 'Burst');
    // Two errors a day in a tenth of production are twenty, and eight are allowed.
    expect(burst).toMatchObject({ basis: 'drawn', share: 1 });
    expect(burst!.risk.estimate).toBeGreaterThan(0.95);
    const [big] = named(alertRisks({ ...quiet, sampled: 0.1 }), 'Big');
    expect(big!.basis).toBe('recorded');
    expect(big!.risk.estimate).toBeCloseTo(0.2, 10);
  });

  it('leaves open what a quantile of a few says against, and not what one of many does', () => {
    const bigOf = (sampled: number, users: number) =>
      named(alertRisks(question(0, 1, { sampled }, users)), 'Big')[0]!.risk;
    expect(bigOf(1, 4).lower).toBeGreaterThan(0.02);
    expect(bigOf(0.5, 4)).toMatchObject({ estimate: 0.2, lower: 0 });
    expect(bigOf(0.5, 40).lower).toBeGreaterThan(0.02);
  });

  it('is smaller for a smaller share of a shadow that is ramped too', () => {
    const shares = [0.1, 0.5, 1];
    const bursts = named(alertRisks(question(12, 1, { shares })), 'Burst');
    expect(bursts.map(({ share, basis }) => [share, basis])).toEqual([
      [0.1, 'drawn'],
      [0.5, 'drawn'],
      [1, 'recorded'],
    ]);
    const [tenth, half, whole] = bursts.map(({ risk }) => risk.estimate);
    expect(tenth).toBeLessThan(0.05);
    expect(half).toBeGreaterThan(tenth!);
    expect(whole).toBeGreaterThan(half!);
  });

  it('never knows days better than as many as were recorded', () => {
    // A hundredth of production, none in breach: the people drawn leave next to nothing open.
    const [clean] = named(alertRisks(question(0, 1, { shares: [0.01] })), 'Burst');
    expect(clean).toMatchObject({ basis: 'drawn', risk: { estimate: 0 } });
    // An alert that looks back over a day and ten minutes has nine stretches in ten days.
    expect(clean!.risk.upper).toBeCloseTo(1 - 0.05 ** (1 / 9), 10);
  });

  it('is the same in both rule sets, and absent where nothing was replayed', () => {
    const risks = alertRisks(question(6, 2, { sampled: 0.2 }));
    const [one, two] = ['one', 'two'].map((set) =>
      risks.filter(({ ruleset }) => ruleset === set).map(({ alert, risk }) => [alert, risk]),
    );
    expect(one).toEqual(two);
    const nothing = new EvidenceTally({ seed: 's', fields: [] });
    expect(alertRisks({ ...question(0, 1), tally: nothing })).toEqual([]);
  });
});
