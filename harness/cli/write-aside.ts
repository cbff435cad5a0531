/**
 * Writes a file so that a reader finds the whole of it or none of it: written aside in the same folder, then renamed.
 * A file of its own because every file the command line leaves behind goes through this one door.
 */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GolemError } from '../errors.ts';

/**
 * Writes `text` to `path` (absolute), making folders on the way; `shownAs` is the path as the reader gave it.
 * Rejects with kind `usage` where the path cannot be a file, `unavailable` where the disk refuses; then nothing is
 * left behind.
 */
export async function writeAside(path: string, text: string, shownAs: string): Promise<void> {
  const aside = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(aside, 'w');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw writeError(error, shownAs);
  }
}

function writeError(error: unknown, shownAs: string): GolemError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reasons: Readonly<Record<string, string>> = {
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'a part of the path is a file',
    ENAMETOOLONG: 'the name is too long',
    ENOENT: 'no file can be made there',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  const isUsage = ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG'].includes(code);
  return new GolemError(
    {
      kind: isUsage ? 'usage' : 'unavailable',
      verb: 'write',
      subject: shownAs,
      reason: reasons[code] ?? (error instanceof Error ? error.message : String(error)),
    },
    { cause: error },
  );
}
