/**
 * Rows to text and back, for the stores that speak SQL. Both drivers get the same texts and give the same texts, so
 * that neither's own idea of a type decides what is stored: a fraction reaches an integer column as a fraction.
 */
import type { Column } from './columns.ts';
import { notFinite } from './refusals.ts';

export type Text = string | null;

type Row = Readonly<Record<string, unknown>>;

function toText(column: Column, value: unknown): Text {
  if (value === null || value === undefined) return null;
  if (column.type === 'jsonb') return JSON.stringify(value);
  if (column.type === 'double precision' && !Number.isFinite(value)) {
    throw notFinite(column.name, value as number);
  }
  return String(value);
}

/** The values of `columns` in their order, as text parameters. Throws a `StoreRefusal` for a double that is not finite. */
export function encodeRow(columns: readonly Column[], row: object): Text[] {
  return columns.map((column) => toText(column, (row as Row)[column.name]));
}

function fromText(column: Column, text: Text): unknown {
  if (text === null) return null;
  switch (column.type) {
    case 'jsonb':
      return JSON.parse(text);
    case 'numeric(8,2)':
    case 'integer':
    case 'double precision':
      return Number(text);
    case 'boolean':
      return text === 't';
    default:
      return text;
  }
}

/** A row of `columns` from what the database answered, selected by `selectList` in the same order. */
export function decodeRow<T>(columns: readonly Column[], texts: readonly Text[]): T {
  const row: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    row[column.name] = fromText(column, texts[index] ?? null);
  });
  return row as T;
}

/** The columns as a select list whose texts do not depend on the session's settings. */
export function selectList(columns: readonly Column[]): string {
  return columns.map(selected).join(', ');
}

function selected({ name, type }: Column): string {
  if (type === 'timestamptz') return `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  if (type === 'date') return `to_char(${name}, 'YYYY-MM-DD')`;
  return name;
}
