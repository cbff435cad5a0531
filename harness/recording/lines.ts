/**
 * Splits a recording into lines of text. A class, because one buffer, one position and one line number must move
 * together; and a file of its own, because this is the loop whose cost every replay pays. It uses no `readline`:
 * searching the buffer for the newline costs a tenth of parsing the line, `readline` one and a half times as much.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { MAX_LINE_BYTES } from './bounds.ts';
import type { ByteSource } from './source.ts';

const NEWLINE = 10;
const EMPTY = Buffer.alloc(0);

/** What is wrong with one line; `column` counts characters from 1. */
export interface LineFault {
  readonly reason: string;
  readonly column: number;
  /** True when the text ends before what was expected; on a last line without newline this means a truncated file. */
  readonly ended?: boolean;
}

/** Thrown by `next`, which has then moved past the line. */
export class LineFaultError extends Error {
  readonly fault: LineFault;

  constructor(fault: LineFault) {
    super(fault.reason);
    this.name = 'LineFaultError';
    this.fault = fault;
  }
}

/**
 * The lines of one source. Call `next` until it gives null, then `fill`; a false `fill` means that no line is left.
 * Who may pass lines over calls `advance` instead, looks at the bytes, and asks for the `text` of those it wants.
 */
export class Lines {
  /** Number of the line at hand, from 1. */
  line = 0;
  /** True when that line is the last one and had no newline after it. */
  unterminated = false;
  /** The bytes in which the line at hand stands, and where; valid until the next `fill`. */
  bytes: Buffer = EMPTY;
  from = 0;
  to = 0;
  /** Where the line at hand begins, in bytes from the start of the source. */
  offset = 0;

  private readonly source: ByteSource;
  /** The piece at hand, and the part of it that holds whole lines not yet given. */
  private piece: Buffer = EMPTY;
  private start = 0;
  private end = 0;
  /** One look at a whole piece costs next to nothing; only where it fails is each line looked at. */
  private pieceIsUtf8 = true;
  private lineIsUtf8 = true;
  /** Bytes that the source had given before the piece at hand, and with it. */
  private pieceOffset = 0;
  private given = 0;
  /** A line that began in an earlier piece, once it is whole. */
  private crossing: Buffer | null = null;
  private begunOffset = 0;
  private crossingOffset = 0;
  /** The beginning of a line whose end has not come yet. */
  private begun: Buffer[] = [];
  private begunBytes = 0;
  /** True while the rest of an over-long line is being passed over. */
  private passing = false;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** The next line without its newline, or null when more must be read first. Throws a `LineFaultError`. */
  next(): string | null {
    return this.advance() ? this.text() : null;
  }

  /** Moves to the next line; false when more must be read first. */
  advance(): boolean {
    if (this.crossing !== null) {
      this.bytes = this.crossing;
      this.from = 0;
      this.to = this.crossing.length;
      this.offset = this.crossingOffset;
      this.lineIsUtf8 = isUtf8(this.crossing);
      this.crossing = null;
      this.line += 1;
      return true;
    }
    if (this.start >= this.end) {
      return false;
    }
    this.line += 1;
    this.bytes = this.piece;
    this.from = this.start;
    this.offset = this.pieceOffset + this.start;
    this.to = this.piece.indexOf(NEWLINE, this.start);
    this.lineIsUtf8 = this.pieceIsUtf8;
    this.start = this.to + 1;
    return true;
  }

  /** The line at hand. Throws a `LineFaultError` where it is too long to keep or no UTF-8. */
  text(): string {
    return textOf(this.bytes, this.from, this.to, this.lineIsUtf8);
  }

  /** Reads on until at least one more line is whole. Throws a `LineFaultError` for a line that is too long to keep. */
  async fill(): Promise<boolean> {
    for (;;) {
      const piece = await this.source.next();
      if (piece === null) {
        return this.finish();
      }
      const pieceOffset = this.given;
      this.given += piece.length;
      const first = piece.indexOf(NEWLINE);
      if (first === -1) {
        this.begin(piece, pieceOffset);
        continue;
      }
      this.piece = piece;
      this.pieceOffset = pieceOffset;
      this.start = 0;
      if (this.passing || this.begunBytes > 0) {
        this.start = first + 1;
        this.crossing = this.passing ? null : Buffer.concat([...this.begun, piece.subarray(0, first)]);
        this.crossingOffset = this.begunOffset;
        this.passing = false;
        this.begun = [];
        this.begunBytes = 0;
      }
      this.end = piece.lastIndexOf(NEWLINE) + 1;
      this.pieceIsUtf8 = isUtf8(piece.subarray(this.start, this.end));
      if (this.end < piece.length) {
        this.begin(piece.subarray(this.end), pieceOffset + this.end);
      }
      return true;
    }
  }

  /** Keeps the beginning of a line; copied, because the source may use the piece's memory again. */
  private begin(bytes: Buffer, offset: number): void {
    if (this.passing) {
      return;
    }
    if (this.begunBytes === 0) {
      this.begunOffset = offset;
    }
    this.begun.push(Buffer.from(bytes));
    this.begunBytes += bytes.length;
    if (this.begunBytes > MAX_LINE_BYTES) {
      this.passing = true;
      this.begun = [];
      this.begunBytes = 0;
      this.line += 1;
      throw overLong();
    }
  }

  private finish(): boolean {
    this.start = 0;
    this.end = 0;
    if (this.begunBytes === 0) {
      return false;
    }
    this.crossing = Buffer.concat(this.begun);
    this.crossingOffset = this.begunOffset;
    this.begun = [];
    this.begunBytes = 0;
    this.unterminated = true;
    return true;
  }
}

/** A line's text; `utf8` says that its bytes are known to be UTF-8. Throws a `LineFaultError` where it can be none. */
export function textOf(bytes: Buffer, start: number, end: number, utf8: boolean): string {
  if (end - start > MAX_LINE_BYTES) {
    throw overLong();
  }
  if (!utf8 && !isUtf8(bytes.subarray(start, end))) {
    throw new LineFaultError(notUtf8(bytes.subarray(start, end)));
  }
  return bytes.toString('utf8', start, end);
}

function overLong(): LineFaultError {
  const reason = `the line is longer than ${MAX_LINE_BYTES} bytes`;
  return new LineFaultError({ reason, column: 1 });
}

function notUtf8(bytes: Buffer): LineFault {
  const text = bytes.toString('utf8');
  let offset = 0;
  let counted = 0;
  // Decoding puts U+FFFD where a byte is wrong; it is a fault unless the line itself spells U+FFFD there.
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', counted)) {
    offset += Buffer.byteLength(text.slice(counted, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) {
      const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
      // A character cut off at the end leaves at most three of its bytes.
      const ended = offset >= bytes.length - 3;
      return { reason: `expected UTF-8 text, found byte 0x${byte}`, column: at + 1, ended };
    }
    offset += 3;
    counted = at + 1;
  }
  return { reason: 'expected UTF-8 text', column: 1 };
}
