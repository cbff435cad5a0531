/**
 * The one door to the tables of the meal log. Memory, PGlite and PostgreSQL stand behind it and are held equal by
 * test, so that a replay's verdict does not depend on where its rows went.
 */
import type { ReplayStore } from '../../migration.ts';

/** The four totals of a meal: kcal and grams. Order is that of `MEASURES`. */
export interface Totals {
  readonly calories: number;
  readonly protein_g: number;
  readonly fat_g: number;
  readonly carbs_g: number;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A row of `meal_logs` or `meal_logs_v2_shadow` as stored: numbers rounded to the column's scale. */
export interface MealLogRow {
  readonly id: string;
  readonly user_id: string;
  readonly food_item: string;
  readonly meal_type: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly consumed_at: string;
  /** numeric(8,2), null in the shadow when the event is a skip. */
  readonly calories: number | null;
  readonly protein_g: number | null;
  readonly fat_g: number | null;
  readonly carbs_g: number | null;
  readonly ai_raw: Json;
  readonly image_id: string | null;
  readonly landing_type: string;
  readonly slot: string | null;
  readonly event: string | null;
  readonly totals: Totals | null;
  readonly meta: { readonly [key: string]: Json };
  readonly is_deleted: boolean;
  /** 1 at insertion; each update adds one. */
  readonly row_version: number;
}

export type NewMealLog = Omit<MealLogRow, 'is_deleted' | 'row_version'>;

/** A row of `meal_logs_v2_shadow`: `id` is its own, `log_id` in `meta` names the live row. */
export type NewShadowLog = NewMealLog;

export interface IngestRequest {
  readonly id: string;
  readonly user_id: string;
  readonly request_key: string;
  readonly log_id: string;
  readonly created_at: string;
}

/** The details of a record's diff: both totals, as the day's recomputation reads them. */
export interface RecordDetails {
  readonly legacy: Totals;
  readonly v2: Totals;
  readonly codes: readonly string[];
}

export interface NewRecordDiff {
  readonly id: string;
  readonly ts: string;
  readonly phase: string;
  readonly user_id: string;
  readonly log_id: string;
  /** Local date, YYYY-MM-DD. */
  readonly date: string;
  /** integer column: a fraction is refused, as in production. */
  readonly dkcal: number;
  readonly dp: number;
  readonly df: number;
  readonly dc: number;
  readonly rel_p: number | null;
  readonly rel_f: number | null;
  readonly rel_c: number | null;
  readonly details: RecordDetails;
}

/** Sum, maximum and P95 (`percentile_cont`) of the absolute record diffs of a day, for one field. */
export interface Spread {
  readonly sum: number;
  readonly max: number;
  readonly p95: number;
}

export interface DayDetails {
  readonly records: number;
  /** Exact sums over the day's records, to 6 decimals. */
  readonly legacy: Totals;
  readonly v2: Totals;
  readonly abs: { readonly dkcal: Spread; readonly dp: Spread; readonly df: Spread; readonly dc: Spread };
}

/** A row of `diffs` as stored. `log_id` is null at level `day`. */
export interface DiffRow {
  readonly id: string;
  readonly ts: string;
  readonly phase: string;
  readonly user_id: string;
  readonly log_id: string | null;
  readonly date: string;
  readonly dkcal: number;
  readonly dp: number;
  readonly df: number;
  readonly dc: number;
  readonly rel_p: number | null;
  readonly rel_f: number | null;
  readonly rel_c: number | null;
  readonly level: 'record' | 'day';
  readonly details: RecordDetails | DayDetails;
}

/** The live connection's transaction. */
export interface LiveTransaction {
  /** Serialises twins: a transaction-level advisory lock on user and key. */
  lockKey(userId: string, requestKey: string): Promise<void>;
  /** The remembered request, or null when there is none or its `created_at` is before `notBefore` (it has expired). */
  findRequest(userId: string, requestKey: string, notBefore: string): Promise<IngestRequest | null>;
  /** The live row, or null when it is missing or marked as deleted. */
  findLog(logId: string): Promise<MealLogRow | null>;
  /**
   * Returns the row as stored (numeric(8,2) rounds; too large is refused). `vouched` says that the caller knows
   * `ai_raw` and `meta` to hold only text that PostgreSQL takes, so that a store in memory need not read it again.
   */
  insertLog(row: NewMealLog, vouched?: boolean): Promise<MealLogRow>;
  /** Remembers a request; takes the place of one that expired before `notBefore`, else `unique_violation`. */
  insertRequest(row: IngestRequest, notBefore: string): Promise<void>;
  /** Marks the row as deleted; true when this user had such a row that was not deleted yet. */
  deleteLog(logId: string, userId: string): Promise<boolean>;
}

/** The shadow's own transaction, on a connection of its own. */
export interface ShadowTransaction {
  /** Serialises the recomputation of one day: a transaction-level advisory lock. */
  lockDay(phase: string, userId: string, date: string): Promise<void>;
  /** As `insertLog`. */
  insertShadow(row: NewShadowLog, vouched?: boolean): Promise<MealLogRow>;
  /** Merges V2 into the live row: slot, event, totals and meta.v2; adds one to row_version. Returns the row as stored. */
  mergeIntoLive(
    logId: string,
    v2: {
      readonly slot: string;
      readonly event: string;
      readonly totals: Totals | null;
      readonly meta: Json;
    },
  ): Promise<MealLogRow>;
  insertRecordDiff(row: NewRecordDiff): Promise<DiffRow>;
  /**
   * Recomputes the day's diff over all its record diffs so far and stores it in place (one row per phase, user and
   * date). Signed sums: kcal to an integer, grams to two decimals as round(numeric, 2) does, half away from zero;
   * ratios are unrounded sum ÷ legacy sum, null where the legacy sum is 0. Sums, maxima and P95 are taken to 6
   * decimals, which only removes float noise. `id` is used when the row is new.
   */
  recomputeDay(day: {
    readonly id: string;
    readonly ts: string;
    readonly phase: string;
    readonly userId: string;
    readonly date: string;
  }): Promise<DiffRow & { readonly details: DayDetails }>;
}

/**
 * The tables behind transactions. A rejected `work` rolls its transaction back whole and rejects with the same error.
 * A refusal by the database is a `StoreRefusal` whose code is the SQLSTATE's condition name, the same in all stores.
 * As in PostgreSQL, a refusal ends its transaction: it rejects with that refusal even when `work` swallowed it.
 *
 * Memory and PGlite have one connection: their transactions run one after the other, so a transaction opened and
 * awaited inside another one's `work` would wait for itself. On PostgreSQL statements called in the same tick
 * (`Promise.all`) share a round trip and still run in the order of the calls.
 */
export interface MealLogStore extends ReplayStore {
  transaction<T>(work: (tx: LiveTransaction) => Promise<T>): Promise<T>;
  shadowTransaction<T>(work: (tx: ShadowTransaction) => Promise<T>): Promise<T>;
  /** Every row of every table in a stated order, for tests. */
  dump(): Promise<Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>;
}

/** The conditions golem names; any other SQLSTATE is passed on as `sqlstate_<code>`. */
export type RefusalCode =
  | 'numeric_value_out_of_range'
  | 'invalid_text_representation'
  | 'unique_violation'
  | 'not_null_violation'
  | 'foreign_key_violation'
  | 'untranslatable_character'
  | 'character_not_in_repertoire'
  | `sqlstate_${string}`;

/** The database said no to a value. */
export class StoreRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreRefusal';
    this.code = code;
  }
}
