import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketQuantile } from '../promql/quantile.ts';
import { bucketOf, exactQuantile, placeThreshold } from './audit-buckets.ts';

const GRAMS = [1, 5, 10, 20, 40];

/** What histogram_quantile reads of these values. */
function read(quantile: number, values: readonly number[], bounds: readonly number[]): number {
  const edges = [...bounds, Infinity];
  return bucketQuantile(
    quantile,
    edges,
    edges.map((edge) => values.filter((value) => value <= edge).length),
    3,
  );
}

describe('a threshold among buckets', () => {
  it('is honest on an edge and blind above the last', () => {
    expect(placeThreshold(20, GRAMS, 0.95)).toEqual({ kind: 'edge', edge: 20 });
    expect(placeThreshold(41, GRAMS, 0.95)).toEqual({ kind: 'above', last: 40 });
  });

  it.each([
    [15, 0.95],
    [0.3, 0.95],
    [12, 0.5],
    [33, 0.99],
  ])('inside a bucket is misread just as its figures say: %d at quantile %d', (limit, quantile) => {
    const place = placeThreshold(limit, GRAMS, quantile);
    if (place.kind !== 'inside') throw new Error(place.kind);
    const { low_reads_high: low, high_reads_low: high, lower, upper } = place;
    expect([lower < limit, limit < upper, place.mend]).toEqual([true, true, limit]);
    const crowd = Array.from({ length: 1000 }, () => low.truth);
    expect(exactQuantile(quantile, crowd)).toBe(low.truth);
    expect(read(quantile, crowd, GRAMS)).toBeCloseTo(low.reading, 6);
    // All but one lie far below; the one that is left is the quantile.
    const lonely = [...Array.from({ length: high.observations - 1 }, () => 0), high.truth];
    expect(exactQuantile(quantile, lonely)).toBe(high.truth);
    expect(read(quantile, lonely, GRAMS)).toBeCloseTo(high.reading, 6);
    expect([high.reading >= lower, high.reading <= upper]).toEqual([true, true]);
  });

  it('says of every value the bucket it falls in', () => {
    expect([0, 1, 1.01, 40, 40.1].map((value) => Object.values(bucketOf(value, GRAMS)))).toEqual([
      [0, 1],
      [0, 1],
      [1, 5],
      [20, 40],
      [40, Infinity],
    ]);
  });

  it('reads by an edge at the threshold what is true of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 39, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const exact = exactQuantile(
            0.95,
            values.toSorted((a, b) => a - b),
          )!;
          const limit = 15;
          const mended = read(
            0.95,
            values,
            [...GRAMS, limit].sort((a, b) => a - b),
          );
          expect(mended > limit).toBe(exact > limit);
        },
      ),
    );
  });

  it('takes the nearest rank', () => {
    const twenty = Array.from({ length: 20 }, (_, at) => at + 1);
    expect([exactQuantile(0.95, twenty), exactQuantile(0, twenty), exactQuantile(1, twenty)]).toEqual([
      19, 1, 20,
    ]);
    expect(exactQuantile(0.95, [])).toBeUndefined();
  });
});
