import { expect, it } from 'vitest';
import { LONG_AGO, newDiff, newLog, newRequest, uuidOf } from '../../../tests/postgres/rows.ts';
import { StoreRefusal } from './contract.ts';
import { memoryStore } from './memory.ts';

it('drops a forgotten user whole and goes on counting the rows', async () => {
  const store = memoryStore();
  for (const user of ['ann', 'bea']) {
    await store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf(user), user_id: user })));
  }
  store.forgetUser('ann');
  expect((await store.dump()).meal_logs?.map(({ user_id }) => user_id)).toEqual(['bea']);
  expect(await store.census()).toMatchObject({ meal_logs: 2, diffs: 0 });
  await store.reset();
  expect(await store.census()).toMatchObject({ meal_logs: 0 });
});

it('lets the second of two twins wait and then find the first', async () => {
  const store = memoryStore();
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  const one = store.transaction(async (tx) => {
    await tx.lockKey('ann', 'k');
    await first.promise;
    await tx.insertLog(newLog());
    await tx.insertRequest(newRequest(), LONG_AGO);
    order.push('first stored');
  });
  const two = store.transaction(async (tx) => {
    await tx.lockKey('ann', 'k');
    order.push('second looks');
    return tx.findRequest('ann', 'k', LONG_AGO);
  });
  first.resolve();
  await one;
  expect(await two).toEqual(newRequest());
  expect(order).toEqual(['first stored', 'second looks']);
});

it('puts a day back as it was when the shadow that changed it fails', async () => {
  const store = memoryStore();
  const day = { id: uuidOf('day'), ts: newDiff().ts, phase: 'P0', userId: 'ann', date: '2025-01-02' };
  await store.transaction(async (tx) => {
    for (const name of ['a', 'b', 'c']) await tx.insertLog(newLog({ id: uuidOf(name) }));
  });
  const record = (name: string, dkcal: number) =>
    store.shadowTransaction(async (tx) => {
      await tx.insertRecordDiff(newDiff({ id: uuidOf(`diff ${name}`), log_id: uuidOf(name), dkcal }));
      const row = await tx.recomputeDay(day);
      if (dkcal > 100) throw new Error('the shadow failed');
      return row;
    });
  await record('a', 10);
  const before = await store.dump();
  await expect(record('b', 500)).rejects.toThrow('the shadow failed');
  expect(await store.dump()).toEqual(before);
  expect(await record('c', 20)).toMatchObject({ dkcal: 30, details: { records: 2 } });
});

it('ends a transaction with its refusal even when the work swallowed it', async () => {
  const store = memoryStore();
  const careless = store.transaction(async (tx) => {
    await tx.insertLog(newLog());
    await tx.insertLog(newLog({ id: uuidOf('other'), calories: 1e6 })).catch(() => {});
  });
  await expect(careless).rejects.toMatchObject({ code: 'numeric_value_out_of_range' });
  await expect(careless).rejects.toBeInstanceOf(StoreRefusal);
  expect(await store.census()).toMatchObject({ meal_logs: 0 });
});
