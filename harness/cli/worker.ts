/**
 * `golem worker`: a process that takes parts of big replays from a queue, anywhere that reaches the database and the
 * recordings. This file reads the options and says what it does; the work is in `run/fleet/`.
 */
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import { countOf } from '../gate/rows.ts';
import type { FleetWork, FleetWorkerOptions } from '../run/fleet/work-for-fleet.ts';
import { makeStopSign } from '../run/parts/stop-sign.ts';
import type { CommandContext } from './commands.ts';
import { parseFleetUrl } from './fleet-url.ts';
import type { LoadedConfig } from './load-config.ts';
import type { GlobalOptions, Shell } from './shell.ts';

export interface WorkerCommandOptions {
  readonly distributed?: string;
  readonly once?: boolean;
  readonly quiet?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface WorkerDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly workForFleet: (options: FleetWorkerOptions) => Promise<FleetWork>;
}

const DOORS: WorkerDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  workForFleet: async (options) => (await import('../run/fleet/work-for-fleet.ts')).workForFleet(options),
};

export function defineWorker(command: Command, context: CommandContext): void {
  command
    .description(
      "Takes parts of the replays that 'golem replay --distributed' asks for and hands in what they leave, until Ctrl-C " +
        'or SIGTERM. Start as many as there are cores, on any machine with the same code and the same recordings. ' +
        'Recordings are read at the paths or s3:// names that the replay was given.',
    )
    .option('--distributed <postgres-url>', 'the database that the fleet meets in (required)')
    .option('--once', 'end as soon as nothing is asked for')
    .option('--quiet', 'say nothing while working')
    .addHelpText('after', '\nExample:\n  $ golem worker --distributed postgres://golem@db.internal/fleet');
  command.action(async (options: WorkerCommandOptions) => {
    context.finish(await runWorkerCommand(options, context.globals(), context.shell));
  });
}

/** Works until told to end; resolves to the exit code. */
export async function runWorkerCommand(
  options: WorkerCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: WorkerDoors = DOORS,
): Promise<number> {
  if (options.distributed === undefined) {
    throw new GolemError({
      kind: 'usage',
      verb: 'run',
      subject: 'golem worker',
      reason: '--distributed is missing: the database that the fleet meets in',
      next: 'golem worker --help',
    });
  }
  const url = parseFleetUrl(options.distributed);
  const { config, root, file } = await doors.loadConfig(globals.config, shell.cwd);
  if (file === undefined) throw new Error('a config that was loaded has a file');
  const stop = makeStopSign();
  let ended: Promise<number> | null = null;
  const finished = Promise.withResolvers<number>();
  shell.onInterrupt(() => {
    stop.putUp();
    ended ??= finished.promise;
    return ended;
  });
  const note = (line: string): void => {
    if (!options.quiet) shell.stderr.write(`${line}\n`);
  };
  try {
    const work = await doors.workForFleet({
      url,
      config,
      configFile: file,
      root,
      once: options.once ?? false,
      stop,
      elapsedMs: () => shell.elapsedMs(),
      note,
    });
    shell.stdout.write(`golem: worked · ${countOf(work.jobs, 'part')}, ${countOf(work.records, 'record')}\n`);
    return EXIT.pass;
  } finally {
    finished.resolve(EXIT.pass);
  }
}
