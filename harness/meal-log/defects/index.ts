/**
 * The named defects that must-fail suites run in place of a healthy stage. Each breaks one seam of the path and
 * nothing else: the finalisation, a guard, a write. None edits an outcome or what golem measures.
 */
import { GolemError } from '../../errors.ts';
import { healthyVariant, type Variant } from '../write/variant.ts';
import { carbsShift, energyDrift, fatRatio, proteinDrift } from './alerting.ts';
import { daySum, kcalDown, kcalUp, macroRatio, unrounded } from './finalisation.ts';
import { skipMeal, v2Throws } from './guards.ts';
import { duplicate, lostWrite, v2Leak } from './storage.ts';
import { legacyThrows } from './legacy.ts';

/** Turns the healthy variant into a broken one. */
export type Defect = (healthy: Variant) => Variant;

export const DEFECTS: Readonly<Record<string, Defect>> = {
  'kcal-up': kcalUp,
  'kcal-down': kcalDown,
  'day-sum': daySum,
  'macro-ratio': macroRatio,
  'skip-meal': skipMeal,
  'lost-write': lostWrite,
  duplicate,
  'v2-throws': v2Throws,
  'v2-leak': v2Leak,
  unrounded,
  'fat-ratio': fatRatio,
  'protein-drift': proteinDrift,
  'energy-drift': energyDrift,
  'carbs-shift': carbsShift,
};

/** Defects of the trusted side, for tests of V2's independence; a gate has no verdict on them. */
const LEGACY_DEFECTS: Readonly<Record<string, Defect>> = { 'legacy-throws': legacyThrows };

/** The variant a service runs: healthy, or broken by the named defect. Unknown names are a usage error. */
export function variantOf(defect: string | null, simpleScale: boolean): Variant {
  const healthy = healthyVariant(simpleScale);
  if (defect === null) return healthy;
  const all = { ...DEFECTS, ...LEGACY_DEFECTS };
  const breaks = Object.hasOwn(all, defect) ? all[defect] : undefined;
  if (!breaks) {
    throw new GolemError({
      kind: 'usage',
      verb: 'run the defect',
      subject: defect,
      reason: `no such defect; known are ${Object.keys(DEFECTS).join(', ')}`,
    });
  }
  return breaks(healthy);
}
