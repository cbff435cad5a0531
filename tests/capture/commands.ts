/** Runs `golem serve` and `golem record` as processes that go on until they are stopped, as their users do. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAUNCHER } from '../cli/run-golem.ts';
import { REPOSITORY } from '../temporary-project.ts';

export interface LongRunning {
  /** Addresses it said it listens on, in the order of saying. */
  readonly urls: readonly string[];
  out(): string;
  err(): string;
  /** Sends a signal and resolves with the exit code, null after a kill. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts the command and resolves once it has said as many addresses of its own as are expected. */
export function startGolem(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly addresses?: number;
  },
): Promise<LongRunning> {
  const { PATH = '', HOME = '' } = process.env;
  const config = join(REPOSITORY, 'golem.config.ts');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAUNCHER, ...args, '--config', config], {
      cwd: options.cwd,
      env: { PATH, HOME, TMPDIR: tmpdir(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((end) => child.on('close', end));
    let out = '';
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const urls = [...out.matchAll(/(?:on|recording|upstream) (http:\/\/\S+)/g)].map(([, url]) => url ?? '');
      if (urls.length < (options.addresses ?? 1) || !out.endsWith('\n')) return;
      resolve({
        urls,
        out: () => out,
        err: () => err,
        stop(signal) {
          child.kill(signal);
          return ended;
        },
      });
    });
    ended.then((exit) => reject(new Error(`golem ended with ${exit}: ${out}${err}`)));
  });
}
