import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Breach } from '../diff/breach-causes.ts';
import { expectation, ledgerUse } from './coverage.ts';
import type { Ledger, LedgerEntry, Predicate } from './ledger.ts';

const NOTHING: Predicate = {
  case: null,
  level: null,
  fields: null,
  cause: null,
  stage: null,
  code: null,
  atMost: null,
};
const BREACH: Breach = {
  suite: 'edges',
  level: 'record',
  user: 'u/1',
  date: '2025-09-01',
  record: 'r1',
  field: 'da',
  value: -12,
  stage: 'bend',
  code: 'bent',
  causes: ['c-00000001', 'c-00000002'],
};

function ledger(...entries: (Partial<Omit<LedgerEntry, 'where'>> & { where: Partial<Predicate> })[]): Ledger {
  return {
    file: 'ledger.yml',
    entries: entries.map((entry, index) => ({
      id: `e${index}`,
      reason: 'it is known',
      owner: 'mina',
      expires: '2026-03-31',
      line: index + 1,
      ...entry,
      where: { ...NOTHING, ...entry.where },
    })),
  };
}

const covers = (where: Partial<Predicate>, breach: Partial<Breach> = {}): boolean =>
  expectation(ledger({ where }), '2026-01-01')({ ...BREACH, ...breach }).length > 0;

describe('an entry covers a breach', () => {
  it('for which all that it names holds', () => {
    const all = {
      case: 'edges/*',
      level: 'record',
      fields: ['da'],
      cause: 'c-00000002',
      stage: 'bend',
      code: 'bent',
    } as const;
    expect(covers(all)).toBe(true);
    const others: Partial<Breach>[] = [
      { suite: 'noisy' },
      { level: 'day' },
      { field: 'dw' },
      { causes: ['c-00000003'] },
      { stage: 'read' },
      { code: null },
    ];
    for (const other of others) expect(covers(all, other)).toBe(false);
  });

  it('by the name that golden files have for its case', () => {
    expect(covers({ case: 'edges/u%2F1/2025-09-01', code: 'bent' })).toBe(true);
    expect(covers({ case: 'edges/u%2F1/2025-09-02', code: 'bent' })).toBe(false);
    expect(covers({ case: 'edges', code: 'bent' })).toBe(true);
    expect(covers({ case: 'edge', code: 'bent' })).toBe(false);
  });

  it('up to its bound, whichever the sign, and no field that has none', () => {
    expect(covers({ code: 'bent', atMost: { da: 12 } })).toBe(true);
    expect(covers({ code: 'bent', atMost: { da: 11.9 } })).toBe(false);
    expect(covers({ code: 'bent', atMost: { dw: 99 } })).toBe(false);
    expect(covers({ code: 'bent', atMost: { da: 12 } }, { value: Number.NaN })).toBe(false);
  });

  it('through the whole of its last day, and not after', () => {
    const on = (today: string) => expectation(ledger({ where: { code: 'bent' } }), today)(BREACH).length;
    expect([on('2026-03-30'), on('2026-03-31'), on('2026-04-01')]).toEqual([1, 1, 0]);
  });
});

describe('the use of a ledger', () => {
  const both = ledger(
    { where: { code: 'bent', case: 'edges/*' } },
    { where: { code: 'cut' } },
    { where: { code: 'odd' }, expires: '2025-12-31' },
  );
  const states = (covered: Record<string, number>, ran: string[]) =>
    ledgerUse(both, '2026-01-01', covered, ['edges', 'noisy'], ran).map(({ state, covered: count }) => [
      state,
      count,
    ]);

  it('tells entries in use from those that cover nothing and those that ran out', () => {
    expect(states({ e0: 3 }, ['edges', 'noisy'])).toEqual([
      ['in_use', 3],
      ['unused', 0],
      ['expired', 0],
    ]);
  });

  it('calls no entry unused that suites which did not run may need', () => {
    expect(states({}, ['edges']).map(([state]) => state)).toEqual(['unused', 'partial', 'expired']);
    expect(states({}, ['noisy']).map(([state]) => state)).toEqual(['partial', 'partial', 'expired']);
  });
});

describe('a ledger, laws', () => {
  const breach = fc.record({
    suite: fc.constantFrom('edges', 'noisy'),
    level: fc.constantFrom('record' as const, 'day' as const),
    user: fc.constantFrom('u1', 'u2'),
    date: fc.constantFrom('2025-09-01', '2025-09-02'),
    record: fc.constant('r1'),
    field: fc.constantFrom('da', 'dw'),
    value: fc.double({ min: -50, max: 50, noNaN: true }),
    stage: fc.constantFrom('read', 'bend', null),
    code: fc.constantFrom('bent', 'cut', null),
    causes: fc.subarray(['c-00000001', 'c-00000002']),
  });
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
  const predicate: fc.Arbitrary<Predicate> = fc.record({
    case: maybe(fc.constantFrom('edges/*', '*/u1/*', 'noisy')),
    level: maybe(fc.constantFrom('record' as const, 'day' as const)),
    fields: maybe(fc.subarray(['da', 'dw'], { minLength: 1 })),
    cause: maybe(fc.constantFrom('c-00000001')),
    stage: maybe(fc.constantFrom('bend')),
    code: maybe(fc.constantFrom('bent')),
    atMost: maybe(fc.record({ da: fc.nat({ max: 50 }) })),
  });
  const entries = fc.array(
    fc.record({ where: predicate, expires: fc.constantFrom('2025-12-31', '2026-12-31') }),
    {
      maxLength: 4,
    },
  );

  it('covers more with an entry more, never less, and the total stays', () => {
    fc.assert(
      fc.property(fc.array(breach), entries, entries, (breaches, some, more) => {
        const count = (all: typeof some): [expected: number, breaches: number] => {
          const covering = expectation(ledger(...all), '2026-01-01');
          const expected = breaches.filter((one) => covering(one).length > 0).length;
          return [expected, breaches.filter((one) => covering(one).length === 0).length];
        };
        const [before, after] = [count(some), count([...some, ...more])];
        expect(after[0]).toBeGreaterThanOrEqual(before[0]);
        expect(after[1]).toBeLessThanOrEqual(before[1]);
        expect(after[0] + after[1]).toBe(breaches.length);
        expect(before[0] + before[1]).toBe(breaches.length);
      }),
    );
  });

  it('covers no more on a later day', () => {
    fc.assert(
      fc.property(breach, entries, (one, all) => {
        const on = (today: string) => expectation(ledger(...all), today)(one);
        expect(on('2025-06-01')).toEqual(expect.arrayContaining([...on('2026-06-01')]));
        expect(on('2027-01-01')).toEqual([]);
      }),
    );
  });
});
