/**
 * `golem merge`: one report of the tallies that the shards of a replay left. This file reads the command's options and
 * shows the report; the adding up is in `run/`.
 */
import type { Command } from 'commander';
import type { Report } from '../report/shape.ts';
import type { MergeOptions } from '../run/merge.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import { addRampOptions, parseRamp, type RampOptions } from './ramp-options.ts';
import { addReportOptions, checkReportOptions, publishReport, type ReportOptions } from './report-options.ts';
import type { GlobalOptions, Shell } from './shell.ts';
import { expectFilesAt } from './write-aside.ts';

export interface MergeCommandOptions extends ReportOptions, RampOptions {
  readonly partial?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface MergeDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly runMerge: (options: MergeOptions) => Promise<Report>;
}

const DOORS: MergeDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  runMerge: async (options) => (await import('../run/merge.ts')).runMerge(options),
};

export function defineMerge(command: Command, context: CommandContext): void {
  command
    .description(
      'Adds up the tallies of the shards of a replay and judges them as one: the same report as one replay of ' +
        'everything. Refuses tallies of other flags, seeds, rules or code, and a shard that is missing or there twice.',
    )
    .argument('<tally...>', "tallies that 'golem replay --shard i/n --out FILE' left, or quoted patterns")
    .option(
      '--partial',
      'judge what is there where shards are missing; the verdict says so and is never a pass',
    );
  addReportOptions(addRampOptions(command)).addHelpText(
    'after',
    "\nExample:\n  $ golem merge 'part-*.tally' --ramp 10,50,100 --json report.json",
  );
  command.action(async (tallies: string[], options: MergeCommandOptions) => {
    context.finish(await runMergeCommand(tallies, options, context.globals(), context.shell));
  });
}

/** Merges and publishes the report; resolves to the exit code. */
export async function runMergeCommand(
  tallies: readonly string[],
  options: MergeCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: MergeDoors = DOORS,
): Promise<number> {
  checkReportOptions(options);
  expectFilesAt([options.json, options.junit], shell.cwd);
  const ramp = parseRamp(options, 'merge');
  const { config, root, file } = await doors.loadConfig(globals.config, shell.cwd);
  if (file === undefined) throw new Error('tallies need a config in a file');
  const partial = options.partial ?? false;
  const report = await doors.runMerge({
    config,
    configFile: file,
    root,
    tallies,
    cwd: shell.cwd,
    partial,
    ramp,
  });
  return publishReport(report, options, globals, shell);
}
