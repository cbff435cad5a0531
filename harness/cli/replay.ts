/**
 * `golem replay`: recordings of production traffic under the flags someone means to turn on. This file reads the
 * command's options and shows its report, or leaves a shard's tally; the run itself is in `run/`.
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import { countOf } from '../gate/rows.ts';
import type { FlagTexts, Migration } from '../migration.ts';
import type { Report } from '../report/shape.ts';
import type { ReplayOptions, ShardResult } from '../run/replay.ts';
import type { CommandContext } from './commands.ts';
import { flagFault } from './flag-fault.ts';
import { parseFleetUrl } from './fleet-url.ts';
import type { LoadedConfig } from './load-config.ts';
import { startProgress } from './progress.ts';
import { checkPartners, usage } from './replay-partners.ts';
import { watchReplay } from './replay-progress.ts';
import { addRampOptions, parseRamp, type RampOptions } from './ramp-options.ts';
import { addReportOptions, checkReportOptions, publishReport, type ReportOptions } from './report-options.ts';
import { addSelectionOptions, readSelection, type SelectionOptions } from './selection-options.ts';
import type { GlobalOptions, Shell } from './shell.ts';
import { BATCH_HELP, parseStoreChoice, STORE_HELP } from './store-choice.ts';
import { expectFilesAt } from './write-aside.ts';

export interface ReplayCommandOptions extends ReportOptions, SelectionOptions, RampOptions {
  readonly flags: readonly string[];
  readonly store: string;
  readonly storeBatch?: string;
  readonly seed?: string;
  readonly onBadLine: 'fail' | 'skip';
  readonly rules?: string;
  readonly workers?: string;
  readonly onCrash?: 'retry' | 'fail';
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly partBytes?: string;
  readonly checkpointMs?: string;
  /** Where a shard's tally goes. */
  readonly out?: string;
  readonly quiet?: boolean;
  /** Where a fleet meets. */
  readonly distributed?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ReplayDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly runReplay: (options: ReplayOptions) => Promise<Report>;
  readonly runShard: (options: ReplayOptions & { readonly configFile: string }) => Promise<ShardResult>;
  readonly writeTally: (file: string, content: Uint8Array, label: string) => Promise<void>;
}

const DOORS: ReplayDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  runReplay: async (options) => (await import('../run/replay.ts')).runReplay(options),
  runShard: async (options) => (await import('../run/replay.ts')).runShard(options),
  writeTally: async (file, content, label) =>
    (await import('../run/parts/tally-file.ts')).writeTallyFile(file, content, label),
};

