/**
 * Turns what a replay did with a user's day into the value a golden file holds: what was answered and stored and how
 * the paths differ, ids by placeholder, without traces, latencies and messages. Pure, and a file of its own because
 * it alone decides what golem promises to notice.
 */
import { toSixDecimals } from '../diff/fields.ts';
import { GolemError } from '../errors.ts';
import type { FieldValues, Migration, PathOutcome, StoredRow, WriteResult } from '../migration.ts';
import { SWALLOWED_AFTER_MS } from '../replayed.ts';
import { shortHash } from './canonical.ts';
import { type CaseKey, caseKey } from './case-key.ts';
import {
  isJsonArray,
  isJsonObject,
  isScalar,
  type Json,
  type JsonObject,
  memberOf,
  sameJson,
  toJson,
} from './json.ts';

/** One replayed write of a case. */
export interface CaseRecord {
  /** The recording's id of the write, unique within its user. */
  readonly id: string;
  /** When it was made, as recorded: RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly result: WriteResult;
  /** Every id the replay has issued for this user, with a label such as `log r0003` or `item r0003 2`. */
  readonly issued: ReadonlyMap<string, string>;
}

/** How a migration's outcomes read in golden files. */
export interface OutcomeShape {
  /** Names of the migration's measures and fields, in its order. */
  readonly measures: readonly string[];
  readonly fields: readonly string[];
  /** Columns, of any table, that are kept by digest, such as an upstream's raw answer. */
  readonly digestColumns: readonly string[];
  /** Tables whose rows only repeat the differences that are kept anyway. */
  readonly repeatedTables: readonly string[];
}

/** The shape that a migration's value gives. */
export function outcomeShape(
  migration: Pick<Migration, 'measures' | 'fields' | 'digestColumns' | 'repeatedTables'>,
): OutcomeShape {
  return {
    measures: migration.measures.map(({ name }) => name),
    fields: migration.fields.map(({ name }) => name),
    digestColumns: migration.digestColumns,
    repeatedTables: migration.repeatedTables,
  };
}

/** The outcomes of one user's one day: under the base flags, and under the full ones for the same records. */
export interface GoldenDocument {
  readonly suite: string;
  readonly user: string;
  readonly date: string;
  readonly base: readonly JsonObject[];
  readonly full: readonly JsonObject[];
}

/**
 * The outcomes of records as plain JSON, one object a record. A string equal to an issued id becomes `<label>`;
 * a field's difference of 0 is left out, and so are parts that do not apply, such as the differences of a repeat.
 */
export function outcomeDocument(records: readonly CaseRecord[], shape: OutcomeShape): readonly JsonObject[] {
  return records.map((record) => outcomeOf(record, shape));
}

/**
 * The document of one case. `base` and `full` are the same records, in order, replayed under the two settings;
 * throws a `GolemError` of kind `internal` when they are not, or when an id repeats.
 */
export function goldenDocument(
  input: {
    readonly suite: string;
    readonly user: string;
    readonly date: string;
    readonly base: readonly CaseRecord[];
    readonly full: readonly CaseRecord[];
  },
  shape: OutcomeShape,
): GoldenDocument {
  const { suite, user, date } = input;
  const ids = input.base.map((record) => record.id);
  const isPaired = ids.length === input.full.length && ids.every((id, i) => id === input.full[i]?.id);
  if (!isPaired || new Set(ids).size !== ids.length) {
    throw new GolemError({
      kind: 'internal',
      verb: 'make the golden document of',
      subject: `${suite}/${user}/${date}`,
      reason: 'the two settings did not replay the same records once each',
    });
  }
  return {
    suite,
    user,
    date,
    base: outcomeDocument(input.base, shape),
    full: outcomeDocument(input.full, shape),
  };
}

/** The documents of a user's records, by case: records belong to the local day their result names. */
export function goldenDocuments(
  input: {
    readonly suite: string;
    readonly user: string;
    readonly base: readonly CaseRecord[];
    readonly full: readonly CaseRecord[];
  },
  shape: OutcomeShape,
): ReadonlyMap<CaseKey, GoldenDocument> {
  const base = Map.groupBy(input.base, (record) => record.result.date);
  const full = Map.groupBy(input.full, (record) => record.result.date);
  const documents = new Map<CaseKey, GoldenDocument>();
  for (const date of new Set([...base.keys(), ...full.keys()])) {
    const { suite, user } = input;
    const day = { suite, user, date, base: base.get(date) ?? [], full: full.get(date) ?? [] };
    documents.set(caseKey(user, date), goldenDocument(day, shape));
  }
  return documents;
}

function outcomeOf(record: CaseRecord, shape: OutcomeShape): JsonObject {
  const { result } = record;
  const { legacy, v2, day } = result;
  const breached = breachedNames(result, shape.fields);
  return {
    id: record.id,
    at: record.at,
    phase: result.phase,
    outcome: {
      disposition: result.disposition,
      status: result.answer.status,
      ...(legacy && { legacy: legacy.state }),
      ...(v2 && { v2: v2.state }),
      ...(day && { day_records: day.records }),
    },
    answer: withPlaceholders(toJson(result.answer.body ?? null), record.issued),
    ...(legacy && { legacy: pathDocument(legacy, record.issued, shape) }),
    ...(v2 && { v2: pathDocument(v2, record.issued, shape) }),
    ...mergedDocument(result, record.issued, shape),
    ...(result.record && { difference: fieldsDocument(result.record.values, shape.fields) }),
    ...(day && { day: fieldsDocument(day.values, shape.fields) }),
    ...(breached !== null && { breached }),
    ...(result.firstAtMs !== null && { repeat: repeatDocument(record.at, result.firstAtMs) }),
  };
}

