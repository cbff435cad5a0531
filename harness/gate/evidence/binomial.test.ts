import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialAtLeast, binomialAtMost, cleanTrialsNeeded, lowerBound, upperBound } from './binomial.ts';

/** P(X ≤ k) for p = a ÷ b as the exact fraction numerator ÷ b^n. */
function exactAtMost(k: number, n: number, a: bigint, b: bigint): { over: bigint; under: bigint } {
  let choose = 1n;
  let sum = 0n;
  for (let j = 0; j <= k; j++) {
    sum += choose * a ** BigInt(j) * (b - a) ** BigInt(n - j);
    choose = (choose * BigInt(n - j)) / BigInt(j + 1);
  }
  return { over: sum, under: b ** BigInt(n) };
}

const ratio = ({ over, under }: { over: bigint; under: bigint }): number =>
  Number((over * 10n ** 30n) / under) / 1e30;

const DENOMINATOR = 10n ** 15n;
/** A probability as an exact fraction, rounded to 15 decimals. */
const fractionOf = (p: number): bigint => BigInt(Math.round(p * 1e15));

describe('the binomial tail', () => {
  it('is what exact integers give', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.nat(120),
        fc.integer({ min: 1, max: 999 }),
        (n, k, mille) => {
          fc.pre(k <= n);
          const exact = ratio(exactAtMost(k, n, BigInt(mille), 1000n));
          expect(Math.abs(binomialAtMost(k, n, mille / 1000) - exact)).toBeLessThan(1e-12);
          const below = k === 0 ? 0 : ratio(exactAtMost(k - 1, n, BigInt(mille), 1000n));
          expect(Math.abs(binomialAtLeast(k, n, mille / 1000) - (1 - below))).toBeLessThan(1e-12);
        },
      ),
    );
  });

  it('keeps its digits far out, where probabilities are tiny', () => {
    const exact = ratio(exactAtMost(0, 100, 1n, 4n));
    expect(binomialAtMost(0, 100, 0.25) / exact).toBeCloseTo(1, 9);
    expect(binomialAtLeast(90, 100, 0.25)).toBeGreaterThan(0);
    expect(binomialAtLeast(90, 100, 0.25)).toBeLessThan(1e-40);
  });

  it('adds up to one on both sides of every count, also at a million trials', () => {
    for (const k of [0, 3, 400, 499, 500, 501, 700, 1_000_000])
      expect(binomialAtMost(k, 1_000_000, 0.0005) + binomialAtLeast(k + 1, 1_000_000, 0.0005)).toBeCloseTo(
        1,
        10,
      );
  });
});

describe('the bounds of Clopper and Pearson', () => {
  it('are the probabilities at which exact integers say that so little, or so much, is just as rare as alpha', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.constantFrom(20n, 40n, 140n),
        (n, k, oneIn) => {
          fc.pre(k <= n);
          const alpha = 1 / Number(oneIn);
          const step = 10n ** 4n;
          const rarer = (p: bigint): boolean => {
            const { over, under } = exactAtMost(k, n, p, DENOMINATOR);
            return over * oneIn <= under;
          };
          const upper = fractionOf(upperBound(k, n, alpha));
          if (k < n) {
            expect(rarer(upper + step)).toBe(true);
            expect(rarer(upper - step)).toBe(false);
          } else expect(upper).toBe(DENOMINATOR);
          const likelier = (p: bigint): boolean => {
            const { over, under } = exactAtMost(k - 1, n, p, DENOMINATOR);
            return (under - over) * oneIn >= under;
          };
          const lower = fractionOf(lowerBound(k, n, alpha));
          if (k > 0) {
            expect(likelier(lower + step)).toBe(true);
            expect(likelier(lower - step)).toBe(false);
          } else expect(lower).toBe(0n);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follow the rule of three: none in n leaves up to 3 in n', () => {
    for (const n of [100, 1000, 100_000]) {
      expect(upperBound(0, n, 0.05) * n).toBeGreaterThan(2.9);
      expect(upperBound(0, n, 0.05) * n).toBeLessThan(3);
    }
  });

  it('give the textbook figures', () => {
    // Two-sided 95% of 1 in 10, as in every table: 0.0025 to 0.4450.
    expect(lowerBound(1, 10, 0.025)).toBeCloseTo(0.0025286, 6);
    expect(upperBound(1, 10, 0.025)).toBeCloseTo(0.4450161, 6);
  });

  it('know nothing where nobody was seen', () => {
    expect(upperBound(0, 0, 0.05)).toBe(1);
    expect(lowerBound(0, 0, 0.05)).toBe(0);
  });
});

describe('how many more clean trials settle it', () => {
  it('is the first number at which the bound is down to the limit', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(300), fc.constantFrom(0.01, 0.02, 0.05), (k, n, limit) => {
        fc.pre(k <= n);
        const more = cleanTrialsNeeded(k, n, 0.05, limit)!;
        expect(upperBound(k, n + more, 0.05)).toBeLessThanOrEqual(limit);
        if (more > 0) expect(upperBound(k, n + more - 1, 0.05)).toBeGreaterThan(limit);
      }),
    );
  });

  it('needs ln alpha ÷ ln(1 − limit) in all, where none was in breach', () => {
    expect(cleanTrialsNeeded(0, 0, 0.05, 0.01)).toBe(Math.ceil(Math.log(0.05) / Math.log(0.99)));
    expect(cleanTrialsNeeded(0, 200, 0.05, 0.01)).toBe(299 - 200);
  });

  it('never ends for a limit of nothing at all', () => {
    expect(cleanTrialsNeeded(0, 1000, 0.05, 0)).toBeNull();
    expect(cleanTrialsNeeded(3, 10, 0.05, 1)).toBe(0);
  });
});
