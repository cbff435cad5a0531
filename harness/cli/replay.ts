/**
 * `golem replay`: recordings of production traffic under the flags someone means to turn on. This file reads the
 * command's options and shows its report; the run itself is the pipeline's.
 */
import { type Command, Option } from 'commander';
import { GolemError } from '../errors.ts';
import type { FlagTexts, Migration } from '../migration.ts';
import type { ReplayOptions } from '../run/replay.ts';
import type { Report } from '../report/shape.ts';
import type { CommandContext } from './commands.ts';
import { flagFault } from './flag-fault.ts';
import type { LoadedConfig } from './load-config.ts';
import { startProgress } from './progress.ts';
import { addReportOptions, checkReportOptions, publishReport, type ReportOptions } from './report-options.ts';
import type { GlobalOptions, Shell } from './shell.ts';
import { BATCH_HELP, parseStoreChoice, STORE_HELP } from './store-choice.ts';

export interface ReplayCommandOptions extends ReportOptions {
  readonly flags: readonly string[];
  readonly store: string;
  readonly storeBatch?: string;
  readonly seed?: string;
  readonly onBadLine: 'fail' | 'skip';
  readonly rules?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ReplayDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly runReplay: (options: ReplayOptions) => Promise<Report>;
}

const DOORS: ReplayDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  runReplay: async (options) => (await import('../run/replay.ts')).runReplay(options),
};

export function defineReplay(command: Command, context: CommandContext): void {
  command
    .description(
      'Replays recordings through both write paths as production would run them under the given flags, and judges ' +
        'the differences by the limits of the config. Exit code 0 is pass, 1 is fail, 2 is too little evidence.',
    )
    .argument('<recording...>', 'recordings: .ndjson, .ndjson.gz or .ndjson.zst')
    .addOption(
      new Option('--flags <name=value>', 'a flag of the migration; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, ...text.split(',')])
        .default([], 'the settings.base of the config'),
    )
    .option(
      '--rules <names>',
      "rule sets whose alerts are emulated, comma between them (default: the config's)",
    )
    .option('--store <store>', STORE_HELP, 'memory')
    .option('--store-batch <rows>', BATCH_HELP)
    .option('--seed <text>', "what the replay's ids are made from (default: the config's)")
    .addOption(
      new Option(
        '--on-bad-line <what>',
        'a line that does not parse ends the run, or is counted and left out',
      )
        .choices(['fail', 'skip'])
        .default('fail'),
    );
  addReportOptions(command).addHelpText(
    'after',
    '\nExample:\n  $ golem replay september.ndjson.zst --flags DUAL_WRITE_V2=10% --json report.json',
  );
  command.action(async (recordings: string[], options: ReplayCommandOptions) => {
    context.finish(await runReplayCommand(recordings, options, context.globals(), context.shell));
  });
}

/** Runs the replay and publishes its report; resolves to the exit code. */
export async function runReplayCommand(
  recordings: readonly string[],
  options: ReplayCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ReplayDoors = DOORS,
): Promise<number> {
  checkReportOptions(options);
  const store = parseStoreChoice(options.store, options.storeBatch);
  const { config, root } = await doors.loadConfig(globals.config, shell.cwd);
  const flags = { ...config.settings.base, ...parseFlags(options.flags, config.migration) };
  const progress = startProgress(shell);
  try {
    const report = await doors.runReplay({
      config,
      root,
      recordings,
      flags,
      store,
      seed: options.seed ?? config.seed,
      onBadLine: options.onBadLine,
      ...(options.rules === undefined ? {} : { rules: options.rules.split(',') }),
      progress: progress.show,
    });
    progress.clear();
    return await publishReport(report, options, globals, shell);
  } finally {
    progress.clear();
  }
}

/** Reads `NAME=VALUE` texts; a name or value that the migration does not know is a usage error. */
export function parseFlags(texts: readonly string[], migration: Migration): FlagTexts {
  const flags: Record<string, string> = {};
  for (const text of texts) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const refuse = (reason: string): GolemError =>
      new GolemError({
        kind: 'usage',
        verb: 'set the flag',
        subject: text,
        reason,
        next: 'golem replay --help',
      });
    if (name === '') throw refuse('expected NAME=VALUE, such as DUAL_WRITE_V2=10%');
    if (name in flags && flags[name] !== value) throw refuse(`it is already set to ${flags[name]}`);
    const fault = flagFault(migration, name, value);
    if (fault !== null) throw refuse(fault);
    flags[name] = value;
  }
  return flags;
}
