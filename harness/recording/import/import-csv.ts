/**
 * Turns CSV files into a recording: rows are read as a map says, grouped into writes, ordered and written. Every row
 * ends as taken or as refused with its line and reason; the two together are asserted to be all rows. It is the
 * import on one screen and the one function its command calls.
 */
import { basename, extname } from 'node:path';
import { GolemError } from '../../errors.ts';
import type { Migration } from '../../migration.ts';
import { MAX_NAME_CHARACTERS } from '../bounds.ts';
import type { RecordingHeader } from '../format.ts';
import { shellQuote } from '../look.ts';
import { refuseExisting } from '../out-file.ts';
import { createRecordingWriter } from '../write.ts';
import { openCsv } from './csv-rows.ts';
import { groupRows, type Made, takeGroup } from './make-record.ts';
import { fixedOffsetMinutes, type ImportMap, readImportMap } from './map.ts';
import { countReasons } from './reasons.ts';
import { createRowReader, type ReadRow } from './row-reading.ts';

export interface ImportOptions {
  readonly files: readonly string[];
  readonly mapFile: string;
  /** The recording to write; `.gz` and `.zst` compress. */
  readonly outFile: string;
  readonly importer: Migration['importer'];
  readonly rolloutBucket: Migration['rolloutBucket'];
  /** Any refused row is a data error, and nothing is written. */
  readonly strict: boolean;
  /** Takes the place of a file of that name; otherwise such a file is refused before anything is read. */
  readonly overwrite?: boolean;
}

export interface ImportedFile {
  readonly file: string;
  /** The layout that fitted; null for a file without a line. */
  readonly understood: string | null;
  readonly rows: number;
  readonly taken: number;
  readonly refused: number;
}

export interface ImportRefusedRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What an import did; `taken` + `refused.length` = `rows`. */
export interface ImportReport {
  readonly outFile: string;
  readonly unit: 'row';
  readonly files: readonly ImportedFile[];
  /** Rows of data, headers and blank lines not counted. */
  readonly rows: number;
  readonly taken: number;
  readonly records: number;
  readonly users: number;
  /** In the order of files and lines. */
  readonly refused: readonly ImportRefusedRow[];
  /** Refused rows by kind of reason, the words before its first colon, most frequent first. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly verbatim: boolean;
  readonly captured: RecordingHeader['captured'];
}

/** A file's name without folders and extension: what its records are named after. */
function stemOf(file: string): string {
  return basename(file, extname(file));
}

/** Two files of one name would give two records one key, and the second would be a repeat of the first. */
function assertNamesDiffer(files: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const earlier = seen.get(stemOf(file));
    if (earlier !== undefined) {
      throw new GolemError({
        kind: 'usage',
        verb: 'import',
        subject: file,
        reason: `its records would be named like those of "${earlier}"; rename one of the two`,
        next: 'golem import csv --help',
      });
    }
    seen.set(stemOf(file), file);
  }
}

interface FileResult {
  readonly summary: ImportedFile;
  readonly made: readonly Made[];
  readonly refused: readonly ImportRefusedRow[];
  readonly offsets: ReadonlySet<number>;
}

async function importFile(file: string, map: ImportMap, options: ImportOptions): Promise<FileResult> {
  const csv = await openCsv(file, map);
  const read: ReadRow[] = [];
  const refused: ImportRefusedRow[] = [];
  let rows = 0;
  if (csv !== null) {
    const readRow = createRowReader(file, csv, map);
    for await (const row of csv.rows) {
      rows += 1;
      const result = readRow(row);
      if ('reason' in result) {
        refused.push({ file, ...result });
      } else if (result.user.length > MAX_NAME_CHARACTERS) {
        refused.push({
          file,
          line: row.line,
          reason: `user too long: over ${MAX_NAME_CHARACTERS} characters`,
        });
      } else {
        read.push(result);
      }
    }
  }
  const made: Made[] = [];
  let taken = 0;
  for (const group of groupRows(read, map.gap_minutes)) {
    const result = takeGroup(group, stemOf(file), options);
    taken += result.taken;
    refused.push(...result.refused.map((row) => ({ file, line: row.line, reason: row.reason })));
    if (result.made !== null) {
      made.push(result.made);
    }
  }
  refused.sort((a, b) => a.line - b.line);
  if (taken + refused.length !== rows) {
    throw new Error(`${taken} rows taken and ${refused.length} refused of the ${rows} rows of ${file}`);
  }
  const understood = csv && `layout ${csv.layout.name}`;
  const summary = { file, understood, rows, taken, refused: refused.length };
  return { summary, made, refused, offsets: new Set(read.map(({ offsetMinutes }) => offsetMinutes)) };
}

