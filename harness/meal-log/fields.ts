/**
 * What is compared and where a breach begins, as dashboards and runbooks state it. The limits stand here alone:
 * the service, the gate and the reports read them from this table.
 */
import type { Field, Measure } from '../migration.ts';
import type { Totals } from './store/contract.ts';

/** The four totals in the order every totals array follows. */
export const MEASURES: readonly Measure[] = [
  { name: 'calories', unit: 'kcal' },
  { name: 'protein_g', unit: 'g' },
  { name: 'fat_g', unit: 'g' },
  { name: 'carbs_g', unit: 'g' },
];

const grams = (name: string, measure: number, floor: number): Field => ({
  name,
  measure,
  relative: false,
  unit: 'g',
  limit: { floor, share: 0 },
  cell: 0.01,
  dayDecimals: 2,
});

const ratio = (name: string, measure: number): Field => ({
  name,
  measure,
  relative: true,
  unit: 'ratio',
  limit: { floor: 0.12, share: 0 },
  cell: 0.0001,
  dayDecimals: null,
});

/** Fields of a difference, in the order of `diffs` columns and of every field values array. */
export const FIELDS: readonly Field[] = [
  {
    name: 'dkcal',
    measure: 0,
    relative: false,
    unit: 'kcal',
    limit: { floor: 40, share: 0.08 },
    cell: 1,
    dayDecimals: 0,
  },
  grams('dp', 1, 4),
  grams('df', 2, 5),
  grams('dc', 3, 6),
  ratio('rel_p', 1),
  ratio('rel_f', 2),
  ratio('rel_c', 3),
];

/** Totals as the array that generic stages compare. */
export function totalsArray(totals: Totals): number[] {
  return [totals.calories, totals.protein_g, totals.fat_g, totals.carbs_g];
}

export const ZERO_TOTALS: Totals = { calories: 0, protein_g: 0, fat_g: 0, carbs_g: 0 };
