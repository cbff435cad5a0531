import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field } from '../migration.ts';
import { breachedFields, breachLimit, compareTotals, fieldNames, toSixDecimals } from './fields.ts';

const energy: Field = {
  name: 'de',
  measure: 0,
  relative: false,
  unit: 'u',
  limit: { floor: 40, share: 0.08 },
  cell: 1,
  dayDecimals: 0,
};
const ratio: Field = {
  ...energy,
  name: 'rel_e',
  relative: true,
  limit: { floor: 0.12, share: 0 },
  cell: 1e-4,
};
const fields = [energy, ratio];

const totals = fc.tuple(fc.integer({ min: 0, max: 50_000 })).map(([tenths]) => [tenths / 10]);

describe('compareTotals', () => {
  it('returns zero differences and no breach given identical totals', () => {
    fc.assert(
      fc.property(totals, (same) => {
        const { values, breached } = compareTotals(fields, same, same);
        expect(values[0]).toBe(0);
        expect(values[1]).toBe(same[0] === 0 ? null : 0);
        expect(breached).toBe(0);
      }),
    );
  });

  it('mirrors the absolute difference when the sides are exchanged', () => {
    fc.assert(
      fc.property(totals, totals, (a, b) => {
        expect(compareTotals(fields, b, a).values[0]).toBe(-compareTotals(fields, a, b).values[0]! + 0);
      }),
    );
  });

  it('removes float noise and keeps six decimals', () => {
    expect(compareTotals(fields, [0.1], [0.3]).values[0]).toBe(0.2);
    expect(toSixDecimals(-1e-9)).toBe(0);
    expect(Object.is(toSixDecimals(-1e-9), 0)).toBe(true);
  });

  it('has no ratio where legacy is 0, however large the difference', () => {
    expect(compareTotals(fields, [0], [500]).values).toEqual([500, null]);
  });
});

describe('breaches', () => {
  it('begin strictly above the limit, in both directions', () => {
    expect(breachedFields([energy], [40], [100])).toBe(0);
    expect(breachedFields([energy], [40.000001], [100])).toBe(1);
    expect(breachedFields([energy], [-40], [100])).toBe(0);
    expect(breachedFields([energy], [-41], [100])).toBe(1);
  });

  it('grow with legacy once its share passes the floor', () => {
    expect(breachLimit(energy, 500)).toBe(40);
    expect(breachLimit(energy, 550)).toBe(44);
    expect(breachedFields([energy], [44], [550])).toBe(0);
    expect(breachedFields([energy], [45], [550])).toBe(1);
  });

  it('name every field that is over its limit and no other', () => {
    const { breached } = compareTotals(fields, [100], [150]);
    expect(fieldNames(fields, breached)).toEqual(['de', 'rel_e']);
    expect(fieldNames(fields, compareTotals(fields, [100], [120]).breached)).toEqual(['rel_e']);
  });
});
