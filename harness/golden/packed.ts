/**
 * A record's outcome as the lines of a golden file, with nothing said twice: columns that repeat the record are
 * named in one note, a value merged out of V2's row is a reference to it. Lossless, and a file of its own so that
 * documents and their comparison work on whole outcomes and never meet the shorthand.
 */
import { renderCanonical } from './canonical.ts';
import { escapeStep, type FlatLines, flatten, stepsOf, unescapeStep, unflatten } from './flat.ts';
import {
  byCodeUnit,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  memberOf,
  sameJson,
} from './json.ts';
import { expandRow, foldRow, type RowSource } from './rows.ts';

/** Ends the path of a row's note; no member is called so, since `=` is escaped in paths. */
const NOTE = '/=';

/** Begins the text of a reference; other texts that begin with `=` get another one. */
const REFERENCE = '= ';

/** Stands in a patch for a line that is no longer there. */
const GONE = '=';

const SIDES = ['legacy', 'v2'] as const;

/** A table whose name can stand in a note. */
const PLAIN_TABLE = /^\w+$/;

/** Returns the lines of one record's outcome. `user` is the case's, whose name its rows need not repeat. */
export function packRecord(record: JsonObject, user: string): FlatLines {
  const notes: [string, string][] = [];
  const rest = mapRows(record, (path, row) => {
    const { note, remaining } = foldRow(row, sourcesFor(path, record, user));
    if (note !== '') notes.push([path + NOTE, note]);
    return remaining;
  });
  const lines: FlatLines = new Map();
  const inV2 = new Map<string, string>();
  const isMerged = memberOf(rest, 'merged') !== undefined;
  // V2's part comes before what was merged out of it, so a reference always finds what it refers to.
  const parts = Object.keys(rest).sort((a, b) => Number(a === 'merged') - Number(b === 'merged'));
  for (const part of parts) {
    flatten(lines, escapeStep(part), rest[part]!, (path, value) => {
      if (!isMerged || (part !== 'v2' && part !== 'merged')) return null;
      const text = renderCanonical(value);
      if (part === 'v2' && !inV2.has(text)) inV2.set(text, path);
      const equal = part === 'merged' ? inV2.get(text) : undefined;
      return equal === undefined ? null : REFERENCE + equal;
    });
  }
  return shortPaths(new Map([...lines, ...notes]), record);
}

/** The inverse of `packRecord`; throws a plain `Error` on lines that it cannot have written. */
export function unpackRecord(written: ReadonlyMap<string, Json>, user: string): JsonObject {
  const lines = longPaths(written);
  const notes = new Map<string, string>();
  const plain: [string, Json][] = [];
  const references: [string, string][] = [];
  for (const [path, leaf] of lines) {
    if (path.endsWith(NOTE) && typeof leaf === 'string') notes.set(path.slice(0, -NOTE.length), leaf);
    else if (typeof leaf === 'string' && leaf.startsWith(REFERENCE)) references.push([path, leaf]);
    else plain.push([path, leaf]);
  }
  const withoutReferences = unflatten(plain);
  const resolved = references.map(([path, reference]): [string, Json] => [
    path,
    valueAt(withoutReferences, reference.slice(REFERENCE.length)),
  ]);
  let record = unflatten([...plain, ...resolved]);
  for (const [path] of rowsOf(record)) {
    const note = notes.get(path);
    if (note === undefined) continue;
    // One row after another: V2's notes name columns of legacy's rows, merged ones columns of V2's.
    const whole = record;
    record = mapRows(whole, (candidate, row) =>
      candidate === path ? expandRow(row, note, sourcesFor(path, whole, user)) : row,
    );
    notes.delete(path);
  }
  if (notes.size > 0) throw new Error(`the note at "${[...notes.keys()].join()}" belongs to no row`);
  return record;
}

/**
 * The lines with `legacy/row` for `legacy/rows/<table>`, and likewise for V2, where a path stored one row, as it
 * nearly always does; the row's note then begins with its table. A third of a file's bytes would else be table names.
 */
function shortPaths(lines: FlatLines, record: JsonObject): FlatLines {
  let short = lines;
  for (const side of SIDES) {
    const [table, ...others] = Object.keys(tablesOf(record, side));
    if (table === undefined || others.length > 0 || !PLAIN_TABLE.test(table)) continue;
    const long = `${side}/rows/${table}`;
    if (!isJsonObject(tablesOf(record, side)[table])) continue;
    short = renamed(short, long, `${side}/row`);
    short.set(`${side}/row${NOTE}`, `${table}: ${short.get(`${side}/row${NOTE}`) ?? ''}`.trimEnd());
  }
  return short;
}

/** The inverse of `shortPaths`. */
function longPaths(lines: ReadonlyMap<string, Json>): ReadonlyMap<string, Json> {
  let long = lines;
  for (const side of SIDES) {
    const note = lines.get(`${side}/row${NOTE}`);
    if (typeof note !== 'string') continue;
    const table = note.slice(0, note.indexOf(':'));
    const changed = renamed(long, `${side}/row`, `${side}/rows/${table}`);
    const rest = note.slice(table.length + 2);
    if (rest === '') changed.delete(`${side}/rows/${table}${NOTE}`);
    else changed.set(`${side}/rows/${table}${NOTE}`, rest);
    long = changed;
  }
  return long;
}

