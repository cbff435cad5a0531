/**
 * Keeps a command from writing over what somebody has: a recording may exist nowhere else, and a device or a folder is
 * none. A file of its own because every command that makes a recording asks before it begins its work.
 */
import { type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { GolemError } from '../errors.ts';
import { shellQuote } from './look.ts';

/**
 * Throws a usage error when there is a file of this name already, unless `overwrite` says that it may be replaced;
 * what is no file, such as a folder or a device, may never be.
 */
export function refuseExisting(file: string, overwrite: boolean): void {
  const there = whatIsAt(file);
  if (there === undefined || (overwrite && there.isFile())) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'write recording',
    subject: basename(file),
    reason: there.isFile()
      ? 'there is a file of that name already; --overwrite takes its place once the new one is whole'
      : 'what is there is no file, so nothing may take its place',
    place: { file },
    next: `ls -ld ${shellQuote(file)}`,
  });
}

/** Undefined too where it cannot be looked at: writing there then says why. */
function whatIsAt(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
