/**
 * The legacy write path: trust the provider's totals, else add up its items, then finalise. It is the trusted side
 * of every comparison, so it stays exactly as production has it, naive additions included.
 */
import type { Change, TraceEntry } from '../../migration.ts';
import { totalsArray } from '../fields.ts';
import type { Analysis, ProviderAnswer } from '../provider/answer-shape.ts';
import type { Totals } from '../store/contract.ts';
import { finaliseTwoStep, type RawTotals } from './finalise.ts';

export interface LegacyComputation {
  readonly totals: Totals;
  readonly warnings: readonly string[];
  readonly trace: readonly TraceEntry[];
}

/** Figures that an item lacks count 0. */
export const MISSING_AS_ZERO = 'missing_as_zero';

const NOTHING: readonly Change[] = [];
const ITEMS_SUMMED: readonly Change[] = [{ code: 'items_summed', subject: 'totals', from: null, to: null }];
const SUMMED_WITH_MISSING: readonly Change[] = [
  ...ITEMS_SUMMED,
  { code: MISSING_AS_ZERO, subject: 'items', from: null, to: 0 },
];

/** The provider's four totals where it gives all of them, else null. */
export function givenTotals(answer: ProviderAnswer): RawTotals | null {
  const given = answer.totals;
  if (!given) return null;
  const { calories, protein_g, fat_g, carbs_g } = given;
  if (calories == null || protein_g == null || fat_g == null || carbs_g == null) return null;
  return { kcal: calories, p: protein_g, f: fat_g, c: carbs_g };
}

/** Computes the legacy totals of an analysed meal. Throws on nothing that the provider may answer. */
export function computeLegacy(analysis: Analysis): LegacyComputation {
  const warnings: string[] = [];
  if (analysis.fallback) warnings.push(analysis.fallback);
  let raw = givenTotals(analysis.answer);
  let source = NOTHING;
  if (!raw) {
    raw = { kcal: 0, p: 0, f: 0, c: 0 };
    let missing = false;
    for (const item of analysis.answer.items) {
      missing ||=
        item.calories == null || item.protein_g == null || item.fat_g == null || item.carbs_g == null;
      raw.kcal += item.calories ?? 0;
      raw.p += item.protein_g ?? 0;
      raw.f += item.fat_g ?? 0;
      raw.c += item.carbs_g ?? 0;
    }
    source = missing ? SUMMED_WITH_MISSING : ITEMS_SUMMED;
    if (missing) warnings.push(MISSING_AS_ZERO);
  }
  const before = [raw.kcal, raw.p, raw.f, raw.c];
  const changes: Change[] = [];
  const totals = finaliseTwoStep(raw, changes);
  for (const change of changes) warnings.push(change.code);
  return {
    totals,
    warnings,
    trace: [
      { stage: 'provider', totals: before, changes: source },
      { stage: 'finalise', totals: totalsArray(totals), changes },
    ],
  };
}
