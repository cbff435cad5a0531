/**
 * Where a threshold lies among a histogram's buckets, and what that does to a quantile read by interpolation: inside a
 * bucket every quantile of it may read as any other, so only a threshold on an edge is an honest one.
 */

/** A threshold's place among the edges, with figures that show what may be read of it. */
export type BucketPlace =
  | { readonly kind: 'edge'; readonly edge: number }
  | { readonly kind: 'above'; readonly last: number }
  | {
      readonly kind: 'inside';
      readonly lower: number;
      readonly upper: number;
      /** A true quantile that is hardly in the bucket, and what it reads when every observation lies there. */
      readonly low_reads_high: { readonly truth: number; readonly reading: number };
      /** A true quantile that nearly leaves the bucket, and what it reads when it alone lies there. */
      readonly high_reads_low: {
        readonly truth: number;
        readonly reading: number;
        readonly observations: number;
      };
      /** The edge that would make it honest. */
      readonly mend: number;
    };

/** Places `limit` among the ascending `bounds` of a histogram, for a rule that reads its `quantile`. */
export function placeThreshold(limit: number, bounds: readonly number[], quantile: number): BucketPlace {
  const above = bounds.findIndex((bound) => bound >= limit);
  if (above < 0) return { kind: 'above', last: bounds.at(-1) ?? 0 };
  const upper = bounds[above]!;
  if (upper === limit) return { kind: 'edge', edge: limit };
  const lower = above === 0 ? 0 : bounds[above - 1]!;
  const width = upper - lower;
  const at = (share: number): number => round(lower + share * width);
  // The most observations of which one alone is still the nearest-rank quantile: q·n just above n − 1. Below the
  // lowest edge it is never alone, since whatever is smaller lies there too.
  const observations = above === 0 ? 1 : Math.max(1, Math.ceil(round(1 / (1 - quantile))) - 1);
  const rank = quantile * observations - (observations - 1);
  return {
    kind: 'inside',
    lower,
    upper,
    low_reads_high: { truth: at(0.01), reading: at(quantile) },
    high_reads_low: { truth: at(0.99), reading: at(Math.max(0, rank)), observations },
    mend: limit,
  };
}

/** The bucket a value falls in: above `lower`, up to `upper` (Infinity beyond the last edge). */
export function bucketOf(
  value: number,
  bounds: readonly number[],
): { readonly lower: number; readonly upper: number } {
  const above = bounds.findIndex((bound) => bound >= value);
  if (above < 0) return { lower: bounds.at(-1) ?? 0, upper: Infinity };
  return { lower: above === 0 ? 0 : bounds[above - 1]!, upper: bounds[above]! };
}

/** The nearest-rank quantile of ascending values; undefined without any. */
export function exactQuantile(quantile: number, ascending: readonly number[]): number | undefined {
  const rank = Math.max(1, Math.ceil(round(quantile * ascending.length)));
  return ascending[rank - 1];
}

/** Away with the last bits, so that 0.95 × 20 is 19. */
export function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
