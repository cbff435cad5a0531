/** Defects of V2's finalisation: energy bent up or down, a little at a time, a macro's ratio, a rounding forgotten. */
import type { RawTotals } from '../write/finalise.ts';
import type { Totals } from '../store/contract.ts';
import type { Variant } from '../write/variant.ts';
import { computeV2, healthyStages } from '../v2/pipeline.ts';

/** Replaces what V2's finalisation returns, given what it returned and the unrounded sums. */
export function refinalise(healthy: Variant, bend: (totals: Totals, raw: RawTotals) => Totals): Variant {
  const stages = healthyStages(false);
  return {
    ...healthy,
    computeV2: (input) =>
      computeV2(input, {
        guards: stages.guards,
        finalise: (raw, changes) => bend(stages.finalise(raw, changes), raw),
      }),
  };
}

/** Energy a fifth too high on meals large enough for it to breach. */
export function kcalUp(healthy: Variant): Variant {
  return refinalise(healthy, (totals) => ({ ...totals, calories: Math.round(totals.calories * 1.2) }));
}

/** Energy a fifth too low: a V2 that loses energy breaches as one that adds it. */
export function kcalDown(healthy: Variant): Variant {
  return refinalise(healthy, (totals) => ({ ...totals, calories: Math.round(totals.calories * 0.8) }));
}

/** 30 kcal too many on every meal: under every record's limit, over a day's. */
export function daySum(healthy: Variant): Variant {
  return refinalise(healthy, (totals) => ({ ...totals, calories: totals.calories + 30 }));
}

/** A protein density a sixth too low: too little in grams to breach on a light meal, but not as a ratio. */
export function macroRatio(healthy: Variant): Variant {
  return refinalise(healthy, (totals) => ({
    ...totals,
    protein_g: Math.round(totals.protein_g * 0.83 * 10) / 10,
  }));
}

/** Energy left unrounded: its difference does not fit an integer column. */
export function unrounded(healthy: Variant): Variant {
  return refinalise(healthy, (totals, raw) => ({ ...totals, calories: raw.kcal }));
}
