import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type MigrationTarget, migrate, readSchema, type SchemaFile, schemaDigest } from './migrate.ts';

let db: PGlite;
let target: MigrationTarget;
beforeAll(async () => {
  db = await PGlite.create();
  target = {
    script: async (sql) => {
      await db.exec(sql);
    },
    query: async (sql, values) =>
      (await db.query<(string | null)[]>(sql, [...values], { rowMode: 'array' })).rows,
  };
});
beforeEach(() => db.exec('drop schema public cascade; create schema public'));
afterAll(() => db.close());

async function tables(): Promise<readonly string[]> {
  const rows = await target.query(
    `select tablename from pg_tables where schemaname = 'public' order by tablename`,
    [],
  );
  return rows.map(([name]) => name!);
}

const ONE: SchemaFile = { name: '0001_one.sql', sql: 'create table one (id integer)', sha256: 'a' };
const TWO: SchemaFile = { name: '0002_two.sql', sql: 'create table two (id integer)', sha256: 'b' };
const BAD: SchemaFile = { name: '0003_bad.sql', sql: 'create table three (id nonsense)', sha256: 'c' };

it('applies the schema once and finds nothing to do the second time', async () => {
  const files = await readSchema();
  expect(await migrate(target, files)).toEqual(files.map(({ name }) => name));
  expect(await tables()).toEqual([
    'diffs',
    'golem_migrations',
    'ingest_requests',
    'meal_logs',
    'meal_logs_v2_shadow',
  ]);
  expect(await migrate(target, files)).toEqual([]);
});

it('applies only what came since', async () => {
  await migrate(target, [ONE]);
  expect(await migrate(target, [ONE, TWO])).toEqual(['0002_two.sql']);
});

it('refuses an applied file that has changed, and names it', async () => {
  await migrate(target, [ONE]);
  const changed = migrate(target, [{ ...ONE, sha256: 'changed' }, TWO]);
  await expect(changed).rejects.toThrow(
    'harness/meal-log/schema/0001_one.sql: Failed to migrate "0001_one.sql": the file changed after it was applied; ' +
      'put its text back and add a new file for the change. Run: git log -p -- harness/meal-log/schema/0001_one.sql',
  );
  expect(await tables()).toEqual(['golem_migrations', 'one']);
});

it('refuses a database that a newer golem has migrated', async () => {
  await migrate(target, [ONE, TWO]);
  await expect(migrate(target, [ONE])).rejects.toMatchObject({
    failure: { kind: 'data', subject: '0002_two.sql' },
  });
});

it('leaves nothing half applied when a file fails', async () => {
  await expect(migrate(target, [ONE, BAD])).rejects.toThrow('nonsense');
  expect(await tables()).toEqual([]);
});

it('has another digest for another name or text', () => {
  const digests = [[ONE], [TWO], [ONE, TWO], [{ ...ONE, sha256: 'b' }]].map(schemaDigest);
  expect(new Set(digests).size).toBe(4);
});
