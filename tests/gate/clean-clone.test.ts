/**
 * The README's two commands on a clean clone, with the machine's own Node and npm as a newcomer has them. Slow, since
 * it installs everything: it runs in CI and under GOLEM_SLOW=1, and says so elsewhere.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastLine, REPOSITORY } from '../temporary-project.ts';

const MINUTES = 60_000;
const isAsked = ['CI', 'GOLEM_SLOW'].some((name) => !['', '0', 'false'].includes(process.env[name] ?? ''));

/** The commands of the README's first block, without what it says of them. */
function commandsOf(readme: string): readonly string[] {
  const block = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, ''));
}

describe('the README', () => {
  it('begins with the two commands that this test runs', () => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    expect(commandsOf(readme)).toEqual(['npm ci && npm run test:golem', 'npm ci && npm test']);
  });
});

if (!isAsked) {
  process.stderr.write(
    '\n*** NOT TRIED: npm ci and the gate on a clean clone, which is slow. Run: GOLEM_SLOW=1 npm test\n',
  );
}

describe.runIf(isAsked)('a clean clone', () => {
  let folder = '';
  let clone = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'golem-clone-'));
    clone = join(folder, 'golem');
    await promisify(execFile)('git', ['-c', 'safe.directory=*', 'clone', '-q', REPOSITORY, clone]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a line as a person types it: without the Node that the test runner's npm put first. */
  async function type(
    line: string,
  ): Promise<{ readonly exit: number; readonly out: string; readonly err: string }> {
    const { PATH = '', HOME = '' } = process.env;
    const own = PATH.split(delimiter).filter((part) => !part.includes('node_modules'));
    const env = { HOME, PATH: own.join(delimiter), TMPDIR: tmpdir() };
    const options = { cwd: clone, env, maxBuffer: 64 * 1024 * 1024 };
    try {
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', line], options);
      return { exit: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { exit: code, out: stdout, err: stderr };
    }
  }

  it(
    'passes the gate over 1,000 records and more, half of them under each setting, and is left as it was',
    async () => {
      const { exit, out, err } = await type('npm ci && npm run test:golem');
      expect(exit, err).toBe(0);
      const verdict = lastLine(out);
      const [, all, each] = /^golem: pass · ([\d,]+) records \(([\d,]+) × 2 settings\), /.exec(verdict) ?? [];
      const count = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
      expect(count(each), verdict).toBeGreaterThanOrEqual(500);
      expect(count(all)).toBe(2 * count(each));
      expect(verdict).toMatch(/ 0 of \d+ checks red$/);
      expect((await type('git status --porcelain')).out).toBe('');
    },
    5 * MINUTES,
  );

  it(
    'runs its tests',
    async () => {
      // Not all of them, which would run this one again.
      const { exit, out, err } = await type('npm test -- tests/cli harness/architecture.test.ts');
      expect(exit, out + err).toBe(0);
    },
    5 * MINUTES,
  );
});
