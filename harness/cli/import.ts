/**
 * `golem import`: files of another format into a recording. This file reads options and words the result; reading
 * rows and making records are the recording folder's.
 */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import type { ImportReport } from '../recording/import/import-csv.ts';
import type { CommandContext } from './commands.ts';
import { loadConfig } from './load-config.ts';
import type { GlobalOptions, Shell } from './shell.ts';

interface ImportCsvOptions {
  readonly map: string;
  readonly out: string;
  readonly strict?: boolean;
}

/** Refused rows that are spelled out; the rest are counted by reason. */
const SPELLED_OUT = 20;

export function defineImport(command: Command, context: CommandContext): void {
  command.description('Turns files of another format into a recording.');
  command
    .command('csv')
    .description(
      'Turns CSV files into a recording, as a map says. Every row is taken or reported with its line and reason.',
    )
    .argument('<file...>', 'CSV files')
    .requiredOption('--map <file>', 'what the columns mean: a YAML file such as fixtures/maps/*.yml')
    .requiredOption('--out <file>', 'the recording to write: .ndjson, .ndjson.gz or .ndjson.zst')
    .option('--strict', 'write nothing and exit 65 when any row is not taken')
    .addHelpText('after', '\nExample:\n  $ golem import csv diary-*.csv --map map.yml --out diary.ndjson')
    .action(async (files: string[], options: ImportCsvOptions) => {
      context.finish(await runImportCsv(files, options, context.globals(), context.shell));
    });
}

async function runImportCsv(
  files: readonly string[],
  options: ImportCsvOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  const { config } = await loadConfig(globals.config, shell.cwd);
  const { importCsv } = await import('../recording/import/import-csv.ts');
  const report = await importCsv({
    files: files.map((file) => relative(shell.cwd, resolve(shell.cwd, file)) || file),
    mapFile: options.map,
    outFile: options.out,
    importer: config.migration.importer,
    rolloutBucket: config.migration.rolloutBucket,
    strict: options.strict ?? false,
  });
  shell.stdout.write(renderImport(report));
  return EXIT.pass;
}

/** Each file, the first refused rows, the refusals by reason, and the sum that must come out. */
export function renderImport(report: ImportReport): string {
  const lines: string[] = [];
  for (const { file, layout, rows, taken, refused } of report.files) {
    lines.push(
      `${file}: ${taken} of ${rows} rows taken, ${refused} not (layout ${layout ?? 'none: no line'})`,
    );
  }
  for (const { file, line, reason } of report.refused.slice(0, SPELLED_OUT)) {
    lines.push(`  ${file}:${line}: ${reason}`);
  }
  if (report.refused.length > SPELLED_OUT)
    lines.push(`  and ${report.refused.length - SPELLED_OUT} more rows`);
  for (const [reason, count] of Object.entries(report.reasons)) lines.push(`not taken, ${reason}: ${count}`);
  lines.push(
    `golem: imported · ${report.rows} rows = ${report.taken} taken + ${report.refused.length} not taken, ` +
      `${report.records} records of ${report.users} users in ${report.outFile}`,
  );
  return `${lines.join('\n')}\n`;
}
