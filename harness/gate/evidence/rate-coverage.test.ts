/**
 * How often each bound holds, measured over 2,000 made-up corpora a kind of people: a bound of 95% must hold in at
 * least 94% of them, or it may not be called one.
 */
import { describe, expect, it } from 'vitest';
import { upperBound, lowerBound } from './binomial.ts';
import { Chance } from './chance.ts';
import { dayRateUpperBound } from './day-rate.ts';
import { DaysByUser } from './days-by-user.ts';
import { type Population, POPULATIONS } from './simulated-users.fixture.ts';

const CORPORA = 2000;
const PROMISED = 0.94;
const ALPHA = 0.05;
const USERS = 120;

function holds(covers: (corpus: number) => boolean): number {
  let held = 0;
  for (let corpus = 0; corpus < CORPORA; corpus++) if (covers(corpus)) held += 1;
  return held / CORPORA;
}

/** Rates over very many users: of days in breach, and of users with one. */
function truthOf({ name, draw }: Population): { readonly days: number; readonly users: number } {
  const chance = new Chance(`truth of ${name}`);
  let [days, inBreach, users] = [0, 0, 0];
  const drawn = 100_000;
  for (let user = 0; user < drawn; user++) {
    const one = draw(chance);
    const breached = one.filter((isBreach) => isBreach).length;
    days += one.length;
    inBreach += breached;
    if (breached > 0) users += 1;
  }
  return { days: inBreach / days, users: users / drawn };
}

describe.each(POPULATIONS)('people: $name', (population) => {
  const truth = truthOf(population);
  const corpusOf = (corpus: number) => {
    const chance = new Chance(`corpus ${corpus} of ${population.name}`);
    return Array.from({ length: USERS }, () => population.draw(chance));
  };

  it('the bounds on users with a breach hold', () => {
    const inBreach = (corpus: number) => corpusOf(corpus).filter((days) => days.includes(true)).length;
    expect(
      holds((corpus) => upperBound(inBreach(corpus), USERS, ALPHA) >= truth.users),
    ).toBeGreaterThanOrEqual(PROMISED);
    expect(
      holds((corpus) => lowerBound(inBreach(corpus), USERS, ALPHA) <= truth.users),
    ).toBeGreaterThanOrEqual(PROMISED);
  });

  it('the bound on the rate of days holds', () => {
    const covered = holds((corpus) => {
      const table = new DaysByUser();
      for (const days of corpusOf(corpus)) table.add(days.length, days.filter((isBreach) => isBreach).length);
      return dayRateUpperBound(table.entries(), ALPHA, String(corpus)) >= truth.days;
    });
    expect(covered).toBeGreaterThanOrEqual(PROMISED);
  }, 120_000);
});

describe('days counted as if they were independent', () => {
  it.each([
    ['1% of days, alike by 0.6', 0.8],
    ['one in ten writes daily and errs, the others neither', 0.86],
  ])('are bounded far too well: %s', (name, most) => {
    const population = POPULATIONS.find((one) => one.name === name)!;
    const truth = truthOf(population);
    const covered = holds((corpus) => {
      const chance = new Chance(`naive ${corpus}`);
      const days = Array.from({ length: USERS }, () => population.draw(chance)).flat();
      return upperBound(days.filter((isBreach) => isBreach).length, days.length, ALPHA) >= truth.days;
    });
    expect(covered).toBeLessThan(most);
    expect(covered).toBeGreaterThan(0.5);
  });
});

describe('Poisson weights without an unseen user', () => {
  it('bound a rare rate far too well, since those who were not seen weigh nothing', () => {
    const population = POPULATIONS.find(({ name }) => name === '1% of days, alike by 0.6')!;
    const truth = truthOf(population);
    const covered = holds((corpus) => {
      const chance = new Chance(`poisson ${corpus}`);
      const users = Array.from({ length: USERS }, () => population.draw(chance));
      const days = users.reduce((sum, { length }) => sum + length, 0);
      const counts = users
        .map((one) => one.filter((isBreach) => isBreach).length)
        .filter((count) => count > 0);
      const rates = Array.from({ length: 199 }, () =>
        counts.reduce((sum, count) => sum + count * chance.poisson(1), 0),
      ).sort((a, b) => a - b);
      return rates[189]! / days >= truth.days;
    });
    expect(covered).toBeLessThan(0.85);
    expect(covered).toBeGreaterThan(0.4);
  });
});

describe('the rate of days', () => {
  it('is bounded exactly as by Clopper and Pearson where every user has one day', () => {
    for (const [inBreach, users] of [
      [0, 100],
      [1, 300],
      [9, 300],
    ] as const) {
      const table = new DaysByUser();
      table.add(1, 1, inBreach);
      table.add(1, 0, users - inBreach);
      const draws = Array.from({ length: 20 }, (_, seed) =>
        dayRateUpperBound(table.entries(), ALPHA, String(seed)),
      );
      const mean = draws.reduce((sum, bound) => sum + bound, 0) / draws.length;
      expect(mean / upperBound(inBreach, users, ALPHA)).toBeCloseTo(1, 1);
    }
  });

  it('is never nothing, and everything where nobody was seen', () => {
    const table = new DaysByUser();
    table.add(14, 0, 1000);
    const bound = dayRateUpperBound(table.entries(), ALPHA, 's');
    expect(bound).toBeGreaterThan(0.002);
    expect(bound).toBeLessThan(0.004);
    expect(dayRateUpperBound([], ALPHA, 's')).toBe(1);
  });
});
