/**
 * What every way of reading users one after another has in common: how it is asked, what it counts, and how a fault of
 * a line becomes the error that people see or one more line passed over.
 */
import type { TimedBatch } from '../replayed.ts';
import { dataError, readFailure } from './fault.ts';
import { type LineFault, LineFaultError } from './lines.ts';
import { countLinesBefore } from './ranges.ts';
import type { RecordingFile } from './recording-set.ts';
import { type LeftOut, nothingLeftOut, type Selection } from './selection.ts';
import type { ByteRange } from './source.ts';
import type { UserTable } from './user-table.ts';

export interface ReadingOptions {
  readonly selection: Selection;
  /** The users of a stratified sample; null where it is not stratified. */
  readonly chosen: UserTable | null;
  readonly tzOffsetMinutes: number;
  readonly onBadLine: 'fail' | 'skip';
  /** Asked between users, with the bytes passed so far: true ends the reading there. */
  readonly stop: (bytes: number) => boolean;
}

/** What a reading has counted so far. */
export interface ReadingCounts {
  /** Records handed on. */
  taken: number;
  readonly leftOut: LeftOut;
  badLines: number;
  /** Bytes of recordings passed, as they lie on the disk. */
  bytes: number;
  /** True once it was told to stop and did. */
  stopped: boolean;
}

export function noCounts(): ReadingCounts {
  return { taken: 0, leftOut: nothingLeftOut(), badLines: 0, bytes: 0, stopped: false };
}

/** Users one after another, each whole and in order of time. To be read once. */
export interface UserReading {
  readonly batches: AsyncIterable<TimedBatch>;
  readonly counts: ReadingCounts;
}

/** A stretch of a file: all of it, or a range of its bytes. */
export interface Stretch {
  readonly file: RecordingFile;
  readonly range: ByteRange | null;
}

/** A line by its number within a stretch; in a range the first line is 1, in a whole file that is the header. */
export interface StretchLine {
  readonly line: number;
  readonly unterminated: boolean;
}

/** The number of a line in its whole file. */
export async function lineInFile({ file, range }: Stretch, line: number): Promise<number> {
  return range ? (await countLinesBefore(file.name, range.from)) + line : line;
}

/** A fault that can be worded only once lines are known by their numbers in their files. */
export interface PendingFault extends Omit<LineFault, 'reason'> {
  readonly reason: string | ((say: (line: number) => string) => string);
}

/** The error for a fault of a line of a stretch; other lines of the same stretch are named by number alone. */
export async function stretchError(stretch: Stretch, at: StretchLine, fault: PendingFault): Promise<Error> {
  const { label, compression } = stretch.file;
  const line = await lineInFile(stretch, at.line);
  const { reason } = fault;
  const said = typeof reason === 'string' ? reason : reason((other) => `line ${other + line - at.line}`);
  return dataError(label, compression, { line, unterminated: at.unterminated }, { ...fault, reason: said });
}

/** An error of the disk or of decompression, as people see it. */
export async function stretchFailure(stretch: Stretch, line: number, error: unknown): Promise<unknown> {
  return readFailure(stretch.file.label, stretch.file.compression, await lineInFile(stretch, line), error);
}

/** Thrown for a record that may not stand where it does. */
export class OrderFaultError extends LineFaultError {
  readonly pending: PendingFault;

  constructor(reason: (say: (line: number) => string) => string) {
    super({ reason: 'out of order', column: 1 });
    this.pending = { reason, column: 1 };
  }
}

/** Says of a line with two users which one the reader went by. */
export const TWO_USERS: LineFault = { reason: '"user" stands twice in the record', column: 1 };
