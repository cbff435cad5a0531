import { expect, it } from 'vitest';
import { newDiff, newLog, uuidOf } from '../../../tests/postgres/rows.ts';
import { batchedStore } from './batched.ts';
import type { Text } from './row-text.ts';
import type { SqlConnection, SqlDatabase } from './sql-store.ts';

/** A database that notes what it is asked and says what the test wants. */
function database(answer: (statement: string, values: readonly Text[]) => Error | null = () => null) {
  const asked: { readonly statement: string; readonly values: readonly Text[] }[] = [];
  const connection: SqlConnection = {
    run: async (statement, values) => {
      asked.push({ statement: statement.name, values });
      const error = answer(statement.name, values);
      if (error) throw error;
      return statement.name === 'census' ? [['0', '0', '0', '0']] : [];
    },
  };
  const sql: SqlDatabase = { transaction: (_lane, work) => work(connection), close: async () => {} };
  return { sql, asked };
}

const refusal = (code: string) => Object.assign(new Error('no'), { code });

const sizes = (asked: ReturnType<typeof database>['asked']) =>
  asked.map(({ statement, values }) => `${statement} ${JSON.parse(values[0] ?? '[]').length}`);

it('sends rows when a batch is full, in one statement a table, and the rest when asked for them', async () => {
  const { sql, asked } = database();
  const store = batchedStore(sql, 3);
  for (const name of ['a', 'b', 'c', 'd']) {
    await store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf(name) })));
  }
  expect(sizes(asked)).toEqual(['insert_all_meal_logs 3']);
  await store.dump();
  expect(sizes(asked).slice(0, 2)).toEqual(['insert_all_meal_logs 3', 'insert_all_meal_logs 1']);
});

it('sends the newest state of a row that changed while it waited, once', async () => {
  const { sql, asked } = database();
  const store = batchedStore(sql, 100);
  const id = uuidOf('a');
  await store.transaction((tx) => tx.insertLog(newLog({ id, user_id: 'ann' })));
  await store.transaction((tx) => tx.deleteLog(id, 'ann'));
  await store.census();
  expect(sizes(asked)).toEqual(['insert_all_meal_logs 1', 'census 0']);
  expect(JSON.parse(asked[0]!.values[0]!)).toMatchObject([{ is_deleted: true, row_version: 2 }]);
});

it('sends nothing of a transaction that was rolled back', async () => {
  const { sql, asked } = database();
  const store = batchedStore(sql, 100);
  const failed = store.transaction(async (tx) => {
    await tx.insertLog(newLog({ id: uuidOf('a') }));
    throw new Error('on second thoughts');
  });
  await expect(failed).rejects.toThrow('on second thoughts');
  await store.census();
  expect(sizes(asked)).toEqual(['census 0']);
});

it('asks the database for every refusal again and ends the run where it disagrees', async () => {
  const fraction = { id: uuidOf('d'), log_id: uuidOf('a'), dkcal: 0.5 };
  const play = async (answer: Parameters<typeof database>[0]) => {
    const { sql, asked } = database(answer);
    const store = batchedStore(sql, 100);
    await store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf('a') })));
    const refused = store.shadowTransaction((tx) => tx.insertRecordDiff(newDiff(fraction)));
    return { error: await refused.then(String, (error: unknown) => error), asked };
  };
  const agreed = await play((statement) => (statement === 'insert_record_diff' ? refusal('22P02') : null));
  expect(agreed.error).toMatchObject({ code: 'invalid_text_representation' });
  expect(agreed.asked.map(({ statement }) => statement)).toEqual([
    'insert_all_meal_logs',
    'insert_record_diff',
  ]);
  const other = await play((statement) => (statement === 'insert_record_diff' ? refusal('22003') : null));
  expect(String(other.error)).toMatch(/as numeric_value_out_of_range what memory refuses as invalid_text/);
  expect(other.error).toMatchObject({ exit: 70 });
});

it('lets a row that only the database refuses fail alone, and then ends the run by its name', async () => {
  const bad = uuidOf('b');
  const { sql, asked } = database((statement, values) =>
    statement.startsWith('insert_all') && values[0]!.includes(bad) ? refusal('54000') : null,
  );
  const store = batchedStore(sql, 3);
  for (const name of ['a', 'b', 'c']) {
    await store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf(name) })));
  }
  const failure = await store.census().catch((error: unknown) => error);
  expect(failure).toMatchObject({ exit: 70 });
  expect(String(failure)).toContain(`1 of the rows that memory took, first meal_logs ${bad}: sqlstate_54000`);
  expect(sizes(asked)).toEqual([3, 1, 1, 1].map((rows) => `insert_all_meal_logs ${rows}`));
  await expect(store.transaction((tx) => tx.findLog(bad))).resolves.toMatchObject({ id: bad });
  await expect(store.dump()).rejects.toBe(failure);
});

it('ends the run with the database\u2019s own failure when it is lost while a batch is on its way', async () => {
  const lost = new Error('connection lost');
  const { sql } = database(() => lost);
  const store = batchedStore(sql, 1);
  await store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf('a') })));
  await store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf('b') })));
  await expect(store.transaction((tx) => tx.insertLog(newLog({ id: uuidOf('c') })))).rejects.toBe(lost);
});
