/**
 * Joins the command line to the real process: its streams, its signals, its faults. Everything behind it works on a
 * `Shell`; ending the process is left to the launcher.
 */
import { EXIT, GolemError } from '../errors.ts';
import { describeFault } from './fault.ts';
import { golemVersion, runCommandLine } from './program.ts';
import type { Output, Shell } from './shell.ts';

/** Runs golem with the process' own arguments; resolves to the exit code and never rejects. */
export function main(): Promise<number> {
  const args = process.argv.slice(2);
  const streamFault = watchStreams();
  let handler: (() => Promise<number>) | null = null;
  const shell: Shell = {
    args,
    env: process.env,
    cwd: process.cwd(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    elapsedMs: () => performance.now(),
    onInterrupt(interrupted) {
      handler = interrupted;
    },
  };
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      const fault = describeFault(error, {
        args,
        debug: args.includes('--debug'),
        version: golemVersion(),
        runtime: `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
      });
      shell.stderr.write(fault.text);
      resolve(fault.exit);
    };
    const finish = (exit: number): void => {
      // What a stream could not write it says only after the write, so the verdict waits for both.
      Promise.all([flushed(process.stdout), flushed(process.stderr)]).then(() => {
        const fault = streamFault();
        if (fault === null) resolve(exit);
        else fail(fault);
      });
    };
    const interrupt = (): void => {
      const stop = handler;
      handler = null;
      if (stop === null) {
        shell.stderr.write('golem: interrupted · what ran so far is partial, no verdict\n');
        resolve(EXIT.interrupted);
      } else {
        stop().then(finish, fail);
      }
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
    runCommandLine(shell).then(finish, fail);
  });
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true ? stream.columns : null;
    },
  };
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

/**
 * Keeps a reader who went away, as `| head` does, from being an error: the run goes on and keeps its verdict. Any
 * other failure to write, such as a full disk behind `>`, is returned by the function it gives back.
 */
function watchStreams(): () => GolemError | null {
  let fault: GolemError | null = null;
  const watch = (stream: NodeJS.WriteStream, subject: string): void => {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || fault !== null) return;
      fault = new GolemError(
        { kind: 'unavailable', verb: 'write', subject, reason: error.message },
        { cause: error },
      );
    });
  };
  watch(process.stdout, 'standard output');
  watch(process.stderr, 'standard error');
  return () => fault;
}