/** The offset that decides local days: the map's own word, a fixed zone's, or the only one the rows had. */
function dayOffset(map: ImportMap, mapFile: string, offsets: ReadonlySet<number>): number {
  const known = map.tz_offset_minutes ?? fixedOffsetMinutes(map.time_zone);
  if (known !== null) {
    return known;
  }
  const [only, ...others] = offsets;
  if (only === undefined || others.length > 0) {
    throw new GolemError({
      kind: 'data',
      verb: 'import with map',
      subject: basename(mapFile),
      reason: `expected "tz_offset_minutes", since the offset of ${map.time_zone} changes among these rows (${[...offsets].sort((a, b) => a - b).join(' and ')} minutes)`,
      place: { file: mapFile },
      next: `echo 'tz_offset_minutes: ${Math.min(...offsets)}' >> ${shellQuote(mapFile)}`,
    });
  }
  return only;
}

/** Users together, sorted by name; each user's records in order of time, those of one moment in order of files. */
function orderForRecording(made: readonly Made[]): Made[] {
  return [...made].sort((a, b) => {
    const [left, right] = [a.record.user, b.record.user];
    return left === right ? a.atMs - b.atMs : left < right ? -1 : 1;
  });
}

/**
 * Imports `files` and writes one recording, grouped by user. Rows need not be in order: they are sorted by time
 * within their user. A group holds rows of one file, user and begin (or within the map's gap of the first of them).
 * Returns what became of every row. Throws a `GolemError`: kind `data` for a file or map that cannot be understood,
 * for refused rows under `strict` and when no row was taken; `usage` for two files of one name. Then nothing is
 * written, and a recording of that name stays as it was.
 */
export async function importCsv(options: ImportOptions): Promise<ImportReport> {
  assertNamesDiffer(options.files);
  refuseExisting(options.outFile, options.overwrite ?? false);
  const map = await readImportMap(options.mapFile, Object.keys(options.importer.columns));
  const results: FileResult[] = [];
  for (const file of options.files) {
    results.push(await importFile(file, map, options));
  }
  const refused = results.flatMap((result) => result.refused);
  const rows = results.reduce((sum, { summary }) => sum + summary.rows, 0);
  const taken = results.reduce((sum, { summary }) => sum + summary.taken, 0);
  const [worst] = refused;
  if (worst !== undefined && (options.strict || taken === 0)) {
    const others = refused.length === 1 ? '' : `, as are ${refused.length - 1} more`;
    const why = options.strict ? 'with --strict nothing is written' : 'no row was taken';
    throw new GolemError({
      kind: 'data',
      verb: 'import',
      subject: basename(worst.file),
      reason: `this row is refused${others} of ${rows}, ${worst.reason}; ${why}`,
      place: { file: worst.file, line: worst.line, column: 1 },
      next: `sed -n ${worst.line}p ${shellQuote(worst.file)}`,
    });
  }
  const made = orderForRecording(results.flatMap((result) => result.made));
  if (made.length === 0) {
    const file = options.files[0] ?? options.mapFile;
    const place = { file };
    const next = 'golem import csv --help';
    throw new GolemError({
      kind: 'data',
      verb: 'import',
      subject: basename(file),
      reason: 'expected rows, found none',
      place,
      next,
    });
  }
  const times = made.map(({ atMs }) => atMs);
  const captured = {
    from: new Date(times.reduce((a, b) => Math.min(a, b))).toISOString(),
    to: new Date(times.reduce((a, b) => Math.max(a, b))).toISOString(),
  };
  const offsets = new Set(results.flatMap((result) => [...result.offsets]));
  const writer = await createRecordingWriter(options.outFile, {
    golem: 'recording',
    version: 1,
    source: 'csv import',
    env: 'prod',
    tz_offset_minutes: dayOffset(map, options.mapFile, offsets),
    anonymised: map.anonymised,
    simulated: false,
    captured,
    grouped_by: 'user',
  });
  try {
    for (const { record } of made) {
      await writer.write(record);
    }
    const written = await writer.finish();
    return {
      outFile: options.outFile,
      unit: 'row',
      verbatim: !map.anonymised,
      files: results.map(({ summary }) => summary),
      rows,
      taken,
      records: written.records,
      users: written.users,
      refused,
      reasons: countReasons(refused),
      captured,
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
