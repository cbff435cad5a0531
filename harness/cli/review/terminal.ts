/**
 * The real terminal: its keys, its size, and the modes that a full screen needs. A file of its own because whatever
 * ends the process, a mode that was set must be unset, and that is easiest to see where nothing else happens.
 */
import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Key, keyOf, type Keypress, pastedKey } from './keys.ts';
import type { Size } from './state.ts';

/** A terminal that shows one full screen until it is closed. */
export interface Terminal {
  size(): Size;
  /** Replaces what is on the screen; see `render`. */
  show(screen: string): void;
  /** Gives the terminal back for as long as the process is stopped. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called more than once. */
  close(): void;
}

export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  /** The size changed, or the process goes on after it was stopped. */
  readonly onResize: () => void;
  /** The other end hung up, or a signal that main does not know asks for the end. */
  readonly onHangUp: () => void;
}

/** The process with a terminal at both of its ends. */
export type TerminalStreams = NodeJS.Process & { readonly stdin: ReadStream; readonly stdout: WriteStream };

// Alternate screen, cursor hidden, no wrapping at the right margin, pastes in brackets.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h\u001b[2J';
const LEAVE = '\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l';

/** Signals by which a session ends; SIGINT and SIGTERM come by way of the shell's own handler. */
const ENDING = ['SIGHUP', 'SIGQUIT'] as const;

/** Takes the terminal over. */
export function openTerminal(process: TerminalStreams, events: TerminalEvents): Terminal {
  const { stdin, stdout } = process;
  let isOpen = false;
  let pasted: string | null = null;

  const enter = (): void => {
    isOpen = true;
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(ENTER);
  };
  const leave = (): void => {
    if (!isOpen) return;
    isOpen = false;
    // Written past the stream's buffer, because a process that is about to end may not get to write it.
    try {
      writeSync(stdout.fd, LEAVE);
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone, and its modes with it.
    }
  };
  const onKeypress = (text: string | undefined, press: Keypress): void => {
    if (press.name === 'paste-start') pasted = '';
    else if (press.name === 'paste-end') {
      if (pasted !== null) events.onKey(pastedKey(pasted));
      pasted = null;
    } else if (pasted !== null) pasted += text ?? press.sequence ?? '';
    else {
      const key = keyOf(text, press);
      if (key !== null) events.onKey(key);
    }
  };
  const onContinue = (): void => {
    if (!isOpen) enter();
    events.onResize();
  };
  const close = (): void => {
    leave();
    // A process that is only stopped goes on listening; one that has done with the terminal may end.
    stdin.pause();
    stdin.off('keypress', onKeypress).off('end', events.onHangUp);
    stdout.off('resize', events.onResize);
    process.off('SIGCONT', onContinue);
    for (const signal of ENDING) process.off(signal, events.onHangUp);
    process.off('uncaughtException', leave).off('unhandledRejection', leave).off('exit', leave);
  };

  emitKeypressEvents(stdin);
  stdin.on('keypress', onKeypress).on('end', events.onHangUp);
  stdout.on('resize', events.onResize);
  process.on('SIGCONT', onContinue);
  for (const signal of ENDING) process.on(signal, events.onHangUp);
  // Before main says what went wrong, so that it is said on the reader's own screen.
  process.prependListener('uncaughtException', leave).prependListener('unhandledRejection', leave);
  process.on('exit', leave);
  enter();
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    show(screen) {
      if (isOpen) stdout.write(screen);
    },
    suspend() {
      leave();
      process.kill(process.pid, 'SIGTSTP');
    },
    close,
  };
}
