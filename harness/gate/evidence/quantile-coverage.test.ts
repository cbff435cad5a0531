/**
 * How often the bound on a quantile of days holds, measured over 2,000 made-up corpora a kind of people: 94% at least,
 * or it may not be called one of 95%.
 */
import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';
import { dayQuantile } from './day-quantile.ts';
import { DayReplicates } from './day-replicates.ts';
import { keyUser } from './keyed-user.ts';

const CORPORA = 2000;
const PROMISED = 0.94;
const ALPHA = 0.05;
const USERS = 100;

describe('the 95th percentile of the days', () => {
  /** A day's difference: none for most, else log-normal about a value of the user's own. */
  const dayOf = (chance: Chance, own: number, alike: number, none: number): number =>
    chance.uniform() < none
      ? 0
      : Math.round(20 * Math.exp(Math.sqrt(alike) * own + Math.sqrt(1 - alike) * chance.normal()));
  const userOf = (chance: Chance, alike: number, none: number): { differences: number[] }[] => {
    const own = chance.normal();
    return Array.from({ length: 1 + chance.below(14) }, () => ({
      differences: [dayOf(chance, own, alike, none)],
    }));
  };

  it.each([
    [0, 0],
    [0.3, 0.8],
    [0.9, 0],
  ])(
    'is bounded as promised where days are alike by %f and %f of them differ in nothing',
    (alike, none) => {
      const chance = new Chance(`quantile ${alike} ${none}`);
      const many = new Uint32Array(500_000);
      for (let at = 0; at < many.length; at++) many[at] = dayOf(chance, chance.normal(), alike, none);
      const truth = many.sort()[Math.ceil(0.95 * many.length) - 1]!;
      let held = 0;
      for (let corpus = 0; corpus < CORPORA; corpus++) {
        const replicates = new DayReplicates([{ cell: 1 }]);
        for (let user = 0; user < USERS; user++)
          replicates.add(keyUser(`corpus ${corpus}`, `u${user}`).stream, userOf(chance, alike, none));
        const { value, upper } = dayQuantile(replicates.tail(0), 0.95, ALPHA, USERS);
        expect(value).toBeLessThanOrEqual(upper!);
        if (upper! >= truth) held += 1;
      }
      expect(held / CORPORA).toBeGreaterThanOrEqual(PROMISED);
      expect(held / CORPORA).toBeLessThan(0.995);
    },
    120_000,
  );

  it('is not bounded by few users, nor by none', () => {
    const replicates = new DayReplicates([{ cell: 1 }]);
    expect(dayQuantile(replicates.tail(0), 0.95, ALPHA, 0)).toEqual({ value: 0, upper: null });
    for (let user = 0; user < 100; user++)
      replicates.add(keyUser('s', `u${user}`).stream, [{ differences: [user % 10] }]);
    expect(dayQuantile(replicates.tail(0), 0.95, ALPHA, 79)).toEqual({ value: 9, upper: null });
    expect(dayQuantile(replicates.tail(0), 0.95, ALPHA, 100)).toEqual({ value: 9, upper: 9 });
    // Of seven fields at once it takes 97 users to say that no more than 5% of days lie beyond the largest.
    expect(dayQuantile(replicates.tail(0), 0.95, ALPHA / 7, 96).upper).toBeNull();
    expect(dayQuantile(replicates.tail(0), 0.95, ALPHA / 7, 97).upper).toBe(9);
  });
});
