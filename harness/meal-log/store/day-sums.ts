/**
 * The day rule outside SQL: what a day's diff is, given its record diffs. The memory store keeps these sums as
 * records come; the SQL stores compute the same in one statement and a test holds both equal. Sums are exact
 * integers of 1e-6 units; where a day leaves the safe integers it is summed again in big integers.
 */
import type { DayDetails, NewRecordDiff, Spread, Totals } from './contract.ts';
import { rescaled, scaledExactly, scaledNumber, unscaled } from './decimal-rounding.ts';

const MICRO = 1e6;
const MICRO_DECIMALS = 6;
const GRAM_DECIMALS = 2;
/** Micro-units in a cell of two decimals. */
const PER_GRAM_CELL = 1e4;
/** Energy, protein, fat, carbohydrate. */
const MEASURES = 4;
const P95 = 0.95;

/** What one record diff contributes to its day. */
export type DayRecord = Pick<NewRecordDiff, 'dkcal' | 'dp' | 'df' | 'dc' | 'details'>;

/** The running sums of one phase, user and date. */
export interface DaySums {
  readonly records: DayRecord[];
  /** 1e-6 units: signed diffs, absolute diffs, legacy totals, V2 totals, each by measure; NaN once not exact. */
  readonly micro: Float64Array;
  /** Absolute diffs in 1e-6 units, ascending, by measure. */
  readonly ordered: readonly [number[], number[], number[], number[]];
}

const ABSOLUTE = MEASURES;
const LEGACY = 2 * MEASURES;
const V2 = 3 * MEASURES;

/** The columns of a day's diff row that the rule decides. `dkcal` may leave the integer column's range. */
export interface DayValues {
  readonly dkcal: number;
  readonly dp: number;
  readonly df: number;
  readonly dc: number;
  readonly rel_p: number | null;
  readonly rel_f: number | null;
  readonly rel_c: number | null;
  readonly details: DayDetails;
}

/** A day without records. */
export function emptyDay(): DaySums {
  return { records: [], micro: new Float64Array(4 * MEASURES), ordered: [[], [], [], []] };
}

function micro(value: number): number {
  return scaledNumber(value, MICRO, MICRO_DECIMALS);
}

/** Adds one record diff to its day, in place. */
export function addRecord(day: DaySums, record: DayRecord): void {
  day.records.push(record);
  const { legacy, v2 } = record.details;
  addMeasure(day, 0, record.dkcal, legacy.calories, v2.calories);
  addMeasure(day, 1, record.dp, legacy.protein_g, v2.protein_g);
  addMeasure(day, 2, record.df, legacy.fat_g, v2.fat_g);
  addMeasure(day, 3, record.dc, legacy.carbs_g, v2.carbs_g);
}

function addMeasure(day: DaySums, measure: number, diff: number, legacy: number, v2: number): void {
  const { micro: sums } = day;
  const signed = micro(diff);
  const absolute = signed < 0 ? -signed : signed;
  sums[measure] = sums[measure]! + signed;
  sums[ABSOLUTE + measure] = sums[ABSOLUTE + measure]! + absolute;
  sums[LEGACY + measure] = sums[LEGACY + measure]! + micro(legacy);
  sums[V2 + measure] = sums[V2 + measure]! + micro(v2);
  const ordered = day.ordered[measure]!;
  let at = ordered.length;
  ordered.push(absolute);
  while (at > 0 && ordered[at - 1]! > absolute) {
    ordered[at] = ordered[at - 1]!;
    at -= 1;
  }
  ordered[at] = absolute;
}

/** The day's diff over its records so far: DOMAIN's day rule. Pure. */
export function dayValues(day: DaySums): DayValues {
  const sums = day.micro;
  for (let index = 0; index < sums.length; index++) {
    // NaN compares false, so a sum that is not exact falls through as well.
    if (!(sums[index]! <= Number.MAX_SAFE_INTEGER && sums[index]! >= -Number.MAX_SAFE_INTEGER)) {
      return exactDayValues(day.records);
    }
  }
  const protein = sums[LEGACY + 1]! / MICRO;
  const fat = sums[LEGACY + 2]! / MICRO;
  const carbohydrate = sums[LEGACY + 3]! / MICRO;
  return {
    dkcal: sums[0]! / MICRO,
    dp: grams(sums[1]!),
    df: grams(sums[2]!),
    dc: grams(sums[3]!),
    rel_p: protein === 0 ? null : sums[1]! / MICRO / protein,
    rel_f: fat === 0 ? null : sums[2]! / MICRO / fat,
    rel_c: carbohydrate === 0 ? null : sums[3]! / MICRO / carbohydrate,
    details: {
      records: day.records.length,
      legacy: {
        calories: sums[LEGACY]! / MICRO,
        protein_g: protein,
        fat_g: fat,
        carbs_g: carbohydrate,
      },
      v2: {
        calories: sums[V2]! / MICRO,
        protein_g: sums[V2 + 1]! / MICRO,
        fat_g: sums[V2 + 2]! / MICRO,
        carbs_g: sums[V2 + 3]! / MICRO,
      },
      abs: {
        dkcal: spread(sums[ABSOLUTE]!, day.ordered[0]),
        dp: spread(sums[ABSOLUTE + 1]!, day.ordered[1]),
        df: spread(sums[ABSOLUTE + 2]!, day.ordered[2]),
        dc: spread(sums[ABSOLUTE + 3]!, day.ordered[3]),
      },
    },
  };
}

