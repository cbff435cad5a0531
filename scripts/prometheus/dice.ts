/**
 * Repeatable chance for the random scenarios: one seed, one sequence.
 * A file of its own so that a failing seed gives the same scenario to the test and to the command that repeats it.
 */

export interface Dice {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(options: readonly T[]): T;
}

/** The mulberry32 generator (T. Ettinger), seeded. */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (options) => options[below(options.length)]!,
  };
}
