/**
 * Chance for simulated traffic: xoshiro128** 1.1 (Blackman and Vigna), seeded with the first 16 bytes of SHA-256 of
 * a text. Each person draws from a stream of their own, so a meal does not change when others come or go.
 */
import { createHash } from 'node:crypto';

export class Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    for (let lane = 0; lane < 4; lane++) this.#state[lane] = digest.readUInt32LE(lane * 4);
    // An all-zero state would stay zero for ever.
    if (this.#state.every((lane) => lane === 0)) this.#state[0] = 1;
  }

  /** An integer from 0 to 2^32 − 1. */
  uint32(): number {
    const state = this.#state;
    const [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const crossed = c ^ a;
    const mixed = d ^ b;
    state[1] = b ^ crossed;
    state[0] = a ^ mixed;
    state[2] = crossed ^ (b << 9);
    state[3] = rotateLeft(mixed, 11);
    return scrambled;
  }

  /** From 0, inclusive, to 1, exclusive, in steps of 2^−32. */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** From `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  /** One of the values, each as likely. */
  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError('nothing to pick from');
    return values[Math.floor(this.fraction() * values.length)]!;
  }

  /** A UUID of version 4 layout. */
  uuid(): string {
    const hex = Array.from({ length: 4 }, () => this.uint32().toString(16).padStart(8, '0')).join('');
    const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
