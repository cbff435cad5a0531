/**
 * The evaluator: prepares an expression over a source once, then answers for one evaluation time after another.
 * Preparing resolves series, functions and labels; a step only moves windows and computes. Time should move forward;
 * going back is right but costs a search.
 */
import { isSetOperator, type Binary, type Call, type Expr } from './ast.ts';
import { aggregate, aggregateQuantile, aggregateTop, aggregateValues } from './aggregations.ts';
import { calendarFunction } from './calendar.ts';
import { DEFAULT_OPTIONS, type EvaluationContext, type EvaluationOptions } from './context.ts';
import { PromqlEvaluationError } from './errors.ts';
import { CALENDAR_FUNCTIONS } from './functions.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { joinVectors, setOperation, vectorWithScalar } from './joins.ts';
import { absentLabels, labelJoiner, labelReplacer } from './label-functions.ts';
import { dropName, NO_LABELS, type Labels } from './labels.ts';
import { ARITHMETIC, COMPARISON } from './operators.ts';
import { clampTo, roundTo, SAMPLE_MATH } from './sample-functions.ts';
import { instantSelector, rangeSelector, type WindowPart } from './selectors.ts';
import type { SeriesSource } from './series.ts';
import { subqueryWindows } from './subquery.ts';
import { typeOf } from './type-check.ts';
import {
  chooseLabels,
  mapLabels,
  remember,
  StepVector,
  type ScalarPart,
  type VectorPart,
  type VectorResult,
} from './vector-result.ts';
import { windowFunction } from './window-functions.ts';

export { DEFAULT_OPTIONS, type EvaluationOptions, type PrometheusMajor } from './context.ts';

/** One series' value at one time. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One series' values over time: `points` are [ms, value]. */
export interface SampleSeries {
  readonly labels: Labels;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** The answer to an instant query, by the expression's type. */
export type InstantResult =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
  | { readonly type: 'matrix'; readonly series: readonly SampleSeries[] };

/** An expression prepared over a source, to be asked at one time after another. */
export interface PreparedQuery {
  /** The vector at a time (a scalar counts as one sample without labels); valid until the next call. */
  at(tMs: number): VectorResult;
}

/**
 * Prepares an expression of type vector or scalar for evaluation at many times, each an instant query of its own.
 * @throws PromqlEvaluationError from `at` where Prometheus would fail, such as a many-to-many join.
 */
export function prepareQuery(
  expr: Expr,
  source: SeriesSource,
  options: Partial<EvaluationOptions> = {},
): PreparedQuery {
  const context = contextOf(source, options, false);
  const part = vectorOrScalar(context, expr);
  return {
    at(tMs) {
      setTimes(context, tMs, tMs);
      return part(tMs);
    },
  };
}

/** Answers an instant query at `atMs`. */
export function evaluateInstant(
  expr: Expr,
  source: SeriesSource,
  atMs: number,
  options: Partial<EvaluationOptions> = {},
): InstantResult {
  const context = contextOf(source, options, false);
  setTimes(context, atMs, atMs);
  if (expr.kind === 'string') return { type: 'string', value: expr.value };
  const type = typeOf(expr);
  if (type === 'matrix') return { type: 'matrix', series: rawWindows(windowsOf(context, expr), atMs) };
  if (type === 'scalar') return { type: 'scalar', value: scalarPart(context, expr)(atMs).value };
  const { labels, values } = vectorPart(context, expr)(atMs);
  return { type: 'vector', samples: labels.map((one, at) => ({ labels: one, value: values[at]! })) };
}

/**
 * Answers a range query: the expression at `fromMs`, `fromMs + stepMs`, … up to `toMs`. Series stand in the order
 * they first appear.
 */
export function evaluateRange(
  expr: Expr,
  source: SeriesSource,
  fromMs: number,
  toMs: number,
  stepMs: number,
  options: Partial<EvaluationOptions> = {},
): readonly SampleSeries[] {
  if (!(stepMs > 0))
    throw new PromqlEvaluationError('zero or negative query resolution step widths are not accepted');
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'scalar') {
    throw new PromqlEvaluationError(
      `invalid expression type "${type}" for range query, must be scalar or instant vector`,
    );
  }
  const context = contextOf(source, options, true);
  setTimes(context, fromMs, toMs);
  const part = vectorOrScalar(context, expr);
  const series = new Map<string, { labels: Labels; points: [number, number][] }>();
  for (let tMs = fromMs; tMs <= toMs; tMs += stepMs) {
    if (context.options.horizon === 'evaluation-time') context.horizonMs = tMs;
    const { labels, values } = part(tMs);
    for (let at = 0; at < values.length; at++) {
      const one = labels[at]!;
      let entry = series.get(one.key);
      if (!entry) {
        entry = { labels: one, points: [] };
        series.set(one.key, entry);
      }
      entry.points.push([tMs, values[at]!]);
    }
  }
  return [...series.values()];
}

