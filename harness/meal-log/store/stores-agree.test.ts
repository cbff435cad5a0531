import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { play, traffic } from '../../../tests/postgres/random-traffic.ts';
import type { MealLogStore } from './contract.ts';
import { memoryStore } from './memory.ts';
import { openMealLogStore } from './open.ts';

let pglite: MealLogStore;
beforeAll(async () => {
  pglite = await openMealLogStore({ kind: 'pglite' });
});
afterAll(() => pglite.close());

it.each([1, 7, 100_000])(
  'a PGlite fed %i rows at a time answers and holds the same',
  async (rowsPerBatch) => {
    const batched = await openMealLogStore({ kind: 'pglite' }, { rowsPerBatch });
    try {
      await fc.assert(
        fc.asyncProperty(traffic, async (steps) => {
          expect(await play(batched, steps)).toEqual(await play(pglite, steps));
        }),
        { numRuns: 8 },
      );
    } finally {
      await batched.close();
    }
  },
);

it('memory and PGlite answer random traffic alike and hold the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(traffic, async (steps) => {
      expect(await play(memoryStore(), steps)).toEqual(await play(pglite, steps));
    }),
    { numRuns: 40 },
  );
});
