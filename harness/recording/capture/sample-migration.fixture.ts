/** A migration of notes, just enough of one for the tests of capture: it knows a write, a key and a bucket. */
import type { WriteRequest } from '../../migration.ts';
import type { CapturedMigration } from './options.ts';

export const sampleMigration: CapturedMigration = {
  rolloutBucket: (user) => user.length,
  capture: {
    isWrite: (method, path) => method === 'POST' && path === '/notes',
    headers: ['content-type', 'idempotency-key'],
    effectiveKey: (user: string, { headers, body }: WriteRequest) =>
      headers['idempotency-key'] ?? `${user} ${JSON.stringify(body)}`,
    reachedPaths: ({ status }) => status < 400 || status >= 500,
  },
};
