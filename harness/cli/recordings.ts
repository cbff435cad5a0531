/**
 * `golem recordings stat`: what recordings cover, and which of the strata that the config requires hold too little.
 * This file reads the command's options and shows the result; counting is the coverage folder's.
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT } from '../errors.ts';
import type { CoverageReport } from '../report/coverage.ts';
import type { coverRecordings } from '../run/coverage.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { startProgress } from './progress.ts';
import { parseFlags } from './replay.ts';
import { type GlobalOptions, type Shell, textWidth } from './shell.ts';
import { writeAside } from './write-aside.ts';

export interface RecordingsStatOptions {
  readonly flags: readonly string[];
  readonly onBadLine: 'fail' | 'skip';
  readonly json?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface RecordingsDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly coverRecordings: typeof coverRecordings;
}

const DOORS: RecordingsDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  coverRecordings: async (options) => (await import('../run/coverage.ts')).coverRecordings(options),
};

export function defineRecordings(command: Command, context: CommandContext): void {
  const example = '\nExample:\n  $ golem recordings stat fixtures/*/recording.ndjson';
  command
    .description('Recordings by themselves: what they cover.')
    .helpCommand(false)
    .addHelpText('after', example);
  command
    .command('stat')
    .description(
      'Counts what recordings cover, replaying them in memory: guards, words, slots, sizes, users and days, and which ' +
        'of the strata that the config requires hold too few records. The gate judges by the same counts.',
    )
    .argument('<recording...>', 'recordings: .ndjson, .ndjson.gz or .ndjson.zst')
    .addOption(
      new Option('--flags <name=value>', 'a flag of the migration; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, ...text.split(',')])
        .default([], 'the settings.base of the config'),
    )
    .addOption(
      new Option(
        '--on-bad-line <what>',
        'a line that does not parse ends the run, or is counted and left out',
      )
        .choices(['fail', 'skip'])
        .default('fail'),
    )
    .option('--json <file>', 'write the counts as JSON; - is standard output')
    .addHelpText('after', example)
    .action(async (recordings: string[], options: RecordingsStatOptions) => {
      context.finish(await runRecordingsStat(recordings, options, context.globals(), context.shell));
    });
}

/** Replays, counts and shows; resolves to the exit code, which is 0 however little is covered. */
export async function runRecordingsStat(
  recordings: readonly string[],
  options: RecordingsStatOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: RecordingsDoors = DOORS,
): Promise<number> {
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  const { Coverage } = await import('../coverage/coverage.ts');
  const { requiredStrata } = await import('../coverage/requirements.ts');
  const { coverageJson, renderCoverage } = await import('../report/coverage.ts');
  const progress = startProgress(shell);
  try {
    const covered = await doors.coverRecordings({
      config,
      recordings,
      flags: { ...config.settings.base, ...parseFlags(options.flags, config.migration) },
      seed: config.seed,
      onBadLine: options.onBadLine,
      progress: progress.show,
    });
    const whole = new Coverage(config.migration);
    for (const { coverage } of covered) whole.merge(coverage);
    const required = requiredStrata(config.coverage?.require ?? {}, whole);
    const report: CoverageReport = { recordings: covered, whole, required };
    progress.clear();
    const toOutput = options.json === '-';
    const reader = toOutput ? shell.stderr : shell.stdout;
    reader.write(renderCoverage(report, textWidth(reader, shell.env)));
    if (toOutput) shell.stdout.write(coverageJson(report));
    else if (options.json !== undefined) {
      await writeAside(resolve(shell.cwd, options.json), coverageJson(report), options.json);
    }
    return EXIT.pass;
  } finally {
    progress.clear();
  }
}
