/**
 * From SQLSTATE to the refusal golem names. One file, so that a condition has one name in every store.
 * Source of codes and names: PostgreSQL's documentation, appendix A.
 */
import { type RefusalCode, StoreRefusal } from './contract.ts';

const CONDITIONS: Readonly<Record<string, RefusalCode>> = {
  '22003': 'numeric_value_out_of_range',
  '22P02': 'invalid_text_representation',
  '23505': 'unique_violation',
  '23502': 'not_null_violation',
  '23503': 'foreign_key_violation',
  '22P05': 'untranslatable_character',
  '22021': 'character_not_in_repertoire',
};

/**
 * Classes in which the database refuses a value or an order of events: data exceptions, constraint violations, an
 * aborted transaction, rollbacks it decided on, program limits, locks not had in time. All others mean that it is not
 * there to answer, or that the SQL is wrong.
 */
const REFUSING_CLASSES = new Set(['02', '22', '23', '25', '40', '54', '55']);
/** A statement that ran into the server's own time limit. */
const QUERY_CANCELED = '57014';

/** The condition's name, or `sqlstate_<code>` where golem has none for it. */
export function conditionName(sqlState: string): RefusalCode {
  return CONDITIONS[sqlState] ?? `sqlstate_${sqlState}`;
}

/** The refusal in an error that carries an SQLSTATE in `code`, else null. */
export function refusalIn(error: unknown): StoreRefusal | null {
  if (error instanceof StoreRefusal) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const { code } = error;
  if (!/^[0-9A-Z]{5}$/.test(code)) return null;
  if (code !== QUERY_CANCELED && !REFUSING_CLASSES.has(code.slice(0, 2))) return null;
  return new StoreRefusal(conditionName(code), error.message, { cause: error });
}

/** What a merge into a live row that is not there is answered with (SQLSTATE 02000, no_data). */
export function noSuchLog(logId: string): StoreRefusal {
  return new StoreRefusal('sqlstate_02000', `no row in meal_logs has the id ${logId}`);
}

/** A key that is still alive is remembered already. */
export function keyTaken(requestKey: string): StoreRefusal {
  return new StoreRefusal(
    'unique_violation',
    `duplicate key value violates unique constraint "ingest_requests_user_key": ${requestKey}`,
  );
}

/**
 * A number that JSON cannot carry. PostgreSQL would take NaN and infinities as double precision; every store refuses
 * them, because the day's details could not hold them and a NaN breaches no limit.
 */
export function notFinite(columnName: string, value: number): StoreRefusal {
  return new StoreRefusal(
    'numeric_value_out_of_range',
    `${columnName} must be a finite number, got ${value}`,
  );
}
