/**
 * Makes a recording as many times as large: the same people again and again under other names, which costs a copy and
 * not a generation. Keys and buckets no longer follow from the names, so the copy says that it is anonymised.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const PIECE = 1 << 22;
const NEWLINE = 10;
const USER = Buffer.from('"user":"');

/** Writes `times` copies of a plain recording that is grouped by user; one that is not `grouped` does not say so. */
export function multiplyRecording(
  file: string,
  times: number,
  out: string,
  { grouped = true }: { readonly grouped?: boolean } = {},
): void {
  const from = openSync(file, 'r');
  const to = openSync(out, 'w');
  const piece = Buffer.allocUnsafe(PIECE);
  try {
    for (let copy = 0; copy < times; copy++) {
      const name = Buffer.from(`c${copy}-`);
      let rest: Buffer = Buffer.alloc(0);
      let isHeader = true;
      for (let place = 0; ; ) {
        const bytes = readSync(from, piece, 0, PIECE, place);
        if (bytes === 0) break;
        place += bytes;
        const data = Buffer.concat([rest, piece.subarray(0, bytes)]);
        const lines: Buffer[] = [];
        let start = 0;
        for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
          const line = data.subarray(start, end + 1);
          if (isHeader) {
            const header = { ...JSON.parse(line.toString('utf8')), anonymised: true };
            if (!grouped) delete header.grouped_by;
            if (copy === 0) lines.push(Buffer.from(`${JSON.stringify(header)}\n`));
            isHeader = false;
          } else {
            const user = line.indexOf(USER) + USER.length;
            lines.push(line.subarray(0, user), name, line.subarray(user));
          }
          start = end + 1;
        }
        rest = Buffer.from(data.subarray(start));
        writeSync(to, Buffer.concat(lines));
      }
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
}
