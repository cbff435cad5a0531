/**
 * Window functions by name, each with the answer to "until when does this value stand?".
 * The evaluator asks here, so that the families of functions need not know how idle stretches are skipped.
 */
import type { PrometheusMajor } from './context.ts';
import {
  avgOverTime,
  changes,
  countOverTime,
  deriv,
  deviationOverTime,
  lastOverTime,
  maxOverTime,
  minOverTime,
  predictLinear,
  presentOverTime,
  quantileOverTime,
  steppedAvgOverTime,
  sumOverTime,
  varianceOverTime,
} from './over-time.ts';
import { countResets, extrapolatedChange, instantChange } from './rates.ts';
import { emptyUntil, flatUntil, type Window } from './selectors.ts';

export interface WindowSpec {
  /** Leaves the value in the window; false where the window holds too few samples for one. */
  readonly compute: (window: Window, parameter: number) => boolean;
  /** Until which reference time the value stands, for a series that is finished. */
  readonly until: (window: Window, rangeMs: number) => number;
  readonly keepsName: boolean;
  /** Whether the value hangs on the evaluation time as well as on the window. */
  readonly readsTime: boolean;
}

/** For functions whose value over equal samples does not depend on how many there are or when they were. */
const untilSamplesDiffer = (window: Window, rangeMs: number): number => {
  if (window.last < window.first) return emptyUntil(window);
  return flatUntil(window, rangeMs) ?? window.endMs;
};

/** For all others, only an empty window stands. */
const untilSampled = (window: Window): number =>
  window.last < window.first ? emptyUntil(window) : window.endMs;

/** A function that hands its value back, as one that leaves it in the window. */
const inPlace =
  (read: (window: Window, parameter: number) => number | undefined): WindowSpec['compute'] =>
  (window, parameter) => {
    const value = read(window, parameter);
    if (value === undefined) return false;
    window.value = value;
    return true;
  };

type WindowReader = Parameters<typeof inPlace>[0];

const steadyInPlace = (compute: WindowSpec['compute']): WindowSpec => ({
  compute,
  until: untilSamplesDiffer,
  keepsName: false,
  readsTime: false,
});
const steady = (read: WindowReader, keepsName = false): WindowSpec => ({
  ...steadyInPlace(inPlace(read)),
  keepsName,
});
const moving = (read: WindowReader): WindowSpec => ({
  compute: inPlace(read),
  until: untilSampled,
  keepsName: false,
  readsTime: false,
});

const SHARED: Readonly<Record<string, WindowSpec>> = {
  irate: steady(instantChange(true)),
  idelta: steady(instantChange(false)),
  deriv: steady(deriv),
  changes: steady(changes),
  resets: steady(countResets),
  min_over_time: steady(minOverTime),
  max_over_time: steady(maxOverTime),
  last_over_time: steady(lastOverTime, true),
  present_over_time: steady(presentOverTime),
  sum_over_time: moving(sumOverTime),
  count_over_time: moving(countOverTime),
  stddev_over_time: moving(deviationOverTime),
  stdvar_over_time: moving(varianceOverTime),
  quantile_over_time: moving(quantileOverTime),
  predict_linear: { ...moving(predictLinear), readsTime: true },
};

/** The window function of this name, in the arithmetic of this major of Prometheus. */
export function windowFunction(name: string, major: PrometheusMajor): WindowSpec {
  switch (name) {
    case 'avg_over_time':
      return moving(major === 2 ? steppedAvgOverTime : avgOverTime);
    case 'rate':
      return steadyInPlace(extrapolatedChange({ isCounter: true, perSecond: true }, major));
    case 'increase':
      return steadyInPlace(extrapolatedChange({ isCounter: true, perSecond: false }, major));
    case 'delta':
      return steadyInPlace(extrapolatedChange({ isCounter: false, perSecond: false }, major));
    default:
      return SHARED[name]!;
  }
}
