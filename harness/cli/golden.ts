/**
 * `golem golden`: what changed against the accepted outcomes, accepting it with a reason, clearing away what belongs
 * to nothing. This file reads options and shows the result; comparing and writing are the golden folder's.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CaseChange } from '../golden/work.ts';
import type { replayedGolden } from '../run/golden-cases.ts';
import type { CommandContext } from './commands.ts';
import {
  type AcceptOptions,
  acceptTask,
  type CauseOptions,
  type GoldenDoors,
  type GoldenOptions,
  type GoldenTask,
  prune,
  rejectTask,
  type StatusOptions,
  statusTask,
} from './golden-tasks.ts';
import { configName } from './load-config.ts';
import { needed } from './needed-option.ts';
import { startProgress } from './progress.ts';
import { type GlobalOptions, isContinuousIntegration, type Shell, textWidth, wantsColor } from './shell.ts';
import { parseStoreChoice, STORE_HELP } from './store-choice.ts';

const DOORS: GoldenDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  replayedGolden: async (...asked) => (await import('../run/golden-cases.ts')).replayedGolden(...asked),
  looserSince: async (...asked) => (await import('./golden-looser.ts')).looserSince(...asked),
  goldenStatus: async (work) => (await import('../golden/commands.ts')).goldenStatus(work),
  acceptGolden: async (work) => (await import('../golden/accept.ts')).acceptGolden(work),
  rejectGolden: async (work) => (await import('../golden/reject.ts')).rejectGolden(work),
  pruneGolden: async (work) => (await import('../golden/commands.ts')).pruneGolden(work),
};

const CASES_HELP = "cases such as 'everyday/*' or everyday/u-aoi/2025-09-01; all when none is named";
const ACCEPT_EXAMPLES = `
Examples:
  $ golem golden accept 'everyday/*' --reason "rounds half up now"
  $ golem golden accept --cause c-89b6302f --reason "oil absorption 10% → 8%"`;

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
    .option(
      '--base <ref>',
      'instead, list what is looser than at this commit or branch; exit code 0, nothing is replayed',
    )
    .option('--fail-on-looser', 'with --base: exit code 1 if anything is')
    .addHelpText(
      'after',
      '\nExamples:\n  $ golem golden status --verbose\n  $ golem golden status --base origin/main',
    )
    .action((options: StatusOptions) => run(statusTask(options), options));
  addOptions(command.command('review'))
    .description(
      'Replays, and shows what is not as accepted on a full screen, cause by cause: accept, reject or skip. Needs a ' +
        'terminal; refuses in CI.',
    )
    .option(
      '--reason <text>',
      'why the outcomes changed, for all that is accepted (asked for when not given)',
    )
    .addHelpText('after', '\nExample:\n  $ golem golden review')
    .action(async (options: GoldenOptions & { readonly reason?: string }) => {
      const { reviewTask } = await import('./golden-review.ts');
      await run(reviewTask(options.reason ?? ''), options);
    });
  addOptions(command.command('accept'))
    .description('Replays, and makes what was seen the accepted outcome of these cases. Refuses in CI.')
    .argument('[case...]', CASES_HELP)
    .option('--cause <id>', 'only cases of this cause, as status lists them; may be repeated', collect)
    .option('--reason <text>', 'why the outcomes changed, kept in the files (required)')
    .option('--allow-fewer-cases', 'also remove golden files of cases that are no longer replayed')
    .option('--allow-looser', 'accept several cases although limits are looser than at HEAD')
    .addHelpText('after', ACCEPT_EXAMPLES)
    .action((patterns: string[], options: AcceptOptions) =>
      run(acceptTask(patterns, options, needed(options.reason, '--reason', 'golem golden accept')), options),
    );
  addOptions(command.command('reject'))
    .description(
      'Removes the pending files of these cases; what is accepted stays as it is. Replays only to find a cause. ' +
        'Refuses in CI.',
    )
    .argument('[case...]', CASES_HELP)
    .option('--cause <id>', 'only cases of this cause, as status lists them; may be repeated', collect)
    .addHelpText('after', "\nExample:\n  $ golem golden reject 'everyday/*'")
    .action((patterns: string[], options: CauseOptions) => run(rejectTask(patterns, options), options));
  addOptions(command.command('prune'))
    .description('Removes golden files that belong to no replayed case, and pending files. Refuses in CI.')
    .addHelpText('after', '\nExample:\n  $ golem golden prune')
    .action((options: GoldenOptions) => run(prune, options));
}

/** Values of an option that may be repeated. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
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
  const present = { config, root, file: resolve(shell.cwd, configName(globals.config, shell.cwd) ?? '') };
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
    let replayed: ReturnType<typeof replayedGolden> | null = null;
    const work = {
      root,
      goldenDir: config.golden,
      suites: config.suites,
      // Loaded when it is asked for: in CI, or without a reason, nothing is replayed.
      currentDocuments: async (suites: readonly string[]) => {
        replayed ??= await doors.replayedGolden(replaying);
        return replayed.currentDocuments(suites);
      },
      findCauses: (changes: readonly CaseChange[]) => replayed?.findCauses(changes) ?? [],
      ci,
    };
    const { text, exit } = await task({
      doors,
      config,
      present,
      work,
      page,
      shell,
      clearProgress: progress.clear,
    });
    progress.clear();
    shell.stdout.write(text);
    return exit;
  } finally {
    progress.clear();
  }
}
