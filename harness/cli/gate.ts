/**
 * `golem gate`: everything the config names is replayed, compared with its accepted outcomes and judged. This file
 * reads the command's options and shows its report; the run itself is the pipeline's.
 */
import type { Command } from 'commander';
import { GolemError } from '../errors.ts';
import type { GateOptions } from '../pipeline.ts';
import type { Report } from '../report/shape.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { didYouMean } from './nearest.ts';
import { startProgress } from './progress.ts';
import { addReportOptions, checkReportOptions, publishReport, type ReportOptions } from './report-options.ts';
import { type GlobalOptions, isContinuousIntegration, type Shell } from './shell.ts';
import { BATCH_HELP, parseStoreChoice, STORE_HELP } from './store-choice.ts';
import { readToday, TODAY_HELP } from './today.ts';

export interface GateCommandOptions extends ReportOptions {
  readonly store?: string;
  readonly storeBatch?: string;
  readonly seed?: string;
  readonly today?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface GateDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly runGate: (options: GateOptions) => Promise<Report>;
}

const DOORS: GateDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  runGate: async (options) => (await import('../pipeline.ts')).runGate(options),
};

export function defineGate(command: Command, context: CommandContext): void {
  command
    .description(
      'Replays the suites of the config through both write paths, compares every outcome with its golden file, and ' +
        'judges. Exit code 0 is pass, 1 is fail. Writes *.pending.json beside golden files that changed, except in CI.',
    )
    .argument('[suite...]', 'only these suites; the verdict then counts only them')
    .option('--store <store>', `${STORE_HELP} (default: the config's)`)
    .option('--store-batch <rows>', BATCH_HELP)
    .option('--seed <text>', "what the replay's ids are made from (default: the config's)")
    .option('--today <date>', TODAY_HELP);
  addReportOptions(command).addHelpText(
    'after',
    '\nExample:\n  $ golem gate everyday --store memory --json report.json',
  );
  command.action(async (suites: string[], options: GateCommandOptions) => {
    context.finish(await runGateCommand(suites, options, context.globals(), context.shell));
  });
}

/** Runs the gate and publishes its report; resolves to the exit code. */
export async function runGateCommand(
  suites: readonly string[],
  options: GateCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: GateDoors = DOORS,
): Promise<number> {
  checkReportOptions(options);
  const store = options.store === undefined ? null : parseStoreChoice(options.store, options.storeBatch);
  const today = readToday(options.today);
  const { config, root } = await doors.loadConfig(globals.config, shell.cwd);
  checkSuites(
    suites,
    config.suites.map(({ name }) => name),
  );
  const progress = startProgress(shell);
  try {
    const report = await doors.runGate({
      config,
      root,
      suites: [...new Set(suites)],
      store: store ?? parseStoreChoice(config.store, options.storeBatch),
      seed: options.seed ?? config.seed,
      ci: isContinuousIntegration(shell.env),
      today,
      progress: progress.show,
    });
    progress.clear();
    const exit = await publishReport(report, options, globals, shell);
    await (await import('./github-looser.ts')).summariseLooser({ config, root }, options, globals, shell);
    return exit;
  } finally {
    progress.clear();
  }
}

function checkSuites(asked: readonly string[], known: readonly string[]): void {
  for (const suite of asked) {
    if (known.includes(suite)) continue;
    const reason = `the config has no such suite${didYouMean(suite, known)}; it has ${known.join(', ') || 'none'}`;
    throw new GolemError({ kind: 'usage', verb: 'replay', subject: suite, reason });
  }
}
