import { describe, expect, it } from 'vitest';
import { startProgress } from './progress.ts';

function fakeShell(isTerminal: boolean) {
  let nowMs = 5_000;
  const written: string[] = [];
  return {
    written,
    pass: (ms: number) => {
      nowMs += ms;
    },
    shell: {
      elapsedMs: () => nowMs,
      stderr: {
        write: (text: string) => void written.push(text),
        isTerminal,
        columns: isTerminal ? 20 : null,
      },
    },
  };
}

describe('progress', () => {
  it('shows nothing for work of less than a second', () => {
    const { shell, written, pass } = fakeShell(true);
    const progress = startProgress(shell);
    progress.show('a');
    pass(999);
    progress.show('b');
    progress.clear();
    expect(written).toEqual([]);
  });

  it('rewrites one line on a terminal, at most ten times a second, cut to its width, and takes it away', () => {
    const { shell, written, pass } = fakeShell(true);
    const progress = startProgress(shell);
    pass(1_000);
    progress.show('one');
    pass(50);
    progress.show('too soon');
    pass(50);
    progress.show('a line that is too long for it');
    progress.clear();
    progress.clear();
    expect(written).toEqual(['\r\u001b[2Kone', '\r\u001b[2Ka line that is too…', '\r\u001b[2K']);
  });

  it('writes a plain line every ten seconds into a log', () => {
    const { shell, written, pass } = fakeShell(false);
    const progress = startProgress(shell);
    for (let second = 0; second <= 21; second += 1) {
      progress.show(`second ${second}\u001b[2J`);
      pass(1_000);
    }
    progress.clear();
    expect(written).toEqual(['golem: second 10\n', 'golem: second 20\n']);
  });

  it('says lines that stay, above the line that does not', () => {
    const { shell, written, pass } = fakeShell(true);
    const progress = startProgress(shell);
    pass(1_000);
    progress.show('one');
    progress.say('first\u001b[2J');
    pass(100);
    progress.show('two');
    expect(written).toEqual(['\r\u001b[2Kone', '\r\u001b[2K', 'golem: first\n', '\r\u001b[2Ktwo']);
  });

  it('is silent when told to be quiet', () => {
    const { shell, written, pass } = fakeShell(true);
    const progress = startProgress(shell, { quiet: true });
    pass(5_000);
    progress.show('one');
    progress.say('two');
    progress.clear();
    expect(written).toEqual([]);
  });
});
