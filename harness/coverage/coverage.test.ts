import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Migration } from '../migration.ts';
import type { Replayed } from '../replayed.ts';
import { Coverage, dimensionsOf, summarise } from './coverage.ts';
import { requiredStrata, thinStrata } from './requirements.ts';

/** A migration whose records say themselves where they stand. */
const migration: Pick<Migration, 'coverage'> = {
  coverage: {
    dimensions: { colour: ['red', 'green'], word: null },
    strata: ({ request }) => request.body as Record<string, string[]>,
  },
};

interface Sample {
  readonly user: string;
  readonly day: number;
  readonly colours: readonly string[];
  readonly words: readonly string[];
}

function replayed({ user, day, colours, words }: Sample): Replayed {
  const body = { colour: colours, word: words };
  return {
    record: { user, request: { method: 'POST', path: '/', headers: {}, body, files: [] } },
    atMs: Date.UTC(2025, 0, day),
    result: { date: `2025-01-${day}`, disposition: 'new', v2: day % 2 ? { state: 'stored' } : null },
  } as unknown as Replayed;
}

function covered(samples: readonly Sample[]): Coverage {
  const coverage = new Coverage(migration);
  for (const one of samples) coverage.add(replayed(one), 0);
  for (const user of new Set(samples.map((one) => one.user))) coverage.endUser(user);
  return coverage;
}

/** Everything a coverage says, to compare by. */
function shown(coverage: Coverage) {
  const { records, users, userDays, span, spreads } = coverage;
  const strata = Object.keys(coverage.dimensions).map((name) => coverage.strata(name));
  const sorted = Object.values(spreads).map((spread) => [...spread].sort(([a], [b]) => a - b));
  return { records, users, userDays, span, strata, sorted };
}

const sample = fc.record({
  user: fc.constantFrom('a', 'b', 'c', 'd'),
  day: fc.integer({ min: 1, max: 5 }),
  colours: fc.array(fc.constantFrom('red', 'green', 'blue'), { maxLength: 3 }),
  words: fc.array(fc.constantFrom('x', 'y', 'constructor', '__proto__'), { maxLength: 3 }),
});

describe('coverage', () => {
  it('counts a record once in each of its strata', () => {
    const coverage = covered([
      { user: 'a', day: 1, colours: ['red', 'red', 'blue'], words: [] },
      { user: 'a', day: 2, colours: ['red'], words: ['x'] },
    ]);
    expect(coverage.strata('colour')).toEqual([
      ['red', 2],
      ['green', 0],
      ['blue', 1],
    ]);
    expect(coverage.strata('word')).toEqual([['x', 1]]);
    expect(coverage.strata('v2')[0]).toEqual(['stored', 1]);
    expect(Object.keys(dimensionsOf(migration))).toEqual(['colour', 'word', 'disposition', 'v2']);
  });

  it('spreads records over users and days', () => {
    const one = (user: string, day: number): Sample => ({ user, day, colours: [], words: [] });
    const coverage = covered([one('a', 1), one('a', 1), one('a', 3), one('b', 2), one('c', 2)]);
    const { recordsPerUser, recordsPerDay, daysPerUser } = coverage.spreads;
    expect(summarise(recordsPerUser)).toEqual({ min: 1, median: 1, max: 3 });
    expect(summarise(recordsPerDay)).toEqual({ min: 1, median: 1, max: 2 });
    expect(summarise(daysPerUser)).toEqual({ min: 1, median: 1, max: 2 });
    expect([coverage.users, coverage.userDays]).toEqual([3, 4]);
    expect(coverage.span).toEqual({ firstMs: Date.UTC(2025, 0, 1), lastMs: Date.UTC(2025, 0, 3) });
  });

  it('of parts, by user, adds up to that of the whole in any order', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
        const whole = covered(samples);
        const [left, right] = [covered([]), covered([])];
        left.merge(covered(samples.filter(({ user }) => user < 'c')));
        left.merge(covered(samples.filter(({ user }) => user >= 'c')));
        right.merge(covered(samples.filter(({ user }) => user >= 'c')));
        right.merge(covered(samples.filter(({ user }) => user < 'c')));
        expect(shown(left)).toEqual(shown(whole));
        expect(shown(right)).toEqual(shown(whole));
      }),
    );
  });

  it('is refused by a name that the migration does not list', () => {
    const careless: Pick<Migration, 'coverage'> = {
      coverage: { dimensions: {}, strata: () => ({ colour: ['red'] }) },
    };
    const coverage = new Coverage(careless);
    expect(() => coverage.add(replayed({ user: 'a', day: 1, colours: [], words: [] }), 0)).toThrow(
      '"colour"',
    );
  });
});

describe('what is required', () => {
  const coverage = covered([
    { user: 'a', day: 1, colours: ['red'], words: ['x', 'y'] },
    { user: 'a', day: 1, colours: [], words: ['x'] },
  ]);

  it('is one record in each of a list, or the number that is told', () => {
    const strata = requiredStrata({ colour: ['red', 'green'], word: { x: 2, y: 2 } }, coverage);
    expect(thinStrata(strata)).toEqual([
      { dimension: 'colour', value: 'green', required: 1, records: 0 },
      { dimension: 'word', value: 'y', required: 2, records: 1 },
    ]);
  });

  it('is never met by a number that is none', () => {
    expect(thinStrata(requiredStrata({ word: { x: Number.NaN } }, coverage))).toHaveLength(1);
  });

  it('is nothing where nothing is required', () => {
    expect(requiredStrata({}, coverage)).toEqual([]);
  });
});
