/**
 * Reads a recording as a stream: header, then records in batches, each validated before anyone sees it. This is the
 * boundary behind which every stage trusts a record, and the one place where a line becomes one.
 */
import { BATCH_RECORDS, MAX_BAD_LINES_KEPT } from './bounds.ts';
import { doorTo, throughDoor } from './doors.ts';
import { dataError, headerFault, readFailure } from './fault.ts';
import type { RecordedWrite, RecordingHeader } from './format.ts';
import { type LineFault, LineFaultError, Lines } from './lines.ts';
import { createOrderGuard } from './order.ts';
import { parseTimed } from './record-line.ts';
import type { ByteSource } from './source.ts';

/** Records in the order of the file, with what the reader already knows of each at the same index. */
export interface RecordBatch {
  readonly records: readonly RecordedWrite[];
  /** Milliseconds since the Unix epoch of each record's `at`. */
  readonly atMs: readonly number[];
  /** Line of each record in the (decompressed) file, from 1. */
  readonly lines: readonly number[];
}

/** Lines that were passed over: how many, and the first of them with their reasons. */
export interface BadLines {
  readonly count: number;
  readonly first: readonly { readonly line: number; readonly reason: string }[];
}

export interface Recording {
  readonly header: RecordingHeader;
  /** All records, once; leaving the loop early closes the file. Throws a data error at the first bad line. */
  readonly batches: AsyncIterable<RecordBatch>;
  /** What `onBadLine: 'skip'` has passed over so far; always empty under `'fail'`. */
  badLines(): BadLines;
  /** Closes the file; needed only when `batches` is not read. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /**
   * `fail` (the default) throws at the first bad line. `skip` passes over lines that are unreadable, invalid or out
   * of order and counts them; such a line leaves no trace in the checks of later ones. A bad header, and compressed
   * data that is damaged or breaks off, are errors all the same: nobody can count what is missing then.
   */
  readonly onBadLine?: 'fail' | 'skip';
  /** The command to suggest for a file that breaks off; a replay when left out, null for none. */
  readonly readOn?: string | null;
}

/** A recording open behind its header. */
export interface OpenRecording {
  readonly header: RecordingHeader;
  readonly source: ByteSource;
  readonly lines: Lines;
}

/**
 * Opens a recording (plain, gzip or zstd, told by its first bytes) and reads its header; `label` is what errors call
 * it. Throws a `GolemError` of kind `data` with file, line and column for whatever the file does wrong, and of kind
 * `unavailable` when the disk does not answer.
 */
export async function openRecording(file: string, label = file): Promise<OpenRecording> {
  const door = doorTo(file);
  const source = await throughDoor(label, () => door.open(file));
  const lines = new Lines(source);
  try {
    return { header: await readHeader(label, source, lines), source, lines };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Opens a recording for a reading of all its records in the order of the file. */
export async function readRecording(file: string, options: ReadOptions = {}): Promise<Recording> {
  const { header, source, lines } = await openRecording(file);
  const bad = { count: 0, first: [] as { line: number; reason: string }[] };
  return {
    header,
    batches: readBatches({
      file,
      source,
      lines,
      header,
      skipped: options.onBadLine === 'skip' ? bad : null,
      readOn: options.readOn,
    }),
    badLines: () => bad,
    close: () => source.close(),
  };
}

async function readHeader(file: string, source: ByteSource, lines: Lines): Promise<RecordingHeader> {
  try {
    await lines.fill();
    const text = lines.next();
    const parsed = headerFault(text);
    if ('fault' in parsed) {
      throw dataError(file, source.compression, lines, parsed.fault);
    }
    return parsed.header;
  } catch (error) {
    throw asDataError(file, source, lines, error);
  }
}

/** A fault of the line just read or of the file, as the error people see. */
function asDataError(file: string, source: ByteSource, lines: Lines, error: unknown): unknown {
  return error instanceof LineFaultError
    ? dataError(file, source.compression, lines, error.fault)
    : readFailure(file, source.compression, lines.line + 1, error);
}

interface Reading {
  readonly file: string;
  readonly source: ByteSource;
  readonly lines: Lines;
  readonly header: RecordingHeader;
  /** Null where the first bad line ends the reading. */
  readonly skipped: { count: number; first: { line: number; reason: string }[] } | null;
  readonly readOn: string | null | undefined;
}

async function* readBatches(reading: Reading): AsyncGenerator<RecordBatch> {
  const { file, source, lines, header, skipped, readOn } = reading;
  const guard = createOrderGuard(header.grouped_by);
  let batch = emptyBatch();
  const refuse = (fault: LineFault): void => {
    if (skipped === null) {
      throw dataError(file, source.compression, lines, fault, readOn);
    }
    skipped.count += 1;
    if (skipped.first.length < MAX_BAD_LINES_KEPT) {
      skipped.first.push({ line: lines.line, reason: fault.reason });
    }
  };
  /** Takes the next line; false when more must be read first. */
  const take = (): boolean => {
    const text = lines.next();
    if (text === null) {
      return false;
    }
    const { record, atMs } = parseTimed(text);
    const wrong = guard.admit(record.user, record.id, record.at, atMs, lines.line);
    if (wrong !== null) {
      throw new LineFaultError({ reason: wrong((line) => `line ${line}`), column: 1 });
    }
    batch.records.push(record);
    batch.atMs.push(atMs);
    batch.lines.push(lines.line);
    return true;
  };
  try {
    for (;;) {
      try {
        while (batch.records.length < BATCH_RECORDS && take()) {}
        if (batch.records.length < BATCH_RECORDS && (await lines.fill())) {
          continue;
        }
      } catch (error) {
        if (error instanceof LineFaultError) {
          refuse(error.fault);
          continue;
        }
        throw readFailure(file, source.compression, lines.line + 1, error);
      }
      if (batch.records.length === 0) {
        return;
      }
      yield batch;
      batch = emptyBatch();
    }
  } finally {
    await source.close();
  }
}

function emptyBatch(): { records: RecordedWrite[]; atMs: number[]; lines: number[] } {
  return { records: [], atMs: [], lines: [] };
}
