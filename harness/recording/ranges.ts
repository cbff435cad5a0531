/**
 * Cuts a plain file into byte ranges that end between lines, or between users where a user's records stand together, so
 * that threads and machines can read one file side by side and each line is read once.
 */
import { Buffer } from 'node:buffer';
import { doorTo } from './doors.ts';
import { findHead, type LineHead } from './line-head.ts';
import { LineFaultError, Lines } from './lines.ts';
import { parseTimed } from './record-line.ts';
import type { ByteRange } from './source.ts';

const NEWLINE = 10;

/** Where the bytes of a plain file are to be cut. */
export interface Cutting {
  /** What a range is, roughly; a user's records stay in one range however many they are. */
  readonly bytes: number;
  /** `line`: anywhere between two lines. `user`: only where the user changes. */
  readonly between: 'line' | 'user';
}

/** Ranges that hold all lines of a plain file but its header, each once, in the order of the file. */
export async function cutFile(name: string, fileBytes: number, cutting: Cutting): Promise<ByteRange[]> {
  const start = await nextCut(name, { from: 0, to: fileBytes }, 'line');
  const cuts = [start];
  for (let wanted = start + cutting.bytes; wanted < fileBytes; wanted += cutting.bytes) {
    if (wanted <= cuts.at(-1)!) continue;
    const cut = await nextCut(name, { from: wanted, to: fileBytes }, cutting.between);
    if (cut >= fileBytes) break;
    cuts.push(cut);
  }
  return cuts.map((from, index) => ({ from, to: cuts[index + 1] ?? fileBytes }));
}

/** Bytes in which a cut is nearly always found; a user of megabytes takes a second look. */
const WINDOW_BYTES = 256 * 1024;

/** The first place behind `range.from` where a line, or a user, begins; `range.to` where there is none. */
async function nextCut(name: string, range: ByteRange, between: Cutting['between']): Promise<number> {
  const window = { from: range.from, to: Math.min(range.to, range.from + WINDOW_BYTES) };
  if (window.to === range.to) return cutWithin(name, range, between);
  const found = await cutWithin(name, window, between);
  // A line that the window breaks off has no user to go by.
  return found < window.to ? found : cutWithin(name, range, between);
}

/**
 * The line that `from` falls into is passed over, and, for users, all others up to one of another user than that of the
 * first line whose user is known. `range.to` where nothing is found.
 */
async function cutWithin(name: string, range: ByteRange, between: Cutting['between']): Promise<number> {
  const source = await doorTo(name).open(name, range);
  try {
    const lines = new Lines(source);
    let user: Buffer | null = null;
    let isFirst = true;
    for (;;) {
      while (lines.advance()) {
        const begins = range.from + lines.offset;
        if (isFirst) {
          isFirst = false;
          continue;
        }
        if (between === 'line') return begins;
        const found = userOf(lines);
        if (found === null) continue;
        if (user !== null && !user.equals(found)) return begins;
        user ??= found;
      }
      if (!(await fill(lines))) return range.to;
    }
  } finally {
    await source.close();
  }
}

/** The UTF-8 bytes of the user whose line is at hand, in memory of their own; null where it is nobody's. */
function userOf(lines: Lines): Buffer | null {
  const head: LineHead = { atFrom: 0, userFrom: 0, userTo: 0 };
  const { bytes, from, to } = lines;
  if (findHead(bytes, from, to, head)) return Buffer.from(bytes.subarray(head.userFrom, head.userTo));
  try {
    return Buffer.from(parseTimed(lines.text()).record.user);
  } catch (error) {
    if (error instanceof LineFaultError) return null;
    throw error;
  }
}

/** A line too long to keep is nobody's; reading goes on behind it. */
async function fill(lines: Lines): Promise<boolean> {
  for (;;) {
    try {
      return await lines.fill();
    } catch (error) {
      if (!(error instanceof LineFaultError)) throw error;
    }
  }
}

/** How many lines begin before a place in a plain file: what a range's first line comes after. */
export async function countLinesBefore(name: string, place: number): Promise<number> {
  if (place === 0) return 0;
  const source = await doorTo(name).open(name, { from: 0, to: place });
  let count = 0;
  try {
    for (let piece = await source.next(); piece !== null; piece = await source.next())
      for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) count += 1;
  } finally {
    await source.close();
  }
  return count;
}
