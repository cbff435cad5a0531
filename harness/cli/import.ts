/**
 * `golem import`: files of another format into a recording. This file reads options and shows the result; reading
 * rows and making records are the recording folder's.
 */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import type { ImportOptions, ImportReport } from '../recording/import/import-csv.ts';
import type { CommandContext } from './commands.ts';
import { defineImportHar } from './import-har.ts';
import { defineImportPostgres } from './import-postgres.ts';
import type { LoadedConfig } from './load-config.ts';
import { needed } from './needed-option.ts';
import type { GlobalOptions, Shell } from './shell.ts';

export interface ImportCsvOptions {
  readonly map?: string;
  readonly out?: string;
  readonly strict?: boolean;
  readonly overwrite?: boolean;
  readonly verbose?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ImportDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly importCsv: (options: ImportOptions) => Promise<ImportReport>;
}

const DOORS: ImportDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  importCsv: async (options) => (await import('../recording/import/import-csv.ts')).importCsv(options),
};

const EXAMPLE = '\nExample:\n  $ golem import csv diary-*.csv --map map.yml --out diary.ndjson';

export function defineImport(command: Command, context: CommandContext): void {
  command
    .description('Turns files of another format into a recording.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  defineImportPostgres(command.command('postgres'), context);
  defineImportHar(command.command('har'), context);
  command
    .command('csv')
    .description(
      'Turns CSV files into a recording, as a map says. Every row is taken or reported with its line and reason.',
    )
    .argument('<file...>', 'CSV files')
    .option('--map <file>', 'what the columns mean: a YAML file such as fixtures/maps/*.yml (required)')
    .option('--out <file>', 'the recording to write: .ndjson, .ndjson.gz or .ndjson.zst (required)')
    .option('--strict', 'write nothing and exit 65 when any row is not taken')
    .option('--overwrite', 'take the place of a recording of that name')
    .option('--verbose', 'list every row that was not taken')
    .addHelpText('after', EXAMPLE)
    .action(async (files: string[], options: ImportCsvOptions) => {
      context.finish(await runImportCsv(files, options, context.globals(), context.shell));
    });
}

/** Imports the files and shows what was taken; resolves to the exit code. */
export async function runImportCsv(
  files: readonly string[],
  options: ImportCsvOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ImportDoors = DOORS,
): Promise<number> {
  const mapFile = needed(options.map, '--map', 'golem import csv');
  const outFile = needed(options.out, '--out', 'golem import csv');
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  const imported = await doors.importCsv({
    files: files.map((file) => relative(shell.cwd, resolve(shell.cwd, file)) || file),
    mapFile,
    outFile,
    importer: config.migration.importer,
    rolloutBucket: config.migration.rolloutBucket,
    strict: options.strict ?? false,
    overwrite: options.overwrite ?? false,
  });
  const { renderImport } = await import('../report/import-report.ts');
  shell.stdout.write(renderImport(imported, { verbose: options.verbose ?? false }));
  return EXIT.pass;
}
