/**
 * `golem serve`: the migration's reference service on real time, for metrics, for trying requests and for capturing
 * recordings. This file opens the store, listens and drains; the service itself is the migration's.
 */
import { relative } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { countOf } from '../gate/rows.ts';
import type { RunningServer, ServeOptions } from '../migration.ts';
import type { Capture } from '../recording/capture/capture.ts';
import type { CaptureOptions } from '../recording/capture/options.ts';
import {
  addCaptureOptions,
  type CaptureArguments,
  captureOptionsOf,
  describeCapture,
  exitOf,
  PRIVACY_HELP,
} from './capture-options.ts';
import type { CommandContext } from './commands.ts';
import { listenError, parseListen } from './listen.ts';
import type { LoadedConfig } from './load-config.ts';
import type { GlobalOptions, Shell } from './shell.ts';
import { parseStoreChoice, STORE_HELP } from './store-choice.ts';
import { randomIds, systemClock } from './system.ts';

export interface ServeCommandOptions extends CaptureArguments {
  readonly listen: string;
  readonly store: string;
  readonly record?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ServeDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly openCapture: (options: CaptureOptions, env: Shell['env']) => Promise<Capture>;
}

const DOORS: ServeDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  openCapture: async (options, env) => {
    const { captureWrites } = await import('../recording/capture/capture.ts');
    return captureWrites(options, { environment: env });
  },
};

export function defineServe(command: Command, context: CommandContext): void {
  command
    .description(
      'Runs the reference service of the migration until Ctrl-C or SIGTERM, then answers what is in flight and closes. ' +
        'Flags and labels come from the environment.',
    )
    .option('--listen <host:port>', 'where to listen; port 0 takes a free one', '127.0.0.1:8080')
    .option('--store <store>', STORE_HELP, 'pglite')
    .option('--record <file>', 'record what is served, into a file or into a folder of files')
    .addHelpText(
      'after',
      `\nExample:\n  $ DUAL_WRITE_V2=10% golem serve --listen 127.0.0.1:8080 --record served.ndjson\n${PRIVACY_HELP}`,
    );
  addCaptureOptions(command);
  command.action(async (options: ServeCommandOptions) => {
    context.finish(await runServeCommand(options, context.globals(), context.shell));
  });
}

/** Serves until interrupted; resolves to the exit code once everything in flight is answered and stored. */
export async function runServeCommand(
  options: ServeCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: ServeDoors = DOORS,
): Promise<number> {
  const { host, port } = parseListen(options.listen);
  const choice = parseStoreChoice(options.store);
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  const { migration } = config;
  const capture =
    options.record === undefined
      ? null
      : await doors.openCapture(
          {
            ...captureOptionsOf(options.record, options, shell.cwd),
            migration,
            user: 'x-user-id',
            names: config.privacy?.names ?? [],
            source: 'golem serve',
            onDrop: (line) => shell.stderr.write(`${line}\n`),
          },
          shell.env,
        );
  const store = await migration.openStore(choice, 'service');
  const serve: ServeOptions = {
    host,
    port,
    store,
    environment: shell.env,
    clock: systemClock,
    ids: randomIds,
    log: (line) => shell.stderr.write(`${line}\n`),
    ...(capture === null
      ? {}
      : {
          watch: {
            handler: capture.handler,
            upstream: (url, as) => capture.interceptorFor([{ url, as }]),
          },
        }),
  };
  let server: RunningServer;
  try {
    server = await migration.serve(serve);
  } catch (error) {
    await store.close();
    throw listenError(error, options.listen);
  }
  return new Promise((end) => {
    shell.onInterrupt(async () => {
      await server.close();
      await store.close();
      const recorded = await capture?.close();
      if (recorded === undefined) {
        shell.stderr.write('golem: stopped serving\n');
        end(EXIT.pass);
        return EXIT.pass;
      }
      shell.stderr.write(describeCapture(recorded, (path) => relative(shell.cwd, path)));
      const kept = `${countOf(recorded.captured, 'write')} recorded in ${options.record}`;
      shell.stderr.write(`golem: stopped serving, ${kept}\n`);
      end(exitOf(recorded));
      return exitOf(recorded);
    });
    shell.stdout.write(`golem: serving on ${server.url}\n`);
  });
}
