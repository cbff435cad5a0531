/**
 * A database fed in batches: memory answers each write at once, and PostgreSQL gets the rows a few thousand at a time,
 * typed as its tables. Memory proposes and the database disposes: every row goes through the columns' own types, and
 * every refusal is asked of the database again before anyone hears of it. One row at a time costs a round trip each;
 * this costs a twentieth.
 */
import { GolemError } from '../../errors.ts';
import { type LiveTransaction, type MealLogStore, type ShadowTransaction, StoreRefusal } from './contract.ts';
import { ROWS_PER_BATCH } from './batch-size.ts';
import type { TableName } from './columns.ts';
import { type LeftRow, memoryStore } from './memory.ts';
import { refusalIn } from './refusals.ts';
import { type Lane, type SqlDatabase, sqlStore } from './sql-store.ts';
import { insertAll } from './statements.ts';

type Transaction = LiveTransaction & ShadowTransaction;

/** One statement of a transaction, kept so that the database can be asked the same. */
type Asked = (tx: Transaction) => Promise<unknown>;

/** A transaction in memory that remembers what was asked of it. */
function remembering(tx: Transaction, asked: Asked[]): Transaction {
  const ask = <T>(question: (of: Transaction) => Promise<T>): Promise<T> => {
    asked.push(question);
    return question(tx);
  };
  return {
    lockKey: (...given) => ask((of) => of.lockKey(...given)),
    findRequest: (...given) => ask((of) => of.findRequest(...given)),
    findLog: (...given) => ask((of) => of.findLog(...given)),
    insertLog: (...given) => ask((of) => of.insertLog(...given)),
    insertRequest: (...given) => ask((of) => of.insertRequest(...given)),
    deleteLog: (...given) => ask((of) => of.deleteLog(...given)),
    lockDay: (...given) => ask((of) => of.lockDay(...given)),
    insertShadow: (...given) => ask((of) => of.insertShadow(...given)),
    mergeIntoLive: (...given) => ask((of) => of.mergeIntoLive(...given)),
    insertRecordDiff: (...given) => ask((of) => of.insertRecordDiff(...given)),
    recomputeDay: (...given) => ask((of) => of.recomputeDay(...given)),
  };
}

/** Rows that wait for their batch: of each, the newest state alone. */
class Batch {
  readonly #tables: Readonly<Record<TableName, Map<string, LeftRow['row']>>> = {
    meal_logs: new Map(),
    meal_logs_v2_shadow: new Map(),
    ingest_requests: new Map(),
    diffs: new Map(),
  };
  rows = 0;

  add({ table, row }: LeftRow): void {
    const rows = this.#tables[table];
    // A remembered request gives way to a later one of the same key, whose id is another.
    const key = 'request_key' in row ? `${row.user_id.length}:${row.user_id}${row.request_key}` : row.id;
    if (!rows.has(key)) this.rows += 1;
    rows.set(key, row);
  }

  /** Tables with rows, those first that others refer to. */
  tables(): [TableName, LeftRow['row'][]][] {
    return Object.entries(this.#tables)
      .filter(([, rows]) => rows.size > 0)
      .map(([table, rows]) => [table as TableName, [...rows.values()]]);
  }
}

/** Writes batches one after the other, behind the one who makes them. */
class BatchWriter {
  readonly #database: SqlDatabase;
  #filling = new Batch();
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  get waiting(): number {
    return this.#filling.rows;
  }

  add(rows: readonly LeftRow[]): void {
    for (const row of rows) this.#filling.add(row);
  }

  /** Starts writing what has gathered once the batch before it is written; rejects with what went wrong with that. */
  async next(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
    const batch = this.#filling;
    if (batch.rows === 0) return;
    this.#filling = new Batch();
    this.#writing = this.#write(batch).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Resolves when everything is written. */
  async drain(): Promise<void> {
    await this.next();
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Forgets what has gathered. */
  async discard(): Promise<void> {
    await this.#writing;
    this.#filling = new Batch();
  }

  async #write(batch: Batch): Promise<void> {
    const tables = batch.tables();
    try {
      await this.#insert(tables);
    } catch (error) {
      if (!refusalIn(error)) throw error;
      await this.#insertEach(tables);
    }
  }

  async #insert(tables: readonly (readonly [TableName, readonly LeftRow['row'][]])[]): Promise<void> {
    await this.#database.transaction('live', async (connection) => {
      for (const [table, rows] of tables) await connection.run(insertAll(table), [jsonOf(rows)]);
    });
  }

  /** A batch that was refused goes row by row, so that only the rows at fault are missing; then the run ends. */
  async #insertEach(tables: readonly (readonly [TableName, readonly LeftRow['row'][]])[]): Promise<void> {
    let first: { readonly table: TableName; readonly id: string; readonly refusal: StoreRefusal } | null =
      null;
    let refused = 0;
    for (const [table, rows] of tables) {
      for (const row of rows) {
        try {
          await this.#insert([[table, [row]]]);
        } catch (error) {
          const refusal = refusalIn(error);
          if (!refusal) throw error;
          refused += 1;
          first ??= { table, id: row.id, refusal };
        }
      }
    }
    if (first === null) return;
    throw disagreement(
      `${refused} of the rows that memory took, first ${first.table} ${first.id}: ${first.refusal.code}`,
    );
  }
}

