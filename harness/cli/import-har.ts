/**
 * `golem import har`: what a browser or a proxy saw go by, as a recording. This file reads the command's options and
 * shows the result; understanding entries is the import's.
 */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { ImportHarReport } from '../recording/import/har-report.ts';
import type { ImportHarOptions } from '../recording/import/import-har.ts';
import type { CommandContext } from './commands.ts';
import { addImportOptions, parseOffset, type SharedImportOptions } from './import-options.ts';
import type { LoadedConfig } from './load-config.ts';
import { needed } from './needed-option.ts';
import type { GlobalOptions, Shell } from './shell.ts';

const COMMAND = 'golem import har';

export interface ImportHarCommandOptions extends SharedImportOptions {
  readonly user?: string;
  readonly userHeader?: string;
  readonly userCookie?: string;
  readonly upstream?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ImportHarDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly importHar: (options: ImportHarOptions) => Promise<ImportHarReport>;
}

const DOORS: ImportHarDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  importHar: async (options) => (await import('../recording/import/import-har.ts')).importHar(options),
};

export function defineImportHar(command: Command, context: CommandContext): void {
  command
    .description(
      'Turns HAR files, as browsers and proxies save them, into a recording. Every entry is taken, passed over or ' +
        'reported with its number and reason; no address in a file is ever followed.',
    )
    .argument('<file...>', 'HAR files')
    .option('--user <id>', 'whose requests these are, where nothing else tells')
    .option('--user-header <name>', 'the request header that names the user')
    .option('--user-cookie <name>', 'the cookie that tells users apart; a digest of it is kept')
    .option('--upstream <url>', 'address of the upstream, for files of a proxy that saw the calls to it');
  addImportOptions(command);
  command
    .addHelpText('after', '\nExample:\n  $ golem import har session.har --user u-1 --out session.ndjson')
    .action(async (files: string[], options: ImportHarCommandOptions) => {
      context.finish(await runImportHar(files, options, context.globals(), context.shell));
    });
}

/** Imports the files and shows what was taken; resolves to the exit code. */
export async function runImportHar(
  files: readonly string[],
  options: ImportHarCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ImportHarDoors = DOORS,
): Promise<number> {
  const outFile = needed(options.out, '--out', COMMAND);
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  const imported = await doors.importHar({
    files: files.map((file) => relative(shell.cwd, resolve(shell.cwd, file)) || file),
    outFile,
    env: options.env,
    tzOffsetMinutes: parseOffset(options.tzOffset, COMMAND),
    who: {
      header: options.userHeader ?? null,
      cookie: options.userCookie ?? null,
      user: options.user || null,
    },
    upstream: parseUpstream(options.upstream),
    ...partsOf(config.migration),
    rolloutBucket: config.migration.rolloutBucket,
    strict: options.strict ?? false,
    overwrite: options.overwrite ?? false,
  });
  const { renderImport } = await import('../report/import-report.ts');
  shell.stdout.write(renderImport(imported, { verbose: options.verbose ?? false }));
  return EXIT.pass;
}

function partsOf(migration: Migration): Pick<ImportHarOptions, 'capture' | 'importer'> {
  const { name, capture, exchangeImporter } = migration;
  if (capture && exchangeImporter) return { capture, importer: exchangeImporter };
  throw new GolemError({
    kind: 'usage',
    verb: 'import with the migration',
    subject: name,
    reason: `it has no ${capture ? 'exchangeImporter' : 'capture'}, which says what its writes look like`,
    next: 'golem import csv --help',
  });
}

/** An address without user, password and query; anything else is a usage error that does not repeat it. */
function parseUpstream(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname}`;
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: '--upstream',
    reason: 'expected an address such as https://provider.example/api',
    next: `${COMMAND} --help`,
  });
}
