/**
 * Keeps a command from writing over a recording that somebody has: what is in it may exist nowhere else. A file of
 * its own because every command that makes a recording asks before it begins its work.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { GolemError } from '../errors.ts';
import { shellQuote } from './look.ts';

/** Throws a usage error when there is a file or folder of this name already. */
export function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'write recording',
    subject: basename(file),
    reason: 'there is a file of that name already; --overwrite takes its place once the new one is whole',
    place: { file },
    next: `ls -l ${shellQuote(file)}`,
  });
}
