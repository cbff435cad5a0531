import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Limits } from '../config.ts';
import { BreachCauses } from '../diff/breach-causes.ts';
import { COMPARISON, entry, FIELDS, MEASURES, sampleWrite, withDays } from '../diff/sample-write.fixture.ts';
import { expectation } from '../ledger/coverage.ts';
import type { Ledger, Predicate } from '../ledger/ledger.ts';
import type { Migration } from '../migration.ts';
import type { Row } from '../report/shape.ts';
import { Tally } from '../tally/tally.ts';
import { checkLimits } from './limit-checks.ts';
import type { SettingRun } from './suite-run.ts';

const migration = { fields: FIELDS, measures: MEASURES, metrics: [], redCodes: [] } as unknown as Migration;

interface Drawn {
  readonly user: string;
  readonly code: string;
  readonly da: number;
  readonly dw: number;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  user: fc.constantFrom('u1', 'u2'),
  code: fc.constantFrom('bent', 'noted'),
  da: fc.integer({ min: -40, max: 40 }),
  dw: fc.integer({ min: -8, max: 8 }),
});

/** Rows of these writes under these limits and this ledger. */
function rowsOf(writes: readonly Drawn[], limits: Limits, codes: readonly string[]): readonly Row[] {
  const where: Predicate = {
    case: null,
    level: null,
    fields: null,
    cause: null,
    stage: null,
    code: null,
    atMost: null,
  };
  const ledger: Ledger = {
    file: 'ledger.yml',
    entries: codes.map((code) => ({
      id: code,
      reason: 'known',
      owner: 'mina',
      expires: '2026-12-31',
      line: 1,
      where: { ...where, code },
    })),
  };
  const replayed = withDays(
    writes.map(({ user, code, da, dw }, index) =>
      sampleWrite({
        user,
        id: `r${index}`,
        legacy: [entry('given', [100, 50])],
        v2: [entry('read', [100, 50]), entry('bend', [100 + da, 50 + dw], code)],
      }),
    ),
  );
  const tally = new Tally(migration);
  const breaches = new BreachCauses(COMPARISON, expectation(ledger, '2026-01-01'));
  for (const one of replayed) {
    tally.onReplayed(one);
    breaches.onReplayed('s', one);
  }
  return checkLimits('s', { tally } as unknown as SettingRun, limits, migration, breaches.expected);
}

const breachRows = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(({ finding }) => /^breach\//.test(finding));

/** `3, and 2 expected` as both numbers. */
function countsOf({ actual }: Row): { readonly breaches: number; readonly expected: number } {
  const [, breaches, expected = '0'] = /^(\d+)(?:, and (\d+) expected)?$/.exec(actual)!;
  return { breaches: Number(breaches), expected: Number(expected) };
}

const limits = fc
  .nat({ max: 4 })
  .map((breaches): Limits => ({ record: { '*': { breaches } }, day: { '*': { breaches } } }));

describe('limits under a ledger, laws', () => {
  it('never turn from red to green by a breach more that no entry covers', () => {
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 8 }), drawn, limits, (writes, more, under) => {
        const added = { ...more, user: 'u3', code: 'noted', da: 30 };
        const before = breachRows(rowsOf(writes, under, ['bent']));
        const after = breachRows(rowsOf([...writes, added], under, ['bent']));
        for (const [index, row] of before.entries()) {
          if (!row.passed) expect(after[index]!.passed).toBe(false);
        }
        const record = (rows: readonly Row[]) =>
          countsOf(rows.find(({ check }) => check === 'record da breaches')!);
        expect(record(after).breaches).toBe(record(before).breaches + 1);
      }),
    );
  });

  it('move breaches to expected by an entry more, and change nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(drawn, { maxLength: 10 }),
        limits,
        fc.subarray(['bent', 'noted']),
        fc.subarray(['bent', 'noted']),
        (writes, under, some, more) => {
          const before = rowsOf(writes, under, some);
          const after = rowsOf(writes, under, [...new Set([...some, ...more])]);
          for (const [index, row] of before.entries()) {
            const later = after[index]!;
            if (!/^breach\//.test(row.finding)) {
              expect(later).toEqual(row);
              continue;
            }
            const [a, b] = [countsOf(row), countsOf(later)];
            expect(b.breaches + b.expected).toBe(a.breaches + a.expected);
            expect(b.expected).toBeGreaterThanOrEqual(a.expected);
          }
        },
      ),
    );
  });

  it('say how many are expected beside the others, so that none of them passes unseen', () => {
    const one: Drawn = { user: 'u1', code: 'bent', da: 30, dw: 0 };
    const [row] = breachRows(
      rowsOf([one, { ...one, code: 'noted' }], { record: { da: { breaches: 0 } } }, ['bent']),
    );
    expect([row!.actual, row!.passed]).toEqual(['1, and 1 expected', false]);
  });

  it('hold rates to what nobody expects, and P95 to everything', () => {
    const one: Drawn = { user: 'u1', code: 'bent', da: 30, dw: 0 };
    const rows = rowsOf([one, { ...one, code: 'noted' }], { record: { da: { rate: 0.5, p95: 1 } } }, [
      'bent',
    ]);
    const named = (check: string) => rows.find((row) => row.check === check)!;
    expect([named('record da breach rate').actual, named('record da breach rate').passed]).toEqual([
      '0.5, and 0.5 expected',
      true,
    ]);
    expect([named('record da P95').actual, named('record da P95').passed]).toEqual(['30 u', false]);
  });
});
