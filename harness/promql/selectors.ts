/**
 * Selectors over a source: an instant one finds each series' newest sample in the look-back, a range one its window.
 * Each series keeps its position, so a step costs what is new since the last one and never a search from the start;
 * and each selector says until when its answer stands, so that idle stretches cost nothing above it.
 */
import type { AtModifier, MatrixSelector, VectorSelector } from './ast.ts';
import type { EvaluationContext } from './context.ts';
import type { Labels } from './labels.ts';
import type { Series } from './series.ts';
import { chooseLabels, StepVector, type VectorPart } from './vector-result.ts';

/** The last index whose time is at most `atMs`, or −1, found from a position that is usually close. */
export function lastIndexAt(times: Float64Array, length: number, atMs: number, near: number): number {
  let index = Math.min(near, length - 1);
  if (index < 0 || times[index]! <= atMs) {
    for (let steps = 0; steps < 8; steps++) {
      if (index + 1 >= length || times[index + 1]! > atMs) return index;
      index++;
    }
    return bisect(times, index, length - 1, atMs);
  }
  return bisect(times, -1, index, atMs);
}

/** `low` is known to be at most `atMs` (or −1); finds the last such index up to `high`. */
function bisect(times: Float64Array, low: number, high: number, atMs: number): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (times[middle]! <= atMs) from = middle;
    else to = middle - 1;
  }
  return from;
}

/** The time a selector really reads at, and how its answer's validity maps back to evaluation times. */
export interface Reference {
  /** Turns to an evaluation time. */
  moveTo(tMs: number): void;
  readonly refMs: number;
  /** The newest sample time that can be seen: `refMs`, or the horizon before it. */
  readonly newestMs: number;
  /** Turns "stands until this reference time" into evaluation time. */
  until(untilRefMs: number): number;
}

/** Resolves `@` and `offset`; one object that is moved along, since a new one a step was most of the garbage. */
export function referenceTimes(
  context: EvaluationContext,
  offsetMs: number,
  at: AtModifier | undefined,
): Reference {
  const { horizon } = context.options;
  // A look into the future is cut at a horizon that moves with the evaluation, so nothing can be promised.
  const isUnbounded = horizon === 'none' || (horizon === 'evaluation-time' && offsetMs >= 0);
  const isFixed = (at?.kind === 'time' || context.isRange) && horizon === 'none';
  let nowMs = 0;
  const reference = {
    refMs: 0,
    newestMs: 0,
    moveTo(tMs: number): void {
      nowMs = tMs;
      reference.refMs = baseMs(context, at, tMs) - offsetMs;
      reference.newestMs = Math.min(reference.refMs, context.horizonMs);
    },
    until(untilRefMs: number): number {
      if (at) return isFixed ? Infinity : nowMs;
      return isUnbounded ? untilRefMs + offsetMs : nowMs;
    },
  };
  return reference;
}

/** What `@` puts in place of the evaluation time. */
function baseMs(context: EvaluationContext, at: AtModifier | undefined, tMs: number): number {
  if (!at) return tMs;
  return at.kind === 'time' ? at.atMs : at.kind === 'start' ? context.startMs : context.endMs;
}

/** The series a selector matches, with their positions kept across a refreshed selection. */
function matchedSeries<P>(context: EvaluationContext, selector: VectorSelector, start: () => P) {
  let generation = -1;
  let series: readonly Series[] = [];
  let positions: P[] = [];
  let labels: readonly Labels[] = [];
  const mayGrow = context.source.mayGrow(selector.matchers);
  const refresh = (): void => {
    if (generation === context.source.generation || (generation >= 0 && !mayGrow)) return;
    const known = new Map(series.map((one, index) => [one, positions[index]!]));
    series = context.source.select(selector.matchers);
    positions = series.map((one) => known.get(one) ?? start());
    labels = series.map((one) => one.labels);
    generation = context.source.generation;
  };
  return {
    refresh,
    series: () => series,
    positions: () => positions,
    labels: () => labels,
  };
}

interface InstantPosition {
  index: number;
  /** The last index of the run of equal values, without gap or stale marker, that `index` lies in. */
  runEnd: number;
  staleIndex: number;
}

