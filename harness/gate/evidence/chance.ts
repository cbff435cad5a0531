/**
 * Repeatable chance for what is drawn when a report is made: the usual distributions from a seed. Apart from what is
 * drawn for users, which must not depend on how many numbers were drawn before.
 */
import { keyedBits } from './keyed-user.ts';

export class Chance {
  #stream: number;
  #drawn = 0;
  /** The second of the two that each try of the polar method gives. */
  #spareNormal: number | null = null;

  /** Equal texts give equal draws. */
  constructor(seed: string) {
    let bits = 0;
    for (let at = 0; at < seed.length; at++) bits = keyedBits(bits, seed.charCodeAt(at));
    this.#stream = bits;
  }

  /** Evenly in [0, 1), in steps of 2^-32. */
  uniform(): number {
    // A stream of 2^32 numbers repeats itself; long before that the next one begins.
    if (this.#drawn === 2 ** 30) {
      this.#stream = keyedBits(this.#stream, 0xffffffff);
      this.#drawn = 0;
    }
    return keyedBits(this.#stream, this.#drawn++) / 2 ** 32;
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** The exponential distribution of mean 1. */
  exponential(): number {
    return -Math.log1p(-this.uniform());
  }

  /** The standard normal distribution, by G. Marsaglia's polar method (1964). */
  normal(): number {
    const spare = this.#spareNormal;
    this.#spareNormal = null;
    if (spare !== null) return spare;
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spareNormal = y * scale;
      return x * scale;
    }
  }

  /** The gamma distribution of this shape and scale 1, by G. Marsaglia and W. Tsang (2000). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    if (shape === 1) return this.exponential();
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root ** 3;
      const u = 1 - this.uniform();
      // Nine times in ten this says yes without a logarithm.
      if (u < 1 - 0.0331 * x ** 4) return d * v;
      if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** The Poisson distribution, split into halves of a mean too large to be counted off (J. Ahrens, U. Dieter, 1974). */
  poisson(mean: number): number {
    if (mean > 16) {
      const part = Math.floor((mean * 7) / 8);
      const waited = this.gamma(part);
      return waited > mean ? this.#binomial(part - 1, mean / waited) : part + this.poisson(mean - waited);
    }
    // Below 16 the distribution is walked through from 0: one number drawn, and no loss of digits.
    let term = Math.exp(-mean);
    let rest = this.uniform() - term;
    let count = 0;
    while (rest >= 0 && count < 200) {
      count += 1;
      term *= mean / count;
      rest -= term;
    }
    return count;
  }

  #binomial(trials: number, p: number): number {
    let count = 0;
    for (let trial = 0; trial < trials; trial++) if (this.uniform() < p) count++;
    return count;
  }
}
