/**
 * A command in a pseudo-terminal with a terminal emulator behind it, so that a test sees what a person would: the
 * screen's text, which buffer is shown, whether there is a cursor. A file of its own because it is the oracle: it shares
 * nothing with the code that draws.
 */
import { spawn } from '@lydell/node-pty';
// The package is CommonJS without names that Node can see.
import headless from '@xterm/headless';

export interface PtyOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a terminal shows and how it is set. */
export interface Screen {
  /** Rows of the active buffer, without blanks at their ends. */
  readonly rows: readonly string[];
  readonly buffer: 'normal' | 'alternate';
  readonly isCursorHidden: boolean;
  readonly wraps: boolean;
  readonly bracketsPastes: boolean;
}

export interface Pty {
  readonly pid: number;
  /** Keys as a terminal sends them. */
  send(keys: string): void;
  resize(columns: number, rows: number): void;
  screen(): Promise<Screen>;
  /** Resolves once the screen's text matches; rejects with the screen when it does not in time. */
  until(wanted: RegExp | ((screen: Screen) => boolean), timeoutMs?: number): Promise<Screen>;
  kill(signal: string): void;
  /** Exit code or the signal that ended it. */
  readonly ended: Promise<{ readonly exitCode: number; readonly signal: number }>;
  /** Everything the command wrote. */
  raw(): string;
  dispose(): void;
}

/** Keys by name. */
export const KEYS = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  pageDown: '\u001b[6~',
  end: '\u001b[F',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
  backspace: '\u007f',
} as const;

/** Starts a command as somebody at a terminal would. */
export function openPty(command: string, args: readonly string[], options: PtyOptions): Pty {
  const { columns = 80, rows = 24 } = options;
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = spawn(command, [...args], {
    // Becomes TERM.
    name: options.env?.TERM ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.cwd,
    env: { PATH, HOME, TMPDIR, LANG: 'C.UTF-8', ...options.env },
  });
  let raw = '';
  child.onData((data) => {
    raw += data;
    terminal.write(data);
  });
  const ended = new Promise<{ exitCode: number; signal: number }>((resolve) => {
    child.onExit(({ exitCode, signal }) => resolve({ exitCode, signal: signal ?? 0 }));
  });
  const screen = (): Promise<Screen> =>
    new Promise((resolve) => {
      // An empty write is answered when all before it has been drawn.
      terminal.write('', () => {
        const { active } = terminal.buffer;
        const shown = Array.from(
          { length: terminal.rows },
          // Up to the last column: lines keep what a wider window held.
          (_, row) =>
            active
              .getLine(active.baseY + row)
              ?.translateToString(true, 0, terminal.cols)
              .trimEnd() ?? '',
        );
        resolve({
          rows: shown,
          buffer: active.type,
          isCursorHidden: isCursorHidden(terminal),
          wraps: terminal.modes.wraparoundMode,
          bracketsPastes: terminal.modes.bracketedPasteMode,
        });
      });
    });
  return {
    pid: child.pid,
    send: (keys) => child.write(keys),
    resize(toColumns, toRows) {
      terminal.resize(toColumns, toRows);
      child.resize(toColumns, toRows);
    },
    screen,
    async until(wanted, timeoutMs = 15_000) {
      const started = performance.now();
      for (;;) {
        const shown = await screen();
        if (typeof wanted === 'function' ? wanted(shown) : wanted.test(shown.rows.join('\n'))) return shown;
        if (performance.now() - started > timeoutMs)
          throw new Error(`the screen never showed ${wanted}; it shows\n${shown.rows.join('\n')}`);
        await new Promise((go) => setTimeout(go, 20));
      }
    },
    kill: (signal) => child.kill(signal),
    ended,
    raw: () => raw,
    dispose() {
      try {
        child.kill('SIGKILL');
      } catch {
        // It ended by itself.
      }
      terminal.dispose();
    },
  };
}

/** The emulator knows, but has no public name for it. */
function isCursorHidden(terminal: InstanceType<typeof headless.Terminal>): boolean {
  const { _core } = terminal as unknown as {
    _core: { coreService: { isCursorHidden: boolean } };
  };
  return _core.coreService.isCursorHidden;
}
