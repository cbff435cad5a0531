/**
 * What a review tells from golden files must be what the gate tells from a replay: the same breaches, the same state of
 * every alert, suite by suite.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { readAlertPlan } from '../../harness/alerts/rule-sets.ts';
import { alertStates } from '../../harness/cli/review/alert-rows.ts';
import { countBreaches } from '../../harness/golden/breach-counts.ts';
import type { GoldenDocument } from '../../harness/golden/case.ts';
import { runGate } from '../../harness/pipeline.ts';
import type { Report } from '../../harness/report/shape.ts';
import { currentDocuments } from '../../harness/run/outcomes.ts';
import { REPOSITORY } from '../temporary-project.ts';

const SUITES = ['noisy', 'edges', 'retries', 'provider-faults', 'alerts-just-below'];

let report: Report;
const documents = new Map<string, readonly GoldenDocument[]>();
beforeAll(async () => {
  const options = {
    config,
    root: REPOSITORY,
    ci: true,
    store: { kind: 'memory' },
    seed: config.seed,
    progress: () => undefined,
  } as const;
  report = await runGate({ ...options, suites: SUITES, today: '2025-10-01' });
  for (const [suite, cases] of await currentDocuments(options)(SUITES))
    documents.set(suite, [...cases.values()]);
});

describe.each(SUITES)('of %s, golden files', (suite) => {
  it('hold as many breaches of each field and level as a replay counts', () => {
    const { differences } = report.suites.find((one) => one.suite === suite && one.setting === 'base')!;
    const counted = (['record', 'day'] as const).flatMap((level) =>
      Object.entries(differences[level]).map(([field, { breaches }]) => [`${level}/${field}`, breaches]),
    );
    const held = countBreaches(documents.get(suite)!);
    expect(counted.map(([key]) => [key, held.get(String(key)) ?? 0])).toEqual(counted);
  });

  it('bring every alert as far as a replay does', () => {
    const plan = readAlertPlan(config.alerts!, REPOSITORY);
    const states = alertStates(documents.get(suite)!, plan, 'prod', config.migration);
    const rank = { firing: 0, pending: 1, inactive: 2 };
    const replayed = Map.groupBy(
      report.alerts.filter((one) => one.suite === suite),
      ({ ruleset, alert }) => `${ruleset}/${alert}`,
    );
    const furthest = [...replayed].map(([key, ones]) => [
      key,
      ones.map(({ state }) => state).sort((a, b) => rank[a] - rank[b])[0],
    ]);
    expect(furthest).toHaveLength(10);
    expect([...states].sort()).toEqual(furthest.sort());
  });
});

it('has alerts that fire and alerts that do not among these suites', () => {
  expect(new Set(report.alerts.map(({ state }) => state))).toEqual(new Set(['firing', 'inactive']));
});
