/**
 * Reads a recording as a stream: header, then records in batches, each validated before anyone sees it. This is the
 * boundary behind which every stage trusts a record, and the one place where a line becomes one.
 */
import { BATCH_RECORDS, MAX_BAD_LINES_KEPT, MAX_DEPTH } from './bounds.ts';
import { atFault, dataError, headerFault, readFailure, recordFault, syntaxFault } from './fault.ts';
import type { RecordedWrite, RecordingHeader } from './format.ts';
import { type LineFault, LineFaultError, Lines } from './lines.ts';
import { createOrderGuard } from './order.ts';
import { recordSchema } from './schema.ts';
import { type ByteSource, openSource } from './source.ts';
import { parseAt } from './timestamp.ts';

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
}

/** True when nothing in `value` nests deeper than `levels`; recursion is bounded by the levels. */
function isShallow(value: object, levels: number): boolean {
  if (levels === 0) {
    return false;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const element: unknown = value[index];
      if (typeof element === 'object' && element !== null && !isShallow(element, levels - 1)) {
        return false;
      }
    }
    return true;
  }
  // Parsed JSON has no inherited keys, so that this sees each key once, `__proto__` as an ordinary one.
  for (const key in value) {
    const child = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof child === 'object' && child !== null && !isShallow(child, levels - 1)) {
      return false;
    }
  }
  return true;
}

/** One line as a record; throws the fault of a line that is none. */
function parseRecord(text: string): RecordedWrite {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LineFaultError(syntaxFault(text));
  }
  if (!recordSchema.validate(value)) {
    throw new LineFaultError(recordFault(text, value));
  }
  if (!isShallow(value, MAX_DEPTH)) {
    throw new LineFaultError(syntaxFault(text));
  }
  return value as unknown as RecordedWrite;
}

/**
 * Opens a recording (plain, gzip or zstd, told by its first bytes) and reads its header.
 * Throws a `GolemError` of kind `data` with file, line and column for whatever the file does wrong, and of kind
 * `unavailable` when the disk does not answer.
 */
export async function readRecording(file: string, options: ReadOptions = {}): Promise<Recording> {
  let source: ByteSource;
  try {
    source = await openSource(file);
  } catch (error) {
    throw readFailure(file, 'none', 1, error);
  }
  const lines = new Lines(source);
  let header: RecordingHeader;
  try {
    header = await readHeader(file, source, lines);
  } catch (error) {
    await source.close();
    throw error;
  }
  const bad = { count: 0, first: [] as { line: number; reason: string }[] };
  return {
    header,
    batches: readBatches(file, source, lines, header, options.onBadLine === 'skip' ? bad : null),
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

async function* readBatches(
  file: string,
  source: ByteSource,
  lines: Lines,
  header: RecordingHeader,
  skipped: { count: number; first: { line: number; reason: string }[] } | null,
): AsyncGenerator<RecordBatch> {
  const guard = createOrderGuard(header.grouped_by);
  let batch = emptyBatch();
  const refuse = (fault: LineFault): void => {
    if (skipped === null) {
      throw dataError(file, source.compression, lines, fault);
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
    const record = parseRecord(text);
    const atMs = parseAt(record.at);
    if (Number.isNaN(atMs)) {
      throw new LineFaultError(atFault(text, record.at));
    }
    const reason = guard.admit(record.user, record.id, record.at, atMs, lines.line);
    if (reason !== null) {
      throw new LineFaultError({ reason, column: 1 });
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
