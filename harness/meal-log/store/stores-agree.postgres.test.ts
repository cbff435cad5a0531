import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { play, traffic } from '../../../tests/postgres/random-traffic.ts';
import { describeWithPostgres } from '../../../tests/postgres/with-postgres.ts';
import type { MealLogStore } from './contract.ts';
import { memoryStore } from './memory.ts';
import { openMealLogStore } from './open.ts';

describeWithPostgres('the three stores', (url) => {
  let postgres: MealLogStore;
  let pglite: MealLogStore;
  beforeAll(async () => {
    [postgres, pglite] = await Promise.all([
      openMealLogStore({ kind: 'postgres', url }),
      openMealLogStore({ kind: 'pglite' }),
    ]);
  });
  afterAll(() => Promise.all([postgres.close(), pglite.close()]));

  it('answer random traffic alike, refusals included, and hold the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, async (steps) => {
        const expected = await play(postgres, steps);
        expect(await play(memoryStore(), steps)).toEqual(expected);
        expect(await play(pglite, steps)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
