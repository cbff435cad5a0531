/**
 * The meal log in memory, for volume: the same rows and the same refusals as PostgreSQL at about a microsecond a
 * record. Rows stand in maps by user, which go whole when a replay has passed the user's last write. Transactions run
 * one after the other, as on one connection, so nothing half done is ever seen and locks have nothing to wait for.
 *
 * Ids are golem's own and taken to be new. Those of logs, which a recording may bring, are held unique within their
 * user; across users a store that forgets cannot know.
 */
import {
  isInteger,
  isPlainInstant,
  isPlainJson,
  isPlainText,
  isPlainTotals,
  isPlainUuid,
  isPlainWord,
  quickHundredths,
  storedInstant,
  storedJson,
  storedRow,
  storedText,
  storedUuid,
} from './column-rules.ts';
import {
  DIFF_COLUMNS,
  LIVE_COLUMNS,
  REQUEST_COLUMNS,
  SHADOW_COLUMNS,
  TABLE_NAMES,
  type TableName,
} from './columns.ts';
import {
  type DayDetails,
  type DiffRow,
  type IngestRequest,
  type Json,
  type LiveTransaction,
  type MealLogRow,
  type MealLogStore,
  type NewMealLog,
  type NewRecordDiff,
  type NewShadowLog,
  type ShadowTransaction,
  StoreRefusal,
} from './contract.ts';
import { addRecord, type DayRecord, type DaySums, dayValues, emptyDay } from './day-sums.ts';
import { keyTaken, noSuchLog, notFinite } from './refusals.ts';

/** A day's running sums and diff; the sums are made anew after a rollback took one of the day's records away. */
interface Day {
  /** Date and phase: what `UserTables.days` has it by. */
  readonly key: string;
  readonly phase: string;
  readonly date: string;
  sums: DaySums;
  stale: boolean;
  diff: DiffRow | null;
}

interface UserTables {
  readonly logs: Map<string, MealLogRow>;
  readonly shadows: Map<string, MealLogRow>;
  /** By request key. */
  readonly requests: Map<string, IngestRequest>;
  /** Record diffs by log. */
  readonly diffs: Map<string, DiffRow>;
  /** By date and phase. */
  readonly days: Map<string, Day>;
}

function emptyTables(): UserTables {
  return {
    logs: new Map(),
    shadows: new Map(),
    requests: new Map(),
    diffs: new Map(),
    days: new Map(),
  };
}

type Counts = Record<TableName, number>;

function noRows(): Counts {
  return { meal_logs: 0, meal_logs_v2_shadow: 0, ingest_requests: 0, diffs: 0 };
}

/** Puts a day back to the diff it had; its sums are made anew when they are next asked for. */
function restore(day: Day, before: DiffRow | null): void {
  day.diff = before;
  day.stale = true;
}

function refresh(day: Day, tables: UserTables): void {
  day.sums = emptyDay();
  for (const row of tables.diffs.values()) {
    if (row.phase === day.phase && row.date === day.date) addRecord(day.sums, row as DayRecord);
  }
  day.stale = false;
}

function duplicate(constraint: string): StoreRefusal {
  return new StoreRefusal(
    'unique_violation',
    `duplicate key value violates unique constraint "${constraint}"`,
  );
}

/**
 * What a transaction changed, oldest first: map, key, value before (undefined where nothing was). One transaction
 * runs at a time, so all use one journal and its memory is not asked for again.
 */
class Journal {
  readonly #entries: unknown[] = [];
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** Sets a key and remembers what was there. */
  set<T>(table: Map<string, T>, key: string, row: T, before: T | undefined): void {
    const entries = this.#entries;
    const at = this.#length;
    entries[at] = table;
    entries[at + 1] = key;
    entries[at + 2] = before;
    this.#length = at + 3;
    table.set(key, row);
  }

  rollBack(): void {
    const entries = this.#entries;
    for (let at = this.#length - 3; at >= 0; at -= 3) {
      const table = entries[at] as Map<string, unknown>;
      const key = entries[at + 1] as string;
      if (entries[at + 2] === undefined) table.delete(key);
      else table.set(key, entries[at + 2]);
    }
    this.#length = 0;
  }
}

/** A row that a transaction left behind, new or in place of an older one. */
export interface LeftRow {
  readonly table: TableName;
  readonly row: MealLogRow | IngestRequest | DiffRow;
}

