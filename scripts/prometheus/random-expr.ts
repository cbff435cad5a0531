/**
 * Random PromQL over the series of random-series.ts, covering the language golem evaluates.
 * Text rather than trees, because that is what both sides read.
 */
import { CALENDAR_FUNCTIONS, RANGE_FUNCTIONS, SAMPLE_FUNCTIONS } from '../../harness/promql/functions.ts';
import type { Dice } from './dice.ts';

const RANGES = ['30s', '1m', '2m30s', '5m', '10m', '15m', '1h'] as const;
const DURATIONS = ['15s', '1m', '2m', '5m'] as const;
const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'] as const;
const METRICS = ['requests_total', 'errors_total', 'level', 'limit', 'latency_bucket'] as const;
const LABELS = ['env', 'field', 'host', 'le', 'nowhere'] as const;

/** An instant vector; `depth` bounds how far it nests. */
export function randomVector(dice: Dice, depth: number): string {
  if (depth <= 0) return randomSelector(dice);
  const inner = (): string => randomVector(dice, depth - 1);
  switch (dice.below(16)) {
    case 0:
      return randomSelector(dice);
    case 1:
    case 2:
    case 3:
      return randomWindowCall(dice, depth);
    case 4:
    case 5:
      return randomAggregation(dice, depth);
    case 6:
      return `${inner()} ${dice.pick(ARITHMETIC)} ${randomScalar(dice, depth - 1)}`;
    case 7:
      return `${inner()} ${dice.pick(COMPARISONS)} ${dice.chance(0.3) ? 'bool ' : ''}${randomScalar(dice, depth - 1)}`;
    case 8:
      return `${randomScalar(dice, 0)} ${dice.pick([...ARITHMETIC, ...COMPARISONS])} ${inner()}`;
    case 9:
    case 10:
      return randomJoin(dice, depth);
    case 11:
      return `(${inner()}) ${dice.pick(['and', 'or', 'unless'])} ${dice.chance(0.6) ? `${dice.pick(['on', 'ignoring'])} (${randomLabels(dice)}) ` : ''}(${inner()})`;
    case 12:
      return `-${dice.chance(0.5) ? `(${inner()})` : inner()}`;
    case 13:
      return randomHistogramQuantile(dice);
    default:
      return randomCall(dice, depth);
  }
}

function randomLabels(dice: Dice): string {
  return LABELS.filter(() => dice.chance(0.4)).join(', ');
}

function randomMatchers(dice: Dice): string {
  const matchers: string[] = [];
  if (dice.chance(0.3))
    matchers.push(dice.pick(['env="prod"', 'env!="stg"', 'env=~"pr.*"', 'env!~"s|t"', 'env=~"prod|dev"']));
  if (dice.chance(0.2))
    matchers.push(
      dice.pick(['field="a"', 'field!="b"', 'field=~"[ab]"', 'field=~".+"', 'nowhere=""', 'field=""']),
    );
  return matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
}

function randomModifiers(dice: Dice): string {
  const offset = dice.chance(0.12) ? ` offset ${dice.pick(DURATIONS)}` : '';
  const at = dice.chance(0.06) ? ` @ ${dice.pick(['300', '611.5', 'start()', 'end()'])}` : '';
  return dice.chance(0.5) ? offset + at : at + offset;
}

function randomSelector(dice: Dice): string {
  return `${dice.pick(METRICS)}${randomMatchers(dice)}${randomModifiers(dice)}`;
}

function randomRange(dice: Dice, depth: number): string {
  if (depth > 0 && dice.chance(0.15)) {
    const inner = randomVector(dice, depth - 1);
    return `(${inner})[${dice.pick(['2m', '5m', '10m'])}:${dice.pick(['', '30s', '1m', '40s'])}]${randomModifiers(dice)}`;
  }
  return `${dice.pick(METRICS)}${randomMatchers(dice)}[${dice.pick(RANGES)}]${randomModifiers(dice)}`;
}

const RATES = ['rate', 'increase', 'delta'] as const;

function randomWindowCall(dice: Dice, depth: number): string {
  const range = randomRange(dice, depth);
  switch (dice.below(10)) {
    case 0:
      return `predict_linear(${range}, ${dice.pick(['60', '3600', '-120.5'])})`;
    case 1:
      return `quantile_over_time(${dice.pick(['0.95', '0', '1', '0.5', '1.5', '-1'])}, ${range})`;
    case 2:
      return `absent_over_time(${range})`;
    case 3:
    case 4:
    case 5:
      return `${dice.pick(RATES)}(${range})`;
    default:
      return `${dice.pick(RANGE_FUNCTIONS)}(${range})`;
  }
}

