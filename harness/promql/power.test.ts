import fc from 'fast-check';
import { expect, test } from 'vitest';
import { power } from './power.ts';

test.each([
  [1, Number.NaN, 1],
  [Number.NaN, 0, 1],
  [Number.NaN, 1, Number.NaN],
  [-1, Infinity, 1],
  [-1, -Infinity, 1],
  [0, -1, Infinity],
  [-0, -1, -Infinity],
  [-0, 3, -0],
  [-8, 1 / 3, Number.NaN],
  [Infinity, -2, 0],
  [0.5, Infinity, 0],
  [2, 0.5, Math.SQRT2],
  [4, -0.5, 0.5],
  [-2, 3, -8],
  [-2, -3, -0.125],
  [10, 308, 1.0000000000000006e308],
  [10, 309, Infinity],
  [-10, 309, -Infinity],
  [10, -324, 0],
  [2, -1074, 5e-324],
  [2, -1075, 0],
  [5e-324, 1, 5e-324],
  [5e-324, 2, 0],
  [5e-324, -1, Infinity],
  [-1, 2 ** 53, 1],
  [-1, 1e300, 1],
  [1.0000000001, 2 ** 63, Infinity],
  [0.9, 1e6, 0],
])('%d to the power %d is %d', (base, exponent, expected) => {
  expect(power(base, exponent)).toBe(expected);
});

// What promtool 2.42 prints; JavaScript's own power ends in other digits.
test.each([
  [13, 80, 1.3045723950513155e89],
  [7.25, 99, 1.4909485278637504e85],
  [1.1, 17, 5.054470284992943],
])('%d to the power %d is Go’s %d', (base, exponent, expected) => {
  expect(power(base, exponent)).toBe(expected);
});

test('whole powers are within a few bits of JavaScript’s', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: -60, max: 60 }),
      (base, exponent) => {
        const [ours, theirs] = [power(base, exponent), base ** exponent];
        if (ours === theirs) return;
        expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(Math.abs(theirs) * 1e-13 + 5e-324);
      },
    ),
  );
});