export interface MemoryOptions {
  /** Called in the order of the commits with what each transaction left, for a store that keeps rows elsewhere too. */
  readonly onCommit?: (rows: readonly LeftRow[]) => void;
}

class MemoryTransaction implements LiveTransaction, ShadowTransaction {
  readonly #users: Map<string, UserTables>;
  readonly #journal: Journal;
  /** Null where nobody wants to know. */
  readonly #left: LeftRow[] | null;
  /** Rows this transaction adds, by table. */
  #logs = 0;
  #shadows = 0;
  #requests = 0;
  #diffs = 0;
  /** Days whose sums or diff this transaction changed, and the diffs they had; the first day stands alone. */
  #day: Day | null = null;
  #dayBefore: DiffRow | null = null;
  #otherDays: { readonly day: Day; readonly before: DiffRow | null }[] | null = null;
  #refusal: StoreRefusal | null = null;
  #userId = '';
  #tables: UserTables | null = null;
  #key = '';

  constructor(users: Map<string, UserTables>, journal: Journal, left: LeftRow[] | null) {
    this.#users = users;
    this.#journal = journal;
    this.#left = left;
    journal.clear();
  }

  /** Throws what was refused in this transaction, if anything. */
  requireUnrefused(): void {
    if (this.#refusal) throw this.#refusal;
  }

  /** Adds this transaction's rows to the census. */
  commit(counts: Counts): void {
    counts.meal_logs += this.#logs;
    counts.meal_logs_v2_shadow += this.#shadows;
    counts.ingest_requests += this.#requests;
    counts.diffs += this.#diffs;
  }

  rollBack(): void {
    this.#journal.rollBack();
    // A day may stand here more than once; what it was at first comes last.
    for (const { day, before } of this.#otherDays?.reverse() ?? []) restore(day, before);
    if (this.#day) restore(this.#day, this.#dayBefore);
  }

  async lockKey(userId: string, requestKey: string): Promise<void> {
    this.requireUnrefused();
    this.#user(userId);
    this.#requestKey(requestKey);
  }

  async findRequest(userId: string, requestKey: string, notBefore: string): Promise<IngestRequest | null> {
    this.requireUnrefused();
    const user = this.#user(userId);
    const key = this.#requestKey(requestKey);
    const found = this.#tablesOf(user)?.requests.get(key);
    return found && found.created_at >= notBefore ? found : null;
  }

  async findLog(logId: string): Promise<MealLogRow | null> {
    this.requireUnrefused();
    const id = this.#uuid(logId);
    const row = this.#holderOf(id)?.logs.get(id);
    return row && !row.is_deleted ? row : null;
  }

  async insertLog(given: NewMealLog, vouched = false): Promise<MealLogRow> {
    this.requireUnrefused();
    const row = this.#storedLog(LIVE_COLUMNS, given, vouched);
    const { logs } = this.#tablesFor(row.user_id);
    if (logs.has(row.id)) this.#refuse(duplicate('meal_logs_pkey'));
    this.#journal.set(logs, row.id, row, undefined);
    this.#left?.push({ table: 'meal_logs', row });
    this.#logs += 1;
    return row;
  }

  async insertRequest(given: IngestRequest, notBefore: string): Promise<void> {
    this.requireUnrefused();
    const row =
      isPlainUuid(given.id) &&
      (this.#tables?.logs.has(given.log_id) || isPlainUuid(given.log_id)) &&
      this.#isPlainUser(given.user_id) &&
      (given.request_key === this.#key || isPlainText(given.request_key)) &&
      isPlainInstant(given.created_at)
        ? given
        : this.#careful<IngestRequest>(REQUEST_COLUMNS, given);
    const { requests } = this.#tablesFor(row.user_id);
    const known = requests.get(row.request_key);
    if (known && known.created_at >= notBefore) this.#refuse(keyTaken(row.request_key));
    this.#journal.set(requests, row.request_key, row, known);
    this.#left?.push({ table: 'ingest_requests', row });
    if (!known) this.#requests += 1;
  }

  async deleteLog(logId: string, userId: string): Promise<boolean> {
    this.requireUnrefused();
    const id = this.#uuid(logId);
    const logs = this.#tablesOf(this.#user(userId))?.logs;
    const row = logs?.get(id);
    if (!logs || !row || row.is_deleted) return false;
    const deleted = { ...row, is_deleted: true, row_version: row.row_version + 1 };
    this.#journal.set(logs, id, deleted, row);
    this.#left?.push({ table: 'meal_logs', row: deleted });
    return true;
  }

  async lockDay(phase: string, userId: string, date: string): Promise<void> {
    this.requireUnrefused();
    this.#word(phase);
    this.#plain(date);
    this.#user(userId);
  }

  async insertShadow(given: NewShadowLog, vouched = false): Promise<MealLogRow> {
    this.requireUnrefused();
    const row = this.#storedLog(SHADOW_COLUMNS, given, vouched);
    const { shadows } = this.#tablesFor(row.user_id);
    if (shadows.has(row.id)) this.#refuse(duplicate('meal_logs_v2_shadow_pkey'));
    this.#journal.set(shadows, row.id, row, undefined);
    this.#left?.push({ table: 'meal_logs_v2_shadow', row });
    this.#shadows += 1;
    return row;
  }

  async mergeIntoLive(
    logId: string,
    v2: Parameters<ShadowTransaction['mergeIntoLive']>[1],
  ): Promise<MealLogRow> {
    this.requireUnrefused();
    const id = this.#uuid(logId);
    const slot = this.#word(v2.slot);
    const event = this.#word(v2.event);
    const totals = this.#json(v2.totals as unknown as Json) as unknown as MealLogRow['totals'];
    const meta = this.#json(v2.meta);
    const logs = this.#holderOf(id)?.logs;
    const before = logs?.get(id);
    if (!logs || !before) this.#refuse(noSuchLog(logId));
    const row = {
      ...before,
      slot,
      event,
      totals,
      meta: { ...before.meta, v2: meta },
      row_version: before.row_version + 1,
    };
    this.#journal.set(logs, id, row, before);
    this.#left?.push({ table: 'meal_logs', row });
    return row;
  }

  async insertRecordDiff(given: NewRecordDiff): Promise<DiffRow> {
    this.requireUnrefused();
    const row = this.#storedDiff(given);
    const tables = this.#tablesFor(row.user_id);
    const logId = row.log_id!;
    if (tables.diffs.has(logId)) this.#refuse(duplicate('diffs_log_level'));
    if (!this.#holderOf(logId)) {
      this.#refuse(
        new StoreRefusal('foreign_key_violation', `no row in meal_logs has the log_id ${logId} of a diff`),
      );
    }
    this.#journal.set(tables.diffs, logId, row, undefined);
    this.#left?.push({ table: 'diffs', row });
    this.#diffs += 1;
    const day = this.#dayOf(tables, row.phase, row.date);
    if (!day.stale) addRecord(day.sums, row as DayRecord);
    return row;
  }

  async recomputeDay(
    given: Parameters<ShadowTransaction['recomputeDay']>[0],
  ): Promise<DiffRow & { readonly details: DayDetails }> {
    this.requireUnrefused();
    const id = this.#uuid(given.id);
    const ts = isPlainInstant(given.ts) ? given.ts : this.#ruled(() => storedInstant(given.ts));
    const phase = this.#word(given.phase);
    const userId = this.#user(given.userId);
    const tables = this.#tablesFor(userId);
    const day = this.#dayOf(tables, phase, given.date);
    if (day.stale) refresh(day, tables);
    const values = dayValues(day.sums);
    if (!isInteger(values.dkcal)) {
      this.#refuse(new StoreRefusal('numeric_value_out_of_range', 'integer out of range'));
    }
    this.#requireFinite(values);
    if (!day.diff) this.#diffs += 1;
    const row = {
      id: day.diff ? day.diff.id : id,
      ts,
      phase,
      user_id: userId,
      log_id: null,
      date: given.date,
      dkcal: values.dkcal,
      dp: values.dp,
      df: values.df,
      dc: values.dc,
      rel_p: values.rel_p,
      rel_f: values.rel_f,
      rel_c: values.rel_c,
      level: 'day' as const,
      details: values.details,
    };
    day.diff = row;
    this.#left?.push({ table: 'diffs', row });
    return row;
  }

  #refuse(refusal: StoreRefusal): never {
    this.#refusal ??= refusal;
    throw this.#refusal;
  }

  /** Runs a rule that throws refusals; the refusal then ends the transaction. */
  #ruled<T>(rule: () => T): T {
    try {
      return rule();
    } catch (error) {
      if (error instanceof StoreRefusal) this.#refuse(error);
      throw error;
    }
  }

  /** A user id as stored; the one at hand has been looked at. */
  #user(text: string): string {
    return text === this.#userId ? text : this.#plain(text);
  }

  #isPlainUser(text: string): boolean {
    return text === this.#userId || isPlainText(text);
  }

