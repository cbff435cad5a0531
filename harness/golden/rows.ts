/**
 * Says of a row's columns that they repeat what stands elsewhere in its record, in one note such as
 * `made_at = at; closed_at = null; * = legacy.orders`, where `*` is every column of that place that the row does not
 * show otherwise; and expands the note again. A file of its own because a stored row mostly repeats its record, and
 * what is left is what a reviewer should see.
 */
import { byCodeUnit, isJsonObject, type Json, type JsonObject, memberOf, sameJson } from './json.ts';

/** A place in the record that columns may repeat: a scalar, or an object whose members columns may share. */
export interface RowSource {
  readonly name: string;
  readonly value: Json;
  /** Whether a column may repeat a text that has another name there. */
  readonly byValue: boolean;
}

/** Names that can stand in a note; a column of another name is always written out. */
const PLAIN_NAME = /^[A-Za-z0-9_.-]+$/;

/** Takes out of a row the columns that a note can say. The note is empty when there are none. */
export function foldRow(
  row: JsonObject,
  sources: readonly RowSource[],
): { readonly note: string; readonly remaining: JsonObject } {
  const entries = new Map<string, string[]>(sources.map((source) => [source.name, []]));
  const remaining: [string, Json][] = [];
  for (const column of Object.keys(row).sort(byCodeUnit)) {
    const found = PLAIN_NAME.test(column) ? findEntry(column, row[column]!, sources) : null;
    if (found === null) remaining.push([column, row[column]!]);
    else entries.get(found.source)!.push(found.entry);
  }
  const note = [...shortened(entries, sources, remaining)]
    .filter(([, columns]) => columns.length > 0)
    .map(([source, columns]) => `${columns.join(' ')} = ${source}`)
    .join('; ');
  return { note, remaining: Object.fromEntries(remaining) };
}

/**
 * The entries with `*` for all columns shared with a place, where it says the same. Expanding a note starts with what
 * is named and goes on with each `*` in order, so a place may get one only if every column of it is shared, named, or
 * came with an earlier `*`.
 */
function shortened(
  entries: ReadonlyMap<string, readonly string[]>,
  sources: readonly RowSource[],
  remaining: readonly (readonly [string, Json])[],
): ReadonlyMap<string, readonly string[]> {
  const columnOf = (entry: string): string => entry.split(':')[0]!;
  const isShared = (entry: string): boolean => !entry.includes(':');
  const said = new Set(remaining.map(([column]) => column));
  for (const { name, value } of sources) {
    for (const entry of entries.get(name)!) {
      if (!isJsonObject(value) || !isShared(entry)) said.add(columnOf(entry));
    }
  }
  const short = new Map<string, readonly string[]>();
  for (const { name, value } of sources) {
    const noted = entries.get(name)!;
    for (const entry of noted) said.add(columnOf(entry));
    const isRest =
      isJsonObject(value) &&
      noted.filter(isShared).length > 1 &&
      Object.keys(value).every((column) => said.has(column));
    short.set(name, isRest ? ['*', ...noted.filter((entry) => !isShared(entry))] : noted);
  }
  return short;
}

/** The row that a note and the remaining columns describe; throws a plain `Error` on a note that names nothing. */
export function expandRow(remaining: JsonObject, note: string, sources: readonly RowSource[]): JsonObject {
  const columns = new Map<string, Json>(Object.entries(remaining));
  const rests: JsonObject[] = [];
  for (const part of note.split('; ')) {
    const [entries = '', name] = part.split(' = ');
    const source = sources.find((candidate) => candidate.name === name);
    if (source === undefined) throw new Error(`the note "${note}" names no known place`);
    for (const entry of entries.split(' ')) {
      if (entry === '*' && isJsonObject(source.value)) rests.push(source.value);
      else expandEntry(columns, entry, source, note);
    }
  }
  for (const rest of rests) {
    for (const [column, value] of Object.entries(rest)) if (!columns.has(column)) columns.set(column, value);
  }
  return Object.fromEntries(columns);
}

/** `column`, or `column:member` under another name, or `column:*` for the whole of an object. */
function expandEntry(columns: Map<string, Json>, entry: string, source: RowSource, note: string): void {
  const [column = '', renamed] = entry.split(':');
  if (!isJsonObject(source.value) || renamed === '*') {
    columns.set(column, source.value);
    return;
  }
  const value = memberOf(source.value, renamed ?? column);
  if (value === undefined) throw new Error(`the note "${note}" names nothing in its record`);
  columns.set(column, value);
}

function findEntry(
  column: string,
  value: Json,
  sources: readonly RowSource[],
): { readonly source: string; readonly entry: string } | null {
  for (const { name, value: given } of sources) {
    const shared = isJsonObject(given) ? memberOf(given, column) : given;
    if (shared !== undefined && sameJson(shared, value)) return { source: name, entry: column };
    if (isJsonObject(given) && sameJson(given, value)) return { source: name, entry: `${column}:*` };
  }
  if (typeof value !== 'string') return null;
  for (const { name, value: given, byValue } of sources) {
    if (!byValue || !isJsonObject(given)) continue;
    const member = Object.keys(given)
      .filter((candidate) => PLAIN_NAME.test(candidate) && given[candidate] === value)
      .sort(byCodeUnit)[0];
    if (member !== undefined) return { source: name, entry: `${column}:${member}` };
  }
  return null;
}
