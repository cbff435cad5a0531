import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { runTool, toolIsMissing } from '../../scripts/prometheus/promtool.ts';
import type { Suite } from '../config.ts';
import { scrapeReplay } from '../run/replay.ts';
import { recordingOf } from '../run/suite.ts';
import { labelValue, renderLabels } from '../promql/labels.ts';
import { formatGoFloat } from '../promql/go-text.ts';
import { alertSettings, emulateRuleSets, readAlertPlan, scrapesOf } from './rule-sets.ts';
import { ScrapedSource, type Scrapes } from './scraped-source.ts';

const root = join(import.meta.dirname, '../..');
const RULES = 'observability/prometheus/shadow-diff-alerts.yml';
const settings = { ...alertSettings(config.alerts!), prometheus: 2 as const };
const plan = {
  ...readAlertPlan({ rulesets: { legacy: [RULES] } }, root),
  settings,
};
const suites = config.suites.filter(
  (suite) => suite.fires_at !== undefined || suite.name === 'alerts-just-below',
);

async function scrape(suite: Suite): Promise<Scrapes> {
  const { migration } = config;
  // The defect that a suite runs is part of what is scraped.
  const broken = {
    ...config,
    migration: {
      ...migration,
      createService: (environment: Parameters<typeof migration.createService>[0]) =>
        migration.createService({ ...environment, defect: suite.defect ?? null }),
    },
  };
  const { tallies } = await scrapeReplay({
    config: broken,
    root,
    recordings: [recordingOf(config, root, suite.name)],
    flags: config.settings.base,
    store: { kind: 'memory' },
    seed: config.seed,
    onBadLine: 'fail',
    scraping: { intervalMs: settings.scrapeIntervalMs },
  });
  return scrapesOf(tallies, migration, settings)!;
}

/** The scrapes as a unit test's series, whose time begins at a whole minute before them. */
function inputSeries(scrapes: Scrapes, baseMs: number, names: ReadonlySet<string>) {
  const source = new ScrapedSource(scrapes, [{ from: scrapes.from, to: scrapes.to }]);
  return source.select([]).flatMap((series) => {
    if (!names.has(labelValue(series.labels, '__name__'))) return [];
    const lead = (series.times[0]! - baseMs) / scrapes.intervalMs;
    const values = [...series.values.subarray(0, series.length)].map(formatGoFloat);
    return [
      { series: renderLabels(series.labels), values: `${lead > 0 ? `_x${lead} ` : ''}${values.join(' ')}` },
    ];
  });
}

describe.skipIf(toolIsMissing('promtool'))('promtool', () => {
  it.each(suites.map((suite) => [suite.name, suite] as const))(
    'agrees on %s: each alert to the minute, each peak to nine digits',
    async (_, suite) => {
      const scrapes = await scrape(suite);
      const run = emulateRuleSets(plan, scrapes);
      const baseMs = Math.floor((scrapes.from * scrapes.intervalMs) / 60_000) * 60_000;
      const minute = (atMs: number): string => `${(atMs - baseMs) / 60_000}m`;
      const firing = run.outcomes.filter((one) => one.firingAtMs !== null);
      expect(firing.map((one) => one.alert)).toEqual(suite.must_fail ? [suite.must_fail.split('/')[2]] : []);
      const names = new Set(
        plan.sets[0]!.groups.flatMap((group) =>
          group.rules.map((rule) => /meal_log\w+/.exec(rule.exprText)![0]),
        ),
      );
      const minutes = firing.flatMap(({ firingAtMs, resolvedAtMs }) => [
        [firingAtMs! - 60_000, false] as const,
        [firingAtMs!, true] as const,
        [resolvedAtMs! - 60_000, true] as const,
        [resolvedAtMs!, false] as const,
      ]);
      const queries = run.outcomes.flatMap(({ peak, labels, alert }) => {
        if (!peak) return [];
        const rule = plan.sets[0]!.groups[0]!.rules.find((one) => one.name === alert)!;
        const [measured] = rule.exprText.split(/> [\d.]+\s*$/);
        const { env, field } = labels;
        const sample = renderSample({ env: env!, ...(field === undefined ? {} : { field }) });
        return [{ expr: `(${measured})`, eval_time: minute(peak.atMs), sample, value: peak.value }];
      });
      const test = {
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '15s',
            input_series: inputSeries(scrapes, baseMs, names),
            alert_rule_test: firing.flatMap((one) =>
              minutes.map(([atMs, fires]) => ({
                eval_time: minute(atMs),
                alertname: one.alert,
                exp_alerts: fires
                  ? [{ exp_labels: withoutName(one.labels), exp_annotations: { never: 'this' } }]
                  : [],
              })),
            ),
            promql_expr_test: queries.map(({ expr, eval_time }) => ({
              expr,
              eval_time,
              exp_samples: [{ labels: '{never="this"}', value: 1 }],
            })),
          },
        ],
      };
      const files = {
        'rules.yml': readFileSync(join(root, RULES), 'utf8'),
        'test.yml': JSON.stringify(test),
      };
      const { stderr } = runTool('promtool', ['test', 'rules', 'test.yml'], files);
      const said = stderr.split(/^ {4}alertname: /m).slice(1);
      // An alert that fires has annotations promtool was not told of; one that is silent leaves nothing to say.
      expect(said.map((text) => /got:\[\s*0:/.test(text.replaceAll('\n', ' '))).filter(Boolean)).toHaveLength(
        minutes.filter(([, fires]) => fires).length,
      );
      expect(said).toHaveLength(minutes.filter(([, fires]) => fires).length);
      const got = [...stderr.matchAll(/\n {8}got: ([^\n]*)/g)].map((match) => match[1]!);
      expect(got).toHaveLength(queries.length);
      for (const [index, { sample, value }] of queries.entries()) {
        const found = got[index]!.split(', {').find((text) => text.replace(/^\{?/, '{').startsWith(sample));
        expect(Number(/ (\S+?)$/.exec(found ?? '')?.[1]), `${sample} in ${got[index]}`).toBeCloseTo(value, 9);
      }
    },
  );
});

const withoutName = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== 'alertname'));

const renderSample = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`;