function contextOf(
  source: SeriesSource,
  options: Partial<EvaluationOptions>,
  isRange: boolean,
): EvaluationContext {
  return {
    source,
    options: { ...DEFAULT_OPTIONS, ...options },
    isRange,
    startMs: 0,
    endMs: 0,
    horizonMs: Infinity,
  };
}

function setTimes(context: EvaluationContext, startMs: number, endMs: number): void {
  context.startMs = startMs;
  context.endMs = endMs;
  const { horizon } = context.options;
  context.horizonMs = horizon === 'none' ? Infinity : horizon === 'evaluation-time' ? endMs : horizon;
}

function rawWindows(part: WindowPart, atMs: number): SampleSeries[] {
  const series: SampleSeries[] = [];
  const count = part.moveTo(atMs);
  for (let index = 0; index < count; index++) {
    const { series: one, first, last } = part.window(index);
    if (last < first) continue;
    const points = Array.from(
      one.times.subarray(first, last + 1),
      (time, at) => [time, one.values[first + at]!] as const,
    );
    series.push({ labels: one.labels, points });
  }
  return series;
}

// --- parts by kind of expression -------------------------------------------------------------------------------

function vectorOrScalar(context: EvaluationContext, expr: Expr): VectorPart {
  if (typeOf(expr) === 'vector') return vectorPart(context, expr);
  const scalar = scalarPart(context, expr);
  const labels = [NO_LABELS];
  return (tMs) => {
    const { value, untilMs } = scalar(tMs);
    return { labels, values: [value], untilMs };
  };
}

function scalarPart(context: EvaluationContext, expr: Expr): ScalarPart {
  switch (expr.kind) {
    case 'number': {
      const result = { value: expr.value, untilMs: Infinity };
      return () => result;
    }
    case 'unary': {
      const inner = scalarPart(context, expr.expr);
      if (expr.op === '+') return inner;
      return (tMs) => {
        const { value, untilMs } = inner(tMs);
        return { value: -value, untilMs };
      };
    }
    case 'binary': {
      const left = scalarPart(context, expr.left);
      const right = scalarPart(context, expr.right);
      const compute = scalarOperation(expr);
      return (tMs) => {
        const one = left(tMs);
        const other = right(tMs);
        return { value: compute(one.value, other.value), untilMs: Math.min(one.untilMs, other.untilMs) };
      };
    }
    case 'call':
      return scalarCall(context, expr);
    default:
      throw new PromqlEvaluationError(`a ${expr.kind} is not a scalar`);
  }
}

function scalarOperation({ op }: Binary): (left: number, right: number) => number {
  if (op in ARITHMETIC) return ARITHMETIC[op as keyof typeof ARITHMETIC];
  const compare = COMPARISON[op as keyof typeof COMPARISON];
  return (left, right) => (compare(left, right) ? 1 : 0);
}

function scalarCall(context: EvaluationContext, expr: Call): ScalarPart {
  if (expr.func === 'time') return (tMs) => ({ value: tMs / 1000, untilMs: tMs });
  if (expr.func === 'pi') return () => ({ value: Math.PI, untilMs: Infinity });
  const vector = vectorPart(context, expr.args[0]!);
  return (tMs) => {
    const { values, untilMs } = vector(tMs);
    return { value: values.length === 1 ? values[0]! : Number.NaN, untilMs };
  };
}

function vectorPart(context: EvaluationContext, expr: Expr): VectorPart {
  switch (expr.kind) {
    case 'vector-selector':
      return remember(instantSelector(context, expr));
    case 'unary': {
      const inner = vectorPart(context, expr.expr);
      return expr.op === '+' ? inner : remember(eachSample(inner, (value) => -value));
    }
    case 'binary':
      return remember(binaryPart(context, expr));
    case 'aggregation': {
      const inner = vectorPart(context, expr.expr);
      if (expr.op === 'topk' || expr.op === 'bottomk')
        return remember(aggregateTop(expr, scalarPart(context, expr.param!), inner));
      if (expr.op === 'quantile')
        return remember(aggregateQuantile(expr, scalarPart(context, expr.param!), inner));
      if (expr.op === 'count_values') return remember(aggregateValues(expr, textOf(expr.param!), inner));
      return remember(aggregate(expr, inner, context.options.prometheus));
    }
    case 'call':
      return remember(callPart(context, expr));
    default:
      throw new PromqlEvaluationError(`a ${expr.kind} is not an instant vector`);
  }
}

