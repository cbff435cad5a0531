/**
 * Compensated (Kahan–Neumaier) summation as Prometheus sums: the mean and the variance of a window build on it too.
 * One mutable accumulator, because two numbers come back from every addition.
 */

export interface KahanSum {
  sum: number;
  compensation: number;
}

/** Adds to the running sum; an infinite sum drops its compensation, which would be NaN. */
export function addTo(total: KahanSum, increment: number): void {
  const next = total.sum + increment;
  if (next === Infinity || next === -Infinity) total.compensation = 0;
  else if (Math.abs(total.sum) >= Math.abs(increment)) total.compensation += total.sum - next + increment;
  else total.compensation += increment - next + total.sum;
  total.sum = next;
}
