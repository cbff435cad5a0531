/**
 * The meal log on PostgreSQL through `pg`: live and shadow transactions have connections of their own, so locks,
 * twins and a shadow that hangs behave as in production. A replay's rows live in a schema of the run's own, which is
 * dropped when the store closes; nothing outside it is touched.
 */
import type { Client, ClientBase, Pool, PoolConfig, QueryArrayConfig } from 'pg';
import { migrate, readSchema } from '../schema/migrate.ts';
import { batchedStore } from './batched.ts';
import type { MealLogStore } from './contract.ts';
import { databaseFailure, displayUrl } from './postgres-failures.ts';
import { refusalIn } from './refusals.ts';
import type { Text } from './row-text.ts';
import { type Lane, type SqlConnection, type SqlDatabase, sqlStore, type TextRows } from './sql-store.ts';
import { SESSION_SETTINGS, type Statement } from './statements.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** A schema that is migrated and kept, for a service; null makes one of the run's own and drops it at close. */
  readonly schema: string | null;
  /** Connections per lane; more than one serves concurrent requests. Default 5. */
  readonly connectionsPerLane?: number;
  /** Rows written at once; null writes each as it comes, and lets concurrent writers see each other's. Default null. */
  readonly rowsPerBatch?: number | null;
  /** How long a connection may take to open, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
}

/** Texts as they come; `row-text.ts` knows the types. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

async function runOn(
  client: ClientBase,
  text: string,
  values: readonly Text[],
  name?: string,
): Promise<TextRows> {
  const query: QueryArrayConfig<Text[]> = { text, values: [...values], rowMode: 'array', types: AS_TEXT };
  const result = await client.query<Text[]>(name === undefined ? query : { ...query, name });
  return result.rows;
}

/**
 * Opens the database, migrates its schema and returns the store. Rejects with a GolemError of kind `unavailable`
 * when it cannot be reached or used; the password is in no message.
 */
export async function openPostgres(options: PostgresOptions): Promise<MealLogStore> {
  const { default: pg } = await import('pg');
  const place = displayUrl(options.url);
  const config: PoolConfig = {
    connectionString: options.url,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    application_name: 'golem',
  };
  const failed = (error: unknown): never => {
    throw databaseFailure(error, place);
  };
  const schema = await prepareSchema(pg.Client, config, options.schema).catch(failed);
  const lanePool = (): Pool => {
    const pool = new pg.Pool({
      ...config,
      max: options.connectionsPerLane ?? 5,
      pipeline: true,
      // Runs before a connection is handed out, so that every statement finds its tables.
      onConnect: (client) => useSchema(client, schema, options.schema === null),
    } as PoolConfig);
    // An idle connection that is lost is replaced by the next transaction, which then tells what is wrong.
    pool.on('error', () => {});
    return pool;
  };
  const pools: Readonly<Record<Lane, Pool>> = { live: lanePool(), shadow: lanePool() };

  const database: SqlDatabase = {
    transaction: (lane, work) => transactionOn(pools[lane], work, failed),
    close: async () => {
      await Promise.all([pools.live.end(), pools.shadow.end()]);
      if (options.schema === null) await dropSchema(pg.Client, config, schema).catch(failed);
    },
  };
  return options.rowsPerBatch ? batchedStore(database, options.rowsPerBatch) : sqlStore(database);
}

/** Makes search_path and the session's settings golem's own for this connection. */
async function useSchema(client: ClientBase, schema: string, disposable: boolean): Promise<void> {
  const set = (name: string, value: string): Promise<TextRows> =>
    runOn(client, 'select set_config($1, $2, false)', [name, value]);
  await runOn(client, `select set_config('search_path', quote_ident($1), false)`, [schema]);
  for (const [name, value] of Object.entries(SESSION_SETTINGS)) await set(name, value);
  // Rows that are dropped with the run need not survive a power cut.
  if (disposable) await set('synchronous_commit', 'off');
}

async function prepareSchema(
  ClientClass: typeof Client,
  config: PoolConfig,
  named: string | null,
): Promise<string> {
  return withClient(ClientClass, config, async (client) => {
    await requireUtf8(client);
    const schema = named ?? (await nameOfOwnSchema(client));
    // The name goes through quote_ident in the server, since DDL takes no parameters.
    const [quoted] = (await runOn(client, 'select quote_ident($1)', [schema]))[0]!;
    await client.query(named === null ? `create schema ${quoted}` : `create schema if not exists ${quoted}`);
    await useSchema(client, schema, named === null);
    await migrate(
      {
        script: async (sql) => {
          await client.query(sql);
        },
        query: (sql, values) => runOn(client, sql, values),
      },
      await readSchema(),
    );
    return schema;
  });
}

/** The server draws the name, so that a replay needs no chance of its own. */
async function nameOfOwnSchema(client: Client): Promise<string> {
  const rows = await runOn(client, `select 'golem_' || replace(gen_random_uuid()::text, '-', '')`, []);
  return rows[0]![0]!;
}

/** In any other encoding the same text would be refused or stored differently. */
async function requireUtf8(client: Client): Promise<void> {
  const rows = await runOn(client, 'select current_setting($1)', ['server_encoding']);
  const encoding = rows[0]![0];
  if (encoding !== 'UTF8') throw new Error(`the database's encoding is ${encoding}, golem needs UTF8`);
}

async function dropSchema(ClientClass: typeof Client, config: PoolConfig, schema: string): Promise<void> {
  await withClient(ClientClass, config, async (client) => {
    await client.query('set client_min_messages = warning');
    const [quoted] = (await runOn(client, 'select quote_ident($1)', [schema]))[0]!;
    await client.query(`drop schema ${quoted} cascade`);
  });
}

async function withClient<T>(
  ClientClass: typeof Client,
  config: PoolConfig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new ClientClass(config);
  // A connection lost between two statements is told by the next one.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function transactionOn<T>(
  pool: Pool,
  work: (connection: SqlConnection) => Promise<T>,
  failed: (error: unknown) => never,
): Promise<T> {
  const client = await pool.connect().catch(failed);
  let lost: Error | null = null;
  const noteLoss = (error: Error): void => {
    lost = error;
  };
  client.on('error', noteLoss);
  const connection: SqlConnection = {
    run: async (statement: Statement, values) => {
      try {
        return await runOn(client, statement.text, values, statement.name);
      } catch (error) {
        if (refusalIn(error)) throw error;
        lost ??= error instanceof Error ? error : new Error(String(error));
        return failed(error);
      }
    },
  };
  try {
    // Not awaited: the connection is pipelined, so the first statement travels with it.
    const begun = client.query('begin');
    begun.catch(noteLoss);
    const result = await work(connection);
    await begun.catch(failed);
    await client.query('commit').catch(failed);
    return result;
  } catch (error) {
    await client.query('rollback').catch(noteLoss);
    throw error;
  } finally {
    client.removeListener('error', noteLoss);
    // A connection in an unknown state is closed rather than handed on.
    client.release(lost ?? undefined);
  }
}