/** Rows as one JSON array. */
function jsonOf(rows: readonly LeftRow['row'][]): string {
  return JSON.stringify(rows.some(hasOddNumber) ? rows.map(withOddNumbersAsText) : rows);
}

/** JSON has neither NaN, which numeric columns take, nor -0, which doubles keep; as text both reach them. */
function isOdd(value: unknown): boolean {
  return typeof value === 'number' && (Number.isNaN(value) || Object.is(value, -0));
}

function hasOddNumber(row: LeftRow['row']): boolean {
  for (const name in row) if (isOdd(row[name as keyof typeof row])) return true;
  return false;
}

function withOddNumbersAsText(row: LeftRow['row']): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      isOdd(value) ? (Number.isNaN(value) ? 'NaN' : '-0') : value,
    ]),
  );
}

function disagreement(reason: string): GolemError {
  return new GolemError({
    kind: 'internal',
    verb: 'store rows in batches in',
    subject: 'the database',
    reason: `it refuses ${reason}; --store-batch 1 writes row by row and lets the database decide`,
  });
}

/**
 * The store over a database that is fed `rowsPerBatch` rows at a time. Its answers, refusals and rows are those of
 * `sqlStore`; census and dump are the database's. A lost database ends the run at the latest a batch later.
 */
export function batchedStore(database: SqlDatabase, rowsPerBatch: number = ROWS_PER_BATCH): MealLogStore {
  const writer = new BatchWriter(database);
  const memory = memoryStore({ onCommit: (rows) => writer.add(rows) });
  const behind = sqlStore(database);

  /** Asks the database the same questions; it has to refuse them likewise, and keeps nothing of them. */
  async function confirm(lane: Lane, asked: readonly Asked[], refusal: StoreRefusal): Promise<void> {
    await writer.drain();
    const answered = Symbol('answered');
    const again = async (tx: LiveTransaction | ShadowTransaction): Promise<never> => {
      for (const question of asked) await question(tx as Transaction);
      throw answered;
    };
    try {
      await (lane === 'live' ? behind.transaction(again) : behind.shadowTransaction(again));
    } catch (error) {
      if (error instanceof StoreRefusal && error.code === refusal.code) return;
      if (error instanceof StoreRefusal)
        throw disagreement(`as ${error.code} what memory refuses as ${refusal.code}`);
      if (error === answered) throw disagreement(`nothing where memory says ${refusal.code}`);
      throw error;
    }
  }

  async function within<T>(lane: Lane, work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (writer.waiting >= rowsPerBatch) await writer.next();
    const asked: Asked[] = [];
    const run = async (tx: LiveTransaction | ShadowTransaction): Promise<T> =>
      work(remembering(tx as Transaction, asked));
    try {
      return await (lane === 'live' ? memory.transaction(run) : memory.shadowTransaction(run));
    } catch (error) {
      if (error instanceof StoreRefusal) await confirm(lane, asked, error);
      throw error;
    }
  }

  return {
    transaction: (work) => within('live', work),
    shadowTransaction: (work) => within('shadow', work),
    reset: async () => {
      await writer.discard();
      await memory.reset();
      await behind.reset();
    },
    forgetUser: (user) => memory.forgetUser(user),
    census: async () => {
      await writer.drain();
      return behind.census();
    },
    dump: async () => {
      await writer.drain();
      return behind.dump();
    },
    close: async () => {
      // A failure has been told to whoever asked; closing must still close.
      await writer.drain().catch(() => undefined);
      await memory.close();
      await behind.close();
    },
  };
}
