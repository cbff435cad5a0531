import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimise } from './delta-debugging.ts';

/** Runs the minimiser on a question and counts how often it was asked. */
async function minimised(
  items: readonly number[],
  shows: (items: readonly number[]) => boolean,
  mayBeEmpty = false,
) {
  let asked = 0;
  const kept = await minimise(
    items,
    async (candidate) => {
      asked += 1;
      return shows(candidate);
    },
    { mayBeEmpty },
  );
  return { kept, asked };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the smallest part that still shows it', () => {
  it('is one item where one decides, after about two questions for each halving', async () => {
    for (const culprit of [0, 511, 700, 1023]) {
      const { kept, asked } = await minimised(upTo(1024), (items) => items.includes(culprit));
      expect(kept).toEqual([culprit]);
      expect(asked).toBeLessThanOrEqual(20);
    }
  });

  it('is two items far apart where both are needed, in their order', async () => {
    const { kept, asked } = await minimised(upTo(200), (items) => items.includes(3) && items.includes(190));
    expect(kept).toEqual([3, 190]);
    expect(asked).toBeLessThan(120);
  });

  it('is nothing at all only where that may be', async () => {
    expect((await minimised([1, 2, 3], () => true, true)).kept).toEqual([]);
    expect((await minimised([1, 2, 3], () => true, false)).kept).toHaveLength(1);
    expect(await minimised([], () => true, true)).toEqual({ kept: [], asked: 0 });
  });

  it('shows it, stands in order, and loses it with any one item, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 24 }),
        fc.array(fc.uniqueArray(fc.nat({ max: 23 }), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.nat({ max: 6 }),
        async (count, combinations, least) => {
          // Any of some combinations shows it, and never fewer than `least` items: not monotone by halves.
          const shows = (items: readonly number[]) =>
            items.length >= least && combinations.some((all) => all.every((one) => items.includes(one)));
          const items = upTo(count);
          fc.pre(shows(items));
          const { kept, asked } = await minimised(items, shows);
          expect(shows(kept)).toBe(true);
          expect([...kept].sort((a, b) => a - b)).toEqual(kept);
          for (const one of kept)
            expect(kept.length === 1 || !shows(kept.filter((other) => other !== one))).toBe(true);
          expect(asked).toBeLessThanOrEqual(count * count + 3 * count);
        },
      ),
    );
  });
});