  #requestKey(text: string): string {
    if (text === this.#key) return text;
    const key = this.#plain(text);
    this.#key = key;
    return key;
  }

  /** Text of which there are few kinds: phases, slots, events. */
  #word(text: string): string {
    return isPlainWord(text) ? text : this.#ruled(() => storedText(text));
  }

  #plain(text: string): string {
    return isPlainText(text) ? text : this.#ruled(() => storedText(text));
  }

  #uuid(text: string): string {
    return isPlainUuid(text) ? text : this.#ruled(() => storedUuid(text));
  }

  #json(value: Json): Json {
    return isPlainJson(value) ? value : this.#ruled(() => storedJson(value));
  }

  #careful<T>(columns: Parameters<typeof storedRow>[0], row: object): T {
    return this.#ruled(() => storedRow<T>(columns, row));
  }

  /** The user's tables if there are any; the last user asked for is found at once. */
  #tablesOf(userId: string): UserTables | null {
    if (this.#tables !== null && this.#userId === userId) return this.#tables;
    const tables = this.#users.get(userId);
    if (!tables) return null;
    this.#userId = userId;
    this.#tables = tables;
    return tables;
  }

  #tablesFor(userId: string): UserTables {
    const known = this.#tablesOf(userId);
    if (known) return known;
    const tables = emptyTables();
    this.#users.set(userId, tables);
    this.#userId = userId;
    this.#tables = tables;
    return tables;
  }

  /** The tables that hold a live row: nearly always those of the user at hand. */
  #holderOf(logId: string): UserTables | null {
    if (this.#tables?.logs.has(logId)) return this.#tables;
    for (const tables of this.#users.values()) {
      if (tables.logs.has(logId)) return tables;
    }
    return null;
  }

  /** The day's state, noted as changed by this transaction. */
  #dayOf(tables: UserTables, phase: string, date: string): Day {
    const last = this.#day;
    if (last !== null && last.phase === phase && last.date === date && tables.days.get(last.key) === last) {
      return last;
    }
    const key = `${date} ${phase}`;
    let day = tables.days.get(key);
    if (!day) {
      day = { key, phase, date, sums: emptyDay(), stale: false, diff: null };
      tables.days.set(key, day);
    }
    if (last === null) {
      this.#day = day;
      this.#dayBefore = day.diff;
    } else {
      this.#otherDays ??= [];
      this.#otherDays.push({ day, before: day.diff });
    }
    return day;
  }

  #requireFinite(values: ReturnType<typeof dayValues>): void {
    for (const name of ['dp', 'df', 'dc', 'rel_p', 'rel_f', 'rel_c'] as const) {
      const value = values[name];
      if (value !== null && !Number.isFinite(value)) this.#refuse(notFinite(name, value));
    }
  }

  #storedLog(columns: typeof LIVE_COLUMNS, given: NewMealLog, vouched: boolean): MealLogRow {
    const nullable = columns === SHADOW_COLUMNS;
    const calories =
      given.calories === null && nullable ? null : quickHundredths(given.calories ?? Number.NaN);
    const protein =
      given.protein_g === null && nullable ? null : quickHundredths(given.protein_g ?? Number.NaN);
    const fat = given.fat_g === null && nullable ? null : quickHundredths(given.fat_g ?? Number.NaN);
    const carbs = given.carbs_g === null && nullable ? null : quickHundredths(given.carbs_g ?? Number.NaN);
    if (
      // A NaN in the sum says that one of the four needs the exact rules.
      Number.isNaN((calories ?? 0) + (protein ?? 0) + (fat ?? 0) + (carbs ?? 0)) ||
      !isPlainUuid(given.id) ||
      !this.#isPlainUser(given.user_id) ||
      !isPlainText(given.food_item) ||
      !isPlainWord(given.meal_type) ||
      !isPlainInstant(given.consumed_at) ||
      !(vouched || isPlainJson(given.ai_raw)) ||
      (given.image_id !== null && !isPlainText(given.image_id)) ||
      !isPlainWord(given.landing_type) ||
      (given.slot !== null && !isPlainWord(given.slot)) ||
      (given.event !== null && !isPlainWord(given.event)) ||
      (given.totals !== null && !isPlainTotals(given.totals)) ||
      !(vouched || isPlainJson(given.meta))
    ) {
      return { ...this.#careful<NewMealLog>(columns, given), is_deleted: false, row_version: 1 };
    }
    return {
      id: given.id,
      user_id: given.user_id,
      food_item: given.food_item,
      meal_type: given.meal_type,
      consumed_at: given.consumed_at,
      calories,
      protein_g: protein,
      fat_g: fat,
      carbs_g: carbs,
      ai_raw: given.ai_raw,
      image_id: given.image_id,
      landing_type: given.landing_type,
      slot: given.slot,
      event: given.event,
      totals: given.totals,
      meta: given.meta,
      is_deleted: false,
      row_version: 1,
    };
  }

  #storedDiff(given: NewRecordDiff): DiffRow {
    const { dp, df, dc, rel_p, rel_f, rel_c } = given;
    const doubles = dp + df + dc + (rel_p ?? 0) + (rel_f ?? 0) + (rel_c ?? 0);
    if (
      // Finite as a sum is finite one by one; a sum that overflows only takes the careful way.
      doubles - doubles !== 0 ||
      !isInteger(given.dkcal) ||
      !isPlainUuid(given.id) ||
      !isPlainInstant(given.ts) ||
      !isPlainWord(given.phase) ||
      !this.#isPlainUser(given.user_id) ||
      !(this.#tables?.logs.has(given.log_id) || isPlainUuid(given.log_id)) ||
      !isPlainTotals(given.details.legacy) ||
      !isPlainTotals(given.details.v2) ||
      !isPlainJson(given.details.codes)
    ) {
      return this.#careful<DiffRow>(DIFF_COLUMNS, { ...given, level: 'record' });
    }
    return {
      id: given.id,
      ts: given.ts,
      phase: given.phase,
      user_id: given.user_id,
      log_id: given.log_id,
      date: given.date,
      // Adding 0 turns -0 into 0, as the way through text does.
      dkcal: given.dkcal + 0,
      dp: dp + 0,
      df: df + 0,
      dc: dc + 0,
      rel_p: rel_p === null ? null : rel_p + 0,
      rel_f: rel_f === null ? null : rel_f + 0,
      rel_c: rel_c === null ? null : rel_c + 0,
      level: 'record',
      details: given.details,
    };
  }
}

