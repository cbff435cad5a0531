/**
 * Whether the users of several files are different people, which decides if their ranges can be replayed side by side.
 * A look at a few places of each file says whether to try it; the users that the ranges were found to hold say whether
 * it was so.
 */
import { doorTo, throughDoor } from '../../recording/doors.ts';
import { findHead, type LineHead } from '../../recording/line-head.ts';
import { LineFaultError, Lines } from '../../recording/lines.ts';
import type { RecordingFile } from '../../recording/recording-set.ts';
import type { ByteRange } from '../../recording/source.ts';
import { UserTable } from '../../recording/user-table.ts';

/** Places looked at in each file: by chance alone, users stand in ascending order at so many once in 120 times. */
const PLACES = 5;
/** Bytes read at a place; a line that does not end within them tells nothing. */
const WINDOW_BYTES = 128 * 1024;

/**
 * True where each file's users go up from place to place and the files follow one another without overlapping, as they
 * do when one recording was written in several files. Files that hold the same people, such as one a day, overlap.
 */
export async function usersLookApart(
  files: readonly Pick<RecordingFile, 'name' | 'label' | 'stamp'>[],
): Promise<boolean> {
  const spans: { readonly first: string; readonly last: string }[] = [];
  for (const file of files) {
    const users = await usersAtPlaces(file);
    const [first, last] = [users[0], users.at(-1)];
    if (first === undefined || last === undefined) return false;
    if (users.some((user, at) => at > 0 && users[at - 1]! > user)) return false;
    spans.push({ first, last });
  }
  spans.sort((one, other) => (one.first < other.first ? -1 : 1));
  return spans.every(({ first }, at) => at === 0 || spans[at - 1]!.last < first);
}

/** The users at some places of a file, first and last among them; none where one of the places does not tell. */
async function usersAtPlaces({
  name,
  label,
  stamp,
}: Pick<RecordingFile, 'name' | 'label' | 'stamp'>): Promise<readonly string[]> {
  const bytes = stamp?.bytes ?? 0;
  const users: string[] = [];
  for (let place = 0; place < PLACES; place++) {
    const from = Math.floor((Math.max(0, bytes - WINDOW_BYTES) * place) / (PLACES - 1));
    const within = await throughDoor(label, () =>
      usersWithin(name, { from, to: Math.min(bytes, from + WINDOW_BYTES) }),
    );
    if (within === null) return [];
    if (place === 0) users.push(within.first);
    users.push(within.last);
  }
  return users;
}

/** The users of the first and the last whole line in a range; null where there is none, or the lines do not tell. */
async function usersWithin(
  name: string,
  range: ByteRange,
): Promise<{ readonly first: string; readonly last: string } | null> {
  const source = await doorTo(name).open(name, range);
  const head: LineHead = { atFrom: 0, userFrom: 0, userTo: 0 };
  try {
    const lines = new Lines(source);
    let first: string | null = null;
    let last: string | null = null;
    do {
      while (lines.advance()) {
        // What the range breaks off, and the header, have no such form.
        if (!findHead(lines.bytes, lines.from, lines.to, head)) continue;
        last = lines.bytes.toString('utf8', head.userFrom, head.userTo);
        first ??= last;
      }
    } while (await lines.fill());
    return first === null || last === null ? null : { first, last };
  } catch (error) {
    if (error instanceof LineFaultError) return null;
    throw error;
  } finally {
    await source.close();
  }
}

/** Holds that nobody is met in two ranges of several files. */
export class UsersApart {
  readonly #table = new UserTable();

  /** Adds the users of one range, as keys; false where one of them was met in another range. */
  add(range: number, keys: Uint32Array): boolean {
    for (let at = 0; at + 1 < keys.length; at += 2) {
      const key = { a: keys[at]!, b: keys[at + 1]! };
      const known = this.#table.get(key);
      if (known >= 0 && known !== range) return false;
      this.#table.set(key, range);
    }
    return true;
  }
}
