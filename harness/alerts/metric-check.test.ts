import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { mealLog } from '../meal-log/index.ts';
import { readSettings } from '../meal-log/serve/settings.ts';
import { scrapeReplay } from '../run/replay.ts';
import { evaluateRange } from '../promql/evaluate.ts';
import { parseExpr } from '../promql/parse.ts';
import { dashboardQueries } from './dashboard.ts';
import { emittedSeries, findUnknownInExpr, findUnknownMetrics } from './metric-check.ts';
import { readRuleFiles } from './read-files.ts';
import { parseRuleFile } from './rule-file.ts';
import { alertSettings, emulateRuleSets, readAlertPlan, scrapesOf } from './rule-sets.ts';
import { ScrapedSource, type Scrapes } from './scraped-source.ts';

const root = join(import.meta.dirname, '../..');
const observability = join(root, 'observability');
const RULE_FILES = [
  'shadow-diff-alerts.yml',
  'shadow-diff-alerts.proposed.yml',
  'shadow-diff-recording-rules.yml',
  'shadow-diff-burn-rate.yml',
].map((name) => join(observability, 'prometheus', name));
const dashboard = readFileSync(join(observability, 'grafana/shadow-diff-dashboard.json'), 'utf8');
const queries = dashboardQueries(dashboard, { env: 'prod', field: '.*' });
const emitted = emittedSeries(mealLog, 3);

describe('what production loads', () => {
  let scrapes: Scrapes;
  beforeAll(async () => {
    const settings = alertSettings(config.alerts!);
    const { tallies } = await scrapeReplay({
      config,
      root,
      recordings: [join(root, 'fixtures/noisy/recording.ndjson')],
      flags: config.settings.base,
      store: { kind: 'memory' },
      seed: config.seed,
      onBadLine: 'fail',
      scraping: { intervalMs: settings.scrapeIntervalMs },
    });
    scrapes = scrapesOf(tallies, mealLog, settings)!;
  });

  it('asks in no rule for a metric, label, value or bucket that the service does not emit', () => {
    const groups = readRuleFiles(RULE_FILES);
    expect(groups.flatMap((group) => group.rules).length).toBeGreaterThan(25);
    expect(findUnknownMetrics(groups, emitted)).toEqual([]);
  });

  it.each(queries.map(({ panel, expr }) => [panel, expr] as const))(
    'shows in the panel %s what the service emits, over a replay as well',
    (_, text) => {
      const expr = parseExpr(text);
      expect(findUnknownInExpr(expr, emitted)).toEqual([]);
      const source = new ScrapedSource(scrapes, [{ from: scrapes.from, to: scrapes.to }]);
      const [fromMs, toMs] = [scrapes.from * scrapes.intervalMs, scrapes.to * scrapes.intervalMs];
      const series = evaluateRange(expr, source, fromMs, toMs, 900_000);
      const points = series.flatMap((one) => one.points.map(([, value]) => value));
      expect(points.filter((value) => value > 0 || text.includes('errors')).length).toBeGreaterThan(0);
    },
  );

  it('emits every series it is said to emit, and no other', () => {
    const seen = new Set(scrapes.series.map(({ scraped }) => scraped.name));
    expect([...seen].sort()).toEqual([...emitted.keys()].sort());
    for (const { scraped } of scrapes.series) {
      const known = emitted.get(scraped.name)!;
      for (const [name, value] of Object.entries(scraped.labels)) {
        expect(known.has(name), `${scraped.name} ${name}`).toBe(true);
        expect(known.get(name) ?? [value]).toContain(value);
      }
    }
  });

  it('carries the labels of the reference service', () => {
    expect(mealLog.exposition?.labels('stg')).toEqual(readSettings({ APP_ENV: 'stg' }).labels);
  });

  it('runs as one rule set with its recordings and burn rates', () => {
    const plan = readAlertPlan(
      { rulesets: { all: RULE_FILES.map((file) => file.slice(root.length + 1)) } },
      root,
    );
    const { faults, outcomes } = emulateRuleSets(plan, scrapes);
    expect(faults).toEqual([]);
    expect(outcomes.filter(({ alert }) => alert.endsWith('BurnRate')).length).toBeGreaterThan(1);
  });
});

describe('a rule that can see nothing', () => {
  const problems = (expr: string) =>
    findUnknownMetrics(
      parseRuleFile('r.yml', `groups: [{name: g, rules: [{alert: A, expr: ${JSON.stringify(expr)}}]}]`)
        .groups,
      emitted,
    ).map(({ place, reason }) => `${place.line}:${place.column} ${reason}`);

  it.each([
    [
      'meal_log_shadow_diff_abs > 1',
      'no metric "meal_log_shadow_diff_abs" is emitted or recorded; emitted are meal_log_shadow_diff_abs_bucket',
    ],
    [
      'meal_log_shadow_diff_abs_count{feild="dp"} > 1',
      'has no label "feild"; it has env, shadow_version, ai_provider, job, instance, field',
    ],
    [
      'meal_log_shadow_diff_abs_count{field="rel_p"} > 1',
      'has no field="rel_p"; its values are dkcal, dp, df, dc',
    ],
    ['meal_log_shadow_diff_abs_count{field=~"d[xyz]"} > 1', 'has no field=~"d[xyz]"'],
    ['meal_log_shadow_diff_abs_bucket{le="50"} > 1', 'has no le="50"; its values are 0.5, 1.0, 2.0'],
    [
      'sum by (filed) (meal_log_shadow_write_errors_total) > 1',
      'sum by (filed) groups by a label that meal_log_shadow_write_errors_total has not',
    ],
  ])('is refused with its place: %s', (expr, reason) => {
    expect(problems(expr)).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    'ALERTS{anything="x"} > 0',
    'meal_log_shadow_write_errors_total{pod=""} > 0',
    'sum by (le, job) (meal_log_shadow_diff_abs_bucket{le="40.0"}) > 0',
    'label_replace(meal_log_shadow_write_errors_total, "x", "y", "", "") > 0',
    '{__name__=~"anything.*"} > 0',
  ])('is not one that asks for what may be: %s', (expr) => {
    expect(problems(expr)).toEqual([]);
  });
});
