/**
 * Writes a file so that a reader finds the whole of it or none of it: written aside in the same folder, then renamed.
 * A file of its own because every file the command line leaves behind goes through this one door.
 */
import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GolemError } from '../errors.ts';
import { refusalOf } from '../recording/disk-refusal.ts';
import { writeWhole } from '../recording/write-whole.ts';

/**
 * Writes `text` to `path` (absolute), making folders on the way; `shownAs` is the path as the reader gave it.
 * Rejects with kind `usage` where the path cannot be a file, `unavailable` where the disk refuses; then nothing is
 * left behind.
 */
export async function writeAside(path: string, text: string, shownAs: string): Promise<void> {
  try {
    await writeWhole(path, text);
  } catch (error) {
    throw writeError(error, shownAs);
  }
}

/**
 * Refuses names that cannot become files: a folder, or something below a file. Asked before the work whose result goes
 * there, which may take hours; names that are left out and `-` are passed over.
 */
export function expectFilesAt(names: readonly (string | undefined)[], cwd: string): void {
  for (const name of names) {
    if (name === undefined || name === '-') continue;
    const path = resolve(cwd, name);
    if (whatIsAt(path)?.isDirectory()) throw writeError({ code: 'EISDIR' }, name);
    let above = dirname(path);
    while (whatIsAt(above) === undefined && dirname(above) !== above) above = dirname(above);
    if (whatIsAt(above)?.isDirectory() === false) throw writeError({ code: 'ENOTDIR' }, name);
  }
}

function whatIsAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Below a file, or where it cannot be looked at: what is above tells, or writing there does.
    return undefined;
  }
}

function writeError(error: unknown, shownAs: string): GolemError {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  const { reason, next, isName } = refusalOf(shownAs, code, message);
  const kind = isName ? 'usage' : 'unavailable';
  return new GolemError({ kind, verb: 'write', subject: shownAs, reason, next }, { cause: error });
}