function renamed(lines: ReadonlyMap<string, Json>, from: string, to: string): FlatLines {
  const rename = (path: string): string =>
    path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
  return new Map(
    [...lines].map(([path, leaf]) => {
      const isReference = typeof leaf === 'string' && leaf.startsWith(REFERENCE);
      return [rename(path), isReference ? REFERENCE + rename(leaf.slice(REFERENCE.length)) : leaf];
    }),
  );
}

/** The lines by which `full` differs from `base`; `=` stands for a line that is gone. */
export function packPatch(base: FlatLines, full: FlatLines): FlatLines {
  const patch: FlatLines = new Map();
  for (const [path, leaf] of full) {
    const before = base.get(path);
    if (before === undefined || !sameJson(before, leaf)) patch.set(path, leaf);
  }
  for (const path of base.keys()) if (!full.has(path)) patch.set(path, GONE);
  return patch;
}

/** The inverse: the lines that a patch makes of `base`. */
export function applyPatch(base: ReadonlyMap<string, Json>, patch: ReadonlyMap<string, Json>): FlatLines {
  const full: FlatLines = new Map(base);
  for (const [path, leaf] of patch) {
    if (leaf === GONE) full.delete(path);
    else full.set(path, leaf);
  }
  return full;
}

/** Where the rows of a record stand, those that others repeat first. */
function rowsOf(record: JsonObject): [string, JsonObject][] {
  const found: [string, JsonObject][] = [];
  for (const side of SIDES) {
    for (const [table, row] of Object.entries(tablesOf(record, side))) {
      if (isJsonObject(row)) found.push([`${side}/rows/${escapeStep(table)}`, row]);
    }
  }
  const merged = memberOf(record, 'merged');
  if (isJsonObject(merged)) found.push(['merged', merged]);
  return found;
}

/** The record with every row replaced by what `change` makes of it. */
function mapRows(record: JsonObject, change: (path: string, row: JsonObject) => JsonObject): JsonObject {
  const changed = new Map(rowsOf(record).map(([path, row]) => [path, change(path, row)]));
  const parts = Object.entries(record).map(([part, value]): [string, Json] => {
    if (part === 'merged') return [part, changed.get('merged') ?? value];
    if ((part !== 'legacy' && part !== 'v2') || !isJsonObject(value)) return [part, value];
    const rows = memberOf(value, 'rows');
    if (!isJsonObject(rows)) return [part, value];
    const tables = Object.entries(rows).map(([table, row]): [string, Json] => [
      table,
      changed.get(`${part}/rows/${escapeStep(table)}`) ?? row,
    ]);
    return [part, { ...value, rows: Object.fromEntries(tables) }];
  });
  return Object.fromEntries(parts);
}

/** What a row's columns may repeat, in the order of preference: first what follows its changes, then coincidence. */
function sourcesFor(path: string, record: JsonObject, user: string): RowSource[] {
  const source = (name: string, value: Json | undefined, byValue = false): RowSource[] =>
    value === undefined ? [] : [{ name, value, byValue }];
  const tables = (side: string): RowSource[] =>
    Object.entries(tablesOf(record, side))
      .filter(([table, row]) => isJsonObject(row) && PLAIN_TABLE.test(table))
      .sort(([a], [b]) => byCodeUnit(a, b))
      .flatMap(([table, row]) => source(`${side}.${table}`, row));
  if (path === 'merged') return tables('v2');
  const side = path.startsWith('legacy/') ? 'legacy' : 'v2';
  const outcome = memberOf(record, side);
  const totals = isJsonObject(outcome) ? memberOf(outcome, 'totals') : undefined;
  const written = [...source('at', memberOf(record, 'at')), ...source('user', user)];
  const own = [...source('totals', totals ?? undefined), ...source('null', null)];
  if (side === 'v2') return [...own, ...tables('legacy'), ...written];
  const answer = memberOf(record, 'answer');
  return [...own, ...written, ...source('answer', isJsonObject(answer) ? answer : undefined, true)];
}

function tablesOf(record: JsonObject, side: string): JsonObject {
  const outcome = memberOf(record, side);
  const rows = isJsonObject(outcome) ? memberOf(outcome, 'rows') : undefined;
  return isJsonObject(rows) ? rows : {};
}

function valueAt(root: JsonObject, path: string): Json {
  let value: Json | undefined = root;
  for (const step of stepsOf(path)) {
    if (typeof step === 'number') value = isJsonArray(value) ? value[step] : undefined;
    else value = isJsonObject(value) ? memberOf(value, step) : undefined;
  }
  if (value === undefined) throw new Error(`the reference to "${path}" finds nothing`);
  return value;
}

/** Splits the key of a patch line, `<record>/<path>`, made by `patchKey`. */
export function splitPatchKey(key: string): { readonly id: string; readonly path: string } {
  const slash = key.indexOf('/');
  return { id: unescapeStep(key.slice(0, slash)), path: key.slice(slash + 1) };
}

/** The key of a patch line in a file that holds the patches of all its records. */
export function patchKey(id: string, path: string): string {
  return `${escapeStep(id)}/${path}`;
}
