import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newLog } from '../../../tests/postgres/rows.ts';
import { GolemError } from '../../errors.ts';
import { openMealLogStore } from './open.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'golem-pglite-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

it('is empty each time it is opened from the prepared database', async () => {
  const cacheDirectories = [join(home, 'cache')];
  for (const opening of ['cold', 'warm']) {
    const store = await openMealLogStore({ kind: 'pglite' }, { cacheDirectories });
    await store.transaction((tx) => tx.insertLog(newLog({ food_item: opening })));
    expect((await store.dump()).meal_logs).toMatchObject([{ food_item: opening }]);
    await store.close();
  }
  expect(await readdir(join(home, 'cache'))).toHaveLength(1);
});

it('keeps the rows of a directory', async () => {
  const directory = join(home, 'kept');
  const first = await openMealLogStore({ kind: 'pglite' }, { directory });
  const row = await first.transaction((tx) => tx.insertLog(newLog()));
  await first.close();
  const second = await openMealLogStore({ kind: 'pglite' }, { directory });
  expect(await second.transaction((tx) => tx.findLog(row.id))).toEqual(row);
  await second.close();
});

it('says which directory it could not use', async () => {
  const directory = join(home, 'taken');
  await writeFile(directory, 'a file');
  const opening = openMealLogStore({ kind: 'pglite' }, { directory });
  await expect(opening).rejects.toBeInstanceOf(GolemError);
  await expect(opening).rejects.toMatchObject({ failure: { kind: 'unavailable', subject: directory } });
});

it('queues transactions on its one connection', async () => {
  const store = await openMealLogStore({ kind: 'pglite' });
  const order: string[] = [];
  const held = Promise.withResolvers<void>();
  const shadow = store.shadowTransaction(async () => {
    await held.promise;
    order.push('shadow');
  });
  const live = store.transaction(async (tx) => {
    await tx.lockKey('ann', 'k');
    order.push('live');
  });
  held.resolve();
  await Promise.all([shadow, live]);
  expect(order).toEqual(['shadow', 'live']);
  await store.close();
});
