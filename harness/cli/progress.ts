/**
 * Tells a waiting person how far the work is: one line that is rewritten on a terminal, a plain line now and then in
 * a log. A file of its own because it is the only output that is not part of the result.
 */
import { clipToWidth, plainText } from '../report/display-text.ts';
import type { Shell } from './shell.ts';

/** Work shorter than this shows nothing. */
const QUIET_MS = 1_000;
/** Time between two rewrites of the line on a terminal. */
const REDRAW_MS = 100;
/** Time between two lines in a log, where every line stays. */
const LOG_EVERY_MS = 10_000;

export interface Progress {
  /** Says what is being done now; most calls print nothing. */
  readonly show: (line: string) => void;
  /** Prints a line that stays. */
  readonly say: (line: string) => void;
  /** Takes the line away; to be called before anything else is printed. */
  readonly clear: () => void;
}

/** Shows and says nothing. */
const SILENT: Progress = { show: () => undefined, say: () => undefined, clear: () => undefined };

/** Starts the clock of a progress line on standard error; a quiet one has none. */
export function startProgress(
  shell: Pick<Shell, 'stderr' | 'elapsedMs'>,
  { quiet = false }: { readonly quiet?: boolean } = {},
): Progress {
  if (quiet) return SILENT;
  const { stderr } = shell;
  const startedMs = shell.elapsedMs();
  let lastMs = stderr.isTerminal ? Number.NEGATIVE_INFINITY : startedMs;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    show(line) {
      const nowMs = shell.elapsedMs();
      if (nowMs - startedMs < QUIET_MS) return;
      if (nowMs - lastMs < (stderr.isTerminal ? REDRAW_MS : LOG_EVERY_MS)) return;
      lastMs = nowMs;
      const text = plainText(line);
      if (!stderr.isTerminal) return stderr.write(`golem: ${text}\n`);
      drawn = true;
      stderr.write(`\r\u001b[2K${clipToWidth(text, (stderr.columns ?? 80) - 1)}`);
    },
    say(line) {
      clear();
      stderr.write(`golem: ${plainText(line)}\n`);
    },
    clear,
  };
}
