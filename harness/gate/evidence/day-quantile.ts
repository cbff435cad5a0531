/**
 * A quantile of the days' differences and an upper bound on it, from the replicates that were counted beside them.
 */
import { upperBound } from './binomial.ts';

/** Of fewer users no bound is given: at 60 that repeat their days, one of 95% was measured to hold 93.6% of the time. */
export const FEWEST_USERS = 80;

/** One cell of a field's days in ascending order: its largest difference and its counts, the real one first. */
export interface CellOfDays {
  readonly top: number;
  readonly counts: ArrayLike<number>;
}

export interface QuantileBound {
  /** The nearest-rank quantile, to the top of its cell; 0 without any day. */
  readonly value: number;
  /** Null where so few users cannot bound it by anything they showed. */
  readonly upper: number | null;
}

/**
 * The quantile `q` and its upper bound at error `alpha`, of days of `users` people. The bound is the smallest
 * difference of which it can be said that no more than 1 − q of all days lie beyond it (R. Woodruff, "Confidence
 * intervals for medians and other position measures", 1952). How much can be said of the days beyond follows E. Korn
 * and B. Graubard (1998): the bound of Clopper and Pearson at the number of independent days that would vary as much
 * as the replicates do.
 */
export function dayQuantile(
  cells: readonly CellOfDays[],
  q: number,
  alpha: number,
  users: number,
): QuantileBound {
  const replicates = (cells[0]?.counts.length ?? 1) - 1;
  const totals = new Float64Array(replicates + 1);
  for (const { counts } of cells) for (let at = 0; at <= replicates; at++) totals[at]! += counts[at]!;
  const days = totals[0]!;
  if (days === 0) return { value: 0, upper: null };
  const isBounded = users >= FEWEST_USERS;
  const beyond = totals.slice();
  let value: number | null = null;
  for (const { top, counts } of cells) {
    for (let at = 0; at <= replicates; at++) beyond[at]! -= counts[at]!;
    if (value === null && days - beyond[0]! >= Math.ceil(q * days)) value = top;
    if (value === null) continue;
    if (!isBounded) break;
    if (shareBound(beyond, totals, alpha, users) <= 1 - q) return { value, upper: top };
  }
  return { value: value ?? 0, upper: null };
}

/** The upper bound on the share of days beyond a difference. */
function shareBound(beyond: Float64Array, totals: Float64Array, alpha: number, users: number): number {
  const share = beyond[0]! / totals[0]!;
  if (share === 0) return upperBound(0, users, alpha);
  let squares = 0;
  let counted = 0;
  for (let at = 1; at < totals.length; at++) {
    if (totals[at] === 0) continue;
    squares += (beyond[at]! / totals[at]! - share) ** 2;
    counted += 1;
  }
  // So many replicates know their variance to √(2 ÷ replicates) of itself; it is taken larger by that much. No more
  // than all days are independent, and fewer than one says nothing.
  const variance = (squares / counted) * (1 + Math.sqrt(2 / counted));
  const independent = Math.min(totals[0]!, (share * (1 - share)) / variance);
  if (!(independent >= 1)) return 1;
  const trials = Math.floor(independent);
  return upperBound(Math.ceil(share * trials), trials, alpha);
}
