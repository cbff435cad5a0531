/**
 * The contract over SQL. What differs between PGlite and PostgreSQL is how a statement travels; that stands behind
 * `SqlDatabase`, and everything that is the same stands here.
 */
import type {
  DayDetails,
  DiffRow,
  IngestRequest,
  LiveTransaction,
  MealLogRow,
  MealLogStore,
  NewMealLog,
  NewRecordDiff,
  NewShadowLog,
  ShadowTransaction,
  StoreRefusal,
} from './contract.ts';
import {
  DIFF_COLUMNS,
  LIVE_COLUMNS,
  REQUEST_COLUMNS,
  SHADOW_COLUMNS,
  TABLE_NAMES,
  TABLES,
} from './columns.ts';
import { keyTaken, noSuchLog, refusalIn } from './refusals.ts';
import { decodeRow, encodeRow, type Text } from './row-text.ts';
import * as sql from './statements.ts';

/** Rows of texts, in the order of the statement's select list. */
export type TextRows = readonly (readonly Text[])[];

/** One connection inside a transaction. Statements run in the order of the calls, awaited or not. */
export interface SqlConnection {
  /** Runs one prepared statement; rejects with the driver's error, whose `code` is the SQLSTATE. */
  run(statement: sql.Statement, values: readonly Text[]): Promise<TextRows>;
}

/** Which of the service's two connections a transaction runs on. */
export type Lane = 'live' | 'shadow';

/** A database whose schema is in place. */
export interface SqlDatabase {
  /** Commits when `work` resolves, rolls back and rejects with its error when it rejects. */
  transaction<T>(lane: Lane, work: (connection: SqlConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

class SqlTransaction implements LiveTransaction, ShadowTransaction {
  readonly #connection: SqlConnection;
  #refusal: StoreRefusal | null = null;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  /** Throws what the database refused in this transaction, if anything. */
  requireUnrefused(): void {
    if (this.#refusal) throw this.#refusal;
  }

  /** Runs a statement; after a refusal everything in this transaction is answered with that first refusal. */
  async #run(statement: sql.Statement, values: () => readonly Text[]): Promise<TextRows> {
    this.requireUnrefused();
    try {
      return await this.#connection.run(statement, values());
    } catch (error) {
      this.#refusal ??= refusalIn(error);
      throw this.#refusal ?? error;
    }
  }

  #refuse(refusal: StoreRefusal): never {
    this.#refusal ??= refusal;
    throw this.#refusal;
  }

  async lockKey(userId: string, requestKey: string): Promise<void> {
    await this.#run(sql.LOCK_KEY, () => [lockName(userId, requestKey)]);
  }

  async findRequest(userId: string, requestKey: string, notBefore: string): Promise<IngestRequest | null> {
    const rows = await this.#run(sql.FIND_REQUEST, () => [userId, requestKey, notBefore]);
    return rows[0] ? decodeRow<IngestRequest>(REQUEST_COLUMNS, rows[0]) : null;
  }

  async findLog(logId: string): Promise<MealLogRow | null> {
    const rows = await this.#run(sql.FIND_LOG, () => [logId]);
    return rows[0] ? decodeRow<MealLogRow>(TABLES.meal_logs, rows[0]) : null;
  }

  async insertLog(row: NewMealLog): Promise<MealLogRow> {
    const rows = await this.#run(sql.INSERT_LOG, () => encodeRow(LIVE_COLUMNS, row));
    return decodeRow<MealLogRow>(TABLES.meal_logs, rows[0]!);
  }

  async insertRequest(row: IngestRequest, notBefore: string): Promise<void> {
    const rows = await this.#run(sql.INSERT_REQUEST, () => [...encodeRow(REQUEST_COLUMNS, row), notBefore]);
    if (rows.length === 0) this.#refuse(keyTaken(row.request_key));
  }

  async deleteLog(logId: string, userId: string): Promise<boolean> {
    const rows = await this.#run(sql.DELETE_LOG, () => [logId, userId]);
    return rows.length > 0;
  }

  async lockDay(phase: string, userId: string, date: string): Promise<void> {
    await this.#run(sql.LOCK_DAY, () => [lockName(phase, date, userId)]);
  }

  async insertShadow(row: NewShadowLog): Promise<MealLogRow> {
    const rows = await this.#run(sql.INSERT_SHADOW, () => encodeRow(SHADOW_COLUMNS, row));
    return decodeRow<MealLogRow>(TABLES.meal_logs_v2_shadow, rows[0]!);
  }

  async mergeIntoLive(
    logId: string,
    v2: Parameters<ShadowTransaction['mergeIntoLive']>[1],
  ): Promise<MealLogRow> {
    const rows = await this.#run(sql.MERGE_INTO_LIVE, () => [
      logId,
      v2.slot,
      v2.event,
      v2.totals === null ? null : JSON.stringify(v2.totals),
      JSON.stringify(v2.meta),
    ]);
    if (!rows[0]) this.#refuse(noSuchLog(logId));
    return decodeRow<MealLogRow>(TABLES.meal_logs, rows[0]);
  }

  async insertRecordDiff(row: NewRecordDiff): Promise<DiffRow> {
    const rows = await this.#run(sql.INSERT_RECORD_DIFF, () =>
      encodeRow(DIFF_COLUMNS, { ...row, level: 'record' }),
    );
    return decodeRow<DiffRow>(DIFF_COLUMNS, rows[0]!);
  }

  async recomputeDay(
    day: Parameters<ShadowTransaction['recomputeDay']>[0],
  ): Promise<DiffRow & { readonly details: DayDetails }> {
    const rows = await this.#run(sql.RECOMPUTE_DAY, () => [day.id, day.ts, day.phase, day.userId, day.date]);
    return decodeRow<DiffRow & { readonly details: DayDetails }>(DIFF_COLUMNS, rows[0]!);
  }
}

/** Parts of a lock's name; the length before each keeps `a` + `bc` and `ab` + `c` apart. */
function lockName(...parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join(',');
}

/** The store over a database; closing it closes the database. */
export function sqlStore(database: SqlDatabase): MealLogStore {
  async function within<T>(lane: Lane, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    return database.transaction(lane, async (connection) => {
      const tx = new SqlTransaction(connection);
      const result = await work(tx);
      tx.requireUnrefused();
      return result;
    });
  }
  return {
    transaction: (work) => within('live', work),
    shadowTransaction: (work) => within('shadow', work),
    reset: async () => {
      await database.transaction('live', (connection) => connection.run(sql.RESET, []));
    },
    // Rows stay: a database is not short of memory, and other readers may want them.
    forgetUser: () => {},
    census: async () => {
      const rows = await database.transaction('live', (connection) => connection.run(sql.CENSUS, []));
      return Object.fromEntries(TABLE_NAMES.map((table, index) => [table, Number(rows[0]![index])]));
    },
    dump: () =>
      database.transaction('live', async (connection) => {
        const dump: Record<string, readonly Readonly<Record<string, unknown>>[]> = {};
        for (const table of TABLE_NAMES) {
          const rows = await connection.run(sql.dumpOf(table), []);
          dump[table] = rows.map((row) => decodeRow<Record<string, unknown>>(TABLES[table], row));
        }
        return dump;
      }),
    close: () => database.close(),
  };
}
