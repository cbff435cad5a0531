import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addRecord, type DayRecord, dayValues, emptyDay } from './day-sums.ts';

function record(dkcal: number, dp: number, legacyProtein = 10): DayRecord {
  const legacy = { calories: 500, protein_g: legacyProtein, fat_g: 0, carbs_g: 40.25 };
  const v2 = { calories: 500 + dkcal, protein_g: legacyProtein + dp, fat_g: 0, carbs_g: 40.25 };
  return { dkcal, dp, df: 0, dc: 0, details: { legacy, v2, codes: [] } };
}

function dayOf(records: readonly DayRecord[]): ReturnType<typeof dayValues> {
  const day = emptyDay();
  for (const each of records) addRecord(day, each);
  return dayValues(day);
}

it('sums signed, so that errors in both directions cancel in a day', () => {
  const day = dayOf([record(120, 3.2), record(-119, -3.195)]);
  expect([day.dkcal, day.dp, day.rel_p]).toEqual([1, 0.01, 0.005 / 20]);
  expect(day.details.abs.dkcal).toEqual({ sum: 239, max: 120, p95: 119.95 });
});

it('rounds grams half away from zero after summing, and ratios not at all', () => {
  const day = dayOf([record(0, -0.002), record(0, -0.003)]);
  expect([day.dp, day.rel_p]).toEqual([-0.01, -0.005 / 20]);
});

it('has no ratio where legacy has nothing', () => {
  expect(dayOf([record(5, 1, 0)])).toMatchObject({ dp: 1, rel_p: null, rel_f: null, rel_c: 0 });
});

it('adds a tenth ten times without the float noise of a sum', () => {
  const day = dayOf(Array.from({ length: 10 }, () => record(0, 0.1)));
  expect([day.details.abs.dp.sum, day.details.v2.protein_g]).toEqual([1, 101]);
});

it('is all zeros without records', () => {
  expect(dayOf([])).toMatchObject({ dkcal: 0, dp: 0, rel_p: null, details: { records: 0 } });
});

it('does not depend on the order of its records', () => {
  const any = fc
    .tuple(fc.integer({ min: -900, max: 900 }), fc.integer({ min: -9e6, max: 9e6 }))
    .map(([kcal, micro]) => record(kcal, micro / 1e6));
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 12 }), (records) => {
      expect(dayOf(records.toReversed())).toEqual(dayOf(records));
    }),
  );
});

it('stays exact beyond the safe integers', () => {
  const day = dayOf([record(1, 1e15), record(1, 0.005), record(0, -1e15)]);
  expect([day.dkcal, day.dp, day.details.abs.dp.max]).toEqual([2, 0.01, 1e15]);
});
