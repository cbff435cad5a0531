/**
 * The metrics the meal log exposes, with production's names, labels and buckets. One list for both sinks: the
 * service hands it to prom-client, a replay to its tally, and neither can name a series the other does not know.
 */
import type { MetricSpec } from '../migration.ts';

const FIELDS_ABSOLUTE = ['dkcal', 'dp', 'df', 'dc'] as const;
const FIELDS_RELATIVE = ['rel_p', 'rel_f', 'rel_c'] as const;
const FIELDS = [...FIELDS_ABSOLUTE, ...FIELDS_RELATIVE] as const;

/** What became of a request's idempotency key, in the order of the counter's children. */
export const IDEMPOTENCY_STATUSES = ['new', 'hit', 'stale', 'error'] as const;

export type IdempotencyStatus = (typeof IDEMPOTENCY_STATUSES)[number];

function fieldHistogram(
  name: string,
  help: string,
  fields: readonly string[],
  buckets: readonly number[],
): MetricSpec {
  return { name, help, type: 'histogram', label: { name: 'field', values: fields }, buckets };
}

function fieldCounter(name: string, help: string): MetricSpec {
  return { name, help, type: 'counter', label: { name: 'field', values: FIELDS }, buckets: [] };
}

/** Indexes into `METRICS`, by what is observed. */
export const METRIC = {
  diffAbs: 0,
  diffRel: 1,
  dailyDiffAbs: 2,
  dailyDiffRel: 3,
  diffBreach: 4,
  dailyDiffBreach: 5,
  writeDuration: 6,
  writeErrors: 7,
  idempotency: 8,
  buildInfo: 9,
} as const;

const RATIO_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];

/**
 * Every metric of the service. Histograms take absolute values. Children of `field` follow the order of the
 * compared fields: absolute ones are children 0–3 of `*_abs`, ratios 0–2 of `*_rel`, all seven 0–6 of `*_breach`.
 */
export const METRICS: readonly MetricSpec[] = [
  fieldHistogram(
    'meal_log_shadow_diff_abs',
    'Absolute difference of a record, V2 minus legacy (kcal or g)',
    FIELDS_ABSOLUTE,
    [0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640],
  ),
  fieldHistogram(
    'meal_log_shadow_diff_rel',
    'Absolute difference of a record as a share of legacy',
    FIELDS_RELATIVE,
    RATIO_BUCKETS,
  ),
  fieldHistogram(
    'meal_log_shadow_daily_diff_abs',
    "Absolute running difference of a user's day, V2 minus legacy (kcal or g)",
    FIELDS_ABSOLUTE,
    [1, 5, 10, 20, 40, 80, 160, 320, 640, 1280],
  ),
  fieldHistogram(
    'meal_log_shadow_daily_diff_rel',
    "Absolute running difference of a user's day as a share of legacy",
    FIELDS_RELATIVE,
    RATIO_BUCKETS,
  ),
  fieldCounter('meal_log_shadow_diff_breach_total', 'Records whose difference is over its limit'),
  fieldCounter(
    'meal_log_shadow_daily_diff_breach_total',
    'Running day differences over their limit, counted again at each write of the day',
  ),
  {
    name: 'meal_log_shadow_write_duration_seconds',
    help: 'Time the shadow write took, failed ones included',
    type: 'histogram',
    label: null,
    buckets: [0.01, 0.05, 0.1, 0.3, 0.5, 1, 2, 5],
  },
  {
    name: 'meal_log_shadow_write_errors_total',
    help: 'Shadow writes that failed and rolled back',
    type: 'counter',
    label: null,
    buckets: [],
  },
  {
    name: 'meal_log_idempotency_total',
    help: 'Requests by what became of their idempotency key',
    type: 'counter',
    label: { name: 'status', values: IDEMPOTENCY_STATUSES },
    buckets: [],
  },
  {
    name: 'meal_log_app_build_info',
    help: 'Always 1; its labels say which build and which model answer',
    type: 'gauge',
    label: null,
    buckets: [],
  },
];
