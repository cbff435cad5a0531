/**
 * `golem serve`: the migration's reference service on real time, for metrics, for trying requests and for capturing
 * recordings. This file opens the store, listens and drains; the service itself is the migration's.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import { countOf } from '../gate/rows.ts';
import type { RunningServer, ServedWrite, ServeOptions } from '../migration.ts';
import type { CommandContext } from './commands.ts';
import type { LoadedConfig } from './load-config.ts';
import type { GlobalOptions, Shell } from './shell.ts';
import { parseStoreChoice, STORE_HELP } from './store-choice.ts';
import { randomIds, systemClock } from './system.ts';

export interface ServeCommandOptions {
  readonly listen: string;
  readonly store: string;
  readonly record?: string;
}

/** Where served writes go to become a recording. */
export interface Capture {
  readonly add: (served: ServedWrite) => void;
  /** Writes the recording out whole; resolves to the number of its records. */
  readonly finish: () => Promise<number>;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface ServeDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly openCapture: (path: string, env: Shell['env'], nowMs: number) => Promise<Capture>;
}

const DOORS: ServeDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  openCapture: async (...asked) => (await import('./capture-file.ts')).openCapture(...asked),
};

export function defineServe(command: Command, context: CommandContext): void {
  command
    .description(
      'Runs the reference service of the migration until Ctrl-C or SIGTERM, then answers what is in flight and closes. ' +
        'Flags and labels come from the environment.',
    )
    .option('--listen <host:port>', 'where to listen; port 0 takes a free one', '127.0.0.1:8080')
    .option('--store <store>', STORE_HELP, 'pglite')
    .option('--record <file>', 'write what was served as a recording, when the service ends')
    .addHelpText(
      'after',
      '\nExample:\n  $ DUAL_WRITE_V2=10% golem serve --listen 127.0.0.1:8080 --record served.ndjson',
    );
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
      : await doors.openCapture(resolve(shell.cwd, options.record), shell.env, systemClock.nowMs());
  const store = await migration.openStore(choice, 'service');
  const serve: ServeOptions = {
    host,
    port,
    store,
    environment: shell.env,
    clock: systemClock,
    ids: randomIds,
    log: (line) => shell.stderr.write(`${line}\n`),
    ...(capture === null ? {} : { onWrite: capture.add }),
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
      const recorded = await capture?.finish();
      const kept =
        recorded === undefined ? '' : `, ${countOf(recorded, 'write')} recorded in ${options.record}`;
      shell.stderr.write(`golem: stopped serving${kept}\n`);
      end(EXIT.pass);
      return EXIT.pass;
    });
    shell.stdout.write(`golem: serving on ${server.url}\n`);
  });
}

/** Reads `host:port`, `[address]:port`, `:port` or a port alone, which listen on this machine only. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ''] =
    /^(?:\[([\da-f:.]+)\]:|([^:[\]\s]*):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    const reason = 'expected HOST:PORT with a port from 0 to 65535';
    throw new GolemError({ kind: 'usage', verb: 'listen on', subject: text, reason });
  }
  return { host: bracketed || plain || '127.0.0.1', port };
}

function listenError(error: unknown, listen: string): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there already',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'permission denied',
    ENOTFOUND: 'there is no such host',
  };
  const reason = reasons[(error as NodeJS.ErrnoException | null)?.code ?? ''];
  if (reason === undefined) return error;
  return new GolemError(
    { kind: 'unavailable', verb: 'listen on', subject: listen, reason },
    { cause: error },
  );
}
