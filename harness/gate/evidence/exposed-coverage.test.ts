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
          const upper = exposedDaysUpperBound(table.entries(), exposed, ALPHA, String(corpus));
          if (upper >= inBreach) held[at]! += 1;
        }
      }
      for (const count of held) expect(count / CORPORA).toBeGreaterThanOrEqual(PROMISED);
    },
    120_000,
  );

  it('are bounded by every day where nobody was seen, and hardly at all for a step of nobody', () => {
    expect(exposedDaysUpperBound([], 30, ALPHA, 's')).toBe(30);
    const clean = [{ days: 10, inBreach: 0, users: 500 }];
    expect(exposedDaysUpperBound(clean, 0, ALPHA, 's')).toBe(0);
    expect(exposedDaysUpperBound(clean, 500, ALPHA, 's')).toBeGreaterThanOrEqual(20);
    expect(exposedDaysUpperBound(clean, 500, ALPHA, 's')).toBeLessThanOrEqual(60);
  });

  it('depend on whom a small step reaches', () => {
    const few = [
      { days: 10, inBreach: 0, users: 590 },
      { days: 10, inBreach: 10, users: 10 },
    ];
    // Ten in six hundred are one in sixty: of six users one may be among them, and then for ten days.
    expect(exposedDaysUpperBound(few, 6, ALPHA, 's')).toBe(10);
    expect(exposedDaysUpperBound(few, 600, ALPHA, 's')).toBeGreaterThan(100);
  });
});
