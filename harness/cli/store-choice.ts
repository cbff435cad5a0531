/**
 * Reads `--store` as a person types it. A file of its own because every command that replays or serves takes it.
 */
import { GolemError } from '../errors.ts';
import type { StoreChoice } from '../migration.ts';

export const STORE_HELP = 'memory, pglite (PostgreSQL inside this process) or postgres://user@host/database';

/** `memory`, `pglite` or a PostgreSQL URL; anything else is a usage error that does not repeat a URL's password. */
export function parseStoreChoice(text: string): StoreChoice {
  if (text === 'memory' || text === 'pglite') return { kind: text };
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgres', url: text };
  const shown = text.includes('@') ? text.replace(/:\/\/.*@/, '://***@') : text;
  throw new GolemError({
    kind: 'usage',
    verb: 'use the store',
    subject: shown,
    reason: `expected ${STORE_HELP}`,
  });
}
