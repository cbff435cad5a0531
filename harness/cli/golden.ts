/**
 * `golem golden`: what changed against the accepted outcomes, accepting it with a reason, clearing away what belongs
 * to nothing. This file reads options and shows the result; comparing and writing are the golden folder's.
 */
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import type { AcceptedGolden, GoldenStatus, GoldenWork, PrunedGolden } from '../golden/commands.ts';
import type { currentDocuments } from '../run/outcomes.ts';
import type { PageOptions } from '../report/page.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { needed } from './needed-option.ts';
import { startProgress } from './progress.ts';
import { type GlobalOptions, isContinuousIntegration, type Shell, textWidth, wantsColor } from './shell.ts';
import { parseStoreChoice, STORE_HELP } from './store-choice.ts';

export interface GoldenOptions {
  readonly store?: string;
  readonly verbose?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface GoldenDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly currentDocuments: (
    ...asked: Parameters<typeof currentDocuments>
  ) => Promise<GoldenWork['currentDocuments']>;
  readonly goldenStatus: (work: GoldenWork) => Promise<GoldenStatus>;
  readonly acceptGolden: (
    work: GoldenWork & {
      readonly patterns: readonly string[];
      readonly reason: string;
      readonly ci: boolean;
    },
  ) => Promise<AcceptedGolden>;
  readonly pruneGolden: (work: GoldenWork & { readonly ci: boolean }) => Promise<PrunedGolden>;
}

const DOORS: GoldenDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  currentDocuments: async (...asked) => (await import('../run/outcomes.ts')).currentDocuments(...asked),
  goldenStatus: async (work) => (await import('../golden/commands.ts')).goldenStatus(work),
  acceptGolden: async (work) => (await import('../golden/commands.ts')).acceptGolden(work),
  pruneGolden: async (work) => (await import('../golden/commands.ts')).pruneGolden(work),
};

/** What one of the subcommands does: its text and its exit code. */
export type GoldenTask = (
  doors: GoldenDoors,
  work: GoldenWork & { readonly ci: boolean },
  page: PageOptions,
) => Promise<{ readonly text: string; readonly exit: number }>;

export function defineGolden(command: Command, context: CommandContext): void {
  command
    .description('The accepted outcomes: see what changed, accept it, clear away what belongs to nothing.')
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  $ golem golden status');
  const run = async (task: GoldenTask, options: GoldenOptions): Promise<void> => {
    context.finish(await runGoldenCommand(task, options, context.globals(), context.shell));
  };
  addOptions(command.command('status'))
    .description(
      'Replays every suite and lists the cases whose outcome is not the accepted one. Exit code 1 if there are any.',
    )
    .addHelpText('after', '\nExample:\n  $ golem golden status --verbose')
    .action((options: GoldenOptions) => run(showStatus, options));
  addOptions(command.command('accept'))
    .description('Replays, and makes what was seen the accepted outcome of these cases. Refuses in CI.')
    .argument('[case...]', "cases such as 'everyday/*' or everyday/u-aoi/2025-09-01; all when none is named")
    .option('--reason <text>', 'why the outcomes changed, kept in the files (required)')
    .addHelpText('after', `\nExample:\n  $ golem golden accept 'everyday/*' --reason "rounds half up now"`)
    .action((patterns: string[], options: GoldenOptions & { readonly reason?: string }) =>
      run(acceptTask(patterns, needed(options.reason, '--reason', 'golem golden accept')), options),
    );
  addOptions(command.command('prune'))
    .description('Removes golden files that belong to no replayed case, and pending files. Refuses in CI.')
    .addHelpText('after', '\nExample:\n  $ golem golden prune')
    .action((options: GoldenOptions) => run(prune, options));
}

function addOptions(command: Command): Command {
  return command
    .option('--store <store>', `${STORE_HELP} (default: the config's)`)
    .option('--verbose', 'list everything, however long');
}

/** Loads the config, runs the task and shows its text; resolves to its exit code. */
export async function runGoldenCommand(
  task: GoldenTask,
  options: GoldenOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: GoldenDoors = DOORS,
): Promise<number> {
  const store = options.store === undefined ? null : parseStoreChoice(options.store);
  const { config, root } = await doors.loadConfig(globals.config, shell.cwd);
  const ci = isContinuousIntegration(shell.env);
  const progress = startProgress(shell);
  const page = {
    width: textWidth(shell.stdout, shell.env),
    color: wantsColor(shell.stdout, shell.env, globals),
    verbose: options.verbose ?? false,
  };
  try {
    const replaying = {
      config,
      root,
      store: store ?? { kind: config.store },
      seed: config.seed,
      ci,
      progress: progress.show,
    };
    const work: GoldenWork = {
      root,
      goldenDir: config.golden,
      suites: config.suites,
      // Loaded when it is asked for: in CI, or without a reason, nothing is replayed.
      currentDocuments: async (suites) => (await doors.currentDocuments(replaying))(suites),
    };
    const { text, exit } = await task(doors, { ...work, ci }, page);
    progress.clear();
    shell.stdout.write(text);
    return exit;
  } finally {
    progress.clear();
  }
}

export const showStatus: GoldenTask = async (doors, work, page) => {
  const status = await doors.goldenStatus(work);
  const { renderGoldenStatus } = await import('../report/golden-status.ts');
  return { text: renderGoldenStatus(status, page), exit: status.clean ? EXIT.pass : EXIT.fail };
};

/** Accepting what was seen of the cases that the patterns mean. */
export function acceptTask(patterns: readonly string[], reason: string): GoldenTask {
  return async (doors, work, page) => {
    const accepted = await doors.acceptGolden({ ...work, patterns, reason });
    const { renderAccepted } = await import('../report/golden-status.ts');
    return { text: renderAccepted(accepted, page), exit: EXIT.pass };
  };
}

export const prune: GoldenTask = async (doors, work, page) => {
  const { removed } = await doors.pruneGolden(work);
  const { renderPruned } = await import('../report/golden-status.ts');
  return { text: renderPruned(removed, page), exit: EXIT.pass };
};
