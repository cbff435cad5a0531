/**
 * The meal log on PGlite: PostgreSQL itself, in this process. It has one connection, so transactions of both lanes
 * run one after the other. Statements go over the wire protocol as prepared statements with text parameters, as `pg`
 * sends them: a third of the time of PGlite's own `query`, and one rule for what a number becomes.
 */
import type { PGlite } from '@electric-sql/pglite';
import { GolemError } from '../../errors.ts';
import { migrate, type MigrationTarget, readSchema } from '../schema/migrate.ts';
import { batchedStore } from './batched.ts';
import type { MealLogStore } from './contract.ts';
import { openPrepared } from './pglite-prepared.ts';
import { refusalIn } from './refusals.ts';
import type { Text } from './row-text.ts';
import { type SqlConnection, type SqlDatabase, sqlStore, type TextRows } from './sql-store.ts';
import { SESSION_SETTINGS, type Statement } from './statements.ts';

type Protocol = typeof import('@electric-sql/pglite').protocol;

export interface PgliteOptions {
  /** A directory in which the rows stay, for a service; null keeps them in memory. */
  readonly directory: string | null;
  /** Directories for the prepared database, best first; none means preparing it each time. */
  readonly cacheDirectories: readonly string[];
  /** Rows written at once; null writes each as it comes. Default null. */
  readonly rowsPerBatch?: number | null;
}

/** Log segments of 1 MB: an empty one of 16 MB would be nearly half of the dump. */
const SMALL_LOG = ['--wal-segsize=1'];

/** Opens PGlite with the schema in place. Rejects with a GolemError of kind `unavailable` when it cannot. */
export async function openPglite(options: PgliteOptions): Promise<MealLogStore> {
  const { PGlite: PGliteClass, protocol } = await import('@electric-sql/pglite');
  const files = await readSchema();
  const { directory } = options;
  let db: PGlite;
  try {
    db =
      directory === null
        ? await openPrepared({
            files,
            cacheDirectories: options.cacheDirectories,
            load: (dump) =>
              PGliteClass.create(dump ? { loadDataDir: dump } : { initDbStartParams: SMALL_LOG }),
            prepare: async (fresh) => {
              await migrate(migrationTarget(fresh), files);
              await dropTemplates(fresh);
            },
          })
        : await PGliteClass.create(directory);
    if (directory !== null) await migrate(migrationTarget(db), files);
    for (const [name, value] of Object.entries(SESSION_SETTINGS)) await db.exec(`set ${name} = ${value}`);
  } catch (error) {
    if (error instanceof GolemError) throw error;
    throw unavailable(directory, error);
  }
  const database = pgliteDatabase(db, protocol, directory);
  return options.rowsPerBatch ? batchedStore(database, options.rowsPerBatch) : sqlStore(database);
}

function unavailable(directory: string | null, error: unknown): GolemError {
  const words = error instanceof Error ? error.message : String(error);
  return new GolemError(
    {
      kind: 'unavailable',
      verb: 'open',
      subject: directory ?? 'pglite',
      reason: `the in-process PostgreSQL did not start: ${words.replace(/\.$/, '')}`,
      next: directory === null ? 'golem gate --store memory' : `ls -l ${directory}`,
    },
    { cause: error },
  );
}

function migrationTarget(db: PGlite): MigrationTarget {
  return {
    script: async (sql) => {
      await db.exec(sql);
    },
    query: async (sql, values) => {
      const result = await db.query<(string | null)[]>(sql, [...values], { rowMode: 'array' });
      return result.rows;
    },
  };
}

/**
 * Drops the two databases that only serve to make others: half of the dump, and a third of the time to load it. Each
 * statement stands alone, since dropping a database cannot be part of a script.
 */
async function dropTemplates(db: PGlite): Promise<void> {
  await db.exec('update pg_database set datistemplate = false');
  for (const template of ['template0', 'template1']) await db.exec(`drop database ${template}`);
  await db.exec('checkpoint');
}

const BEGIN: Statement = { name: 'begin', text: 'begin' };
const COMMIT: Statement = { name: 'commit', text: 'commit' };
const ROLLBACK: Statement = { name: 'rollback', text: 'rollback' };

function pgliteDatabase(db: PGlite, protocol: Protocol, directory: string | null): SqlDatabase {
  const { serialize, Parser } = protocol;
  const prepared = new Set<string>();
  const parser = new Parser();
  const sync = serialize.sync();
  const execute = serialize.execute({});
  let tail: Promise<unknown> = Promise.resolve();

  /** One message out, all answers in; PGlite answers within the call, so statements keep the order of the calls. */
  function exchange(statement: Statement, values: readonly Text[]): TextRows {
    const parts: Uint8Array[] = [];
    const isNew = !prepared.has(statement.name);
    if (isNew) parts.push(serialize.parse({ name: statement.name, text: statement.text }));
    parts.push(serialize.bind({ statement: statement.name, values: [...values] }), execute, sync);
    const rows: Text[][] = [];
    let refused: Error | null = null;
    let parsed = false;
    parser.parse(db.execProtocolRawSync(Buffer.concat(parts)), (message) => {
      if (message.name === 'dataRow' && 'fields' in message) rows.push(message.fields as Text[]);
      else if (message.name === 'parseComplete') parsed = true;
      else if (message instanceof Error) refused ??= message;
    });
    if (isNew && parsed) prepared.add(statement.name);
    if (refused) throw refused;
    return rows;
  }

  const connection: SqlConnection = {
    run: async (statement, values) => {
      try {
        return exchange(statement, values);
      } catch (error) {
        throw refusalIn(error) ?? unavailable(directory, error);
      }
    },
  };

  async function alone<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    exchange(BEGIN, []);
    try {
      const result = await work(connection);
      exchange(COMMIT, []);
      if (directory !== null) await db.syncToFs();
      return result;
    } catch (error) {
      exchange(ROLLBACK, []);
      throw error;
    }
  }

  return {
    transaction: (_lane, work) => {
      const turn = tail.then(() => alone(work));
      tail = turn.catch(() => {});
      return turn;
    },
    close: async () => {
      await tail;
      await db.close();
    },
  };
}
