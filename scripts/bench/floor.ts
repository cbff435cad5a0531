/**
 * The floor every cost is a multiple of: reading a recording in 1 MB pieces, splitting at newlines and JSON.parse of
 * each line. Nothing that replays recordings in JavaScript can do less.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const PIECE = 1 << 20;
const NEWLINE = 10;

/** Reads, splits and parses; returns the number of lines, so that the work cannot be optimised away. */
export function runFloor(file: string): number {
  const descriptor = openSync(file, 'r');
  const piece = Buffer.allocUnsafe(PIECE);
  let rest = Buffer.alloc(0);
  let lines = 0;
  try {
    for (;;) {
      const bytes = readSync(descriptor, piece, 0, PIECE, null);
      if (bytes === 0) break;
      const data =
        rest.length === 0 ? piece.subarray(0, bytes) : Buffer.concat([rest, piece.subarray(0, bytes)]);
      let start = 0;
      for (;;) {
        const end = data.indexOf(NEWLINE, start);
        if (end < 0) break;
        if (JSON.parse(data.toString('utf8', start, end)) !== null) lines += 1;
        start = end + 1;
      }
      rest = Buffer.from(data.subarray(start));
    }
  } finally {
    closeSync(descriptor);
  }
  return lines;
}
