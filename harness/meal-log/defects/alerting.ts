/** Defects small enough to raise one production alert and leave the other four quiet. */
import type { Variant } from '../write/variant.ts';
import { refinalise } from './finalisation.ts';

const tenths = (grams: number): number => Math.round(grams * 10) / 10;

/** A fifth more fat on lean meals: a breach by ratio of each, lost in a day that has a richer meal in it. */
export function fatRatio(healthy: Variant): Variant {
  return refinalise(healthy, (totals) =>
    totals.fat_g < 5 ? { ...totals, fat_g: tenths(totals.fat_g * 1.2) } : totals,
  );
}

/** 1.5 g more protein on every meal: no meal breaches, a day of three does. */
export function proteinDrift(healthy: Variant): Variant {
  return refinalise(healthy, (totals) => ({ ...totals, protein_g: tenths(totals.protein_g + 1.5) }));
}

/** 7.5% more energy on large meals: under every limit, which grows with the meal, and yet far beyond a P95. */
export function energyDrift(healthy: Variant): Variant {
  return refinalise(healthy, (totals) =>
    totals.calories < 1000 ? totals : { ...totals, calories: Math.round(totals.calories * 1.075) },
  );
}

/** 11 g more carbs on meals of which that is less than a tenth. */
export function carbsShift(healthy: Variant): Variant {
  return refinalise(healthy, (totals) =>
    totals.carbs_g < 110 ? totals : { ...totals, carbs_g: tenths(totals.carbs_g + 11) },
  );
}
