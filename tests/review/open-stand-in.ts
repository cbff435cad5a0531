/** Opens the stand-in review in a pseudo-terminal and a folder of its own, for the tests of what it does to both. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openPty, type Pty, type PtyOptions, type Screen } from './pty.ts';

export const STAND_IN = fileURLToPath(new URL('stand-in.ts', import.meta.url));

export interface StandIn extends Pty {
  readonly root: string;
  /** Process id of the review itself, which runs in a shell. */
  childPid(): number;
  /** The reasons of all golden files, in no order. */
  reasons(): string[];
}

/** Starts a review of so many cases from a shell that afterwards says how it ended and how the terminal is set. */
export function openStandIn(cases: number, fault = '', options: Partial<PtyOptions> = {}): StandIn {
  const root = mkdtempSync(join(tmpdir(), 'golem-terminal-'));
  const command = `"$0" "$@"; echo "exit $?"; stty -a`;
  const pty = openPty('sh', ['-c', command, process.execPath, STAND_IN, root, String(cases), fault], {
    cwd: root,
    ...options,
  });
  return {
    ...pty,
    root,
    childPid: () => Number(readFileSync(join(root, 'pid'), 'utf8')),
    reasons: () =>
      readdirSync(join(root, 'golden'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .map((name) => reasonIn(readFileSync(join(root, 'golden', name), 'utf8'))),
    dispose() {
      pty.dispose();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The reason of a whole golden file; what else it is otherwise. */
function reasonIn(text: string): string {
  if (!text.startsWith('{\n') || !text.endsWith('\n}\n')) return 'not whole';
  return /^ {2}"reason": "(.*)",$/m.exec(text)?.[1] ?? 'none';
}

/** The last of what `stty -a` says. */
export const settled = /opost/;

/** What a terminal is like that nothing was done to. */
export function expectRestored(screen: Screen): void {
  expect(screen).toMatchObject({
    buffer: 'normal',
    isCursorHidden: false,
    wraps: true,
    bracketsPastes: false,
  });
  const settings = screen.rows.join(' ');
  for (const mode of ['icanon', 'echo', 'isig', 'icrnl', 'opost'])
    expect(settings).toMatch(new RegExp(`(?<!-)\\b${mode}\\b`));
}
