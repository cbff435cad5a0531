import { expect, test } from 'vitest';
import { METRIC, METRICS } from './metrics.ts';

test('names every metric as the dashboards do', () => {
  expect(METRICS.map((metric) => `${metric.type} ${metric.name} ${metric.label?.name ?? '-'}`)).toEqual([
    'histogram meal_log_shadow_diff_abs field',
    'histogram meal_log_shadow_diff_rel field',
    'histogram meal_log_shadow_daily_diff_abs field',
    'histogram meal_log_shadow_daily_diff_rel field',
    'counter meal_log_shadow_diff_breach_total field',
    'counter meal_log_shadow_daily_diff_breach_total field',
    'histogram meal_log_shadow_write_duration_seconds -',
    'counter meal_log_shadow_write_errors_total -',
    'counter meal_log_idempotency_total status',
    'gauge meal_log_app_build_info -',
  ]);
});

test('points each named index at its metric', () => {
  const named = Object.fromEntries(
    Object.entries(METRIC).map(([name, index]) => [name, METRICS[index]?.name.replace('meal_log_', '')]),
  );
  expect(named).toEqual({
    diffAbs: 'shadow_diff_abs',
    diffRel: 'shadow_diff_rel',
    dailyDiffAbs: 'shadow_daily_diff_abs',
    dailyDiffRel: 'shadow_daily_diff_rel',
    diffBreach: 'shadow_diff_breach_total',
    dailyDiffBreach: 'shadow_daily_diff_breach_total',
    writeDuration: 'shadow_write_duration_seconds',
    writeErrors: 'shadow_write_errors_total',
    idempotency: 'idempotency_total',
    buildInfo: 'app_build_info',
  });
});

test('keeps the buckets in rising order and only on histograms', () => {
  for (const { type, buckets } of METRICS) {
    expect([...buckets].sort((a, b) => a - b)).toEqual([...buckets]);
    expect(buckets.length > 0).toBe(type === 'histogram');
  }
});
