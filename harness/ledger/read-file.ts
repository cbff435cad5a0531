/**
 * The ledger of expected differences from disk, as the config names it. The one door of this folder to the file system.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GolemError } from '../errors.ts';
import type { Migration } from '../migration.ts';
import { type Ledger, readLedger } from './ledger.ts';

/** Reads the ledger at `file` below `root`. A file that cannot be read is bad input data: exit 65. */
export function readLedgerFile(
  file: string,
  root: string,
  migration: Pick<Migration, 'fields' | 'explain'>,
): Ledger {
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new GolemError(
      {
        kind: 'data',
        verb: 'read the ledger of expected differences',
        subject: file,
        reason: code === 'ENOENT' ? 'the config names it and there is no such file' : (code ?? message),
        place: { file },
        next:
          code === 'ENOENT' ? `git checkout -- ${file}, or take "ledger" out of the config` : `ls -l ${file}`,
      },
      { cause: error },
    );
  }
  const fields = migration.fields.map(({ name }) => name);
  const stages = migration.explain?.stages.map(({ stage }) => stage) ?? null;
  return readLedger(text, file, { fields, stages });
}
