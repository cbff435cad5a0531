/**
 * What a disk's refusal to take a file means, and the command that looks into it. A file of its own because recordings,
 * tallies, reports and lines set aside are all written somewhere, and people read about it in the same words.
 */
import { dirname } from 'node:path';
import { shellQuote } from './look.ts';

export interface DiskRefusal {
  readonly reason: string;
  readonly next: string;
  /** True where the name cannot be a file's, whatever the disk. */
  readonly isName: boolean;
}

/** The meaning of a system error from writing `file`; null for anything but a system error. */
export function diskRefusal(file: string, error: unknown): DiskRefusal | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  return refusalOf(file, String(error.code), error.message);
}

/** The same for the code of a system error; `message` is shown of those that have no words here. */
export function refusalOf(file: string, code: string, message: string): DiskRefusal {
  const folder = shellQuote(dirname(file));
  const space = `df -h ${folder}`;
  const rights = `ls -ld ${folder}`;
  const known: Readonly<Record<string, readonly [reason: string, next: string]>> = {
    ENOSPC: ['the disk is full', space],
    EDQUOT: ['your quota on this disk is used up', space],
    EFBIG: [
      'it grew larger than a file may be here, by the limit of this shell or of the file system',
      `ulimit -f unlimited; df -hT ${folder}`,
    ],
    EACCES: ['permission denied', rights],
    EPERM: ['permission denied', rights],
    EROFS: ['the file system is read-only', space],
    ENOENT: ['no file can be made there', rights],
    EISDIR: ['it is a folder', `ls -ld ${shellQuote(file)}`],
    ENOTDIR: ['a part of the path is a file', rights],
    EEXIST: ['a part of the path is a file', rights],
    ENAMETOOLONG: ['the name is too long', rights],
  };
  const [reason, next] = known[code] ?? [
    `the system answered ${message.replace(/ '.*$/, '')}`,
    `${rights}; ${space}`,
  ];
  return { reason, next, isName: ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG'].includes(code) };
}
