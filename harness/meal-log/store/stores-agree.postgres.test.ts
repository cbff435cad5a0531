import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { play, traffic } from '../../../tests/postgres/random-traffic.ts';
import { newDiff, newLog, uuidOf } from '../../../tests/postgres/rows.ts';
import { describeWithPostgres } from '../../../tests/postgres/with-postgres.ts';
import type { MealLogStore } from './contract.ts';
import { memoryStore } from './memory.ts';
import { openMealLogStore } from './open.ts';

describeWithPostgres('the three stores', (url) => {
  let postgres: MealLogStore;
  let batched: MealLogStore;
  let pglite: MealLogStore;
  beforeAll(async () => {
    [postgres, batched, pglite] = await Promise.all([
      openMealLogStore({ kind: 'postgres', url }),
      openMealLogStore({ kind: 'postgres', url }, { rowsPerBatch: 11 }),
      openMealLogStore({ kind: 'pglite' }),
    ]);
  });
  afterAll(() => Promise.all([postgres.close(), batched.close(), pglite.close()]));

  it('answer random traffic alike, refusals included, and hold the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, async (steps) => {
        const expected = await play(postgres, steps);
        expect(await play(memoryStore(), steps)).toEqual(expected);
        expect(await play(pglite, steps)).toEqual(expected);
        expect(await play(batched, steps)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('refuse alike a day whose energy leaves the integer column, and keep the day as it was', async () => {
    const dumps = [];
    for (const store of [memoryStore(), pglite, postgres, batched]) {
      await store.reset();
      const record = (name: string) =>
        store.shadowTransaction(async (tx) => {
          await tx.insertRecordDiff(
            newDiff({ id: uuidOf(`diff ${name}`), log_id: uuidOf(name), dkcal: 2_000_000_000 }),
          );
          await tx.recomputeDay({
            id: uuidOf('day'),
            ts: newDiff().ts,
            phase: 'P0',
            userId: 'ann',
            date: '2025-01-02',
          });
        });
      await store.transaction(async (tx) => {
        for (const name of ['a', 'b']) await tx.insertLog(newLog({ id: uuidOf(name) }));
      });
      await record('a');
      await expect(record('b')).rejects.toMatchObject({ code: 'numeric_value_out_of_range' });
      dumps.push(await store.dump());
    }
    expect(dumps[0]?.diffs).toHaveLength(2);
    expect(dumps[1]).toEqual(dumps[0]);
    expect(dumps[2]).toEqual(dumps[0]);
    expect(dumps[3]).toEqual(dumps[0]);
  });
});