/** Finds a series' visible sample at `refMs`; leaves its index in the position. */
function seek(series: Series, position: InstantPosition, refMs: number): void {
  const index = lastIndexAt(series.times, series.length, refMs, position.index);
  if (index < position.index) position.runEnd = -1;
  position.index = index;
  const { staleTimes } = series;
  if (staleTimes.length === 0) return;
  let stale = Math.min(position.staleIndex, staleTimes.length - 1);
  while (stale >= 0 && staleTimes[stale]! > refMs) stale--;
  while (stale + 1 < staleTimes.length && staleTimes[stale + 1]! <= refMs) stale++;
  position.staleIndex = stale;
}

function isVisible(series: Series, position: InstantPosition, oldestMs: number): boolean {
  if (position.index < 0) return false;
  const sampleMs = series.times[position.index]!;
  if (sampleMs < oldestMs) return false;
  return position.staleIndex < 0 || series.staleTimes[position.staleIndex]! < sampleMs;
}

/** Until when (reference time) a finished series shows the same value. */
function visibleUntil(
  series: Series,
  position: InstantPosition,
  lookbackMs: number,
  closed: boolean,
): number {
  const { times, values, length, staleTimes } = series;
  const staleMs = staleTimes[position.staleIndex + 1] ?? Infinity;
  let end = Math.max(position.runEnd, position.index);
  if (position.runEnd < position.index) {
    const value = values[position.index]!;
    while (
      end + 1 < length &&
      Object.is(values[end + 1], value) &&
      times[end + 1]! - times[end]! <= lookbackMs &&
      times[end + 1]! < staleMs
    ) {
      end++;
    }
    position.runEnd = end;
  }
  const nextMs = end + 1 < length ? times[end + 1]! - 1 : Infinity;
  return Math.min(nextMs, times[end]! + lookbackMs - (closed ? 0 : 1), staleMs - 1);
}

/** Prepares an instant selector. `read` is what a visible sample counts for: its value, or its time in seconds. */
export function instantSelector(
  context: EvaluationContext,
  selector: VectorSelector,
  read: 'value' | 'timestamp' = 'value',
): VectorPart {
  const { lookbackMs, prometheus } = context.options;
  const closed = prometheus === 2;
  const matched = matchedSeries<InstantPosition>(context, selector, () => ({
    index: -1,
    runEnd: -1,
    staleIndex: -1,
  }));
  const reference = referenceTimes(context, selector.offsetMs, selector.at);
  const mayGrow = context.source.mayGrow(selector.matchers);
  const choice = chooseLabels();
  const result = new StepVector();
  return (tMs) => {
    matched.refresh();
    reference.moveTo(tMs);
    const { refMs, newestMs } = reference;
    const oldestMs = refMs - lookbackMs + (closed ? 0 : 1);
    const series = matched.series();
    const positions = matched.positions();
    let untilRefMs = Infinity;
    choice.begin();
    result.begin();
    for (let index = 0; index < series.length; index++) {
      const one = series[index]!;
      const position = positions[index]!;
      seek(one, position, newestMs);
      if (isVisible(one, position, oldestMs)) {
        choice.keep(index);
        result.push(read === 'value' ? one.values[position.index]! : one.times[position.index]! / 1000);
        if (!mayGrow) untilRefMs = Math.min(untilRefMs, visibleUntil(one, position, lookbackMs, closed));
      } else if (position.index + 1 < one.length) {
        untilRefMs = Math.min(untilRefMs, one.times[position.index + 1]! - 1);
      }
    }
    const untilMs = mayGrow || read === 'timestamp' ? tMs : reference.until(untilRefMs);
    return result.finish(choice.settle(matched.labels()), untilMs);
  };
}

/** One series' samples in one window: those with indices `first` to `last`, `last < first` where it is empty. */
export interface Window {
  series: Series;
  first: number;
  last: number;
  /** The window's edges and the evaluation time, ms. */
  startMs: number;
  endMs: number;
  tMs: number;
  position: WindowPosition;
  /** What a function made of it; written in place, since a number handed back would be an object a step. */
  value: number;
}

/** The indices at which a series' value falls, among its first `scanned` samples. */
export interface ResetIndex {
  scanned: number;
  readonly indices: number[];
}

/** Where a series' window stood last; `reset` is a position in the series' list of counter resets. */
export interface WindowPosition {
  first: number;
  last: number;
  reset: number;
  /** The series' resets, once a function has asked for them. */
  resets: ResetIndex | undefined;
  /** The run of equal values around `last`, without gaps that could leave a window with fewer than two samples. */
  runStart: number;
  runEnd: number;
}