const textOf = (expr: Expr): string => (expr.kind === 'string' ? expr.value : '');

function binaryPart(context: EvaluationContext, expr: Binary): VectorPart {
  const leftIsVector = typeOf(expr.left) === 'vector';
  if (leftIsVector && typeOf(expr.right) === 'vector') {
    const left = vectorPart(context, expr.left);
    const right = vectorPart(context, expr.right);
    return isSetOperator(expr.op)
      ? setOperation(expr, left, right)
      : joinVectors(expr, left, right, context.options.prometheus);
  }
  const vector = vectorPart(context, leftIsVector ? expr.left : expr.right);
  const scalar = scalarPart(context, leftIsVector ? expr.right : expr.left);
  return vectorWithScalar(expr, vector, scalar, leftIsVector, context.options.prometheus);
}

function windowsOf(context: EvaluationContext, expr: Expr): WindowPart {
  if (expr.kind === 'matrix-selector') return rangeSelector(context, expr);
  if (expr.kind === 'subquery') return subqueryWindows(context, expr, vectorPart(context, expr.expr));
  throw new PromqlEvaluationError(`a ${expr.kind} is not a range vector`);
}

/** Maps each sample's value and drops the metric name. */
function eachSample(input: VectorPart, map: (value: number) => number): VectorPart {
  const nameless = mapLabels(dropName);
  const result = new StepVector();
  return (tMs) => {
    const vector = input(tMs);
    result.begin();
    for (const value of vector.values) result.push(map(value));
    return result.finish(nameless(vector.labels), vector.untilMs);
  };
}

const CALENDAR_NAMES: ReadonlySet<string> = new Set(CALENDAR_FUNCTIONS);

function callPart(context: EvaluationContext, expr: Call): VectorPart {
  const { func, args } = expr;
  if (func in SAMPLE_MATH) return eachSample(vectorPart(context, args[0]!), SAMPLE_MATH[func]!);
  if (CALENDAR_NAMES.has(func)) return calendarPart(context, expr);
  const matrix = args.find((arg) => typeOf(arg) === 'matrix');
  if (matrix) return windowCall(context, expr, matrix);
  switch (func) {
    case 'vector': {
      const scalar = scalarPart(context, args[0]!);
      const labels = [NO_LABELS];
      return (tMs) => {
        const { value, untilMs } = scalar(tMs);
        return { labels, values: [value], untilMs };
      };
    }
    case 'absent':
      return absentPart(vectorPart(context, args[0]!), absentLabels(args[0]!));
    case 'timestamp':
      return timestampPart(context, args[0]!);
    case 'sort':
    case 'sort_desc':
      return sortPart(vectorPart(context, args[0]!), func === 'sort' ? 1 : -1);
    case 'round':
    case 'clamp':
    case 'clamp_min':
    case 'clamp_max':
      return boundedPart(context, expr);
    case 'label_replace':
    case 'label_join':
      return relabelPart(vectorPart(context, args[0]!), relabeller(context, expr));
    case 'histogram_quantile':
      return histogramQuantile(
        scalarPart(context, args[0]!),
        vectorPart(context, args[1]!),
        context.options.prometheus,
      );
    default:
      throw new PromqlEvaluationError(`function "${func}" is not supported`);
  }
}

function relabeller(context: EvaluationContext, { func, args }: Call): (labels: Labels) => Labels {
  const texts = args.slice(1).map(textOf);
  if (func === 'label_join') return labelJoiner(texts[0]!, texts[1]!, texts.slice(2));
  return labelReplacer(texts[0]!, texts[1]!, texts[2]!, texts[3]!, context.options.prometheus === 3);
}

function relabelPart(input: VectorPart, map: (labels: Labels) => Labels): VectorPart {
  const relabelled = mapLabels(map);
  return (tMs) => {
    const { labels, values, untilMs } = input(tMs);
    return { labels: relabelled(labels), values, untilMs };
  };
}

function calendarPart(context: EvaluationContext, { func, args }: Call): VectorPart {
  const read = calendarFunction(func);
  if (args[0]) return eachSample(vectorPart(context, args[0]), read);
  const labels = [NO_LABELS];
  return (tMs) => ({ labels, values: [read(tMs / 1000)], untilMs: tMs });
}

