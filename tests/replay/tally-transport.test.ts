/**
 * A tally that went through its own JSON is the tally it was: in everything a verdict reads, in what it adds up to
 * with others, and in its bytes.
 */
import { describe, expect, it } from 'vitest';
import { mealLog } from '../../harness/meal-log/index.ts';
import { Tally } from '../../harness/tally/tally.ts';
import { readFixture, readTally, replayLines } from './replay-fixture.ts';

const through = (tally: Tally): Tally => Tally.fromJSON(mealLog, JSON.parse(JSON.stringify(tally)));

describe('a tally sent as JSON', () => {
  it.each(['edges', 'retries', 'noisy', 'provider-faults', 'must-fail/v2-throws'])(
    'is the tally it was: %s',
    async (suite) => {
      const { tally } = await replayLines(readFixture(suite));
      tally.badLines = 3;
      const received = through(tally);
      expect(readTally(received)).toEqual(readTally(tally));
      expect(JSON.stringify(received)).toBe(JSON.stringify(tally));
    },
  );

  it('adds up with others to the same bytes, in either order', async () => {
    const [one, other] = await Promise.all(
      ['edges', 'noisy'].map(async (suite) => (await replayLines(readFixture(suite))).tally),
    );
    const sum = (...tallies: readonly Tally[]): string => {
      const all = new Tally(mealLog);
      for (const tally of tallies) all.merge(tally);
      return JSON.stringify(all);
    };
    const expected = sum(one!, other!);
    expect(sum(through(other!), through(one!))).toBe(expected);
    expect(sum(through(one!), other!)).toBe(expected);
  });

  it('is empty where nothing was replayed', () => {
    expect(JSON.stringify(through(new Tally(mealLog)))).toBe(JSON.stringify(new Tally(mealLog)));
  });
});