/** A window's position before its first move. */
export const startPosition = (): WindowPosition => ({
  first: 0,
  last: -1,
  reset: 0,
  resets: undefined,
  runStart: 0,
  runEnd: -1,
});

/** A range vector: its series' windows at one evaluation time, one after the other. */
export interface WindowPart {
  /** Turns to an evaluation time; says how many series there are. */
  moveTo(tMs: number): number;
  /** One series' window, perhaps empty, in the order of `labels`; valid until the next is asked for. */
  window(index: number): Window;
  /** The labels of the series, after `moveTo`. */
  labels(): readonly Labels[];
  /** Whether windows ending later may hold other samples than those known now. */
  readonly mayGrow: boolean;
  readonly rangeMs: number;
  /** Until which evaluation time an answer stands that stands until this reference time. */
  until(untilRefMs: number): number;
}

/** Moves one series' window to its new edges. */
export function moveWindow(
  window: Window,
  { refMs, newestMs }: Pick<Reference, 'refMs' | 'newestMs'>,
  rangeMs: number,
  closed: boolean,
): void {
  const { series, position } = window;
  window.startMs = refMs - rangeMs;
  window.endMs = refMs;
  const last = lastIndexAt(series.times, series.length, newestMs, position.last);
  const oldestOutside = closed ? window.startMs - 1 : window.startMs;
  const first = lastIndexAt(series.times, series.length, oldestOutside, position.first - 1) + 1;
  if (first < position.first || last < position.last) {
    position.reset = 0;
    position.runEnd = -1;
  }
  position.first = first;
  position.last = last;
  window.first = first;
  window.last = last;
}

const NO_SERIES: Series = {
  labels: { names: [], values: [], key: '' },
  times: new Float64Array(0),
  values: new Float64Array(0),
  length: 0,
  staleTimes: [],
};

/** A window to be filled in by a range part. */
export const blankWindow = (): Window => ({
  series: NO_SERIES,
  first: 0,
  last: -1,
  startMs: 0,
  endMs: 0,
  tMs: 0,
  position: startPosition(),
  value: 0,
});

/** Prepares a range selector. */
export function rangeSelector(context: EvaluationContext, matrix: MatrixSelector): WindowPart {
  const { selector, rangeMs } = matrix;
  const closed = context.options.prometheus === 2;
  const matched = matchedSeries(context, selector, startPosition);
  const reference = referenceTimes(context, selector.offsetMs, selector.at);
  const window = blankWindow();
  return {
    mayGrow: context.source.mayGrow(selector.matchers),
    rangeMs,
    labels: () => matched.labels(),
    until: (untilRefMs) => reference.until(untilRefMs),
    moveTo(tMs) {
      matched.refresh();
      reference.moveTo(tMs);
      window.tMs = tMs;
      return matched.series().length;
    },
    window(index) {
      window.series = matched.series()[index]!;
      window.position = matched.positions()[index]!;
      moveWindow(window, reference, rangeMs, closed);
      return window;
    },
  };
}

/**
 * Until when (reference time) a window that holds at least two equal samples and nothing else stays so, for a finished
 * series; undefined where the window holds different values.
 */
export function flatUntil(window: Window, rangeMs: number): number | undefined {
  const { series, position, first, last } = window;
  const { times, values, length } = series;
  if (last - first < 1) return undefined;
  if (last > position.runEnd || last < position.runStart) {
    const value = values[last]!;
    // Where two neighbours stand further apart than this, one of them can be alone in a window on its way.
    const widestGapMs = (rangeMs - 1) / 2;
    let start = last;
    while (
      start > 0 &&
      Object.is(values[start - 1], value) &&
      times[start]! - times[start - 1]! <= widestGapMs
    )
      start--;
    let end = last;
    while (
      end + 1 < length &&
      Object.is(values[end + 1], value) &&
      times[end + 1]! - times[end]! <= widestGapMs
    )
      end++;
    position.runStart = start;
    position.runEnd = end;
  }
  if (position.runStart > first) return undefined;
  const end = position.runEnd;
  const nextMs = end + 1 < length ? times[end + 1]! - 1 : Infinity;
  return Math.min(nextMs, times[end - 1]! + rangeMs - 1);
}

/** Until when (reference time) a window with too few samples stays so: the next sample of a finished series. */
export function emptyUntil(window: Window): number {
  const { series, last } = window;
  return last + 1 < series.length ? series.times[last + 1]! - 1 : Infinity;
}
