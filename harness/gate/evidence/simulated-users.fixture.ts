/**
 * People made up for measuring how often a bound holds: independent days, days that people repeat, and the few who
 * write the most and err the most. Each kind knows its true rate, or has it counted over very many.
 */
import type { Chance } from './chance.ts';

/** One made-up user's days, true where in breach. */
export type SimulatedUser = readonly boolean[];

export interface Population {
  readonly name: string;
  readonly draw: (chance: Chance) => SimulatedUser;
}

/** A probability of its own for each user: mean `rate`, and `alike` (0–1) how much a user's days are alike. */
export function ownProbability(chance: Chance, rate: number, alike: number): number {
  if (alike === 0) return rate;
  const strength = (1 - alike) / alike;
  const hits = chance.gamma(rate * strength);
  return hits / (hits + chance.gamma((1 - rate) * strength));
}

function daysOf(chance: Chance, count: number, probability: number): boolean[] {
  return Array.from({ length: count }, () => chance.uniform() < probability);
}

/** Users of 1 to `most` days whose days are alike to this degree. */
function alikeDays(rate: number, alike: number, most: number): Population {
  return {
    name: `${100 * rate}% of days, alike by ${alike}`,
    draw: (chance) => daysOf(chance, 1 + chance.below(most), ownProbability(chance, rate, alike)),
  };
}

export const POPULATIONS: readonly Population[] = [
  alikeDays(0.005, 0, 14),
  alikeDays(0.01, 0.6, 14),
  alikeDays(0.1, 0.3, 4),
  alikeDays(0.3, 0, 3),
  {
    name: 'one in ten writes daily and errs, the others neither',
    draw: (chance) =>
      chance.uniform() < 0.1 ? daysOf(chance, 14, ownProbability(chance, 0.3, 0.4)) : daysOf(chance, 2, 0),
  },
];
