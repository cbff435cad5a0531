/**
 * The two quantiles of PromQL: of a list of values, and of a histogram's cumulative buckets.
 * A file of its own because the audit asks for both beside the exact one.
 */

const ascendingNaNFirst = (a: number, b: number): number => {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  return Number.isNaN(b) ? 1 : a - b;
};

/** The φ-quantile of values by linear interpolation between closest ranks (`quantile`, `quantile_over_time`). */
export function quantileOf(quantile: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  const sorted = [...values].sort(ascendingNaNFirst);
  const rank = quantile * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight;
}

/** Makes cumulative counts rise: 2.x lifts every fall, 3.x also ignores rises under one part in 10¹². Changes `counts`. */
export function makeMonotonic(counts: number[], major: 2 | 3): void {
  let highest = counts[0]!;
  for (let at = 1; at < counts.length; at++) {
    const count = counts[at]!;
    if (count === highest) continue;
    if (major === 3 && isInsignificant(highest, count)) counts[at] = highest;
    else if (count < highest) counts[at] = highest;
    else if (major === 3 || count > highest) highest = count;
  }
}

function isInsignificant(a: number, b: number): boolean {
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < 2.2250738585072014e-308)
    return difference < 1e-12 * 2.2250738585072014e-308;
  return difference / Math.min(sum, Number.MAX_VALUE) < 1e-12;
}

/**
 * The φ-quantile of a classic histogram: `bounds` ascending and distinct, `counts` cumulative (made monotonic in place).
 * NaN without a `+Inf` bucket, with fewer than two buckets or without observations; linear inside the bucket, the
 * first from 0 (or its bound, where that is not positive); in the last bucket, the second-highest bound.
 */
export function bucketQuantile(
  quantile: number,
  bounds: readonly number[],
  counts: number[],
  major: 2 | 3,
): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  const size = bounds.length;
  if (size < 2 || bounds[size - 1] !== Infinity) return Number.NaN;
  makeMonotonic(counts, major);
  const observations = counts[size - 1]!;
  if (observations === 0) return Number.NaN;
  let rank = quantile * observations;
  // A search by halves, as Prometheus does it: with a NaN among the counts the answer depends on the path.
  let low = 0;
  let high = size - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (counts[middle]! >= rank) high = middle;
    else low = middle + 1;
  }
  if (low === size - 1) return bounds[size - 2]!;
  if (low === 0 && bounds[0]! <= 0) return bounds[0]!;
  let start = 0;
  let count = counts[low]!;
  if (low > 0) {
    start = bounds[low - 1]!;
    count -= counts[low - 1]!;
    rank -= counts[low - 1]!;
  }
  return start + (bounds[low]! - start) * (rank / count);
}
