import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rescaled, scaledExactly, scaledNumber, unscaled } from './decimal-rounding.ts';

it.each([
  [1.005, 101n],
  [-1.005, -101n],
  [2.675, 268n],
  [0.004_999_999, 0n],
  [-0.005, -1n],
  [1e21, 10n ** 23n],
  [1e-9, 0n],
  [5e-324, 0n],
  [-0, 0n],
])('rounds %f to two decimals half away from zero on its decimal digits', (value, expected) => {
  expect(scaledExactly(value, 2)).toBe(expected);
});

it('refuses to round what has no digits', () => {
  expect(() => scaledExactly(Number.NaN, 2)).toThrow(RangeError);
});

it('rounds quickly exactly as it rounds with big integers', () => {
  const value = fc.oneof(
    fc.double({ min: -2e9, max: 2e9, noNaN: true }),
    fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map((half) => (half + 0.5) / 1e6),
    fc.integer().map((k) => Number(`${k}.0000005`)),
  );
  fc.assert(
    fc.property(value, (given) => {
      expect(scaledNumber(given, 1e6, 6)).toBe(Number(scaledExactly(given, 6)));
    }),
    { numRuns: 2_000 },
  );
});

it('says NaN where units of 1e-6 are no safe integer', () => {
  expect(
    [1e10, -1e300, Number.NaN, Number.POSITIVE_INFINITY].map((value) => scaledNumber(value, 1e6, 6)),
  ).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});

it('comes back from units to the nearest double', () => {
  expect(unscaled(1_005_000n, 6)).toBe(1.005);
  expect(unscaled(-(10n ** 29n), 6)).toBe(-1e23);
});

it('coarsens units half away from zero', () => {
  expect([rescaled(15_000n, 6, 2), rescaled(-15_000n, 6, 2), rescaled(14_999n, 6, 2)]).toEqual([2n, -2n, 1n]);
});