function absentPart(input: VectorPart, labels: Labels): VectorPart {
  const shape = [labels];
  return (tMs) => {
    const { values, untilMs } = input(tMs);
    return values.length > 0 ? { labels: [], values: [], untilMs } : { labels: shape, values: [1], untilMs };
  };
}

/** timestamp() of a selector reads the sample's own time; of anything else, the evaluation's. */
function timestampPart(context: EvaluationContext, arg: Expr): VectorPart {
  if (arg.kind === 'vector-selector')
    return eachSample(instantSelector(context, arg, 'timestamp'), (value) => value);
  const inner = vectorPart(context, arg);
  const nameless = mapLabels(dropName);
  return (tMs) => {
    const { labels } = inner(tMs);
    return { labels: nameless(labels), values: labels.map(() => tMs / 1000), untilMs: tMs };
  };
}

/** NaN stands last either way. */
function sortPart(input: VectorPart, direction: 1 | -1): VectorPart {
  return (tMs) => {
    const { labels, values, untilMs } = input(tMs);
    const order = [...values.keys()].sort((a, b) => {
      const left = values[a]!;
      const right = values[b]!;
      if (Number.isNaN(left)) return Number.isNaN(right) ? 0 : 1;
      return Number.isNaN(right) ? -1 : direction * (left - right);
    });
    return { labels: order.map((at) => labels[at]!), values: order.map((at) => values[at]!), untilMs };
  };
}

function boundedPart(context: EvaluationContext, { func, args }: Call): VectorPart {
  const vector = vectorPart(context, args[0]!);
  const limits = args.slice(1).map((arg) => scalarPart(context, arg));
  const nameless = mapLabels(dropName);
  const result = new StepVector();
  return (tMs) => {
    const input = vector(tMs);
    const bounds = limits.map((limit) => limit(tMs));
    const [first = 1, second = Infinity] = bounds.map((bound) => bound.value);
    const untilMs = Math.min(input.untilMs, ...bounds.map((bound) => bound.untilMs));
    result.begin();
    if (func === 'clamp' && second < first) return result.finish([], untilMs);
    const map =
      func === 'round'
        ? (value: number) => roundTo(value, first)
        : func === 'clamp_max'
          ? (value: number) => clampTo(value, -Infinity, first)
          : (value: number) => clampTo(value, first, second);
    for (const value of input.values) result.push(map(value));
    return result.finish(nameless(input.labels), untilMs);
  };
}

// --- functions over windows ------------------------------------------------------------------------------------

function windowCall(context: EvaluationContext, expr: Call, matrix: Expr): VectorPart {
  const part = windowsOf(context, matrix);
  if (expr.func === 'absent_over_time') return absentOverTime(part, absentLabels(matrix));
  const parameter = expr.args.find((arg) => arg !== matrix);
  const scalar: ScalarPart = parameter
    ? scalarPart(context, parameter)
    : () => ({ value: 0, untilMs: Infinity });
  const spec = windowFunction(expr.func, context.options.prometheus);
  const nameless = mapLabels(spec.keepsName ? (labels) => labels : dropName);
  const choice = chooseLabels();
  const result = new StepVector();
  // Duplicates count only among the series that have a value, so names are dropped after the choice.
  return (tMs) => {
    const asked = scalar(tMs);
    let untilRefMs = Infinity;
    choice.begin();
    result.begin();
    const count = part.moveTo(tMs);
    for (let index = 0; index < count; index++) {
      const window = part.window(index);
      if (spec.compute(window, asked.value)) {
        choice.keep(index);
        result.push(window.value);
      }
      if (!part.mayGrow && untilRefMs > window.endMs)
        untilRefMs = Math.min(untilRefMs, spec.until(window, part.rangeMs));
    }
    const labels = nameless(choice.settle(part.labels()));
    const mayChange = part.mayGrow || (spec.readsTime && labels.length > 0);
    return result.finish(labels, mayChange ? tMs : Math.min(asked.untilMs, part.until(untilRefMs)));
  };
}

function absentOverTime(part: WindowPart, labels: Labels): VectorPart {
  const shape = [labels];
  return (tMs) => {
    let present = false;
    for (let left = part.moveTo(tMs); left > 0 && !present; left--) {
      const { first, last } = part.window(left - 1);
      present = last >= first;
    }
    return present ? { labels: [], values: [], untilMs: tMs } : { labels: shape, values: [1], untilMs: tMs };
  };
}
