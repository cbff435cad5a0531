import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countBreaches } from './breach-counts.ts';
import { sampleDocument } from './sample.test-data.ts';
import { dayShifts } from './shift.ts';
import type { CaseChange } from './work.ts';

function change(user: string, from: number | null, to: number | null): CaseChange {
  const day = (v2Amount: number | null) => (v2Amount === null ? null : sampleDocument(2, { user, v2Amount }));
  const [accepted, current] = [day(from), day(to)];
  const was = accepted === null ? 'missing' : current === null ? 'orphaned' : 'changed';
  return {
    name: `everyday/${user}/2025-09-01`,
    suite: 'everyday',
    key: `${user}/2025-09-01`,
    was,
    accepted,
    current,
  };
}

describe('dayShifts', () => {
  it('sum up by path and measure, and name the day that moves most', () => {
    const changes = [change('ann', 560, 565), change('bob', 560, 540), change('cat', 560, 560)];
    expect(dayShifts(changes, ['amount', 'tax'])).toEqual([
      // Two records a day.
      {
        path: 'v2',
        measure: 'amount',
        days: 2,
        sum: -30,
        worst: -40,
        worstCase: 'everyday/bob/2025-09-01',
      },
    ]);
  });

  it('leave out cases that have one side only', () => {
    expect(dayShifts([change('ann', null, 560), change('bob', 560, null)], ['amount'])).toEqual([]);
  });

  it('of two sets of cases add up to that of both, and turn their sign with the sides', () => {
    const amounts = fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 999 })), {
      minLength: 1,
      maxLength: 6,
    });
    const sum = (changes: readonly CaseChange[]): number => dayShifts(changes, ['amount'])[0]?.sum ?? 0;
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const [one, two] = [a, b].map((pairs, side) =>
          pairs.map(([from, to], i) => change(`u${side}${i}`, from, to)),
        ) as [CaseChange[], CaseChange[]];
        expect(sum([...one, ...two])).toBe(sum(one) + sum(two));
        const turned = one.map((each) => ({ ...each, accepted: each.current, current: each.accepted }));
        expect(sum(turned) + sum(one)).toBe(0);
        const { worst = 0, sum: all = 0 } = dayShifts(one, ['amount'])[0] ?? {};
        expect(Math.abs(worst) * one.length).toBeGreaterThanOrEqual(Math.abs(all));
      }),
      { numRuns: 30 },
    );
  });
});

describe('countBreaches', () => {
  it('counts each field of a record and, at every write, of its running day', () => {
    const counts = countBreaches([
      sampleDocument(3, { user: 'ann', v2Amount: 700 }),
      sampleDocument(1, { user: 'bob', v2Amount: 560 }),
    ]);
    expect([...counts]).toEqual([['day/damount', 3]]);
    expect([...countBreaches([])]).toEqual([]);
  });
});
