/**
 * What the service writes and answers, built from what the paths computed. The first answer and a repeat's answer
 * come from the same stored row through the same function, so they cannot drift apart.
 */
import type { Analysis, ProviderAnswer } from '../provider/answer-shape.ts';
import type { Json, MealLogRow, NewMealLog, NewShadowLog } from '../store/contract.ts';
import type { V2Computation } from '../v2/pipeline.ts';
import type { LegacyComputation } from './legacy.ts';

/** Below this confidence a meal lands on the page that asks the user to check it. */
const REVIEW_BELOW = 0.5;

/** What legacy keeps of an analysis beside the totals. */
interface AiRaw {
  readonly source: Analysis['source'];
  readonly answer: ProviderAnswer;
}

export function liveRow(input: {
  readonly id: string;
  readonly userId: string;
  readonly consumedAt: string;
  readonly mealType: string;
  readonly imageId: string | null;
  readonly analysis: Analysis;
  readonly legacy: LegacyComputation;
}): NewMealLog {
  const { analysis, legacy } = input;
  const raw: AiRaw = { source: analysis.source, answer: analysis.answer };
  return {
    id: input.id,
    user_id: input.userId,
    food_item: analysis.answer.dish,
    meal_type: input.mealType,
    consumed_at: input.consumedAt,
    calories: legacy.totals.calories,
    protein_g: legacy.totals.protein_g,
    fat_g: legacy.totals.fat_g,
    carbs_g: legacy.totals.carbs_g,
    ai_raw: raw as unknown as Json,
    image_id: input.imageId,
    landing_type: landingType(analysis),
    slot: null,
    event: null,
    totals: null,
    meta: { warnings: legacy.warnings },
  };
}

function landingType(analysis: Analysis): string {
  if (analysis.answer.items.length === 0) return 'empty';
  return analysis.source === 'dictionary' || analysis.answer.confidence < REVIEW_BELOW ? 'review' : 'result';
}

/** V2's own row: the same columns as V2 computed them; a skip has no totals. */
export function shadowRow(id: string, live: MealLogRow, v2: V2Computation): NewShadowLog {
  const { draft, totals } = v2;
  return {
    id,
    user_id: live.user_id,
    food_item: draft.dish,
    meal_type: draft.slot,
    consumed_at: live.consumed_at,
    calories: totals ? totals.calories : null,
    protein_g: totals ? totals.protein_g : null,
    fat_g: totals ? totals.fat_g : null,
    carbs_g: totals ? totals.carbs_g : null,
    ai_raw: null,
    image_id: live.image_id,
    landing_type: live.landing_type,
    slot: draft.slot,
    event: draft.event,
    totals,
    meta: shadowMeta(live.id, v2),
  };
}

/** What V2 knows of a meal beside its totals; also merged into the live row as `meta.v2`. */
export function shadowMeta(logId: string, v2: V2Computation): { readonly [key: string]: Json } {
  const { draft } = v2;
  const items: Json[] = [];
  for (const item of draft.items) {
    items.push({
      item_id: item.itemId,
      name: item.name,
      food: item.food ? item.food.id : null,
      grams: item.grams,
      source: item.source,
      state: item.state,
    });
  }
  return draft.oil
    ? { log_id: logId, items, warnings: draft.warnings, oil: draft.oil }
    : { log_id: logId, items, warnings: draft.warnings };
}

/** The answer to the sender, from the live row as stored. */
export function answerOf(row: MealLogRow, key: string, idempotent: boolean): Record<string, Json> {
  const raw = row.ai_raw as unknown as AiRaw;
  return {
    ok: true,
    success: true,
    idempotent,
    idempotency_key: key,
    logId: row.id,
    dish: row.food_item,
    confidence: raw.answer.confidence,
    nutrition: {
      calories: row.calories,
      protein_g: row.protein_g,
      fat_g: row.fat_g,
      carbs_g: row.carbs_g,
    },
    breakdown: { items: raw.answer.items as unknown as Json, warnings: row.meta.warnings ?? [] },
    meta: { source: raw.source },
    landing_type: row.landing_type,
  };
}
