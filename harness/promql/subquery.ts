/**
 * Subqueries: an inner expression evaluated at absolute multiples of the step, read back as a range vector.
 * Steps already evaluated are kept for the next window, unless what they saw may still change.
 */
import { walkExpr, type Subquery } from './ast.ts';
import type { EvaluationContext } from './context.ts';
import { PromqlEvaluationError } from './errors.ts';
import type { Labels } from './labels.ts';
import {
  blankWindow,
  moveWindow,
  referenceTimes,
  startPosition,
  type WindowPart,
  type WindowPosition,
} from './selectors.ts';
import { GrowingSeries } from './series.ts';
import type { VectorPart } from './vector-result.ts';

/** Whether an inner step's answer holds for good: nothing in it grows or hangs on the outer evaluation's time. */
function isSettled(context: EvaluationContext, subquery: Subquery): boolean {
  const { horizon } = context.options;
  // With a horizon that moves along, a look ahead or at a fixed time sees more at the next evaluation.
  let settled =
    horizon === 'none' ||
    (horizon === 'evaluation-time' && subquery.at === undefined && subquery.offsetMs >= 0);
  walkExpr(subquery.expr, (node) => {
    if (node.kind !== 'vector-selector' && node.kind !== 'subquery') return;
    if (node.at && (horizon !== 'none' || (node.at.kind !== 'time' && !context.isRange))) settled = false;
    if (node.offsetMs < 0 && horizon !== 'none') settled = false;
    if (node.kind === 'vector-selector' && context.source.mayGrow(node.matchers)) settled = false;
  });
  return settled;
}

/** As many samples of one query as Prometheus holds. */
const MOST_SAMPLES = 50_000_000;

function refuseTooMany(samples: number): void {
  if (samples > MOST_SAMPLES)
    throw new PromqlEvaluationError(
      'query processing would load too many samples into memory in query execution',
    );
}

/** Prepares a subquery over its prepared inner expression. */
export function subqueryWindows(
  context: EvaluationContext,
  subquery: Subquery,
  inner: VectorPart,
): WindowPart {
  const stepMs = subquery.stepMs ?? context.options.defaultStepMs;
  const { rangeMs } = subquery;
  const closed = context.options.prometheus === 2;
  const reference = referenceTimes(context, subquery.offsetMs, subquery.at);
  const settled = isSettled(context, subquery);
  const window = blankWindow();
  let series = new Map<string, GrowingSeries>();
  let positions = new Map<GrowingSeries, WindowPosition>();
  let nextStepMs = Infinity;
  let lastStepMs = -Infinity;
  let labels: readonly Labels[] = [];
  let inOrder: readonly GrowingSeries[] = [];
  let refMs = 0;

  let samples = 0;

  const evaluateSteps = (startMs: number, endMs: number): void => {
    refuseTooMany((endMs - startMs) / stepMs);
    let firstMs = Math.ceil(startMs / stepMs) * stepMs;
    if (!closed && firstMs === startMs) firstMs += stepMs;
    // Steps before the oldest kept one are needed, or too many lie between: start over.
    if (!settled || firstMs < nextStepMs - stepMs || firstMs > lastStepMs + stepMs) {
      series = new Map();
      positions = new Map();
      lastStepMs = firstMs - stepMs;
      samples = 0;
    }
    nextStepMs = firstMs + stepMs;
    for (let stepAtMs = lastStepMs + stepMs; stepAtMs <= endMs; stepAtMs += stepMs) {
      const result = inner(stepAtMs);
      for (let at = 0; at < result.values.length; at++)
        appendTo(result.labels[at]!, stepAtMs, result.values[at]!);
      lastStepMs = stepAtMs;
    }
  };
  const appendTo = (one: Labels, atMs: number, value: number): void => {
    let target = series.get(one.key);
    if (!target) {
      target = new GrowingSeries(one);
      series.set(one.key, target);
      positions.set(target, startPosition());
      labels = [];
    }
    target.append(atMs, value);
    refuseTooMany(++samples);
  };

  return {
    mayGrow: true,
    rangeMs,
    labels: () => labels,
    until: (untilRefMs) => reference.until(untilRefMs),
    moveTo(tMs) {
      reference.moveTo(tMs);
      ({ refMs } = reference);
      evaluateSteps(refMs - rangeMs, refMs);
      if (labels.length !== series.size || labels.length !== inOrder.length) {
        inOrder = [...series.values()];
        labels = inOrder.map((one) => one.labels);
      }
      window.tMs = tMs;
      return inOrder.length;
    },
    window(index) {
      window.series = inOrder[index]!;
      window.position = positions.get(inOrder[index]!)!;
      moveWindow(window, { refMs, newestMs: refMs }, rangeMs, closed);
      return window;
    },
  };
}
