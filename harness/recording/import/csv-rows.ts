/**
 * Reads a CSV file as a stream of rows under the layout of a map that fits it. Apart from what rows mean, because
 * encodings, byte-order marks, quoting and the choice of a layout are questions of the file, not of a row.
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { GolemError } from '../../errors.ts';
import { LineFaultError, Lines } from '../lines.ts';
import { shellQuote } from '../look.ts';
import { openSource } from '../source.ts';
import type { ImportMap, Layout } from './map.ts';

/** Longest record in characters: a quote that is opened and never closed must not gather a whole file. */
const MAX_RECORD_CHARACTERS = 1024 * 1024;

/** One row of data; `cells` are as the file has them. */
export interface CsvRow {
  /** Line on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFile {
  readonly layout: Layout;
  /** Index of each column by its name. */
  readonly indexOf: ReadonlyMap<string, number>;
  /** Cells every row must have. */
  readonly width: number;
  readonly rows: AsyncIterable<CsvRow>;
}

interface Parsed {
  readonly record: readonly string[];
  /** The row as it stands in the file, blank lines before it included. */
  readonly raw: string;
}

function refuse(
  file: string,
  place: { line?: number; column?: number },
  reason: string,
  cause?: unknown,
): GolemError {
  const next =
    place.line === undefined ? `ls -l ${shellQuote(file)}` : `sed -n ${place.line}p ${shellQuote(file)}`;
  return new GolemError(
    { kind: 'data', verb: 'import', subject: basename(file), reason, place: { file, ...place }, next },
    cause === undefined ? {} : { cause },
  );
}

const LINE_END = /\r\n?|\n/g;
const BLANK_LINES = /^(?:\r\n?|\n)*/;

function countLineEnds(text: string): number {
  return text.match(LINE_END)?.length ?? 0;
}

/** A file's text; the decoder takes a byte-order mark away and refuses bytes that are not of its encoding. */
async function* decode(file: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

async function* parseRows(file: string, map: ImportMap): AsyncGenerator<CsvRow> {
  /** Lines that have ended so far. */
  let line = 0;
  try {
    const parser = parse({
      delimiter: map.delimiter,
      // The parser's own line numbers go wrong where a quoted cell holds CR LF; its raw text does not.
      raw: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: MAX_RECORD_CHARACTERS,
    });
    // Iterating the parser reports whatever fails; the callback is there so that nothing is reported twice.
    pipeline(Readable.from(decode(file, map.encoding)), parser, () => {});
    for await (const parsed of parser as AsyncIterable<Parsed>) {
      const blank = countLineEnds(BLANK_LINES.exec(parsed.raw)?.[0] ?? '');
      yield { line: line + blank + 1, cells: parsed.record };
      line += countLineEnds(parsed.raw);
    }
  } catch (error) {
    throw await csvFailure(file, map, line + 1, error);
  }
}

/** Where a file leaves UTF-8: the reader of recordings knows how to find it. */
async function encodingFault(file: string): Promise<{ line: number; column: number; reason: string } | null> {
  const source = await openSource(file);
  const lines = new Lines(source);
  try {
    while (await lines.fill()) {
      while (lines.next() !== null) {}
    }
    return null;
  } catch (error) {
    if (error instanceof LineFaultError) {
      return { line: lines.line, column: error.fault.column, reason: error.fault.reason };
    }
    throw error;
  } finally {
    await source.close();
  }
}

const OPEN_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'reading it is not permitted',
  EISDIR: 'expected a file, found a folder',
};

async function csvFailure(file: string, map: ImportMap, line: number, error: unknown): Promise<unknown> {
  if (error instanceof CsvError) {
    const reason =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quote that opens in this row is never closed'
        : error.code === 'CSV_MAX_RECORD_SIZE'
          ? `this row is longer than ${MAX_RECORD_CHARACTERS} characters; is a quote left open in it?`
          : error.message;
    return refuse(file, { line, column: 1 }, reason, error);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    const hint = 'a map can name another one with "encoding"';
    const fault = map.encoding === 'utf-8' ? await encodingFault(file) : null;
    return fault === null
      ? refuse(file, {}, `expected text in ${map.encoding}; ${hint}`, error)
      : refuse(file, { line: fault.line, column: fault.column }, `${fault.reason}; ${hint}`, error);
  }
  const known = OPEN_REASONS[code];
  return known === undefined ? error : refuse(file, {}, known, error);
}

function chooseLayout(map: ImportMap, first: readonly string[]): Layout | null {
  const byHeader = map.layouts.find(
    ({ header }) => header?.every((column) => first.includes(column)) === true,
  );
  return byHeader ?? map.layouts.find(({ no_header }) => no_header?.length === first.length) ?? null;
}

/**
 * Opens one CSV file. Its layout is the first whose header columns its first line names all, else the first without
 * header that has as many columns as that line. Throws a `GolemError` of kind `data` when none fits, when the file
 * cannot be read, is not of the map's encoding, or leaves a quote open. Null for a file without a line.
 */
export async function openCsv(file: string, map: ImportMap): Promise<CsvFile | null> {
  const rows = parseRows(file, map);
  const step = await rows.next();
  if (step.done === true) {
    return null;
  }
  const names = step.value.cells.map((cell) => cell.trim());
  const layout = chooseLayout(map, names);
  if (layout === null) {
    await rows.return(undefined);
    const wanted = map.layouts.map(({ name }) => `"${name}"`).join(', ');
    const shown = names.slice(0, 20).join(map.delimiter);
    throw refuse(
      file,
      { line: step.value.line, column: 1 },
      `expected a layout of the map (${wanted}), found ${names.length} columns: ${shown}`,
    );
  }
  const columns = layout.no_header ?? names;
  const indexOf = new Map<string, number>();
  columns.forEach((column, index) => {
    if (!indexOf.has(column)) {
      indexOf.set(column, index);
    }
  });
  const first = layout.no_header === undefined ? [] : [step.value];
  return { layout, indexOf, width: columns.length, rows: concat(first, rows) };
}

async function* concat(first: readonly CsvRow[], rest: AsyncIterable<CsvRow>): AsyncGenerator<CsvRow> {
  yield* first;
  yield* rest;
}
