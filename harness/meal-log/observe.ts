/**
 * A write's differences as metric events: every field observed, those in breach counted. A file of its own because the
 * service observes what it has just computed, and a review of accepted outcomes what was computed long ago.
 */
import type { DayDifference, MetricSink, RecordDifference } from '../migration.ts';
import { FIELDS } from './fields.ts';
import { METRIC } from './metrics.ts';

/** Absolute fields come first in `FIELDS`; ratios follow. */
const ABSOLUTE_FIELDS = FIELDS.filter((field) => !field.relative).length;

/** Where a level's differences are observed. */
interface DifferenceMetrics {
  readonly absolute: number;
  readonly relative: number;
  readonly breaches: number;
}

const RECORD_METRICS: DifferenceMetrics = {
  absolute: METRIC.diffAbs,
  relative: METRIC.diffRel,
  breaches: METRIC.diffBreach,
};

const DAY_METRICS: DifferenceMetrics = {
  absolute: METRIC.dailyDiffAbs,
  relative: METRIC.dailyDiffRel,
  breaches: METRIC.dailyDiffBreach,
};

/** Observes every field of a record's difference and counts those in breach. */
export function observeRecord(metrics: MetricSink, difference: RecordDifference): void {
  observe(metrics, difference, RECORD_METRICS);
}

/** The same of a running day's. */
export function observeDay(
  metrics: MetricSink,
  difference: Pick<DayDifference, 'values' | 'breached'>,
): void {
  observe(metrics, difference, DAY_METRICS);
}

function observe(metrics: MetricSink, { values, breached }: RecordDifference, into: DifferenceMetrics): void {
  for (let index = 0; index < FIELDS.length; index++) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    if (index < ABSOLUTE_FIELDS) metrics.observe(into.absolute, index, Math.abs(value));
    else metrics.observe(into.relative, index - ABSOLUTE_FIELDS, Math.abs(value));
    if ((breached >> index) & 1) metrics.increment(into.breaches, index);
  }
}
