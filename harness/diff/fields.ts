/**
 * Differences of one record, V2 minus legacy, field by field, and which of them are over their limit. Pure and
 * free of the domain: the migration says which measure a field compares and where its limit lies.
 */
import type { Field, FieldValues, RecordDifference } from '../migration.ts';

/** Removes float noise: the nearest multiple of 1e-6, never -0. */
export function toSixDecimals(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0;
}

/** The limit of a field for a given legacy amount: max(floor, share × legacy), to 6 decimals. */
export function breachLimit(field: Field, legacy: number): number {
  const { floor, share } = field.limit;
  return share === 0 ? floor : Math.max(floor, toSixDecimals(share * legacy));
}

/**
 * Which values are over their limits, as a bit set by field index. Strictly greater breaches; null never does.
 * `legacy` holds the measures of the same record or day.
 */
export function breachedFields(
  fields: readonly Field[],
  values: FieldValues,
  legacy: readonly number[],
): number {
  let breached = 0;
  for (let index = 0; index < fields.length; index++) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    const field = fields[index]!;
    if (Math.abs(value) > breachLimit(field, legacy[field.measure]!)) breached |= 1 << index;
  }
  return breached;
}

/**
 * Compares two sets of totals in the order of the migration's measures. Absolute fields are V2 − legacy in the
 * measure's unit; relative fields are that difference ÷ legacy, null where legacy is 0. All to 6 decimals.
 */
export function compareTotals(
  fields: readonly Field[],
  legacy: readonly number[],
  v2: readonly number[],
): RecordDifference {
  const values: (number | null)[] = [];
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!;
    const base = legacy[field.measure]!;
    const difference = toSixDecimals(v2[field.measure]! - base);
    if (!field.relative) values.push(difference);
    else values.push(base === 0 ? null : toSixDecimals(difference / base));
  }
  return { values, breached: breachedFields(fields, values, legacy) };
}

/** Names of the fields in a bit set, in field order. */
export function fieldNames(fields: readonly Field[], breached: number): string[] {
  return fields.filter((_, index) => (breached >> index) & 1).map((field) => field.name);
}
