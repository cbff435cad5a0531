import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRuleFile } from '../../alerts/rule-file.ts';
import { alertSettings, emulateReplay, readRuleSet, type RuleSet } from '../../alerts/rule-sets.ts';
import type { MetricSpec } from '../../migration.ts';
import { ScrapeTally } from '../../tally/scrapes.ts';
import { counterNumber } from './breach-sketch.ts';
import { countRules, watchedCounters } from './count-rules.ts';
import { firesOver } from './watch-windows.ts';

const METRICS: readonly MetricSpec[] = [
  { name: 'work', help: '', type: 'histogram', label: null, buckets: [1] },
  {
    name: 'errs_total',
    help: '',
    type: 'counter',
    label: { name: 'kind', values: ['a', 'b', 'c'] },
    buckets: [],
  },
];
const SETTINGS = alertSettings({ rulesets: {} });
const PLACE = { metrics: METRICS, env: 'prod' };

function setOf(...rules: readonly { readonly expr: string; readonly for?: string }[]): RuleSet {
  const lines = rules.map(
    (rule, index) =>
      `      - alert: A${index}\n        expr: ${rule.expr}\n        for: ${rule.for ?? '0s'}\n`,
  );
  const file = parseRuleFile('rules.yml', `groups:\n  - name: g\n    rules:\n${lines.join('')}`);
  expect(file.problems).toEqual([]);
  return { name: 'set', groups: file.groups };
}

const read = (expr: string) => countRules(setOf({ expr, for: '10m' }), SETTINGS, PLACE)[0] ?? null;
const counter = (child: number) => counterNumber(1, child);

