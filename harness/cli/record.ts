/**
 * `golem record`: records a service from outside, by standing before it as a reverse proxy and before its upstreams
 * as another. This file reads addresses, opens and closes; forwarding and recording are the recording folder's.
 */
import { relative } from 'node:path';
import type { Command } from 'commander';
import { GolemError } from '../errors.ts';
import type { CaptureOptions } from '../recording/capture/options.ts';
import type { JoinCounts, ProxyOptions, RunningProxy } from '../recording/capture/proxy/proxy.ts';
import type { CaptureSession } from '../recording/capture/session.ts';
import {
  addCaptureOptions,
  type CaptureArguments,
  captureOptionsOf,
  describeCapture,
  exitOf,
  PRIVACY_HELP,
  summariseCapture,
} from './capture-options.ts';
import type { CommandContext } from './commands.ts';
import { listenError, parseListen } from './listen.ts';
import type { LoadedConfig } from './load-config.ts';
import { needed } from './needed-option.ts';
import type { GlobalOptions, Shell } from './shell.ts';

export interface RecordCommandOptions extends CaptureArguments {
  readonly target?: string;
  readonly listen: string;
  readonly upstream?: readonly string[];
  readonly out?: string;
  readonly userHeader: string;
  readonly pathPrefix?: string;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface RecordDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly openSession: (options: CaptureOptions, env: Shell['env']) => Promise<CaptureSession>;
  readonly startProxy: (options: ProxyOptions) => Promise<RunningProxy>;
}

const DOORS: RecordDoors = {
  loadConfig: async (given, cwd) => (await import('./load-config.ts')).loadConfig(given, cwd),
  openSession: async (options, env) => {
    const { openSession } = await import('../recording/capture/session.ts');
    return openSession(options, { environment: env });
  },
  startProxy: async (options) => (await import('../recording/capture/proxy/proxy.ts')).startProxy(options),
};

const EXAMPLE = `
Example:
  $ golem record --target http://127.0.0.1:8080 --listen 127.0.0.1:8081 \\
      --upstream 127.0.0.1:9001=https://provider.example --out recordings/
  and let the service find its provider at http://127.0.0.1:9001

An upstream call belongs to the request whose x-request-id, x-correlation-id or
traceparent it carries, else to the only request under way. A request whose
calls could be another's is not recorded, and counted.
`;

export function defineRecord(command: Command, context: CommandContext): void {
  command
    .description(
      'Stands before a service as a reverse proxy and records its writes, until Ctrl-C or SIGTERM. Requests and ' +
        'answers pass unchanged.',
    )
    .option('--target <url>', 'the service to forward to (required)')
    .option('--listen <host:port>', 'where to listen; port 0 takes a free one', '127.0.0.1:8081')
    .option(
      '--upstream <listen=url>',
      'listen here for the calls that the service makes to this address; may be repeated',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--out <file>', 'the recording: a file, or a folder for files that rotate (required)')
    .option('--user-header <name>', 'the header that carries the signed-in user', 'x-user-id')
    .option('--path-prefix <path>', "beginning of the service's paths that the migration's have not")
    .addHelpText('after', `${EXAMPLE}${PRIVACY_HELP}`);
  addCaptureOptions(command);
  command.action(async (options: RecordCommandOptions) => {
    context.finish(await runRecordCommand(options, context.globals(), context.shell));
  });
}

/** Records until interrupted; resolves to the exit code once what was under way is answered and written down. */
export async function runRecordCommand(
  options: RecordCommandOptions,
  globals: GlobalOptions,
  shell: Shell,
  doors: RecordDoors = DOORS,
): Promise<number> {
  const target = parseTarget(needed(options.target, '--target', 'golem record'));
  const out = needed(options.out, '--out', 'golem record');
  const listen = parseListen(options.listen);
  const upstreams = (options.upstream ?? []).map(parseUpstream);
  const { config } = await doors.loadConfig(globals.config, shell.cwd);
  const session = await doors.openSession(
    {
      ...captureOptionsOf(out, options, shell.cwd),
      migration: config.migration,
      user: options.userHeader,
      names: config.privacy?.names ?? [],
      source: 'golem record',
      ...(options.pathPrefix === undefined ? {} : { pathPrefix: options.pathPrefix }),
      onDrop: (line) => shell.stderr.write(`${line}\n`),
    },
    shell.env,
  );
  let proxy: RunningProxy;
  try {
    proxy = await doors.startProxy({ session, listen, target, upstreams });
  } catch (error) {
    await session.abort();
    throw listenError(error, [options.listen, ...(options.upstream ?? [])].join(', '));
  }
  return new Promise((end) => {
    shell.onInterrupt(async () => {
      await proxy.close();
      const stats = await session.close();
      shell.stdout.write(describeCapture(stats, (path) => relative(shell.cwd, path)));
      shell.stdout.write(describeJoins(proxy.joins()));
      shell.stdout.write(`golem: recorded · ${summariseCapture(stats)}\n`);
      const exit = exitOf(stats);
      end(exit);
      return exit;
    });
    for (const [index, url] of proxy.upstreamUrls.entries())
      shell.stdout.write(`golem: upstream ${url} → ${upstreams[index]?.target.href ?? ''}\n`);
    shell.stdout.write(`golem: recording ${proxy.url} → ${target.href} into ${out}\n`);
  });
}

function describeJoins({ ambiguousCalls, strayCalls }: JoinCounts): string {
  const ambiguous =
    ambiguousCalls === 0
      ? ''
      : `  upstream calls of more than one possible request: ${ambiguousCalls}; let the service pass x-request-id on\n`;
  const stray = strayCalls === 0 ? '' : `  upstream calls while no request was under way: ${strayCalls}\n`;
  return ambiguous + stray;
}

function parseTarget(text: string): URL {
  const url = URL.parse(text);
  const reason =
    url === null || !/^https?:$/.test(url.protocol)
      ? 'expected an http or https address'
      : url.username || url.password
        ? 'expected an address without a user or a password'
        : url.search || url.hash
          ? 'expected an address without a query'
          : null;
  if (url !== null && reason === null) return url;
  // An address may hold a password, so only one without is repeated.
  const subject = url?.username || url?.password ? url.host : text;
  throw new GolemError({
    kind: 'usage',
    verb: 'forward to',
    subject,
    reason: reason ?? '',
    next: 'golem record --help',
  });
}

function parseUpstream(text: string): ProxyOptions['upstreams'][number] {
  const at = text.indexOf('=');
  if (at <= 0) {
    throw new GolemError({
      kind: 'usage',
      verb: 'read',
      subject: `--upstream ${text}`,
      reason: 'expected LISTEN=URL, such as 127.0.0.1:9001=https://provider.example',
      next: 'golem record --help',
    });
  }
  return { listen: parseListen(text.slice(0, at)), target: parseTarget(text.slice(at + 1)) };
}
