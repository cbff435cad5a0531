/**
 * rate, increase, delta and their relatives: what a window's samples say of a change over the whole window.
 * Apart from the `_over_time` family because here alone the two majors of Prometheus differ in their arithmetic.
 */
import type { PrometheusMajor } from './context.ts';
import type { Series } from './series.ts';
import type { ResetIndex, Window } from './selectors.ts';

const resetsOf = new WeakMap<Series, ResetIndex>();

/** The series' resets, found once, extended as it grows, and kept at hand in the window's position. */
function counterResets(window: Window): readonly number[] {
  const { series, position } = window;
  let index = position.resets;
  if (!index) {
    index = resetsOf.get(series) ?? { scanned: 1, indices: [] };
    resetsOf.set(series, index);
    position.resets = index;
  }
  const { values, length } = series;
  for (; index.scanned < length; index.scanned++) {
    if (values[index.scanned]! < values[index.scanned - 1]!) index.indices.push(index.scanned);
  }
  return index.indices;
}

/** Moves the window's place in the list of resets to the first one inside the window. */
function firstResetInside(window: Window, resets: readonly number[]): number {
  let at = window.position.reset;
  while (at < resets.length && resets[at]! <= window.first) at++;
  window.position.reset = at;
  return at;
}

/** What was lost at the counter resets inside the window. */
function lostAtResets(window: Window): number {
  const resets = counterResets(window);
  const { values } = window.series;
  let lost = 0;
  for (let at = firstResetInside(window, resets); at < resets.length && resets[at]! <= window.last; at++) {
    lost += values[resets[at]! - 1]!;
  }
  return lost;
}

/** How many counter resets the window holds. */
export function countResets(window: Window): number | undefined {
  if (window.last < window.first) return undefined;
  const resets = counterResets(window);
  let count = 0;
  for (let at = firstResetInside(window, resets); at < resets.length && resets[at]! <= window.last; at++)
    count++;
  return count;
}

/** Which of the three extrapolating functions. */
export interface RateKind {
  readonly isCounter: boolean;
  readonly perSecond: boolean;
}

/**
 * rate (counter, per second), increase (counter) and delta: the change between first and last sample, extrapolated to
 * each edge of the window where the gap is under 1.1 × the mean sample distance, else by half that distance, and
 * never below zero for a counter. 3.x applies the threshold before the clamp at zero, 2.x after. The value is left in
 * the window.
 */
export function extrapolatedChange(kind: RateKind, major: PrometheusMajor): (window: Window) => boolean {
  return (window) => {
    const { first, last } = window;
    if (last - first < 1) return false;
    const { times, values } = window.series;
    const firstMs = times[first]!;
    const lastMs = times[last]!;
    const firstValue = values[first]!;
    let change = values[last]! - firstValue;
    if (kind.isCounter) change += lostAtResets(window);

    let toStart = (firstMs - window.startMs) / 1000;
    let toEnd = (window.endMs - lastMs) / 1000;
    const sampled = (lastMs - firstMs) / 1000;
    const meanDistance = sampled / (last - first);
    const threshold = meanDistance * 1.1;
    const toZero =
      kind.isCounter && change > 0 && firstValue >= 0 ? sampled * (firstValue / change) : Infinity;
    if (major === 2) toStart = Math.min(toStart, toZero);
    if (toStart >= threshold) toStart = meanDistance / 2;
    if (major === 3) toStart = Math.min(toStart, toZero);
    if (toEnd >= threshold) toEnd = meanDistance / 2;

    const factor = (sampled + toStart + toEnd) / sampled;
    window.value = change * (kind.perSecond ? factor / ((window.endMs - window.startMs) / 1000) : factor);
    return true;
  };
}

/** irate (a counter, per second) and idelta: the change between the window's last two samples. */
export function instantChange(perSecond: boolean): (window: Window) => number | undefined {
  return (window) => {
    const { first, last } = window;
    if (last - first < 1) return undefined;
    const { times, values } = window.series;
    const before = values[last - 1]!;
    const now = values[last]!;
    const change = perSecond && now < before ? now : now - before;
    return perSecond ? change / ((times[last]! - times[last - 1]!) / 1000) : change;
  };
}
