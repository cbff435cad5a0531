/**
 * Splits a recording that is grouped by user into several that are: of other people each, as one recording written in
 * several files, or of the same people each, as a file a day. A fleet goes about the two in different ways.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const NEWLINE = 10;
const USER = Buffer.from('"user":"');
const QUOTE = 34;

/** Writes `count` files into a folder and returns their paths; the recording has to fit into memory. */
export function splitRecording(
  file: string,
  count: number,
  by: 'other people' | 'the same people',
  folder: string,
): string[] {
  const bytes = readFileSync(file);
  const headerEnd = bytes.indexOf(NEWLINE) + 1;
  const paths = Array.from({ length: count }, (_, at) =>
    join(folder, `${by.replaceAll(' ', '-')}-${at}.ndjson`),
  );
  const outs = paths.map((path) => openSync(path, 'w'));
  for (const out of outs) writeSync(out, bytes, 0, headerEnd);
  for (const { from, lines } of peopleIn(bytes, headerEnd)) {
    const end = lines.at(-1)!;
    if (by === 'other people') {
      const out = Math.floor((count * (from - headerEnd)) / (bytes.length - headerEnd));
      writeSync(outs[out]!, bytes, from, end - from);
      continue;
    }
    // Each file gets the next few of a person's records, which stand in order of time.
    let begun = from;
    for (const [at, out] of outs.entries()) {
      const until = Math.floor((lines.length * (at + 1)) / count);
      const to = until === 0 ? from : lines[until - 1]!;
      writeSync(out, bytes, begun, to - begun);
      begun = to;
    }
  }
  for (const out of outs) closeSync(out);
  return paths;
}

/** Where a person's records begin, and where each of them ends. */
interface Person {
  readonly from: number;
  readonly lines: number[];
}

function* peopleIn(bytes: Buffer, start: number): Generator<Person> {
  let user: Buffer | null = null;
  let person: Person = { from: start, lines: [] };
  for (let from = start; from < bytes.length; ) {
    const to = bytes.indexOf(NEWLINE, from) + 1;
    const userFrom = bytes.indexOf(USER, from) + USER.length;
    const own = bytes.subarray(userFrom, bytes.indexOf(QUOTE, userFrom));
    if (user !== null && !user.equals(own)) {
      yield person;
      person = { from, lines: [] };
    }
    user = own;
    person.lines.push(to);
    from = to;
  }
  if (person.lines.length > 0) yield person;
}
