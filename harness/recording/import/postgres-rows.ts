/**
 * Streams the rows of one query out of a PostgreSQL that is somebody's production: in a transaction that can write
 * nothing and sees one moment of the database, through a cursor, so that memory stays flat. It is a file of its own
 * because it is the import's only door to a database.
 */
import type { Client } from 'pg';
import { GolemError } from '../../errors.ts';
import type { DatabaseImporter, DatabaseRow } from '../../migration.ts';
import { type DatabasePlace, databaseFault, databasePlace, psql } from './database-fault.ts';

/** Rows fetched at a time: with answers of a model in them a few hundred are a megabyte. */
const ROWS_AT_A_TIME = 500;
const CONNECT_TIMEOUT_MS = 10_000;

/** Which writes are wanted; null stands for all. */
export interface RowRange {
  readonly since: string | null;
  /** The first moment that is no longer wanted. */
  readonly until: string | null;
  readonly users: readonly string[] | null;
}

/** What the range holds; `from` and `to` are RFC 3339 in UTC, null where there is no row. */
export interface RowSummary {
  readonly rows: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** One look at a database. */
export interface RowReading {
  readonly place: DatabasePlace;
  readonly summary: RowSummary;
  /** All rows once, by user, then time. */
  readonly rows: AsyncIterable<DatabaseRow>;
}

/** Values as PostgreSQL writes them: the migration knows the types. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/**
 * Opens the database and hands a reading to `use`; closes it whatever happens. Rejects with kind `unavailable` when
 * the database cannot be reached, refuses or is lost on the way, with `data` when it has other tables, and with
 * `interrupted` once `signal` says so, at the next statement at the latest.
 */
export async function withPostgresRows<Result>(
  url: string,
  importer: DatabaseImporter,
  range: RowRange,
  use: (reading: RowReading) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const place = databasePlace(url);
  const { default: pg } = await import('pg');
  let client: Client;
  try {
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'golem import',
    });
  } catch (error) {
    throw databaseFault(error, place);
  }
  // A connection that is lost between two statements is told by the next one.
  client.on('error', () => {});
  const stop = (): void => void client.end().catch(() => {});
  signal?.addEventListener('abort', stop);
  let passed = 0;
  const counting = (): void => {
    passed += 1;
  };
  try {
    await client.connect();
    // So that a server stops working for a client that has gone; versions before 14 know no such setting.
    await client.query('set client_connection_check_interval = 500').catch(() => {});
    await client.query('begin transaction isolation level repeatable read, read only');
    await requireTables(client, importer.tables, place);
    const summary = await summarise(client, importer.query, range);
    return await use({ place, summary, rows: streamRows(client, importer.query, range, counting) });
  } catch (error) {
    if (signal?.aborted) throw interrupted(place, passed);
    throw databaseFault(error, place, passed === 0 ? '' : ` after ${rowsOf(passed)}; nothing was written`);
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

function interrupted(place: DatabasePlace, passed: number): GolemError {
  return new GolemError({
    kind: 'interrupted',
    verb: 'import from',
    subject: place.shown,
    reason: `it was interrupted after ${rowsOf(passed)}; nothing was written`,
  });
}

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

/** Names the first table that is missing or may not be read, before a query says so in its own words. */
async function requireTables(client: Client, tables: readonly string[], place: DatabasePlace): Promise<void> {
  const { rows } = await client.query<{ name: string; found: boolean; readable: boolean }>(
    `select name, to_regclass(name) is not null as found,
       coalesce(has_table_privilege(to_regclass(name), 'select'), false) as readable
     from unnest($1::text[]) with ordinality as asked (name, number) order by number`,
    [tables],
  );
  for (const { name, found, readable } of rows) {
    if (readable) continue;
    throw new GolemError({
      kind: found ? 'unavailable' : 'data',
      verb: 'import from',
      subject: place.shown,
      reason: found
        ? `the user may not read the table "${name}"`
        : `it has no table "${name}" on its search path`,
      next: psql(place, found ? `\\dp ${name}` : '\\dt *.*'),
    });
  }
}

async function summarise(client: Client, query: string, range: RowRange): Promise<RowSummary> {
  const { rows } = await client.query<{ rows: string; from: string | null; to: string | null }>(
    `select count(*) as "rows", min(at) as "from", max(at) as "to" from (${query}) as writes`,
    parametersOf(range),
  );
  const { rows: count, from, to } = rows[0]!;
  return { rows: Number(count), from, to };
}

async function* streamRows(
  client: Client,
  query: string,
  range: RowRange,
  onRow: () => void,
): AsyncGenerator<DatabaseRow> {
  const { default: Cursor } = await import('pg-cursor');
  const ordered = `select * from (${query}) as writes order by "user" collate "C", at, id`;
  const cursor = client.query(new Cursor<DatabaseRow>(ordered, parametersOf(range), { types: AS_TEXT }));
  for (;;) {
    const rows = await cursor.read(ROWS_AT_A_TIME);
    if (rows.length === 0) return;
    for (const row of rows) {
      onRow();
      yield row;
    }
  }
}

function parametersOf({ since, until, users }: RowRange): unknown[] {
  return [since, until, users === null ? null : [...users]];
}
