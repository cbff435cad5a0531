import { describe, expect, it } from 'vitest';
import { sampleDocument } from '../../golden/sample.test-data.ts';
import type { CaseChange, ComparedSuite } from '../../golden/work.ts';
import type { GolemConfig } from '../../config.ts';
import type { MetricSink } from '../../migration.ts';
import type { AlertPlan } from '../../alerts/rule-sets.ts';
import { parseRuleFile } from '../../alerts/rule-file.ts';
import { alertRowChanges, alertRowText, alertRowTurns, alertStates } from './alert-rows.ts';
import { breachRowChanges, breachRowText, breachRowTurns } from './breach-rows.ts';

const fields = ['damount', 'dtax', 'rel_tax'].map((name) => ({ name }));
const day = (user: string, v2Amount: number) => sampleDocument(2, { user, v2Amount });

function changed(user: string, from: number | null, to: number | null): CaseChange {
  return {
    name: `everyday/${user}/2025-09-01`,
    suite: 'everyday',
    key: `${user}/2025-09-01`,
    was: from === null ? 'missing' : to === null ? 'orphaned' : 'changed',
    accepted: from === null ? null : day(user, from),
    current: to === null ? null : day(user, to),
  };
}

/** A suite in which `kept` is as accepted and the others changed; their accepted text is not looked at. */
function suiteOf(kept: number, changes: readonly CaseChange[]): ComparedSuite {
  const documents = new Map(
    changes.flatMap(({ key, current }) => (current ? [[key, current] as const] : [])),
  );
  documents.set('kept/2025-09-01', day('kept', kept));
  return {
    suite: 'everyday',
    documents,
    stored: { accepted: new Map(), pending: [], strays: [] },
    comparison: { unaccepted: new Map() },
  } as unknown as ComparedSuite;
}

const configOf = (breaches: number | undefined) =>
  ({
    limits: { day: { '*': breaches === undefined ? { p95: 3 } : { breaches } } },
    suites: [{ name: 'everyday' }],
    migration: { fields },
  }) as unknown as Pick<GolemConfig, 'limits' | 'suites' | 'migration'>;

describe('breach rows', () => {
  // The kept day has two breaches; a case of one side only is not among the suite's accepted ones here.
  const worse = changed('ann', null, 900);

  it('count what the suite holds before and after, against its limit', () => {
    const rows = breachRowChanges([suiteOf(900, [])], configOf(3))([worse]);
    expect(rows).toEqual([
      { suite: 'everyday', level: 'day', field: 'damount', before: 2, after: 4, limit: 3 },
    ]);
    expect(breachRowText(rows[0]!)).toBe('everyday day damount breaches: 2 → 4, at most 3');
    expect(breachRowTurns(rows[0]!)).toBe('red');
  });

  it('turn green on the way back, and neither within the limit nor without one', () => {
    const turns = (before: number, after: number, limit: number | null) =>
      breachRowTurns({ suite: 's', level: 'day', field: 'f', before, after, limit });
    expect(turns(4, 3, 3)).toBe('green');
    expect(turns(4, 5, 3)).toBeNull();
    expect(turns(1, 2, 3)).toBeNull();
    expect(turns(1, 9, null)).toBeNull();
    expect(breachRowChanges([suiteOf(900, [])], configOf(undefined))([worse])[0]?.limit).toBeNull();
  });

  it('are none where the counts stay', () => {
    const same = changed('ann', 900, 905);
    expect(breachRowChanges([suiteOf(900, [])], configOf(3))([same])).toEqual([]);
  });
});

describe('alert rows', () => {
  const metrics = [
    {
      name: 'breaches',
      help: '',
      type: 'counter',
      label: { name: 'field', values: ['damount'] },
      buckets: [],
    },
  ] as const;
  const observe = (
    sink: MetricSink,
    { day: seen }: { readonly day: { readonly breached: number } | null },
  ): void => {
    if (seen && seen.breached & 1) sink.increment(0, 0);
  };
  const migration = { fields, metrics, observe } as unknown as Parameters<typeof alertStates>[3];
  const rules = `groups:
  - name: g
    rules:
      - alert: Many
        expr: sum(increase(breaches{env="prod"}[1d])) > 2
`;
  const plan: AlertPlan = {
    settings: { scrapeIntervalMs: 15_000, intervalMs: 60_000, tailMs: 90_000_000, prometheus: 3 },
    sets: [{ name: 'legacy', groups: parseRuleFile('rules.yml', rules).groups }],
    alertmanager: null,
  };
  const states = (...amounts: number[]) =>
    alertStates(
      amounts.map((amount, i) => sampleDocument(4, { user: `u${i}`, v2Amount: amount })),
      plan,
      'prod',
      migration,
    );

  it('say how far an alert comes over golden files alone', () => {
    expect([...states(560)]).toEqual([]);
    expect([...states(900, 900)]).toEqual([['legacy/Many', 'firing']]);
    // Only the environment that the rules look at counts.
    expect([
      ...alertStates([sampleDocument(4, { v2Amount: 900 })], plan, 'stg', migration).values(),
    ]).not.toContain('firing');
  });

  it('tell what changes, in words, and whether the suite may raise it', () => {
    const [row] = alertRowChanges({ name: 'everyday' }, states(560), states(900, 900));
    expect(row).toEqual({
      suite: 'everyday',
      ruleset: 'legacy',
      alert: 'Many',
      before: 'inactive',
      after: 'firing',
      allowed: false,
    });
    expect(alertRowText(row!)).toBe('everyday legacy/Many: quiet → fires');
    expect(alertRowTurns(row!)).toBe('red');
    const [back] = alertRowChanges({ name: 'everyday' }, states(900, 900), states(560));
    expect(alertRowTurns(back!)).toBe('green');
    const [allowed] = alertRowChanges(
      { name: 'everyday', alerts: { legacy: ['Many'] } },
      states(560),
      states(900, 900),
    );
    expect([alertRowText(allowed!), alertRowTurns(allowed!)]).toEqual([
      'everyday legacy/Many: quiet → fires, which it may',
      null,
    ]);
    expect(alertRowChanges({ name: 'everyday' }, states(900, 900), states(900, 900))).toEqual([]);
  });
});
