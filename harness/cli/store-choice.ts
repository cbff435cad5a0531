/**
 * Reads `--store` as a person types it. A file of its own because every command that replays or serves takes it.
 */
import { GolemError } from '../errors.ts';
import type { StoreChoice } from '../migration.ts';

export const STORE_HELP = 'memory, pglite (PostgreSQL inside this process) or postgres://user@host/database';

export const BATCH_HELP =
  'rows that a database gets in one statement; 1 writes row by row, as production does (default: 2500)';

/**
 * `memory`, `pglite` or a PostgreSQL URL; anything else is a usage error that does not repeat a URL's password.
 * `batch` is the text of `--store-batch`, a whole number from 1.
 */
export function parseStoreChoice(text: string, batch?: string): StoreChoice {
  const size = batch === undefined ? {} : { rowsPerBatch: parseBatch(batch) };
  if (text === 'memory') return { kind: text };
  if (text === 'pglite') return { kind: text, ...size };
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgres', url: text, ...size };
  const shown = text.includes('@') ? text.replace(/:\/\/.*@/, '://***@') : text;
  throw new GolemError({
    kind: 'usage',
    verb: 'use the store',
    subject: shown,
    reason: `expected ${STORE_HELP}`,
  });
}

function parseBatch(text: string): number {
  const rows = Number(text);
  if (/^\d{1,6}$/.test(text) && rows >= 1) return rows;
  throw new GolemError({
    kind: 'usage',
    verb: 'write in batches of',
    subject: text,
    reason: 'expected a whole number of rows from 1 to 999999',
    next: 'golem replay --help',
  });
}
