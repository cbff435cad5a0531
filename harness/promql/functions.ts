/**
 * The PromQL functions golem evaluates, with the types of their arguments, and those it refuses by name.
 * One table, so that the checker, the random expressions of the tests and the evaluator cannot disagree.
 */
import type { ValueType } from './ast.ts';

export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional: number;
  /** Whether the last argument may repeat. */
  readonly variadic: boolean;
  readonly returns: ValueType;
}

const fn = (
  args: readonly ValueType[],
  returns: ValueType = 'vector',
  extra: { optional?: number; variadic?: boolean } = {},
): FunctionSignature => ({ args, returns, optional: extra.optional ?? 0, variadic: extra.variadic ?? false });

const perSample = fn(['vector']);
const overRange = fn(['matrix']);
const calendar = fn(['vector'], 'vector', { optional: 1 });

const table: Record<string, FunctionSignature> = {
  histogram_quantile: fn(['scalar', 'vector']),
  absent: perSample,
  absent_over_time: overRange,
  clamp: fn(['vector', 'scalar', 'scalar']),
  clamp_max: fn(['vector', 'scalar']),
  clamp_min: fn(['vector', 'scalar']),
  label_join: fn(['vector', 'string', 'string', 'string'], 'vector', { optional: 1, variadic: true }),
  label_replace: fn(['vector', 'string', 'string', 'string', 'string']),
  pi: fn([], 'scalar'),
  predict_linear: fn(['matrix', 'scalar']),
  quantile_over_time: fn(['scalar', 'matrix']),
  round: fn(['vector', 'scalar'], 'vector', { optional: 1 }),
  scalar: fn(['vector'], 'scalar'),
  sort: perSample,
  sort_desc: perSample,
  time: fn([], 'scalar'),
  timestamp: perSample,
  vector: fn(['scalar']),
};

/** Functions that map each sample of a vector by itself. */
export const SAMPLE_FUNCTIONS = [
  ...['abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'deg', 'rad'],
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'],
] as const;
/** Functions of the calendar, which read the evaluation time where they get no argument. */
export const CALENDAR_FUNCTIONS = [
  ...['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year'],
] as const;
/** Functions from one series' window of samples to one value. */
export const RANGE_FUNCTIONS = [
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets'],
  ...['avg_over_time', 'min_over_time', 'max_over_time', 'sum_over_time', 'count_over_time'],
  ...['last_over_time', 'present_over_time', 'stddev_over_time', 'stdvar_over_time'],
] as const;

for (const name of SAMPLE_FUNCTIONS) table[name] = perSample;
for (const name of CALENDAR_FUNCTIONS) table[name] = calendar;
for (const name of RANGE_FUNCTIONS) table[name] = overRange;

/** Every function golem evaluates. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map(Object.entries(table));

const nativeHistogram = 'it reads native histograms';
const experimental = 'it is experimental in Prometheus';

/** Functions and aggregators of Prometheus that golem refuses, with the reason. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['histogram_avg', nativeHistogram],
  ['histogram_count', nativeHistogram],
  ['histogram_sum', nativeHistogram],
  ['histogram_fraction', nativeHistogram],
  ['histogram_stddev', nativeHistogram],
  ['histogram_stdvar', nativeHistogram],
  ['histogram_quantiles', experimental],
  ['double_exponential_smoothing', experimental],
  ['holt_winters', 'Prometheus 3 removed it'],
  ['info', experimental],
  ['mad_over_time', experimental],
  ['first_over_time', experimental],
  ['ts_of_first_over_time', experimental],
  ['ts_of_last_over_time', experimental],
  ['ts_of_max_over_time', experimental],
  ['ts_of_min_over_time', experimental],
  ['sort_by_label', experimental],
  ['sort_by_label_desc', experimental],
  ['start_timestamp', experimental],
  ['start', experimental],
  ['end', experimental],
  ['range', experimental],
  ['step', experimental],
  ['limitk', experimental],
  ['limit_ratio', experimental],
]);
