import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from './random.ts';

/** The reference implementation in C by Blackman and Vigna, word for word, on BigInt. */
function reference(state: [bigint, bigint, bigint, bigint]): bigint {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const result = (rotl((state[1] * 5n) & mask, 7n) * 9n) & mask;
  const t = (state[1] << 9n) & mask;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = rotl(state[3], 11n);
  return result;
}

test('draws what the reference implementation draws', () => {
  const random = new Random('golem');
  // First 16 bytes of SHA-256 of "golem", little-endian words.
  const digest = Buffer.from('4c5cddb7859b93eebf26c551518c021a31fa0013b2c03afa5b541cbc8bd079a6', 'hex');
  const state: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n];
  for (let lane = 0; lane < 4; lane++) state[lane] = BigInt(digest.readUInt32LE(lane * 4));
  for (let draw = 0; draw < 1_000; draw++) expect(BigInt(random.uint32())).toBe(reference(state));
});

test('gives the same stream for the same seed and another for another', () => {
  const stream = (seed: string) => drawn(new Random(seed));
  const drawn = (random: Random) => Array.from({ length: 20 }, () => random.uint32());
  expect(stream('a')).toEqual(stream('a'));
  expect(stream('a')).not.toEqual(stream('b'));
});

test('keeps what it draws within its bounds', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: -1_000, max: 1_000 }), fc.nat(1_000), (seed, low, width) => {
      const random = new Random(seed);
      for (let draw = 0; draw < 50; draw++) {
        const whole = random.whole(low, low + width);
        expect(Number.isInteger(whole) && whole >= low && whole <= low + width).toBe(true);
        const fraction = random.fraction();
        expect(fraction >= 0 && fraction < 1).toBe(true);
      }
      expect(random.uuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }),
  );
});

test('keeps near the probabilities it is asked for', () => {
  const random = new Random('chances');
  let hits = 0;
  for (let draw = 0; draw < 100_000; draw++) if (random.chance(0.02)) hits += 1;
  // Six standard deviations around 2,000.
  expect(Math.abs(hits - 2_000)).toBeLessThan(6 * Math.sqrt(100_000 * 0.02 * 0.98));
});
