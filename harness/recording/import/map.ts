/**
 * Reads an import map: the YAML file that says how somebody's CSV is to be understood. Apart from the import itself,
 * so that a fault in the map is found before a single row is read and is told by its place in the map.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { IANAZone } from 'luxon';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { GolemError } from '../../errors.ts';
import { parseAt } from '../timestamp.ts';

/** Largest map read; the shipped one has 3 KB. */
const MAX_MAP_BYTES = 1024 * 1024;

const text = z.string().min(1);
const regex = z.string().refine((source) => compileRegex(source) !== null, 'expected a regular expression');
const date = z
  .string()
  .refine((day) => !Number.isNaN(parseAt(`${day}T00:00:00.000Z`)), 'expected a date such as 2000-01-31');
const zone = z
  .string()
  .refine(
    (name) => fixedOffsetMinutes(name) !== null || IANAZone.isValidZone(name),
    'expected an offset such as "+09:00" or a zone such as Asia/Tokyo',
  );
const encoding = z
  .string()
  .refine((label) => isEncoding(label), 'expected an encoding such as utf-8, utf-16le or shift_jis');

/** A column and the Luxon formats its texts may have, tried in order. */
const timeColumn = z.strictObject({ column: text, formats: z.array(text).min(1) });

const at = z
  .strictObject({
    date: timeColumn.optional(),
    time: timeColumn.optional(),
    date_time: timeColumn.optional(),
  })
  .refine(
    (given) => (given.date_time === undefined) === (given.date !== undefined && given.time !== undefined),
    'expected either "date" and "time", or "date_time"',
  );

const user = z
  .strictObject({ column: text.optional(), file_name: regex.optional(), prefix: z.string().default('') })
  .refine(
    (given) => (given.column === undefined) !== (given.file_name === undefined),
    'expected either "column" or "file_name"',
  );

const layout = z
  .strictObject({
    name: text,
    /** Columns that a file's first line must name, among others, to be read by this layout. */
    header: z.array(text).min(1).optional(),
    /** Names of all columns, in order, of files whose first line is data already. */
    no_header: z.array(text).min(1).optional(),
    at,
    /** The importer's column names, each with the CSV column that fills it. */
    columns: z.record(text, text),
  })
  .refine(
    (given) => (given.header === undefined) !== (given.no_header === undefined),
    'expected either "header" or "no_header"',
  );

const mapSchema = z.strictObject({
  golem: z.literal('import-map'),
  version: z.literal(1),
  /** The zone in which the CSV's clock times were noted. */
  time_zone: zone,
  /** Minutes east of UTC that decide a local day; needed where the zone's own offset changes. */
  tz_offset_minutes: z.int().min(-720).max(840).optional(),
  /** What to do with a clock time that occurs twice when clocks go back. */
  ambiguous_time: z.enum(['refuse', 'earlier', 'later']).default('refuse'),
  /** Rows dated before this day are refused; spreadsheets write 1900-01-01 for "no date". */
  not_before: date.default('2000-01-01'),
  anonymised: z.boolean(),
  encoding: encoding.default('utf-8'),
  delimiter: text.default(','),
  user,
  /** Texts that mean that a cell holds nothing. */
  nothing: z.array(z.string()).default(['']),
  /** Columns, by the importer's names, whose numbers have a decimal comma. */
  decimal_comma: z.array(text).default([]),
  duplicates: z.enum(['refuse', 'keep']).default('refuse'),
  /** Rows of one user at most this long after the first of a group belong to it. */
  gap_minutes: z.number().min(0).max(1440).default(0),
  /** Rows that are left out, and reported, because a column has one of these texts. */
  leave_out: z.array(z.strictObject({ column: text, is: z.array(z.string()).min(1) })).default([]),
  layouts: z.array(layout).min(1),
});

export type ImportMap = z.output<typeof mapSchema>;
export type Layout = ImportMap['layouts'][number];

/** The regular expression of a map, or null when it is none. */
export function compileRegex(source: string): RegExp | null {
  try {
    return new RegExp(source, 'u');
  } catch {
    return null;
  }
}

function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}

/** Minutes east of UTC of "Z", "UTC" or an offset such as "+09:00"; null for any other text. */
export function fixedOffsetMinutes(name: string): number | null {
  if (name === 'Z' || name === 'UTC') {
    return 0;
  }
  const [, sign, hours, minutes] = /^(?:UTC)?([+-])(\d\d):(\d\d)$/.exec(name) ?? [];
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) {
    return null;
  }
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

type Path = readonly (string | number)[];

/** What is wrong with a map and where; an empty path stands for the whole of it. */
interface MapFault {
  readonly path: Path;
  readonly key?: string;
  readonly reason: string;
}

