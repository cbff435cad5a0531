/**
 * `golem import postgres`: what production stored, as a recording. This file reads the command's options and shows
 * the result; the database is the import's.
 */
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { DatabaseImporter, Migration } from '../migration.ts';
import type { ImportPostgresOptions, ImportPostgresReport } from '../recording/import/import-postgres.ts';
import type { CommandContext } from './commands.ts';
import { addImportOptions, parseOffset, type SharedImportOptions } from './import-options.ts';
import type { LoadedConfig } from './load-config.ts';
import { needed } from './needed-option.ts';
import { startProgress } from './progress.ts';
import type { GlobalOptions, Shell } from './shell.ts';

const COMMAND = 'golem import postgres';

export interface ImportPostgresCommandOptions extends SharedImportOptions {
  readonly since?: string;
  readonly until?: string;
  readonly users?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ImportPostgresDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly importPostgres: (options: ImportPostgresOptions) => Promise<ImportPostgresReport>;
}

const DOORS: ImportPostgresDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  importPostgres: async (options) =>
    (await import('../recording/import/import-postgres.ts')).importPostgres(options),
};

export function defineImportPostgres(command: Command, context: CommandContext): void {
  command
    .description(
      'Turns what production stored in PostgreSQL into a recording. The database is read in one transaction that ' +
        'can write nothing.',
    )
    .argument(
      '[url]',
      "the database: postgres://user@host:port/database (default: the environment's DATABASE_URL)",
    )
    .option('--since <time>', 'the first moment taken: 2025-09-01 or 2025-09-01T07:30:00Z')
    .option('--until <time>', 'the first moment no longer taken')
    .option('--users <ids>', 'only these users, comma between them');
  addImportOptions(command);
  command
    .addHelpText(
      'after',
      '\nExample:\n  $ golem import postgres postgres://reader@db/app --since 2025-09-01 --tz-offset 540 --out september.ndjson.zst',
    )
    .action(async (url: string | undefined, options: ImportPostgresCommandOptions) => {
      context.finish(await runImportPostgres(url, options, context.globals(), context.shell));
    });
}

/** Imports the database's rows and shows what was taken; resolves to the exit code. */
export async function runImportPostgres(
  given: string | undefined,
  options: ImportPostgresCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ImportPostgresDoors = DOORS,
): Promise<number> {
  const url = needed(given ?? shell.env.DATABASE_URL, 'URL of the database', COMMAND);
  const outFile = needed(options.out, '--out', COMMAND);
  const range = {
    since: momentOf('--since', options.since),
    until: momentOf('--until', options.until),
    users: usersOf(options.users),
  };
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  const progress = startProgress(shell);
  const interruption = new AbortController();
  const ended = Promise.withResolvers<void>();
  shell.onInterrupt(async () => {
    interruption.abort();
    // The command itself says that it was interrupted, once what it had begun to write is gone.
    await ended.promise;
    return EXIT.interrupted;
  });
  try {
    const imported = await doors.importPostgres({
      url,
      range,
      outFile,
      env: options.env,
      tzOffsetMinutes: parseOffset(options.tzOffset, COMMAND),
      importer: importerOf(config.migration),
      rolloutBucket: config.migration.rolloutBucket,
      strict: options.strict ?? false,
      overwrite: options.overwrite ?? false,
      progress: progress.show,
      signal: interruption.signal,
    });
    progress.clear();
    const { renderImport } = await import('../report/import-report.ts');
    shell.stdout.write(renderImport(imported, { verbose: options.verbose ?? false }));
    return EXIT.pass;
  } finally {
    progress.clear();
    ended.resolve();
  }
}

function importerOf({ name, databaseImporter }: Migration): DatabaseImporter {
  if (databaseImporter) return databaseImporter;
  throw new GolemError({
    kind: 'usage',
    verb: 'import with the migration',
    subject: name,
    reason: 'it has no databaseImporter, which says how writes are read back out of its tables',
    next: 'golem import csv --help',
  });
}

/** A date, which begins at midnight UTC, or an instant with its zone. */
function momentOf(option: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/;
  const ms = form.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  const reason = 'expected a date such as 2025-09-01 or a time such as 2025-09-01T07:30:00Z';
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: `${option} ${text}`,
    reason,
    next: `${COMMAND} --help`,
  });
}

function usersOf(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const users = text.split(',').filter((user) => user !== '');
  if (users.length > 0) return users;
  throw new GolemError({ kind: 'usage', verb: 'read', subject: '--users', reason: 'it names nobody' });
}
