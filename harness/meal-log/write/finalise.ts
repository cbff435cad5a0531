/**
 * Finalising: the last step of both paths. It rounds totals and bends fat, then all macros, until they explain the
 * energy within 15%. One file, because a constant that differs between the paths would be a difference by itself.
 */
import type { Change } from '../../migration.ts';
import type { Totals } from '../store/contract.ts';

/** Half up to one decimal. */
export function r1(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Half up to an integer. */
export function r0(value: number): number {
  return Math.round(value);
}

const TOLERANCE = 0.15;
const FAT_DOWN = 0.85;
const FAT_UP = 1.15;

/** The figures of a meal before rounding, in the order of the measures. */
export interface RawTotals {
  kcal: number;
  p: number;
  f: number;
  c: number;
}

/**
 * The two-step rule: r1(P, F, C), r0(K); done when |4P + 9F + 4C − K| ÷ max(1, K) ≤ 0.15; else fat × 0.85 or 1.15;
 * done when that suffices; else all macros × K ÷ max(1, A′) clipped to 0.9–1.1. What it did is appended to `changes`.
 */
export function finaliseTwoStep(raw: RawTotals, changes: Change[]): Totals {
  const p = r1(raw.p);
  const f = r1(raw.f);
  const c = r1(raw.c);
  const kcal = r0(raw.kcal);
  const energy = 4 * p + 9 * f + 4 * c;
  const base = Math.max(1, kcal);
  if (Math.abs(energy - kcal) / base <= TOLERANCE) {
    return { calories: kcal, protein_g: p, fat_g: f, carbs_g: c };
  }
  const bentFat = energy > kcal ? r1(f * FAT_DOWN) : r1(f * FAT_UP);
  const bentEnergy = 4 * p + 9 * bentFat + 4 * c;
  changes.push({ code: 'fat_adjusted', subject: 'fat_g', from: f, to: bentFat });
  if (Math.abs(bentEnergy - kcal) / base <= TOLERANCE) {
    return { calories: kcal, protein_g: p, fat_g: bentFat, carbs_g: c };
  }
  const scale = clip(kcal / Math.max(1, bentEnergy), 0.9, 1.1);
  changes.push({ code: 'macros_scaled', subject: 'macros', from: 1, to: scale });
  return { calories: kcal, protein_g: r1(p * scale), fat_g: r1(bentFat * scale), carbs_g: r1(c * scale) };
}

/** The one-step rule behind `ATWATER_SIMPLE_SCALE`: all macros × K ÷ max(1, A) clipped to 0.88–1.12. */
export function finaliseSimple(raw: RawTotals, changes: Change[]): Totals {
  const p = r1(raw.p);
  const f = r1(raw.f);
  const c = r1(raw.c);
  const kcal = r0(raw.kcal);
  const energy = 4 * p + 9 * f + 4 * c;
  if (Math.abs(energy - kcal) / Math.max(1, kcal) <= TOLERANCE) {
    return { calories: kcal, protein_g: p, fat_g: f, carbs_g: c };
  }
  const scale = clip(kcal / Math.max(1, energy), 0.88, 1.12);
  changes.push({ code: 'macros_scaled', subject: 'macros', from: 1, to: scale });
  return { calories: kcal, protein_g: r1(p * scale), fat_g: r1(f * scale), carbs_g: r1(c * scale) };
}

function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
