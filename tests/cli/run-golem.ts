/** Runs the real command in a process of its own, as a user would, and keeps what it said. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../bin/golem.js', import.meta.url));

export interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The Node to run it with; by default the one that runs the test. */
  readonly node?: string;
  /** The launcher of another copy of golem; by default that of this repository. */
  readonly launcher?: string;
  /** Looks at what was said so far; returns a signal to send, once. */
  readonly until?: (out: string, err: string) => NodeJS.Signals | null;
}

/** Environment of a user at a keyboard: neither a build server's nor the test runner's. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, TMPDIR: tmpdir() };
}

export function runGolem(args: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.node ?? process.execPath, [options.launcher ?? LAUNCHER, ...args], {
      cwd: options.cwd,
      env: { ...cleanEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    let signalled = false;
    const look = (): void => {
      const signal = signalled ? null : (options.until?.(out, err) ?? null);
      if (signal === null) return;
      signalled = true;
      child.kill(signal);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      look();
    });
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, out, err }));
  });
}