function pathDocument(
  outcome: PathOutcome,
  issued: ReadonlyMap<string, string>,
  shape: OutcomeShape,
): JsonObject {
  const rows = outcome.rows.filter(({ table }) => !shape.repeatedTables.includes(table));
  return {
    totals: totalsDocument(outcome.totals, shape.measures),
    ...(outcome.warnings.length > 0 && { warnings: [...outcome.warnings] }),
    ...(outcome.failure && { failure: outcome.failure.code }),
    ...(rows.length > 0 && { rows: rowsDocument(rows, issued, shape) }),
  };
}

/** A total that is no number is a broken path's to answer for: the store refused it, and it is shown by its name. */
function totalsDocument(totals: readonly number[] | null, measures: readonly string[]): Json {
  if (totals === null) return null;
  const shown = totals.map((total) => (Number.isFinite(total) ? total : String(total)));
  return toJson(Object.fromEntries(measures.map((name, i) => [name, shown[i]])));
}

/** Rows by table; a table with several rows holds them in the order they were written. */
function rowsDocument(
  rows: readonly StoredRow[],
  issued: ReadonlyMap<string, string>,
  shape: OutcomeShape,
): JsonObject {
  const tables = Map.groupBy(rows, ({ table }) => table);
  return Object.fromEntries(
    [...tables].map(([table, written]): [string, Json] => {
      const documents = written.map(({ row }) => rowDocument(row, issued, shape));
      return [table, documents.length === 1 ? documents[0]! : documents];
    }),
  );
}

function rowDocument(
  row: Readonly<Record<string, unknown>>,
  issued: ReadonlyMap<string, string>,
  shape: OutcomeShape,
): JsonObject {
  const document = withPlaceholders(toJson(row), issued) as JsonObject;
  return Object.fromEntries(
    Object.entries(document).map(([column, value]) => [
      column,
      value !== null && shape.digestColumns.includes(column) ? shortHash(value) : value,
    ]),
  );
}

/**
 * What the live row holds beyond the row that legacy stored: the members that V2 merged or changed, and the paths of
 * those it took away. Where legacy stored no such row the live row is shown whole.
 */
function mergedDocument(
  result: WriteResult,
  issued: ReadonlyMap<string, string>,
  shape: OutcomeShape,
): { merged?: Json; merged_away?: Json } {
  const stored = result.legacy?.rows ?? [];
  if (result.liveRow === null) return result.legacy?.state === 'stored' ? { merged: null } : {};
  const live = rowDocument(result.liveRow, issued, shape);
  const own = stored.map(({ row }) => rowDocument(row, issued, shape)).find((row) => row.id === live.id);
  if (own === undefined) return { merged: live };
  const gone: string[] = [];
  const changed = changedMembers(own, live, '', gone);
  return {
    ...(Object.keys(changed).length > 0 && { merged: changed }),
    ...(gone.length > 0 && { merged_away: gone.sort() }),
  };
}

function changedMembers(before: JsonObject, after: JsonObject, path: string, gone: string[]): JsonObject {
  const changed: [string, Json][] = [];
  for (const [name, value] of Object.entries(after)) {
    const old = memberOf(before, name);
    if (isJsonObject(old) && isJsonObject(value)) {
      const inner = changedMembers(old, value, `${path}/${name}`, gone);
      if (Object.keys(inner).length > 0) changed.push([name, inner]);
    } else if (old === undefined || !sameJson(old, value)) {
      changed.push([name, value]);
    }
  }
  for (const name of Object.keys(before)) {
    if (memberOf(after, name) === undefined) gone.push(`${path}/${name}`);
  }
  return Object.fromEntries(changed);
}

/** Values by field to 6 decimals, without zeros; null where a ratio has no base. */
function fieldsDocument(values: FieldValues, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields
      .map((name, i): [string, number | null] => [name, roundedOrNull(values[i] ?? null)])
      .filter(([, value]) => value !== 0),
  );
}

/** Throws like `toJson` on NaN, which must never pass for a value. */
function roundedOrNull(value: number | null): number | null {
  return value === null ? null : toSixDecimals(toJson(value) as number);
}

function breachedNames(result: WriteResult, fields: readonly string[]): JsonObject | null {
  const names = (bits: number): string => fields.filter((_, i) => (bits >> i) & 1).join(' ');
  const record = names(result.record?.breached ?? 0);
  const day = names(result.day?.breached ?? 0);
  if (record === '' && day === '') return null;
  return { ...(record !== '' && { record }), ...(day !== '' && { day }) };
}

function repeatDocument(at: string, firstAtMs: number): JsonObject {
  return {
    first_at: new Date(firstAtMs).toISOString(),
    swallowed: Date.parse(at) - firstAtMs > SWALLOWED_AFTER_MS,
  };
}

/** The value with every string that is an issued id replaced by its label in angle brackets. */
function withPlaceholders(value: Json, issued: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') {
    const label = issued.get(value);
    return label === undefined ? value : `<${label}>`;
  }
  if (isScalar(value)) return value;
  if (isJsonArray(value)) return value.map((part) => withPlaceholders(part, issued));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withPlaceholders(part, issued)]),
  );
}