export function defineReplay(command: Command, context: CommandContext): void {
  command
    .description(
      'Replays recordings through both write paths as production would run them under the given flags, and judges ' +
        'the differences by the limits of the config. Exit code 0 is pass, 1 is fail, 2 is too little evidence.',
    )
    .argument(
      '<recording...>',
      'recordings: .ndjson, .ndjson.gz or .ndjson.zst, quoted patterns, or - for a pipe; together they are one, a user is one user in all of them',
    )
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
    .option(
      '--seed <text>',
      "what the replay's ids are made from, and what decides who is in a --sample (default: the config's)",
    )
    .addOption(
      new Option(
        '--on-bad-line <what>',
        'a line that does not parse ends the run, or is counted and left out',
      )
        .choices(['fail', 'skip'])
        .default('fail'),
    );
  addRampOptions(addSelectionOptions(command))
    .option('--out <file>', "where the tally of a --shard goes; 'golem merge' makes a report of them")
    .option('--workers <n>', 'threads (default: one a core, and one for recordings under 32 MB)')
    .addOption(
      new Option(
        '--on-crash <what>',
        'a part whose thread crashes is begun anew once, or ends the run (default: retry)',
      ).choices(['retry', 'fail']),
    )
    .option('--checkpoint <folder>', 'keep what is finished there as the replay goes')
    .option('--resume', 'go on from what the --checkpoint folder holds')
    .option(
      '--distributed <postgres-url>',
      "let a fleet replay: processes of 'golem worker' that meet in this database",
    )
    .addOption(new Option('--part-bytes <n>', 'bytes of a part').hideHelp())
    .addOption(new Option('--checkpoint-ms <n>', 'time between two checkpoints').hideHelp())
    .option('--quiet', 'no progress and no findings while it runs');
  addReportOptions(command).addHelpText(
    'after',
    `
Examples:
  $ golem replay september.ndjson.zst --flags DUAL_WRITE_V2=10% --json report.json
  $ golem replay '2025-09-*.ndjson.gz' --sample 10% --ramp 10,50,100 --workers 4
  $ golem replay '2025-09-*.ndjson.gz' --shard 3/16 --out part-3.tally
  $ golem replay big.ndjson --checkpoint .golem/big --resume`,
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
  checkPartners(options, recordings);
  checkReportOptions(options);
  expectFilesAt([options.out, options.json, options.junit], shell.cwd);
  const store = parseStoreChoice(options.store, options.storeBatch);
  const ramp = parseRamp(options);
  const workers = options.workers === undefined ? {} : { workers: parseWorkers(options.workers) };
  const { config, root, file } = await doors.loadConfig(globals.config, shell.cwd);
  const seed = options.seed ?? config.seed;
  const progress = startProgress(shell, { quiet: options.quiet ?? false });
  const watch = watchReplay(progress, shell);
  const asked: ReplayOptions = {
    config,
    root,
    ...(file === undefined ? {} : { configFile: file }),
    cwd: shell.cwd,
    recordings,
    flags: { ...config.settings.base, ...parseFlags(options.flags, config.migration) },
    store,
    seed,
    onBadLine: options.onBadLine,
    ...(options.rules === undefined ? {} : { rules: options.rules.split(',').map((name) => name.trim()) }),
    selection: readSelection(options, seed),
    ramp,
    ...workers,
    ...(options.onCrash === undefined ? {} : { onCrash: options.onCrash }),
    ...(options.distributed === undefined ? {} : { fleet: parseFleetUrl(options.distributed) }),
    ...checkpointOf(options, shell),
    ...partBytesOf(options),
    watch,
  };
  const running = (async () => {
    try {
      if (options.out !== undefined)
        return tellKept(await leaveTally(asked, options.out, shell, doors, progress.clear), options, shell);
      const report = await doors.runReplay(asked);
      progress.clear();
      const exit = await publishReport(report, options, globals, shell);
      return tellKept(report.partial === undefined ? exit : EXIT.interrupted, options, shell);
    } finally {
      progress.clear();
    }
  })();
  shell.onInterrupt(() => {
    watch.stop.putUp();
    progress.say('ending after the users at hand, to say what is known so far; once more ends at once');
    return running;
  });
  return running;
}

/** What an interrupted run kept, told with the way back to it. */
function tellKept(exit: number, { checkpoint }: ReplayCommandOptions, shell: Shell): number {
  if (exit === EXIT.interrupted && checkpoint !== undefined)
    shell.stderr.write(
      `golem: what is finished is kept in ${checkpoint}; the same command with --resume goes on from it\n`,
    );
  return exit;
}

/** Replays a shard and writes its tally; a shard that was interrupted leaves none. */
async function leaveTally(
  asked: ReplayOptions,
  out: string,
  shell: Shell,
  doors: ReplayDoors,
  clear: () => void,
): Promise<number> {
  const { configFile, selection } = asked;
  if (configFile === undefined) throw new Error('a tally needs a config in a file');
  const { content, finished, records, users } = await doors.runShard({ ...asked, configFile });
  clear();
  if (!finished) {
    shell.stdout.write('golem: interrupted · the shard is partial, no tally is left\n');
    return EXIT.interrupted;
  }
  await doors.writeTally(resolve(shell.cwd, out), content, out);
  const { index, of } = selection?.shard ?? { index: 0, of: 1 };
  shell.stdout.write(
    `golem: tally · shard ${index + 1} of ${of}, ${countOf(records, 'record')}, ${countOf(users, 'user')}, ${countOf(content.length, 'byte')} in ${out}\n`,
  );
  return EXIT.pass;
}

function checkpointOf(
  { checkpoint, resume, checkpointMs }: ReplayCommandOptions,
  shell: Shell,
): Pick<ReplayOptions, 'checkpoint'> {
  if (checkpoint === undefined) return {};
  const folder = resolve(shell.cwd, checkpoint);
  const everyMs = checkpointMs === undefined ? undefined : wholeNumber('--checkpoint-ms', checkpointMs);
  return { checkpoint: { folder, label: checkpoint, resume: resume ?? false, everyMs } };
}

/** For tests and benches: how small the parts are that a recording is cut in. No report depends on it. */
function partBytesOf({ partBytes }: ReplayCommandOptions): Pick<ReplayOptions, 'partBytes'> {
  return partBytes === undefined ? {} : { partBytes: wholeNumber('--part-bytes', partBytes) };
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  throw usage(`${option} ${text}`, 'expected a whole number from 1');
}

const MOST_WORKERS = 256;

function parseWorkers(text: string): number {
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw usage(`--workers ${text}`, `expected a number of threads from 1 to ${MOST_WORKERS}`);
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
