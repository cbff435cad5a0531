import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsOf } from '../gate/judge.ts';
import { type Held, loosenings } from './loosening.ts';
import { type Policy, policyOf, type SuitePolicy } from './policy.ts';

const suite = (name: string, change: Partial<SuitePolicy> = {}): SuitePolicy => ({
  name,
  must_fail: null,
  fires_at: null,
  keeps_golden: true,
  limits: { 'record dtax breaches': 3, 'refused by V2': 0 },
  alerts: ['legacy/Tall'],
  coverage: { 'unit box': 2 },
  ...change,
});

const policy = (change: Partial<Policy> = {}): Policy => ({
  golden: 'golden',
  ledger: null,
  suites: [suite('everyday'), suite('edges'), suite('must-fail/up', { must_fail: 'breach/day/dtax' })],
  breach_limits: {
    dtax: { floor: 4, share: 0, unit: 'EUR' },
    damount: { floor: 40, share: 0.08, unit: 'EUR' },
  },
  checks: ['red code lost', 'share 10%', 'rule set legacy'],
  coverage: { 'slot noon': 1 },
  rollout: {
    most: { 'chance of an alert': 0.05, 'users with a day breach of dtax': 0.01 },
    confidence: 0.95,
    days: 7,
  },
  ...change,
});

const held = (change: Partial<Held> = {}): Held => ({
  policy: policy(),
  expectations: [{ id: 'e1', expires: '2025-10-01', covers: 'a' }],
  cases: new Map([
    ['everyday/ann/2025-09-01.json', 3],
    ['everyday/ann/2025-09-02.json', 2],
    ['edges/bob/2025-09-01.json', null],
  ]),
  ...change,
});

/** The state with one suite changed. */
const withSuite = (name: string, change: Partial<SuitePolicy>): Held =>
  held({
    policy: policy({
      suites: policy().suites.map((one) => (one.name === name ? { ...one, ...change } : one)),
    }),
  });

const told = (then: Held, now: Held): string[] =>
  loosenings(then, now).map(({ kind, text }) => `${kind} ${text}`);

describe('loosenings', () => {
  it('are none between equal states, nor where everything became stricter', () => {
    expect(told(held(), held())).toEqual([]);
    const stricter = held({
      policy: policy({
        suites: policy().suites.map((one) => ({
          ...one,
          limits: { 'record dtax breaches': 2, 'refused by V2': 0, 'day dtax P95': 5 },
          alerts: [],
          coverage: { 'unit box': 3, 'unit bag': 1 },
        })),
        breach_limits: {
          dtax: { floor: 3, share: 0, unit: 'EUR' },
          damount: { floor: 40, share: 0.05, unit: 'EUR' },
          dnew: { floor: 9, share: 0, unit: 'EUR' },
        },
        checks: [...policy().checks, 'rule set proposed'],
      }),
      expectations: [{ id: 'e1', expires: '2025-09-15', covers: 'a' }],
      cases: new Map([...held().cases, ['everyday/ann/2025-09-03.json', 1]]),
    });
    expect(told(held(), stricter)).toEqual([]);
    expect(told(stricter, held()).length).toBeGreaterThan(8);
  });

  it.each<[string, Held, string[]]>([
    [
      'a limit that went up, in one suite',
      withSuite('edges', { limits: { 'record dtax breaches': 4, 'refused by V2': 0 } }),
      ['limit edges: record dtax breaches, at most 3 → 4'],
    ],
    [
      'a limit that is gone',
      withSuite('edges', { limits: { 'refused by V2': 0 } }),
      ['limit edges: record dtax breaches, at most 3 → no limit'],
    ],
    [
      'where a breach begins',
      held({
        policy: policy({
          breach_limits: { ...policy().breach_limits, damount: { floor: 40, share: 0.1, unit: 'EUR' } },
        }),
      }),
      ['breach_limit damount: 40 EUR or 8% → 40 EUR or 10%'],
    ],
    [
      'a field that is no longer compared',
      held({ policy: policy({ breach_limits: { dtax: { floor: 4, share: 0, unit: 'EUR' } } }) }),
      ['breach_limit damount is no longer compared'],
    ],
    [
      'a new expectation',
      held({ expectations: [...held().expectations, { id: 'e2', expires: '2026-01-01', covers: 'b' }] }),
      ['expectation e2: added, until 2026-01-01'],
    ],
    [
      'an expectation that covers other breaches for longer',
      held({ expectations: [{ id: 'e1', expires: '2025-12-01', covers: 'b' }] }),
      ['expectation e1: until 2025-10-01 → 2025-12-01, covers something else'],
    ],
    [
      'a suite that became one that must fail',
      withSuite('edges', { must_fail: 'lost_write' }),
      ['suite edges: was judged, now must fail for lost_write'],
    ],
    [
      'a suite that keeps no golden files any more',
      withSuite('edges', { keeps_golden: false }),
      ['suite edges: keeps no golden files any more'],
    ],
    [
      'a suite that must fail for something else',
      withSuite('must-fail/up', { must_fail: 'lost_write' }),
      ['must_fail must-fail/up: had to find breach/day/dtax, now lost_write'],
    ],
    [
      'a suite that need not fail any more',
      withSuite('must-fail/up', { must_fail: null }),
      ['must_fail must-fail/up: need not fail any more; it had to find breach/day/dtax'],
    ],
    [
      'an alert that may fire',
      withSuite('edges', { alerts: ['legacy/Tall', 'legacy/Wide'] }),
      ['alert edges: legacy/Wide may fire'],
    ],
    [
      'a check that is gone',
      held({ policy: policy({ checks: ['red code lost', 'rule set legacy'] }) }),
      ['check share 10%: dropped'],
    ],
    [
      'coverage that is asked for no more',
      held({ policy: policy({ coverage: {} }) }),
      ['check all suites: coverage of slot noon, at least 1 → not asked for'],
    ],
    [
      'a case that is gone, and one with fewer records',
      held({
        cases: new Map([
          ['everyday/ann/2025-09-01.json', 2],
          ['edges/bob/2025-09-01.json', 1],
        ]),
      }),
      ['case everyday/ann/2025-09-01: 3 records → 2', 'case everyday/ann/2025-09-02: removed'],
    ],
  ])('name %s', (_, now, expected) => {
    expect(told(held(), now)).toEqual(expected);
  });

  it('tell one change of all suites in one line, and the end of a suite with the number of its cases', () => {
    const now = held({
      policy: policy({
        suites: [
          suite('everyday', { limits: { 'record dtax breaches': 3, 'refused by V2': 2 } }),
          suite('must-fail/up', {
            must_fail: 'breach/day/dtax',
            limits: { 'record dtax breaches': 3, 'refused by V2': 2 },
          }),
        ],
      }),
      cases: new Map([...held().cases].filter(([file]) => file.startsWith('everyday/'))),
    });
    expect(told(held(), now)).toEqual([
      'limit everyday, must-fail/up: refused by V2, at most 0 → 2',
      'suite edges: removed',
      'case edges: every case, 1 golden file',
    ]);
  });

  it('come in the same order whatever order the config has', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(policy().suites.slice(), { minLength: 3 }), (suites) => {
        const looser = (ones: readonly SuitePolicy[]) =>
          held({
            policy: policy({ suites: ones.map((one) => ({ ...one, alerts: ['legacy/A', 'legacy/B'] })) }),
          });
        expect(loosenings(held(), looser(suites))).toEqual(loosenings(held(), looser(policy().suites)));
      }),
    );
  });
});

