import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetricSpec } from '../migration.ts';
import { ScrapeTally } from '../tally/scrapes.ts';
import { alertCourse } from './course.ts';
import {
  alertSettings,
  chooseRules,
  countRules,
  emulateReplay,
  readAlertPlan,
  type AlertPlan,
} from './rule-sets.ts';

const SPECS: readonly MetricSpec[] = [
  {
    name: 'breach_total',
    help: 'h',
    type: 'counter',
    label: { name: 'field', values: ['a', 'b'] },
    buckets: [],
  },
  {
    name: 'size',
    help: 'h',
    type: 'histogram',
    label: { name: 'field', values: ['a', 'b'] },
    buckets: [1, 5, 10],
  },
];
const RULES = `groups:
  - name: g
    rules:
      - alert: Burst
        expr: sum by (field, env) (increase(breach_total{env="prod"}[15m])) > 2
        for: 2m
        labels: {severity: critical}
      - alert: DayBurst
        expr: sum by (field, env) (increase(breach_total{env="prod"}[1d])) > 3
      - alert: SizeP95High
        expr: histogram_quantile(0.95, sum by (le, env) (rate(size_bucket[1h]))) > 4
        for: 5m
`;
const ALERTMANAGER =
  'route: {receiver: team, group_by: [alertname]}\nreceivers: [{name: team, webhook_configs: [{url: "http://localhost/"}]}]\n';
const migration = { dryRun: { metric: 'breach_total', alert: 'DayBurst' } };

let folder = '';
let plan: AlertPlan;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-rules-'));
  writeFileSync(join(folder, 'rules.yml'), RULES);
  writeFileSync(join(folder, 'quiet.yml'), 'groups: [{name: g, rules: [{record: r, expr: up}]}]');
  writeFileSync(join(folder, 'alertmanager.yml'), ALERTMANAGER);
  plan = readAlertPlan(
    {
      rulesets: { legacy: ['rules.yml'], twice: ['rules.yml', 'rules.yml'] },
      alertmanager: 'alertmanager.yml',
    },
    folder,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Event {
  readonly atMs: number;
  readonly child: number;
  /** An increment, or an observation of this value. */
  readonly value: number | null;
}
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2025, 8, 1);

const event: fc.Arbitrary<Event> = fc.record({
  atMs: fc
    .oneof(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 0, max: 60 * HOUR_MS }))
    .map((ms) => START_MS + ms),
  child: fc.integer({ min: 0, max: 1 }),
  value: fc.option(
    fc.integer({ min: 0, max: 12_000 }).map((milli) => milli / 1000),
    { nil: null, freq: 2 },
  ),
});
const events = fc.array(event, { minLength: 1, maxLength: 40 });

function tallyOf(all: readonly Event[], shiftMs = 0): ScrapeTally {
  const tally = new ScrapeTally(SPECS, { intervalMs: plan.settings.scrapeIntervalMs });
  let nowMs = 0;
  const sink = tally.sink({ nowMs: () => nowMs });
  for (const { atMs, child, value } of all) {
    nowMs = atMs + shiftMs;
    if (value === null) sink.increment(0, child);
    else sink.observe(1, child, value);
  }
  return tally;
}

/** Everything that is said of a tally, times counted from `fromMs`. */
function said(tally: ScrapeTally, env = 'prod', fromMs = 0) {
  const emulated = emulateReplay(plan, new Map([[env, tally]]), migration);
  if (!emulated) return null;
  const { timeline, notifications } = alertCourse(emulated.run, plan);
  const since = (at: string): number => Date.parse(at) - fromMs;
  return {
    timeline: timeline.map((one) => ({ ...one, at: since(one.at) })),
    notifications: notifications.map((one) => ({ ...one, at: since(one.at) })),
    dryRuns: emulated.dryRuns,
    peaks: emulated.run.outcomes.map(({ peak, observations }) => [
      peak?.value,
      peak && peak.atMs - fromMs,
      observations,
    ]),
  };
}

describe('rule sets over a replay', () => {
  it('say of merged tallies what they say of the whole', () => {
    fc.assert(
      fc.property(events, events, (one, other) => {
        const merged = tallyOf(other);
        merged.merge(tallyOf(one));
        expect(said(merged)).toEqual(said(tallyOf([...one, ...other])));
      }),
      { numRuns: 40 },
    );
  });

  it('say the same of traffic at another time, shifted by as much', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(-9 * HOUR_MS, 15 * 60_000, 400 * 24 * HOUR_MS), (all, shiftMs) => {
        expect(said(tallyOf(all, shiftMs), 'prod', shiftMs)).toEqual(said(tallyOf(all)));
      }),
      { numRuns: 40 },
    );
  });

  it('count in the dry run each increment, also those that increase() cannot see', () => {
    const burst = Array.from({ length: 4 }, (_, at) => ({
      atMs: START_MS + at * 60_000,
      child: 0,
      value: null,
    }));
    const late = { atMs: START_MS + 30 * HOUR_MS, child: 0, value: null };
    const emulated = emulateReplay(plan, new Map([['prod', tallyOf([...burst, late])]]), migration)!;
    expect(emulated.dryRuns).toMatchObject([
      { ruleset: 'legacy', alert: 'DayBurst', threshold: 3, windowMs: 24 * HOUR_MS, increments: 4 },
      { ruleset: 'twice', increments: 4 },
    ]);
    // Three of the four are visible, which is a hair over three.
    expect(emulated.run.outcomes.find(({ alert }) => alert === 'DayBurst')).toMatchObject({
      state: 'firing',
    });
  });

  it('tell environments apart, and say nothing of a replay without events', () => {
    const burst = Array.from({ length: 9 }, (_, at) => ({
      atMs: START_MS + at * 60_000,
      child: 0,
      value: null,
    }));
    const states = (env: string) =>
      emulateReplay(plan, new Map([[env, tallyOf(burst)]]), migration)!.run.outcomes.map(
        ({ state }) => state,
      );
    expect(states('prod')).toContain('firing');
    expect(new Set(states('stg'))).toEqual(new Set(['inactive']));
    expect(emulateReplay(plan, new Map([['prod', tallyOf([])]]), migration)).toBeNull();
  });
});

describe('the plan', () => {
  it('counts rules by set and takes those named, in that order', () => {
    expect(countRules(plan)).toBe('3+6');
    expect(countRules(chooseRules(plan, ['twice']))).toBe('6');
    expect(() => chooseRules(plan, ['lagacy'])).toThrow(
      'the config has no such rule set; it has legacy, twice. Run: golem replay --help',
    );
  });

  it('has defaults that let every alert resolve', () => {
    expect(alertSettings({ rulesets: {} })).toEqual({
      scrapeIntervalMs: 15_000,
      intervalMs: 60_000,
      tailMs: 26 * HOUR_MS,
      prometheus: 3,
    });
  });

  it('refuses a set that could never fire, and files that are not there', () => {
    const read = (file: string) => () => readAlertPlan({ rulesets: { legacy: [file] } }, folder);
    expect(read('quiet.yml')).toThrow('Failed to use the rule set "legacy": it holds no alert.');
    expect(read('gone.yml')).toThrow('there is no such file');
  });
});
