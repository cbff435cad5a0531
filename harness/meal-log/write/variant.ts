/**
 * The seams of the write paths at which a defect variant may differ from the healthy service. The gate proves that
 * it can see by breaking one of these at a time; the healthy variant is what production runs.
 */
import { computeV2, healthyStages, type V2Computation, type V2Input } from '../v2/pipeline.ts';
import type { Analysis } from '../provider/answer-shape.ts';
import type {
  LiveTransaction,
  MealLogRow,
  NewMealLog,
  NewShadowLog,
  ShadowTransaction,
} from '../store/contract.ts';
import { computeLegacy, type LegacyComputation } from './legacy.ts';

export interface Variant {
  computeLegacy(analysis: Analysis): LegacyComputation;
  computeV2(input: V2Input): V2Computation;
  insertLog(tx: LiveTransaction, row: NewMealLog): Promise<MealLogRow>;
  insertShadow(tx: ShadowTransaction, row: NewShadowLog): Promise<MealLogRow>;
  /** True when a failure in the V2 path must not reach the sender; false is a defect. */
  readonly isolatesV2: boolean;
}

/** The service as production runs it; `simpleScale` is the flag `ATWATER_SIMPLE_SCALE`. */
export function healthyVariant(simpleScale: boolean): Variant {
  const stages = healthyStages(simpleScale);
  return {
    computeLegacy,
    computeV2: (input) => computeV2(input, stages),
    // Every text in these rows came through readAnswer, which leaves only what PostgreSQL takes, or is our own.
    insertLog: (tx, row) => tx.insertLog(row, true),
    insertShadow: (tx, row) => tx.insertShadow(row, true),
    isolatesV2: true,
  };
}