function randomAggregation(dice: Dice, depth: number): string {
  const inner = randomVector(dice, depth - 1);
  const clause = dice.chance(0.8) ? ` ${dice.pick(['by', 'without'])} (${randomLabels(dice)}) ` : '';
  switch (dice.below(10)) {
    case 0:
      return `${dice.pick(['topk', 'bottomk'])}${clause}(${dice.pick(['1', '2', '3', '0', '-1', '2.9'])}, ${randomDistinct(dice)})`;
    case 1:
      return `quantile${clause}(${dice.pick(['0.5', '0.95', '0', '1', '2', '-0.5'])}, ${inner})`;
    case 2:
      return `count_values${clause}("${dice.pick(['value', 'env'])}", round(clamp(${inner}, -1e6, 1e6), 0.25))`;
    default:
      return `${dice.pick(['sum', 'sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'])}${clause}(${inner})`;
  }
}

/** A vector without equal values or NaN: which of equal ones topk keeps hangs on the order series were stored in. */
function randomDistinct(dice: Dice): string {
  const gauge = `${dice.pick(['level', 'level', 'limit'])}${randomMatchers(dice)}`;
  const vector = dice.chance(0.5)
    ? gauge
    : `${dice.pick(['sum_over_time', 'last_over_time'])}(${gauge}[${dice.pick(RANGES)}])`;
  return `${vector} >= -Inf`;
}

function randomJoin(dice: Dice, depth: number): string {
  const left = `(${randomVector(dice, depth - 1)})`;
  const right = `(${randomVector(dice, depth - 1)})`;
  const comparison = dice.chance(0.4);
  const op = comparison
    ? `${dice.pick(COMPARISONS)}${dice.chance(0.3) ? ' bool' : ''}`
    : dice.pick(ARITHMETIC);
  switch (dice.below(5)) {
    case 0:
      return `${left} ${op} on (env) group_left (${dice.pick(['', 'nowhere', 'field'])}) ${right}`;
    case 1:
      return `limit ${op} on (env) group_right () ${right}`;
    case 2:
      return `${left} ${op} on (env, field) ${right}`;
    case 3:
      return `${left} ${op} ignoring (host) ${right}`;
    default:
      return `${left} ${op} ${right}`;
  }
}

function randomHistogramQuantile(dice: Dice): string {
  const quantile = dice.pick(['0.95', '0.5', '0', '1', '0.9', 'NaN', '1.2']);
  const rate = `rate(latency_bucket${randomMatchers(dice)}[${dice.pick(RANGES)}])`;
  return `histogram_quantile(${quantile}, ${dice.pick([rate, `sum by (le, env) (${rate})`, `sum by (le) (${rate})`, 'latency_bucket'])})`;
}

function randomCall(dice: Dice, depth: number): string {
  const inner = randomVector(dice, depth - 1);
  switch (dice.below(14)) {
    case 0:
      return `clamp(${inner}, ${dice.pick(['-5', '0', '10'])}, ${dice.pick(['3', '20'])})`;
    case 1:
      return `${dice.pick(['clamp_min', 'clamp_max'])}(${inner}, ${dice.pick(['0', '7.5', '-Inf'])})`;
    case 2:
      return `round(${inner}${dice.pick(['', ', 0.5', ', 10'])})`;
    case 3:
      return `label_replace(${inner}, "${dice.pick(['nowhere', 'env', 'field'])}", "${dice.pick(['x-$1', '$$', '$2y', ''])}", "${dice.pick(['env', 'field'])}", "${dice.pick(['(.*)', '(p).*', 'stg', '([a-c])'])}")`;
    case 4:
      return `label_join(${inner}, "${dice.pick(['nowhere', 'host'])}", "-", "env", "field")`;
    case 5:
      return `absent(${inner})`;
    case 6:
      return `timestamp(${dice.chance(0.6) ? randomSelector(dice) : inner})`;
    case 7:
      return `${dice.pick(['sort', 'sort_desc'])}(${inner})`;
    case 8:
      return `vector(${randomScalar(dice, depth - 1)})`;
    case 9:
      return `${dice.pick(CALENDAR_FUNCTIONS)}(${dice.chance(0.3) ? '' : `clamp(${dice.pick(['level', 'limit'])} * 1e7, -1e12, 1e12) >= -Inf`})`;
    default:
      return `${dice.pick(SAMPLE_FUNCTIONS)}(${inner})`;
  }
}

/** A scalar expression. */
export function randomScalar(dice: Dice, depth: number): string {
  switch (dice.below(depth > 0 ? 8 : 4)) {
    case 0:
      return String(dice.below(40) / 4);
    case 1:
      return dice.pick(['0', '1', '-2', '1e3', '0x1f', 'Inf', 'NaN', '-0.5', '.25']);
    case 2:
    case 3:
      return String(dice.below(100));
    case 4:
      return dice.pick(['time()', 'pi()']);
    case 5:
      return `scalar(${randomVector(dice, depth - 1)})`;
    case 6:
      return `(${randomScalar(dice, depth - 1)} ${dice.pick(['+', '-', '*', '/', '^', '%'])} ${randomScalar(dice, depth - 1)})`;
    default:
      return `(${randomScalar(dice, depth - 1)} ${dice.pick(COMPARISONS)} bool ${randomScalar(dice, depth - 1)})`;
  }
}