describe('alerts that count', () => {
  it('are read with the fewest increments that raise them', () => {
    expect(read('sum by (kind, env) (increase(errs_total{env="prod"}[15m])) > 5')).toEqual({
      alert: 'A0',
      windowMinutes: 15,
      forMinutes: 10,
      // Five in a window of sixty scrapes are extrapolated to 5.08.
      least: 5,
      groups: [[counter(0)], [counter(1)], [counter(2)]],
    });
    expect(read('sum(increase(errs_total[15m])) >= 5')).toMatchObject({
      least: 5,
      groups: [[counter(0), counter(1), counter(2)]],
    });
    expect(read('2 < sum without (kind) (increase(errs_total{kind!="b"}[1h]))')).toMatchObject({
      least: 2,
      groups: [[counter(0), counter(2)]],
    });
    expect(read('rate(errs_total{kind="a"}[10m]) > 0.01')).toMatchObject({
      least: 6,
      groups: [[counter(0)]],
    });
    const older = { ...SETTINGS, prometheus: 2 as const };
    expect(countRules(setOf({ expr: 'sum(increase(errs_total[15m])) > 5' }), older, PLACE)[0]?.least).toBe(6);
  });

  it('are not those that ask anything else', () => {
    for (const expr of [
      'histogram_quantile(0.95, sum by (le) (rate(work_bucket[1h]))) > 1',
      'sum(increase(errs_total[15m])) < 5',
      'avg(increase(errs_total[15m])) > 5',
      'sum(increase(errs_total[15m] offset 1h)) > 5',
      'sum(increase(errs_total[15m])) / sum(rate(work_count[15m])) > 5',
      'sum(increase(errs_total{env="stg"}[15m])) > 5',
      'sum(increase({env="prod"}[15m])) > 5',
      'errs_total > 5',
      'increase(errs_total[15s]) > 5',
    ])
      expect([expr, read(expr)]).toEqual([expr, null]);
  });

  it('watch the counters they read and no others', () => {
    const sets = [
      setOf(
        { expr: 'sum(increase(errs_total{kind=~"a|c", env="prod"}[15m])) > 5' },
        { expr: 'work_count > 5' },
      ),
      setOf({ expr: 'increase(errs_total{kind="c"}[1d]) > 5' }),
    ];
    const plan = { settings: SETTINGS, sets };
    expect(watchedCounters(plan, PLACE, 'prod')).toEqual([counter(0), counter(2)]);
    expect(watchedCounters(plan, PLACE, 'stg')).toEqual([counter(2)]);
  });

  it("are the two bursts among production's rules", async () => {
    const { mealLog } = await import('../../meal-log/index.ts');
    const root = join(import.meta.dirname, '../../..');
    const set = readRuleSet('legacy', [join(root, 'observability/prometheus/shadow-diff-alerts.yml')]);
    const found = countRules(set, SETTINGS, { ...mealLog, env: 'prod' });
    expect(found.map(({ alert, least, groups }) => [alert, least, groups.length])).toEqual([
      ['ShadowDiffBreachBurst', 5, 7],
      ['ShadowDiffDailyBreachBurst', 10, 7],
    ]);
    expect(countRules(set, SETTINGS, { ...mealLog, env: 'stg' })).toEqual([]);
  });

  it('forget what has left the window, from the first minute on', () => {
    const rule = { windowMinutes: 15, forMinutes: 10, least: 5, groups: [[0]] };
    const over = (...minutes: readonly number[]) => {
      const counts = new Int32Array(60);
      for (const minute of minutes) counts[minute]! += 5;
      return firesOver(counts, 60, rule);
    };
    expect([over(0), over(20), over(0, 24), over(59)]).toEqual([false, true, true, false]);
  });

  it('fire over counted minutes exactly where the emulation of the rules says so', () => {
    const HOURS = 8;
    const rule = { expr: 'sum by (kind) (increase(errs_total[15m])) > 5', for: '10m' };
    const set = setOf(rule);
    const plan = { settings: SETTINGS, sets: [set], alertmanager: null };
    const read = countRules(set, SETTINGS, PLACE)[0]!;
    let fired = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(HOURS * 60 - 1), fc.nat(1)), { maxLength: 30 }),
        fc.nat(HOURS * 60 - 40),
        fc.array(fc.nat(7), { maxLength: 7 }),
        (spread, burstAt, burst) => {
          const clock = { atMs: 0, nowMs: () => clock.atMs };
          const scrapes = new ScrapeTally(METRICS, { intervalMs: 15_000 });
          const sink = scrapes.sink(clock);
          const counts = new Int32Array(read.groups.length * HOURS * 60);
          const early = [0, 1, 2];
          const increments: [number, number][] = [...spread];
          // Five within six minutes hold just long enough, within seven not quite.
          for (const after of burst) increments.push([burstAt + after, 0]);
          // Born a day before: the first increment of a counter is one that increase() cannot see.
          for (const kind of early) {
            clock.atMs = 1000;
            sink.increment(1, kind);
          }
          const originMs = 86_400_000;
          for (const [minute, kind] of increments) {
            clock.atMs = originMs + minute * 60_000 + 40_000;
            sink.increment(1, kind);
            // Its minute is over at the next full one, at which rules are evaluated.
            counts[kind * HOURS * 60 + minute]! += 1;
          }
          const emulated = emulateReplay(plan, new Map([['prod', scrapes]]), {})!;
          const isFiring = emulated.run.outcomes.some(({ state }) => state === 'firing');
          if (isFiring) fired += 1;
          // The tail lets windows empty, so minutes after the last are part of the emulation.
          const longer = new Int32Array(read.groups.length * (HOURS + 1) * 60);
          for (let group = 0; group < read.groups.length; group++)
            longer.set(
              counts.subarray(group * HOURS * 60, (group + 1) * HOURS * 60),
              15 + group * (HOURS + 1) * 60,
            );
          expect(firesOver(longer, (HOURS + 1) * 60, read)).toBe(isFiring);
        },
      ),
      { numRuns: 250 },
    );
    expect(fired).toBeGreaterThan(15);
    expect(fired).toBeLessThan(235);
  });
});
