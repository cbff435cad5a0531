/** Small valid rows for tests of the stores; each test says only what its subject needs. */
import { createHash } from 'node:crypto';
import type { IngestRequest, NewMealLog, NewRecordDiff } from '../../harness/meal-log/store/contract.ts';

/** A UUID that a name always gets. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

/** Before every row here: nothing has expired. */
export const LONG_AGO = '2020-01-01T00:00:00.000Z';

const AT = '2025-01-02T03:04:05.678Z';

export function newLog(given: Partial<NewMealLog> = {}): NewMealLog {
  return {
    id: uuidOf('log'),
    user_id: 'ann',
    food_item: 'rice',
    meal_type: 'lunch',
    consumed_at: AT,
    calories: 250,
    protein_g: 4.2,
    fat_g: 0.5,
    carbs_g: 55.7,
    ai_raw: { source: 'provider' },
    image_id: null,
    landing_type: 'result',
    slot: null,
    event: null,
    totals: null,
    meta: {},
    ...given,
  };
}

export function newRequest(given: Partial<IngestRequest> = {}): IngestRequest {
  return {
    id: uuidOf('request'),
    user_id: 'ann',
    request_key: 'k',
    log_id: uuidOf('log'),
    created_at: AT,
    ...given,
  };
}

export function newDiff(given: Partial<NewRecordDiff> = {}): NewRecordDiff {
  const totals = { calories: 250, protein_g: 4.2, fat_g: 0.5, carbs_g: 55.7 };
  return {
    id: uuidOf('diff'),
    ts: AT,
    phase: 'P0',
    user_id: 'ann',
    log_id: uuidOf('log'),
    date: '2025-01-02',
    dkcal: 3,
    dp: 0.1,
    df: 0,
    dc: -0.2,
    rel_p: 0.023_81,
    rel_f: 0,
    rel_c: -0.003_591,
    details: { legacy: totals, v2: totals, codes: [] },
    ...given,
  };
}
