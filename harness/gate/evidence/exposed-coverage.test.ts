/**
 * How often the days in breach that a step exposes stay under their bound, measured over 2,000 made-up corpora a kind of
 * people, each with a small step and a large one drawn beside it.
 */
import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';
import { DaysByUser } from './days-by-user.ts';
import { exposedDaysUpperBound } from './exposed-days.ts';
import { POPULATIONS } from './simulated-users.fixture.ts';

const CORPORA = 2000;
const PROMISED = 0.94;
const ALPHA = 0.05;
const USERS = 120;
const STEPS = [40, 600];
/** Users of whom a sample is taken. */
const PRODUCTION = 600;

const breaches = (days: readonly boolean[]): number => days.filter((isBreach) => isBreach).length;

describe('the days in breach that a step exposes', () => {
  it.each(POPULATIONS.filter((_, index) => index < 2 || index > 3))(
    'stay under their bound: $name',
    (population) => {
      const held = STEPS.map(() => 0);
      for (let corpus = 0; corpus < CORPORA; corpus++) {
        const chance = new Chance(`step ${corpus} of ${population.name}`);
        const table = new DaysByUser();
        for (let user = 0; user < USERS; user++) {
          const days = population.draw(chance);
          table.add(days.length, breaches(days));
        }
        for (const [at, exposed] of STEPS.entries()) {
          let inBreach = 0;
          for (let user = 0; user < exposed; user++) inBreach += breaches(population.draw(chance));
          const upper = exposedDaysUpperBound(
            table.entries(),
            { seen: exposed, sampled: 1 },
            ALPHA,
            String(corpus),
          );
          if (upper >= inBreach) held[at]! += 1;
        }
      }
      for (const count of held) expect(count / CORPORA).toBeGreaterThanOrEqual(PROMISED);
    },
    120_000,
  );

  it.each([
    ['a sample of a tenth', 0.1, 0.1],
    ['a sample of a fiftieth', 0.02, 0.1],
  ])(
    'stay under their bound where a sample holds few of the step or none: %s',
    (_, sampled, step) => {
      const population = POPULATIONS[1]!;
      let held = 0;
      for (let corpus = 0; corpus < CORPORA; corpus++) {
        const chance = new Chance(`sampled step ${corpus} at ${sampled}`);
        const table = new DaysByUser();
        let seen = 0;
        let inBreach = 0;
        for (let user = 0; user < PRODUCTION; user++) {
          const days = population.draw(chance);
          const isExposed = chance.uniform() < step;
          if (isExposed) inBreach += breaches(days);
          if (chance.uniform() >= sampled) continue;
          table.add(days.length, breaches(days));
          if (isExposed) seen += 1;
        }
        const upper = exposedDaysUpperBound(table.entries(), { seen, sampled }, ALPHA, String(corpus));
        if (upper >= inBreach) held += 1;
      }
      expect(held / CORPORA).toBeGreaterThanOrEqual(PROMISED);
    },
    120_000,
  );

  it('are bounded by every day where nobody was seen, and hardly at all for a step of nobody', () => {
    expect(exposedDaysUpperBound([], { seen: 30, sampled: 1 }, ALPHA, 's')).toBe(30);
    const clean = [{ days: 10, inBreach: 0, users: 500 }];
    expect(exposedDaysUpperBound(clean, { seen: 0, sampled: 1 }, ALPHA, 's')).toBe(0);
    expect(exposedDaysUpperBound(clean, { seen: 500, sampled: 1 }, ALPHA, 's')).toBeGreaterThanOrEqual(20);
    expect(exposedDaysUpperBound(clean, { seen: 500, sampled: 1 }, ALPHA, 's')).toBeLessThanOrEqual(60);
  });

  it('depend on whom a small step reaches', () => {
    const few = [
      { days: 10, inBreach: 0, users: 590 },
      { days: 10, inBreach: 10, users: 10 },
    ];
    // Ten in six hundred are one in sixty: of six users one may be among them, and then for ten days.
    expect(exposedDaysUpperBound(few, { seen: 6, sampled: 1 }, ALPHA, 's')).toBe(10);
    expect(exposedDaysUpperBound(few, { seen: 600, sampled: 1 }, ALPHA, 's')).toBeGreaterThan(100);
  });
});
