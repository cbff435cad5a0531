/**
 * Turns whatever a command threw into the lines a person reads and an exit code. A file of its own because it is
 * where golem tells a reader's mistake from its own fault.
 */
import { EXIT, GolemError } from '../errors.ts';
import { redactCommandLine, redactText } from './redact.ts';

/** What is printed on standard error, and the code golem ends with. */
export interface Fault {
  readonly text: string;
  readonly exit: number;
}

export interface FaultContext {
  readonly args: readonly string[];
  readonly debug: boolean;
  /** golem's own version. */
  readonly version: string;
  /** Runtime, system and architecture, as `Node 24.9.0, linux x64`. */
  readonly runtime: string;
}

/**
 * A GolemError is its one line and its own exit code; anything else is golem's own fault (70) with what to report.
 * Stack traces, causes included, only under `--debug`. Secrets are hidden in all of it.
 */
export function describeFault(error: unknown, context: FaultContext): Fault {
  const stack = context.debug ? `\n${renderStack(error)}` : '';
  if (error instanceof GolemError && error.failure.kind !== 'internal') {
    return { text: `${redactText(error.message + stack)}\n`, exit: error.exit };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const lines = [
    `golem: this is golem's own fault, not yours: ${message}`,
    'Please report it with these lines:',
    `  golem ${context.version}, ${context.runtime}`,
    `  command: ${redactCommandLine(context.args)}`,
    `  message: ${message}`,
    ...(context.debug ? [] : ['Run the same command with --debug to see where it happened.']),
  ];
  return { text: `${redactText(lines.join('\n') + stack)}\n`, exit: EXIT.internal };
}

function renderStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${renderStack(error.cause)}`;
}
