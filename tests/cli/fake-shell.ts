/** A shell that keeps what is written to it, for tests of commands without a process. */
import type { Shell } from '../../harness/cli/shell.ts';

export interface FakeShell extends Shell {
  out(): string;
  err(): string;
  /** Does what Ctrl-C would; resolves to the exit code, 130 where the command has no handler. */
  interrupt(): Promise<number>;
}

export function fakeShell(options: {
  readonly args?: readonly string[];
  readonly env?: Shell['env'];
  readonly cwd?: string;
  readonly isTerminal?: boolean;
}): FakeShell {
  const out: string[] = [];
  const err: string[] = [];
  let handler = (): Promise<number> => Promise.resolve(130);
  const isTerminal = options.isTerminal ?? false;
  const output = (lines: string[]) => ({
    write: (text: string) => void lines.push(text),
    isTerminal,
    columns: isTerminal ? 80 : null,
  });
  return {
    args: options.args ?? [],
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
    stdout: output(out),
    stderr: output(err),
    elapsedMs: () => 0,
    onInterrupt: (interrupted) => {
      handler = interrupted;
    },
    out: () => out.join(''),
    err: () => err.join(''),
    interrupt: () => handler(),
  };
}
