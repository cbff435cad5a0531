/**
 * Decides row by row whether a CSV row is understood: who, when, and the values of the importer's columns, or the one
 * reason why not. Nothing here guesses; whatever a map does not settle becomes a reported refusal.
 */
import { basename } from 'node:path';
import type { ImportGroup } from '../../migration.ts';
import { createMomentReader } from './clock-time.ts';
import type { CsvFile, CsvRow } from './csv-rows.ts';
import { compileRegex, type ImportMap } from './map.ts';

/** A row that is understood. */
export interface ReadRow {
  readonly user: string;
  readonly atMs: number;
  readonly offsetMinutes: number;
  readonly line: number;
  readonly values: ImportGroup['rows'][number]['values'];
}

/** A row that is not taken. The words before the first colon of `reason` name its kind. */
export interface RefusedRow {
  readonly line: number;
  readonly reason: string;
}

/** Digits with dots for thousands and a comma for decimals: 1.234,5 or 12,5 or 12. */
const DECIMAL_COMMA = /^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$/;
/** A text made of nothing but what numbers are made of. */
const NUMBER_LIKE = /^[+-]?[\d.,]+$/;

/** The user that a file's name gives by the map's expression: its first group, else all of it. */
function userOfFile(file: string, map: ImportMap): string | null {
  if (map.user.file_name === undefined) {
    return null;
  }
  const hit = compileRegex(map.user.file_name)?.exec(basename(file));
  const user = hit?.[1] ?? hit?.[0] ?? '';
  return user === '' ? null : `${map.user.prefix}${user}`;
}

/**
 * Builds the reader for the rows of one file, to be called in the order of the file: it remembers rows to notice
 * exact repeats.
 */
export function createRowReader(
  file: string,
  csv: CsvFile,
  map: ImportMap,
): (row: CsvRow) => ReadRow | RefusedRow {
  const nothing = new Set(map.nothing);
  const readMoment = createMomentReader(map);
  const fileUser = userOfFile(file, map);
  const columns = Object.entries(csv.layout.columns);
  const lineOfCells = new Map<string, number>();

  const cellsOf =
    (row: CsvRow) =>
    (column: string): string | null => {
      const text = (row.cells[csv.indexOf.get(column) ?? -1] ?? '').trim();
      return text === '' || nothing.has(text) ? null : text;
    };
  /** The kind of reason for which this row is passed over before its content is looked at, or null. */
  const passOver = (row: CsvRow): string | null => {
    if (row.cells.length !== csv.width) {
      return `wrong number of columns: expected ${csv.width}, found ${row.cells.length}`;
    }
    const whole = JSON.stringify(row.cells);
    const earlier = lineOfCells.get(whole);
    if (earlier !== undefined && map.duplicates === 'refuse') {
      return `duplicate row: the same as line ${earlier}`;
    }
    lineOfCells.set(whole, row.line);
    for (const { column, is } of map.leave_out) {
      const text = (row.cells[csv.indexOf.get(column) ?? -1] ?? '').trim();
      if (is.includes(text)) {
        return `left out by the map: column "${column}" is "${text}"`;
      }
    }
    return null;
  };
  const readUser = (cell: (column: string) => string | null): string | null => {
    if (map.user.column === undefined) {
      return fileUser;
    }
    const user = cell(map.user.column);
    return user === null ? null : `${map.user.prefix}${user}`;
  };

  return (row) => {
    const { line } = row;
    const passed = passOver(row);
    if (passed !== null) {
      return { line, reason: passed };
    }
    const cell = cellsOf(row);
    const user = readUser(cell);
    if (user === null) {
      const where = map.user.column === undefined ? `the name of the file` : `column "${map.user.column}"`;
      return { line, reason: `no user: ${where} names none` };
    }
    const moment = readMoment(cell, csv.layout);
    if ('reason' in moment) {
      return { line, reason: moment.reason };
    }
    const values: Record<string, string> = {};
    for (const [name, column] of columns) {
      const text = cell(column);
      if (text === null) {
        continue;
      }
      if (!map.decimal_comma.includes(name) || !NUMBER_LIKE.test(text)) {
        values[name] = text;
      } else if (DECIMAL_COMMA.test(text)) {
        values[name] = text.replaceAll('.', '').replace(',', '.');
      } else {
        return {
          line,
          reason: `number not understood: "${text}" in column "${column}" has no decimal comma`,
        };
      }
    }
    return { user, atMs: moment.atMs, offsetMinutes: moment.offsetMinutes, line, values };
  };
}