/** A store in memory. `forgetUser` drops a user's rows; the census goes on counting them. */
export function memoryStore({ onCommit }: MemoryOptions = {}): MealLogStore {
  const users = new Map<string, UserTables>();
  const counts = noRows();
  const journal = new Journal();
  let busy = false;
  const waiting: (() => void)[] = [];

  async function alone<T>(work: (tx: MemoryTransaction) => Promise<T>): Promise<T> {
    if (busy) await new Promise<void>((turn) => waiting.push(turn));
    busy = true;
    const left: LeftRow[] | null = onCommit ? [] : null;
    const tx = new MemoryTransaction(users, journal, left);
    try {
      const result = await work(tx);
      tx.requireUnrefused();
      tx.commit(counts);
      if (left && left.length > 0) onCommit?.(left);
      return result;
    } catch (error) {
      tx.rollBack();
      throw error;
    } finally {
      // The turn goes straight to the next in line, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else busy = false;
    }
  }

  return {
    transaction: alone,
    shadowTransaction: alone,
    reset: () =>
      alone(async () => {
        users.clear();
        Object.assign(counts, noRows());
      }),
    forgetUser: (user) => {
      users.delete(user.toWellFormed());
    },
    census: () => alone(async () => ({ ...counts })),
    dump: () => alone(async () => dumpOf([...users.values()])),
    close: async () => {
      users.clear();
    },
  };
}

function dumpOf(users: readonly UserTables[]): Awaited<ReturnType<MealLogStore['dump']>> {
  const rowsOf = (table: TableName): readonly { readonly id: string }[] => {
    switch (table) {
      case 'meal_logs':
        return users.flatMap(({ logs }) => [...logs.values()]);
      case 'meal_logs_v2_shadow':
        return users.flatMap(({ shadows }) => [...shadows.values()]);
      case 'ingest_requests':
        return users.flatMap(({ requests }) => [...requests.values()]);
      case 'diffs':
        return users.flatMap(({ diffs, days }) => [
          ...diffs.values(),
          ...[...days.values()].flatMap(({ diff }) => diff ?? []),
        ]);
    }
  };
  return Object.fromEntries(
    TABLE_NAMES.map((table) => [
      table,
      rowsOf(table)
        .map((row) => ({ ...row }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    ]),
  );
}
