import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BreachSketch, SKETCHED_USERS } from './breach-sketch.ts';
import { cellOf, cellTop } from './day-cells.ts';
import { EvidenceTally } from './evidence-tally.ts';
import { keyUser, keyedBits, poissonOf } from './keyed-user.ts';
import type { UserEvidence } from './user-evidence.ts';

const FIELDS = [{ cell: 1 }, { cell: 0.01 }, { cell: 0.0001 }];

const dayArbitrary = fc.record({
  breached: fc.nat(7),
  differences: fc.tuple(
    fc.integer({ min: -900, max: 900 }),
    fc.integer({ min: -3000, max: 3000 }).map((cents) => cents / 100),
    fc.option(fc.integer({ min: -9999, max: 9999 }).map((basis) => basis / 10_000)),
  ),
  writes: fc.integer({ min: 1, max: 80 }),
});

/** Users with distinct names and plausible evidence. */
const usersArbitrary = fc
  .array(
    fc.record({
      bucket: fc.nat(9999),
      simulated: fc.boolean(),
      compared: fc.nat(60),
      breachedRecords: fc.nat(7),
      days: fc.array(dayArbitrary, { maxLength: 6 }),
      liveRowsChanged: fc.nat(60),
      firstMs: fc.nat(1e9),
      increments: fc.array(fc.record({ atMs: fc.nat(1e9), metric: fc.nat(8), child: fc.nat(6) }), {
        maxLength: 5,
      }),
    }),
    { maxLength: 25 },
  )
  .map((users): UserEvidence[] =>
    users.map((user, index) => ({
      ...user,
      user: `u${index}`,
      lastMs: user.firstMs + 1000,
      hours: Array.from({ length: 24 }, (_, hour) => (hour * index) % 5),
      days: user.days.map((day, at) => ({ ...day, date: `2025-09-0${at + 1}` })),
    })),
  );

function tallyOf(users: readonly UserEvidence[]): EvidenceTally {
  const tally = new EvidenceTally({ seed: 's', fields: FIELDS });
  for (const user of users) tally.addUser(user);
  return tally;
}

const bytes = (tally: EvidenceTally): string => JSON.stringify(tally);