/** Every CSV column a layout reads, with the place in the map that names it. */
function columnsUsed(map: ImportMap, index: number): { path: Path; column: string }[] {
  const given = map.layouts[index]!;
  const used: { path: Path; column: string }[] = [];
  for (const part of ['date', 'time', 'date_time'] as const) {
    const column = given.at[part]?.column;
    if (column !== undefined) {
      used.push({ path: ['layouts', index, 'at', part, 'column'], column });
    }
  }
  for (const [name, column] of Object.entries(given.columns)) {
    used.push({ path: ['layouts', index, 'columns', name], column });
  }
  if (map.user.column !== undefined) {
    used.push({ path: ['user', 'column'], column: map.user.column });
  }
  map.leave_out.forEach((rule, position) => {
    used.push({ path: ['leave_out', position, 'column'], column: rule.column });
  });
  return used;
}

/** What a schema cannot see: names that must occur elsewhere in the map or in the importer. */
function findFault(map: ImportMap, importerColumns: readonly string[]): MapFault | null {
  const known = `one of ${importerColumns.join(', ')}`;
  for (const [index, given] of map.layouts.entries()) {
    const listed = given.header ?? given.no_header ?? [];
    const kind = given.header === undefined ? 'no_header' : 'header';
    for (const { path, column } of columnsUsed(map, index)) {
      if (!listed.includes(column)) {
        return {
          path,
          reason: `expected a column of layout "${given.name}", "${kind}" does not list "${column}"`,
        };
      }
    }
    const stranger = Object.keys(given.columns).find((name) => !importerColumns.includes(name));
    if (stranger !== undefined) {
      return {
        path: ['layouts', index, 'columns'],
        key: stranger,
        reason: `expected ${known}, found "${stranger}"`,
      };
    }
    const twice = listed.find((column, position) => listed.indexOf(column) !== position);
    if (twice !== undefined) {
      return { path: ['layouts', index, kind], reason: `expected each column once, "${twice}" stands twice` };
    }
  }
  const position = map.decimal_comma.findIndex((name) => !importerColumns.includes(name));
  return position === -1
    ? null
    : {
        path: ['decimal_comma', position],
        reason: `expected ${known}, found "${map.decimal_comma[position]}"`,
      };
}

/**
 * Reads and checks a map. `importerColumns` are the names a layout may fill. Throws a `GolemError` of kind `data`
 * with file, line and column of the part of the map at fault.
 */
export async function readImportMap(file: string, importerColumns: readonly string[]): Promise<ImportMap> {
  const source = await readMapText(file);
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  const refuse = (offset: number, reason: string): GolemError => {
    const { line, col } = lineCounter.linePos(offset);
    const place = { file, line: Math.max(line, 1), column: Math.max(col, 1) };
    const next = 'golem import csv --help';
    return new GolemError({
      kind: 'data',
      verb: 'read import map',
      subject: basename(file),
      reason,
      place,
      next,
    });
  };
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw refuse(broken.pos[0], broken.message);
  }
  /** Offset of the node at a path, of a key in it, or of the deepest node there is. */
  const offsetOf = ({ path, key }: MapFault): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      const pair =
        isMap(node) && length === path.length
          ? node.items.find((item) => String(item.key) === key)
          : undefined;
      const range = ((pair?.key ?? node) as { range?: readonly number[] | null } | null | undefined)?.range;
      if (range !== undefined && range !== null) {
        return range[0] ?? 0;
      }
    }
    return 0;
  };
  const checked = mapSchema.safeParse(document.toJS());
  if (!checked.success) {
    const fault = faultOf(checked.error.issues[0]!);
    throw refuse(offsetOf(fault), fault.reason);
  }
  const fault = findFault(checked.data, importerColumns);
  if (fault !== null) {
    throw refuse(offsetOf(fault), fault.reason);
  }
  return checked.data;
}

/** Words a validator's issue. */
function faultOf(issue: z.core.$ZodIssue): MapFault {
  const path = issue.path as Path;
  const name = path.length === 0 ? 'the map' : `"${path.join('.')}"`;
  if (issue.code === 'unrecognized_keys') {
    return { path, key: issue.keys[0]!, reason: `${name} has a key golem does not know: "${issue.keys[0]}"` };
  }
  const message = issue.message.replace(/^Invalid (?:input|option): /, '');
  return message.endsWith(', received undefined')
    ? { path, reason: `${name} is missing, ${message.replace(', received undefined', '')}` }
    : { path, reason: `${name}: ${message}` };
}

async function readMapText(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_MAP_BYTES) {
      throw new RangeError(`the file is larger than ${MAX_MAP_BYTES} bytes`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'expected a file, found a folder'
          : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
            ? 'expected UTF-8 text'
            : error instanceof RangeError
              ? error.message
              : 'it cannot be read';
    const next = 'golem import csv --help';
    throw new GolemError(
      { kind: 'data', verb: 'read import map', subject: basename(file), reason, place: { file }, next },
      { cause: error },
    );
  }
}
