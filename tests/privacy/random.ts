/** Chance with a seed, so that a text that got through can be made again. */
export interface Random {
  /** 0 ≤ n < below. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  chance(share: number): boolean;
  digits(count: number): string;
  letters(count: number, from?: string): string;
}

/** Mulberry32: small, quick and good enough to vary texts. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const letters = (count: number, from = 'abcdefghijklmnopqrstuvwxyz'): string =>
    Array.from({ length: count }, () => from.charAt(below(from.length))).join('');
  return {
    below,
    pick: (from) => from[below(from.length)]!,
    chance: (share) => next() < share,
    digits: (count) => letters(count, '0123456789'),
    letters,
  };
}
