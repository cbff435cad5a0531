import { readdirSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toolIsMissing } from './promtool.ts';
import { dashboardQueries } from '../../harness/alerts/dashboard.ts';
import { readAlertmanagerConfig, readRuleFiles, readUnitTests } from '../../harness/alerts/read-files.ts';
import { receiversOf } from '../../harness/alerts/routing.ts';
import { findRecordingCycles, metricsRead } from '../../harness/alerts/rule-file.ts';
import { readThreshold } from '../../harness/alerts/threshold.ts';
import { runUnitTests } from '../../harness/alerts/unit-test.ts';
import { labelsOf } from '../../harness/promql/labels.ts';
import { parseExpr } from '../../harness/promql/parse.ts';

const root = join(import.meta.dirname, '../../observability');
const prometheus = join(root, 'prometheus');
const files = readdirSync(prometheus).filter((name) => name.endsWith('.yml'));
const ruleFiles = files.filter((name) => !name.endsWith('.test.yml')).map((name) => join(prometheus, name));
const testFiles = files.filter((name) => name.endsWith('.test.yml')).map((name) => join(prometheus, name));
const alertmanager = join(root, 'alertmanager/alertmanager.yml');
const NOTHING_FAILED = { status: 0 };

describe.skipIf(toolIsMissing('promtool'))('promtool', () => {
  test('takes every rule file', () => {
    expect(spawnSync('promtool', ['check', 'rules', ...ruleFiles], { encoding: 'utf8' })).toMatchObject(
      NOTHING_FAILED,
    );
  });
  test.each(testFiles)('passes the unit tests of %s', (path) => {
    expect(spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' })).toMatchObject(
      NOTHING_FAILED,
    );
  });
});

test.skipIf(toolIsMissing('amtool'))('amtool takes the Alertmanager configuration', () => {
  expect(spawnSync('amtool', ['check-config', alertmanager], { encoding: 'utf8' })).toMatchObject(
    NOTHING_FAILED,
  );
});

describe('golem', () => {
  test('takes every rule file, without circles', () => {
    expect(findRecordingCycles(readRuleFiles(ruleFiles))).toEqual([]);
  });

  test.each(
    testFiles.flatMap(
      (path) =>
        [
          [path, 2],
          [path, 3],
        ] as const,
    ),
  )('passes the unit tests of %s under Prometheus %d, with no alert untested', (path, major) => {
    const { file, rules, unmatched } = readUnitTests(path);
    const report = runUnitTests(file, rules, major);
    expect(unmatched).toEqual([]);
    expect(report.tests.filter((one) => !one.passed)).toEqual([]);
    expect(report.tests.length).toBeGreaterThan(15);
    expect(report.untested).toEqual([]);
  });
});

test('the two rule sets hold the same alerts, with the thresholds of production and of the proposal', () => {
  const read = (name: string): unknown[] =>
    readRuleFiles([join(prometheus, name)]).flatMap((group) =>
      group.rules.map((rule) => [
        rule.name,
        readThreshold(rule.expr)?.limit,
        rule.kind === 'alert' && rule.forMs / 60_000,
      ]),
    );
  const rows = (kcal: number, grams: number, ratio: number): unknown[] => [
    ['ShadowDiffBreachBurst', 5, 10],
    ['ShadowDiffDailyBreachBurst', 10, 15],
    ['ShadowDiffDailyEnergyP95High', kcal, 15],
    ['ShadowDiffDailyMacrosP95High', grams, 15],
    ['ShadowDiffDailyRelP95High', ratio, 15],
  ];
  expect(read('shadow-diff-alerts.yml')).toEqual(rows(80, 15, 0.18));
  expect(read('shadow-diff-alerts.proposed.yml')).toEqual(rows(55, 12, 0.12));
});

test('critical alerts page the on-call, warnings go to the team’s channel, grouped by alertname and env', () => {
  const config = readAlertmanagerConfig(alertmanager);
  expect(receiversOf(config, labelsOf({ severity: 'critical' }))).toEqual(['on-call']);
  expect(receiversOf(config, labelsOf({ severity: 'warning' }))).toEqual(['team-channel']);
  expect(config.route.groupBy).toEqual(['alertname', 'env']);
});

describe('the dashboard', () => {
  const queries = dashboardQueries(readFileSync(join(root, 'grafana/shadow-diff-dashboard.json'), 'utf8'), {
    env: 'prod',
    field: '.*',
  });

  test('has the panels production speaks of', () => {
    expect(queries.map((query) => query.panel)).toEqual(
      expect.arrayContaining([
        'Daily kcal diff P95',
        'Daily macro diff P95',
        'Daily relative diff P95',
        'Record kcal diff P95',
        'Record breaches in 15 min',
        'Daily breaches in 1 day',
      ]),
    );
  });

  test.each(queries.map((query) => [query.panel, query.expr] as const))(
    '%s asks for a metric in an expression golem evaluates',
    (_, expr) => {
      expect(metricsRead(parseExpr(expr)).length).toBeGreaterThan(0);
    },
  );

  test('a variable without a value is an error that names it', () => {
    expect(() =>
      dashboardQueries('{"panels": [{"title": "P", "targets": [{"expr": "up{env=\\"$env\\"}"}]}]}', {}),
    ).toThrow('panel "P" reads the variable $env');
  });
});
