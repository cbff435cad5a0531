/**
 * Chance that belongs to a user: numbers made from the seed and the user alone, so that it does not matter where or in
 * which order users are counted. One file, because sketch and bootstrap must not draw on the same numbers.
 */
import { createHash } from 'node:crypto';

/** What is drawn for one user. */
export interface KeyedUser {
  /** A whole number below 2^48, unlike that of any other user for all practical purposes. */
  readonly order: number;
  /** 32 bits that the user's replicates are numbered from. */
  readonly stream: number;
}

/** Draws for a user under a seed; the user's name does not come back out of it. */
export function keyUser(seed: string, user: string): KeyedUser {
  const digest = createHash('sha256').update(`evidence\0${seed}\0${user}`).digest();
  return { order: digest.readUIntBE(0, 6), stream: digest.readUInt32BE(8) };
}

/**
 * 32 bits for one number of a stream: the finaliser of MurmurHash3 (A. Appleby, 2011, public domain) over both, in
 * which every bit of either reaches every bit of the result.
 */
export function keyedBits(stream: number, number: number): number {
  let bits = (stream ^ Math.imul(number + 1, 0x9e3779b9)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Where the distribution function of a Poisson variable of mean 1 stands after 0, 1, 2 …, in 2^-32. */
const POISSON_STEPS: readonly number[] = (() => {
  const steps: number[] = [];
  let term = Math.exp(-1);
  let sum = 0;
  for (let count = 0; count < 12; count++) {
    sum += term;
    steps.push(Math.floor(sum * 2 ** 32));
    term /= count + 1;
  }
  return steps;
})();

/** A count of the Poisson distribution of mean 1 from 32 evenly distributed bits. */
export function poissonOf(bits: number): number {
  let count = 0;
  while (count < POISSON_STEPS.length && bits >= POISSON_STEPS[count]!) count++;
  return count;
}