describe('what a rollout may cost', () => {
  const costs = (most: Record<string, number>, confidence: number, days = 7) =>
    held({ policy: policy({ rollout: { most, confidence, days } }) });
  const before = costs({ a: 0.01, b: 0.01, c: 0.05 }, 0.95);

  it('is looser where more of it, or a less sure answer, is allowed', () => {
    expect(told(before, costs({ a: 0.5, b: 0.5 }, 0.8, 3))).toEqual([
      'limit rollout: a, b, at most 0.01 → 0.5',
      'limit rollout: c, at most 0.05 → no limit',
      'limit rollout: confidence, at least 0.95 → 0.8',
      'limit rollout: days, at least 7 → 3',
    ]);
  });

  it('is not where less is', () => {
    expect(told(before, costs({ a: 0.01, b: 0, c: 0.05, d: 1 }, 0.99, 14))).toEqual([]);
  });
});

describe('policyOf', () => {
  const config = {
    fixtures: 'fixtures',
    golden: 'golden',
    seed: '1',
    store: 'memory' as const,
    settings: { alone: {}, base: {}, full: {}, shares: [{ DUAL: '10%', OTHER: '1' }, { DUAL: '1' }] },
    limits: { record: { '*': { breaches: 0 }, dtax: { breaches: 2, p95: 3 } }, refused: 1 },
    suites: [
      { name: 'everyday', limits: { record: { damount: { rate: 0.5 } } }, alerts: { legacy: ['Tall'] } },
      { name: 'must-fail/up', must_fail: 'alert/legacy/Tall', fires_at: '2025-09-01T00:00:00Z' },
    ],
    alerts: { rulesets: { legacy: ['rules.yml'] } },
    coverage: { require: { unit: ['box'], slot: { noon: 3 } } },
    rollout: { users: { record: { damount: 0.2 } } },
    migration: {
      fields: [field('damount', 0.08), field('dtax', 0)],
      redCodes: ['lost'],
    },
  };

  function field(name: string, share: number) {
    return {
      name,
      measure: 0,
      relative: false,
      unit: 'EUR',
      limit: { floor: 4, share },
      cell: 1,
      dayDecimals: null,
    };
  }

  it('holds what the gate resolves: a suite’s own limits over the config’s, a star for the fields not named', () => {
    const { suites, ...rest } = policyOf(config, limitsOf);
    expect(suites[0]).toEqual({
      name: 'everyday',
      must_fail: null,
      fires_at: null,
      keeps_golden: true,
      limits: {
        'failed writes, legacy': 0,
        'failed writes, V2': 0,
        'refused by V2': 1,
        'records skipped': 0,
        'red codes': 0,
        'record damount breach rate': 0.5,
        'record dtax breaches': 2,
        'record dtax P95': 3,
      },
      alerts: ['legacy/Tall'],
      coverage: {},
    });
    // A suite that must fail stands by its own limits alone.
    expect(suites[1]).toMatchObject({ keeps_golden: false, limits: { 'refused by V2': 0 } });
    expect(Object.keys(suites[1]!.limits)).toHaveLength(5);
    expect(rest).toEqual({
      golden: 'golden',
      ledger: null,
      breach_limits: {
        damount: { floor: 4, share: 0.08, unit: 'EUR' },
        dtax: { floor: 4, share: 0, unit: 'EUR' },
      },
      checks: ['red code lost', 'share 10%', 'share {"DUAL":"1"}', 'rule set legacy'],
      coverage: { 'unit box': 1, 'slot noon': 3 },
      rollout: {
        most: {
          'chance of an alert': 0.05,
          'users with a record breach of damount': 0.2,
          'users with a day breach of damount': 0.01,
          'users with a day breach of dtax': 0.01,
        },
        confidence: 0.95,
        days: 7,
      },
    });
  });

  it('survives a trip as JSON, as which it comes from another process', () => {
    const made = policyOf(config, limitsOf);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });
});
