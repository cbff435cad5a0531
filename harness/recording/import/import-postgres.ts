/**
 * Turns what production stored in PostgreSQL into a recording: rows are streamed, put together again by the migration
 * and written as they come, so that months of traffic need no more memory than a day. The import on one screen and
 * the one function its command calls.
 */
import { GolemError } from '../../errors.ts';
import type { DatabaseImporter, Migration } from '../../migration.ts';
import type { RecordingHeader } from '../format.ts';
import { refuseExisting } from '../out-file.ts';
import { createRecordingWriter, type RecordingWriter } from '../write.ts';
import { type DatabasePlace, psql } from './database-fault.ts';
import type { ImportRefusedRow } from './import-csv.ts';
import { type RowRange, type RowReading, withPostgresRows } from './postgres-rows.ts';
import { rebuiltRecords } from './rebuilt-record.ts';

/** Refused rows kept with their reasons; of millions the rest are only counted. */
const REFUSALS_KEPT = 10_000;

export interface ImportPostgresOptions {
  /** `postgres://user:password@host:port/database`; nothing of it but host, port and database is ever printed. */
  readonly url: string;
  readonly range: RowRange;
  readonly outFile: string;
  readonly env: RecordingHeader['env'];
  /** Minutes east of UTC that decide a write's local day. */
  readonly tzOffsetMinutes: number;
  readonly importer: DatabaseImporter;
  readonly rolloutBucket: Migration['rolloutBucket'];
  /** Any refused row is a data error, and nothing is written. */
  readonly strict: boolean;
  readonly overwrite?: boolean;
  readonly progress?: (line: string) => void;
  /** Ends the import, with nothing written. */
  readonly signal?: AbortSignal;
}

/** What an import did; `taken` and the refused rows together are `rows`. */
export interface ImportPostgresReport {
  readonly outFile: string;
  readonly unit: 'row';
  readonly verbatim: true;
  readonly files: readonly {
    readonly file: string;
    readonly understood: string;
    readonly rows: number;
    readonly taken: number;
    readonly refused: number;
  }[];
  readonly rows: number;
  readonly taken: number;
  readonly records: number;
  readonly users: number;
  readonly refused: readonly (Omit<ImportRefusedRow, 'line'> & { readonly line: string })[];
  readonly reasons: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** Rows on their way: what became of them so far. */
class Passage {
  rows = 0;
  taken = 0;
  refusedRows = 0;
  readonly refused: { file: string; line: string; reason: string }[] = [];
  readonly reasons = new Map<string, number>();
  readonly doubts = new Map<string, number>();

  refuse(file: string, line: string, reason: string): void {
    this.refusedRows += 1;
    count(this.reasons, reason.split(':', 1)[0]!);
    if (this.refused.length < REFUSALS_KEPT) this.refused.push({ file, line, reason });
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function byFrequency(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/**
 * Imports the range and writes one recording, grouped by user, that is not anonymised. Returns what became of every
 * row. Throws a `GolemError`: `unavailable` for a database that cannot be reached or is lost on the way, `data` for
 * one with other tables, an empty range, and refused rows under `strict` or when no row was taken. Then nothing is
 * written, and a recording of that name stays as it was.
 */
export async function importPostgres(options: ImportPostgresOptions): Promise<ImportPostgresReport> {
  refuseExisting(options.outFile, options.overwrite ?? false);
  const use = async (reading: RowReading): Promise<ImportPostgresReport> => {
    const { summary, place } = reading;
    if (summary.from === null || summary.to === null) throw nothingThere(place, options);
    const captured = { from: summary.from, to: summary.to };
    const writer = await createRecordingWriter(options.outFile, headerOf(options, captured));
    try {
      const passage = await passRows(reading, writer, options);
      const [worst] = passage.refused;
      if (worst && (options.strict || passage.taken === 0)) throw refusedRow(worst, passage, place, options);
      const written = await writer.finish();
      return reportOf(passage, place, written, options);
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };
  return withPostgresRows(options.url, options.importer, options.range, use, options.signal);
}

async function passRows(
  { rows, place, summary }: RowReading,
  writer: RecordingWriter,
  { importer, rolloutBucket, tzOffsetMinutes, progress, signal }: ImportPostgresOptions,
): Promise<Passage> {
  const passage = new Passage();
  for await (const row of rows) {
    signal?.throwIfAborted();
    passage.rows += 1;
    if (passage.rows % 1_000 === 0) progress?.(`${passage.rows} of ${summary.rows} rows read`);
    const id = row.id ?? `number ${passage.rows}`;
    const built = importer.build(row, tzOffsetMinutes);
    if ('refused' in built) {
      passage.refuse(place.shown, id, built.refused);
      continue;
    }
    const user = row.user ?? '';
    const records = rebuiltRecords(built, { id, user, at: row.at ?? '', rolloutBucket: rolloutBucket(user) });
    if ('refused' in records) {
      passage.refuse(place.shown, id, records.refused);
      continue;
    }
    for (const record of records) await writer.write(record);
    passage.taken += 1;
    for (const doubt of built.doubts ?? []) count(passage.doubts, doubt);
  }
  if (passage.rows !== summary.rows || passage.taken + passage.refusedRows !== passage.rows) {
    throw new Error(`${passage.taken} rows taken and ${passage.refusedRows} refused of ${summary.rows}`);
  }
  return passage;
}

function headerOf(options: ImportPostgresOptions, captured: RecordingHeader['captured']): RecordingHeader {
  return {
    golem: 'recording',
    version: 1,
    source: 'postgres import',
    env: options.env,
    tz_offset_minutes: options.tzOffsetMinutes,
    anonymised: false,
    simulated: false,
    captured,
    grouped_by: 'user',
  };
}

function reportOf(
  passage: Passage,
  place: DatabasePlace,
  written: { readonly records: number; readonly users: number },
  { outFile, importer }: ImportPostgresOptions,
): ImportPostgresReport {
  const { rows, taken, refusedRows } = passage;
  const doubted = byFrequency(passage.doubts).map(([doubt, times]) => `${times} taken although ${doubt}`);
  return {
    outFile,
    unit: 'row',
    verbatim: true,
    files: [{ file: place.shown, understood: 'read only', rows, taken, refused: refusedRows }],
    rows,
    taken,
    ...written,
    refused: passage.refused,
    reasons: Object.fromEntries(byFrequency(passage.reasons)),
    notes: [...doubted, ...importer.notes],
  };
}

function nothingThere(place: DatabasePlace, { range }: ImportPostgresOptions): GolemError {
  const narrowed = range.since !== null || range.until !== null || range.users !== null;
  return new GolemError({
    kind: 'data',
    verb: 'import from',
    subject: place.shown,
    reason: narrowed ? 'it has no write in that range' : 'its tables are empty',
    next: narrowed ? 'golem import postgres --help' : psql(place, '\\dt+'),
  });
}

function refusedRow(
  { line, reason }: { readonly line: string; readonly reason: string },
  { refusedRows, rows }: Passage,
  place: DatabasePlace,
  { strict }: ImportPostgresOptions,
): GolemError {
  const others = refusedRows === 1 ? '' : `, as are ${refusedRows - 1} more`;
  return new GolemError({
    kind: 'data',
    verb: 'import from',
    subject: place.shown,
    reason: `row ${line} is refused${others} of ${rows}, ${reason}; ${strict ? 'with --strict nothing is written' : 'no row was taken'}`,
    next: 'golem import postgres --help',
  });
}