describe('evidence adds up', () => {
  it('to the same bytes however users are divided, ordered and grouped', () => {
    fc.assert(
      fc.property(usersArbitrary, fc.array(fc.nat(2), { minLength: 25, maxLength: 25 }), (users, parts) => {
        const whole = bytes(tallyOf(users));
        const [a, b, c] = [0, 1, 2].map((part) => users.filter((_, index) => parts[index] === part));
        const left = tallyOf(a!);
        left.merge(tallyOf(b!));
        left.merge(tallyOf(c!));
        const bc = tallyOf(c!.toReversed());
        bc.merge(tallyOf(b!.toReversed()));
        bc.merge(tallyOf(a!));
        expect(bytes(left)).toBe(whole);
        expect(bytes(bc)).toBe(whole);
        const empty = tallyOf([]);
        empty.merge(tallyOf(users));
        expect(bytes(empty)).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('after travelling as JSON, in whole numbers only', () => {
    fc.assert(
      fc.property(usersArbitrary, (users) => {
        const tally = tallyOf(users);
        expect(bytes(EvidenceTally.fromJSON(FIELDS, JSON.parse(bytes(tally))))).toBe(bytes(tally));
        expect(bytes(tally).replace(/"[^"]*"/g, '')).not.toMatch(/[.e]/);
      }),
      { numRuns: 40 },
    );
  });

  it('never across seeds', () => {
    const other = new EvidenceTally({ seed: 'another', fields: FIELDS });
    expect(() => tallyOf([]).merge(other)).toThrow(RangeError);
  });

  it('keeps the same sketch of many users whatever the parts', () => {
    const sketchOf = (from: number, to: number): BreachSketch => {
      const sketch = new BreachSketch();
      for (let user = from; user < to; user++)
        sketch.add(keyUser('s', `u${user}`).order, [{ atMs: user * 60_000, metric: 1, child: 2 }]);
      return sketch;
    };
    const whole = sketchOf(0, 3000);
    const parts = sketchOf(1300, 3000);
    parts.merge(sketchOf(0, 1300));
    expect(JSON.stringify(parts)).toBe(JSON.stringify(whole));
    expect(whole.kept()).toHaveLength(SKETCHED_USERS);
    expect(whole.users).toBe(3000);
    const kept = whole.kept().map(({ increments }) => increments[0]!);
    const mean = kept.reduce((sum, minute) => sum + minute, 0) / kept.length;
    expect(Math.abs(mean - 1500)).toBeLessThan(4 * (3000 / Math.sqrt(12 * SKETCHED_USERS)));
  });
});

describe('what a tally says', () => {
  it('counts people, their days and what a share would expose', () => {
    const user = (name: string, bucket: number, masks: readonly number[]): UserEvidence => ({
      user: name,
      bucket,
      simulated: false,
      compared: masks.length,
      breachedRecords: 0,
      days: masks.map((breached, at) => ({
        date: `2025-09-0${at + 1}`,
        breached,
        differences: [10 * at, 0, null],
        writes: 3,
      })),
      liveRowsChanged: 3 * masks.length,
      hours: [],
      firstMs: 0,
      lastMs: 1,
      increments: [],
    });
    const tally = tallyOf([
      user('a', 0, [1, 3]),
      user('b', 999, [0, 0]),
      user('c', 1000, [2]),
      user('d', 9999, []),
    ]);
    expect([tally.users, tally.comparedUsers]).toEqual([4, 3]);
    expect(tally.usersInBreach.day).toEqual({ any: 2, byField: [1, 2, 0] });
    expect(tally.days.map((table) => table.totals())).toEqual([
      { days: 5, inBreach: 2 },
      { days: 5, inBreach: 2 },
      { days: 5, inBreach: 0 },
      { days: 5, inBreach: 3 },
    ]);
    expect(tally.exposedAt(10)).toEqual({
      users: 2,
      userDays: 4,
      usersInBreach: 1,
      daysInBreach: 2,
      liveRowsChanged: 12,
    });
    expect(tally.exposedAt(11).users).toBe(3);
    expect(tally.exposedAt(100)).toMatchObject({ users: 4, usersInBreach: 2, daysInBreach: 3 });
  });
});

describe('what is drawn for a user', () => {
  it('is a Poisson count of mean 1 and variance 1, independent between replicates', () => {
    const counts = new Array<number>(12).fill(0);
    let product = 0;
    const users = 20_000;
    for (let user = 0; user < users; user++) {
      const { stream } = keyUser('s', `u${user}`);
      const weights = [1, 2, 3, 4].map((replicate) => poissonOf(keyedBits(stream, replicate)));
      for (const weight of weights) counts[weight]! += 1;
      product += (weights[0]! - 1) * (weights[1]! - 1);
    }
    let chiSquare = 0;
    let expected = Math.exp(-1) * 4 * users;
    for (let count = 0; count < 7; count++) {
      chiSquare += (counts[count]! - expected) ** 2 / expected;
      expected /= count + 1;
    }
    // The 99.9% point of chi-square with 6 degrees of freedom.
    expect(chiSquare).toBeLessThan(22.5);
    expect(Math.abs(product / users)).toBeLessThan(4 / Math.sqrt(users));
  });
});

describe('cells of differences', () => {
  it('hold every value at most a thirty-second below their top', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (units) => {
        const top = cellTop(cellOf(units, 1), 1);
        expect(top).toBeGreaterThanOrEqual(units);
        expect(top - units).toBeLessThanOrEqual(units / 32);
        expect(cellOf(top, 1)).toBe(cellOf(units, 1));
        expect(cellOf(top + 1, 1)).toBe(cellOf(units, 1) + 1);
      }),
    );
  });
});
