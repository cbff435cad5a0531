/**
 * The exact binomial tail and the one-sided bounds of Clopper and Pearson made from it. Own code, because the kept
 * library for the beta quantile brings 233 packages for one number; tests hold it against exact integers.
 */

/** Stirling's error ln n! − ln(√(2πn)·(n/e)^n) for n below 16, where its series is not yet exact. */
const STIRLING_ERROR: readonly number[] = (() => {
  const errors = [0];
  let logFactorial = 0;
  for (let n = 1; n < 16; n++) {
    logFactorial += Math.log(n);
    errors.push(logFactorial - (0.5 * Math.log(2 * Math.PI * n) + n * Math.log(n) - n));
  }
  return errors;
})();

function stirlingError(n: number): number {
  if (n < 16) return STIRLING_ERROR[n]!;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n;
}

/** The deviance term x·ln(x/m) + m − x, exact also where x and m are close. */
function deviance(x: number, mean: number): number {
  if (x === 0) return mean;
  const off = (mean - x) / x;
  return x * (off - Math.log1p(off));
}

/**
 * P(X = k) of the binomial with n trials of probability p, by the saddle-point expansion of C. Loader, "Fast and
 * Accurate Computation of Binomial Probabilities" (2000): no cancellation at any n.
 */
function binomialAt(k: number, n: number, p: number): number {
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return Math.exp(n * Math.log(p));
  const correction = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const spread = deviance(k, n * p) + deviance(n - k, n * (1 - p));
  return Math.exp(correction - spread) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** P(X ≤ k) of the binomial with n trials of probability p; 0 ≤ p ≤ 1. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  if (k < n * p) return sumFrom(k, n, p, -1);
  return Math.max(0, 1 - sumFrom(k + 1, n, p, 1));
}

/** P(X ≥ k) of the same. */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  if (k > n * p) return sumFrom(k, n, p, 1);
  return Math.max(0, 1 - sumFrom(k - 1, n, p, -1));
}

/** Adds probabilities from k away from the mode, where each is smaller than the one before. */
function sumFrom(k: number, n: number, p: number, step: 1 | -1): number {
  const odds = p / (1 - p);
  let term = binomialAt(k, n, p);
  let sum = term;
  for (let at = k; at >= 0 && at <= n; at += step) {
    term *= step === 1 ? ((n - at) / (at + 1)) * odds : at / (n - at + 1) / odds;
    const before = sum;
    sum += term;
    if (sum === before) break;
  }
  return sum;
}

/**
 * The largest probability under which at most k of n is not rarer than alpha: the one-sided upper bound of C. Clopper
 * and E. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial" (1934). With k = 0
 * it is 1 − alpha^(1/n), about 3 ÷ n at alpha 0.05. 1 where nothing was seen at all.
 */
export function upperBound(k: number, n: number, alpha: number): number {
  if (k >= n) return 1;
  if (k === 0) return -Math.expm1(Math.log(alpha) / n);
  return bisect(k / n, 1, (p) => binomialAtMost(k, n, p) > alpha).high;
}

/** The one-sided lower bound of the same; 0 with k = 0. */
export function lowerBound(k: number, n: number, alpha: number): number {
  if (k <= 0) return 0;
  return bisect(0, k / n, (p) => binomialAtLeast(k, n, p) < alpha).low;
}

/** The point where `isBelow` ends to hold, between two neighbouring floating-point numbers. */
function bisect(
  from: number,
  to: number,
  isBelow: (p: number) => boolean,
): { readonly low: number; readonly high: number } {
  let low = from;
  let high = to;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return { low, high };
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}

/**
 * How many more trials without a single further success bring the upper bound of k in n down to `limit`: the smallest
 * m with P(X ≤ k; n + m, limit) ≤ alpha. 0 where it is there already; null where no number is enough.
 */
export function cleanTrialsNeeded(k: number, n: number, alpha: number, limit: number): number | null {
  if (limit >= 1) return 0;
  if (!(limit > 0)) return null;
  const isEnough = (trials: number): boolean => trials > k && binomialAtMost(k, trials, limit) <= alpha;
  if (isEnough(n)) return 0;
  let low = n;
  let high = Math.max(1, n) * 2;
  while (!isEnough(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high - n;
}
