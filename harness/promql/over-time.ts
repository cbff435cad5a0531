/**
 * The functions from one window of samples to one value, `_over_time` and regression: each reads the window as it is.
 * One file, because they share nothing but their shape and are looked up by name.
 */
import { addTo, type KahanSum } from './kahan.ts';
import { quantileOf } from './quantile.ts';
import type { Window } from './selectors.ts';

/** From a window to a value; undefined where the window holds too few samples. */
export type WindowFunction = (window: Window) => number | undefined;

/** Makes a window function of one that needs at least one sample. */
const withSamples =
  (compute: (window: Window) => number): WindowFunction =>
  (window) =>
    window.last < window.first ? undefined : compute(window);

function kahanSum(window: Window): KahanSum {
  const { values } = window.series;
  const total = { sum: 0, compensation: 0 };
  for (let at = window.first; at <= window.last; at++) addTo(total, values[at]!);
  return total;
}

export const sumOverTime = withSamples((window) => {
  const { sum, compensation } = kahanSum(window);
  return Number.isFinite(sum) ? sum + compensation : sum;
});

/** The mean: a plain sum until it would overflow, from there an incremental mean. */
export const avgOverTime = withSamples((window) => meanOf(window.series.values, window.first, window.last));

/** The mean as 2.x takes it: step by step from the first sample on, with compensation. */
export const steppedAvgOverTime = withSamples(({ series, first, last }) => {
  const mean = { sum: 0, compensation: 0 };
  for (let at = first; at <= last; at++) {
    const value = series.values[at]!;
    const count = at - first + 1;
    if (Math.abs(mean.sum) === Infinity && (value === mean.sum || Number.isFinite(value))) continue;
    addTo(mean, value / count - mean.sum / count);
  }
  return Number.isFinite(mean.sum) ? mean.sum + mean.compensation : mean.sum;
});

/** The mean of `values[first…last]`, as 3.x takes it. */
export function meanOf(values: ArrayLike<number>, first: number, last: number): number {
  const total = { sum: values[first]!, compensation: 0 };
  let incremental = false;
  for (let at = first + 1; at <= last; at++) {
    const count = at - first + 1;
    const value = values[at]!;
    if (!incremental) {
      const before = { ...total };
      addTo(total, value);
      if (Number.isFinite(total.sum) || Number.isNaN(total.sum)) continue;
      incremental = true;
      total.sum = before.sum / (count - 1);
      total.compensation = before.compensation / (count - 1);
    }
    const share = (count - 1) / count;
    total.sum *= share;
    total.compensation *= share;
    addTo(total, value / count);
  }
  const count = last - first + 1;
  return incremental ? total.sum + total.compensation : total.sum / count + total.compensation / count;
}

export const countOverTime = withSamples((window) => window.last - window.first + 1);
export const lastOverTime = withSamples((window) => window.series.values[window.last]!);
export const presentOverTime = withSamples(() => 1);

/** The largest value; NaN only where all are. */
export const maxOverTime = withSamples(({ series, first, last }) => {
  let best = series.values[first]!;
  for (let at = first + 1; at <= last; at++) {
    const value = series.values[at]!;
    if (value > best || Number.isNaN(best)) best = value;
  }
  return best;
});

/** The smallest value; NaN only where all are. */
export const minOverTime = withSamples(({ series, first, last }) => {
  let best = series.values[first]!;
  for (let at = first + 1; at <= last; at++) {
    const value = series.values[at]!;
    if (value < best || Number.isNaN(best)) best = value;
  }
  return best;
});

/** The variance of the window's values over their count (Welford's update with compensated sums). */
export const varianceOverTime = withSamples(({ series, first, last }) => {
  const mean = { sum: 0, compensation: 0 };
  const squares = { sum: 0, compensation: 0 };
  for (let at = first; at <= last; at++) {
    const value = series.values[at]!;
    const delta = value - (mean.sum + mean.compensation);
    addTo(mean, delta / (at - first + 1));
    addTo(squares, delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / (last - first + 1);
});

export const deviationOverTime: WindowFunction = (window) => {
  const variance = varianceOverTime(window);
  return variance === undefined ? undefined : Math.sqrt(variance);
};

export function quantileOverTime(window: Window, quantile: number): number | undefined {
  if (window.last < window.first) return undefined;
  return quantileOf(quantile, Array.from(window.series.values.subarray(window.first, window.last + 1)));
}

/** How often the value changed; NaN after NaN is no change. */
export const changes = withSamples(({ series, first, last }) => {
  let count = 0;
  for (let at = first + 1; at <= last; at++) {
    const before = series.values[at - 1]!;
    const now = series.values[at]!;
    if (now !== before && !(Number.isNaN(now) && Number.isNaN(before))) count++;
  }
  return count;
});

/** Least-squares line through the window's samples: slope per second, and its value at `interceptMs`. */
function regression(window: Window, interceptMs: number): { slope: number; intercept: number } {
  const { times, values } = window.series;
  const x = { sum: 0, compensation: 0 };
  const y = { sum: 0, compensation: 0 };
  const xy = { sum: 0, compensation: 0 };
  const xx = { sum: 0, compensation: 0 };
  const initial = values[window.first]!;
  let constant = true;
  for (let at = window.first; at <= window.last; at++) {
    const value = values[at]!;
    if (at > window.first && value !== initial) constant = false;
    const seconds = (times[at]! - interceptMs) / 1000;
    addTo(x, seconds);
    addTo(y, value);
    addTo(xy, seconds * value);
    addTo(xx, seconds * seconds);
  }
  if (constant) {
    return Math.abs(initial) === Infinity
      ? { slope: Number.NaN, intercept: Number.NaN }
      : { slope: 0, intercept: initial };
  }
  const count = window.last - window.first + 1;
  const totalX = x.sum + x.compensation;
  const totalY = y.sum + y.compensation;
  const covariance = xy.sum + xy.compensation - (totalX * totalY) / count;
  const variance = xx.sum + xx.compensation - (totalX * totalX) / count;
  const slope = covariance / variance;
  return { slope, intercept: totalY / count - (slope * totalX) / count };
}

/** The slope per second of the line through at least two samples. */
export const deriv: WindowFunction = (window) =>
  window.last - window.first < 1 ? undefined : regression(window, window.series.times[window.first]!).slope;

/** The line's value so many seconds after the evaluation time. */
export function predictLinear(window: Window, seconds: number): number | undefined {
  if (window.last - window.first < 1) return undefined;
  const { slope, intercept } = regression(window, window.tMs);
  return slope * seconds + intercept;
}