/** A safe integer of 1e-6 g rounded to two decimals, half away from zero, in g. */
function grams(microGrams: number): number {
  const magnitude = microGrams < 0 ? -microGrams : microGrams;
  const rest = magnitude % PER_GRAM_CELL;
  const cells = (magnitude - rest) / PER_GRAM_CELL + (rest * 2 >= PER_GRAM_CELL ? 1 : 0);
  return microGrams < 0 ? 0 - cells / 100 : cells / 100;
}

function spread(sum: number, ordered: readonly number[]): Spread {
  const last = ordered.length === 0 ? 0 : ordered[ordered.length - 1]!;
  const [low, high, share] = p95Neighbours(ordered.length);
  const p95 = ordered.length === 0 ? 0 : interpolate(ordered[low]! / MICRO, ordered[high]! / MICRO, share);
  return { sum: sum / MICRO, max: last / MICRO, p95 };
}

/** Indices around the 95th percentile of `count` ordered values, and how far between them it lies. */
function p95Neighbours(count: number): readonly [number, number, number] {
  const position = P95 * (count - 1);
  const low = Math.floor(position);
  return [low, Math.ceil(position), position - low];
}

/** PostgreSQL's `percentile_cont` between two doubles, then taken to 6 decimals. */
function interpolate(low: number, high: number, share: number): number {
  const value = low + share * (high - low);
  const scaled = micro(value);
  return Number.isNaN(scaled)
    ? unscaled(scaledExactly(value, MICRO_DECIMALS), MICRO_DECIMALS)
    : scaled / MICRO;
}

const FIELD_NAMES = ['dkcal', 'dp', 'df', 'dc'] as const;
const TOTAL_NAMES = ['calories', 'protein_g', 'fat_g', 'carbs_g'] as const;

/** The same rule in big integers, for days beyond the safe integers. */
function exactDayValues(records: readonly DayRecord[]): DayValues {
  const diffs = FIELD_NAMES.map((name) =>
    records.map((record) => scaledExactly(record[name], MICRO_DECIMALS)),
  );
  const total = (side: 'legacy' | 'v2'): bigint[] =>
    TOTAL_NAMES.map((name) => sumOf(records.map((record) => exactTotal(record.details[side][name]))));
  const signed = diffs.map(sumOf);
  const legacy = total('legacy');
  const spreads = diffs.map(exactSpread);
  const ratio = (measure: number): number | null =>
    legacy[measure] === 0n ? null : asNumber(signed[measure]!) / asNumber(legacy[measure]!);
  const rounded = (measure: number): number =>
    unscaled(rescaled(signed[measure]!, MICRO_DECIMALS, GRAM_DECIMALS), GRAM_DECIMALS);
  return {
    dkcal: asNumber(signed[0]!),
    dp: rounded(1),
    df: rounded(2),
    dc: rounded(3),
    rel_p: ratio(1),
    rel_f: ratio(2),
    rel_c: ratio(3),
    details: {
      records: records.length,
      legacy: asTotals(legacy),
      v2: asTotals(total('v2')),
      abs: { dkcal: spreads[0]!, dp: spreads[1]!, df: spreads[2]!, dc: spreads[3]! },
    },
  };
}

/** A total in 1e-6 units; what JSON cannot hold counts as nothing, as SQL's sum passes over null. */
function exactTotal(value: number): bigint {
  return Number.isFinite(value) ? scaledExactly(value, MICRO_DECIMALS) : 0n;
}

function exactSpread(signed: readonly bigint[]): Spread {
  const ordered = signed.map((value) => (value < 0n ? -value : value)).sort((a, b) => (a < b ? -1 : 1));
  const [low, high, share] = p95Neighbours(ordered.length);
  return {
    sum: asNumber(sumOf(ordered)),
    max: asNumber(ordered[ordered.length - 1]!),
    p95: interpolate(asNumber(ordered[low]!), asNumber(ordered[high]!), share),
  };
}

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}

function asNumber(scaled: bigint): number {
  return unscaled(scaled, MICRO_DECIMALS);
}

function asTotals(scaled: readonly bigint[]): Totals {
  return {
    calories: asNumber(scaled[0]!),
    protein_g: asNumber(scaled[1]!),
    fat_g: asNumber(scaled[2]!),
    carbs_g: asNumber(scaled[3]!),
  };
}
