/**
 * How likely an alert fires while somebody watches, and what that stands on: watches that were recorded, or people
 * drawn into watches that nobody could record.
 */
import { lowerBound, upperBound } from './binomial.ts';
import type { BreachSketch } from './breach-sketch.ts';
import { Chance } from './chance.ts';
import type { CountCondition } from './count-rules.ts';
import { type WatchModel, WatchWindows, type WatchWeights } from './watch-windows.ts';

const DAY_MS = 86_400_000;

/** A probability with one-sided bounds, each at the error it was asked for. */
export interface Risk {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** A stretch in which an alert fired, ms; the end may be Infinity. */
export interface Firing {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/**
 * The risk by what was recorded: the share of watches, one after another from the first write on, in which the alert
 * fires. Its bounds are those of Clopper and Pearson over stretches of a day at least, and at least as long as a watch
 * and as the alert remembers: what goes wrong goes wrong for hours, so that shorter stretches are not independent. A
 * stretch fires whenever a watch inside it does, so its upper bound is the watch's too.
 */
export function recordedRisk(input: {
  readonly firings: readonly Firing[];
  readonly span: { readonly firstMs: number; readonly lastMs: number };
  readonly watchMs: number;
  /** How far back the alert's condition looks, its `for` included. */
  readonly reachMs: number;
  readonly alpha: number;
}): Risk {
  const share = (lengthMs: number): { readonly fired: number; readonly all: number } => {
    const { firstMs, lastMs } = input.span;
    const all = Math.max(1, Math.floor((lastMs - firstMs) / lengthMs));
    let fired = 0;
    for (let at = 0; at < all; at++) {
      const fromMs = firstMs + at * lengthMs;
      if (input.firings.some((one) => one.startsAtMs < fromMs + lengthMs && one.endsAtMs > fromMs))
        fired += 1;
    }
    return { fired, all };
  };
  const watches = share(input.watchMs);
  const stretches = share(Math.max(DAY_MS, input.watchMs, input.reachMs));
  const estimate = watches.fired / watches.all;
  return {
    estimate,
    lower: lowerBound(Math.floor(estimate * stretches.all), stretches.all, input.alpha),
    upper: upperBound(stretches.fired, stretches.all, input.alpha),
  };
}

/** Watches put together for the estimate and for each bound. */
const WATCHES = 400;
/** Weighings of the users, of which those nearest to a bound are taken. */
const WEIGHINGS = 200;
const NEAREST = 10;

/**
 * The risk by people, for an alert that counts: the share of watches that fire when production's users are drawn from
 * those sampled. Assumes that users err independently of each other but for the time of day, and that days are alike.
 * The estimate weighs every user alike; the bounds weigh them by exponential numbers of mean 1 beside one unseen user
 * whose every write is in breach (N. Gaffke, 2005, as for rates of days), and stand where that gives more increments
 * than all but `alpha` of such weighings, or fewer. On top of each stands the exact bound for so many watches drawn.
 */
export function drawnRisk(input: {
  readonly model: WatchModel;
  /** Users with increments in all; those of the model are a fair sample of them. */
  readonly users: BreachSketch['users'];
  readonly rule: CountCondition;
  /** Users of production to one of the sample. */
  readonly scale: number;
  readonly alpha: number;
  readonly seed: string;
}): Risk {
  const { model, rule, scale, alpha } = input;
  const windows = new WatchWindows(model, rule);
  const chance = new Chance(`watch ${input.seed} ${JSON.stringify(rule)}`);
  const each = model.users.length === 0 ? 0 : input.users / model.users.length;
  const fired = (weights: readonly WatchWeights[]): number => {
    let count = 0;
    for (let watch = 0; watch < WATCHES; watch++)
      if (windows.fires(weights[watch % weights.length]!, chance)) count += 1;
    return count;
  };
  const alike = { users: model.users.map(() => scale * each), unseen: 0 };
  const weighings = Array.from({ length: WEIGHINGS }, () => weigh(windows, model, rule, each, scale, chance));
  const nearest = (share: number, unseen: boolean): WatchWeights[] => {
    const total = (one: Weighing): number => one.seenIncrements + (unseen ? one.unseenIncrements : 0);
    const sorted = weighings.toSorted((a, b) => total(a) - total(b));
    const middle = Math.round(share * (WEIGHINGS - 1));
    const from = Math.max(0, Math.min(WEIGHINGS - NEAREST, middle - NEAREST / 2));
    return sorted
      .slice(from, from + NEAREST)
      .map(({ weights }) => (unseen ? weights : { ...weights, unseen: 0 }));
  };
  const estimate = fired([alike]) / WATCHES;
  return {
    estimate,
    lower: Math.min(estimate, lowerBound(fired(nearest(alpha, false)), WATCHES, alpha)),
    upper: Math.max(estimate, upperBound(fired(nearest(1 - alpha, true)), WATCHES, alpha)),
  };
}

interface Weighing {
  readonly weights: WatchWeights;
  readonly seenIncrements: number;
  readonly unseenIncrements: number;
}

/** Weighs every user by chance: those that one kept user stands for together weigh a gamma number. */
function weigh(
  windows: WatchWindows,
  model: WatchModel,
  rule: CountCondition,
  each: number,
  scale: number,
  chance: Chance,
): Weighing {
  const users = new Float64Array(model.users.length);
  let seenIncrements = 0;
  for (let user = 0; user < users.length; user++) {
    const increments = windows.incrementsOf(user);
    if (increments === 0) continue;
    users[user] = scale * chance.gamma(each);
    seenIncrements += users[user]! * increments;
  }
  const unseen = scale * chance.exponential();
  const unseenIncrements = unseen * model.unseenWrites * model.days * rule.groups.length;
  return { weights: { users, unseen }, seenIncrements, unseenIncrements };
}
