/** Hands the run's shared PostgreSQL to a block of tests; `global-setup.ts` says when there is none. */
import { describe, inject } from 'vitest';

/** A `describe` whose body gets the server's URL; skipped where the run has no server, which CI does not allow. */
export function describeWithPostgres(title: string, body: (url: string) => void): void {
  const url = inject('postgresUrl');
  describe.skipIf(url === null)(title, () => body(url ?? ''));
}
