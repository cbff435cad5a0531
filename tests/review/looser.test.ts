/**
 * `golem golden status --base` and GitHub's summary in a real repository: what a branch loosens since it parted, and
 * nothing that happened elsewhere.
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runGolem } from '../cli/run-golem.ts';
import { lastLine, type Project, temporaryProject } from '../temporary-project.ts';
import { type Repository, repositoryOf } from './git.ts';

const project: Project = temporaryProject({ suites: ['retries', 'must-fail/skip-meal'] });
// A folder of its own for what the command lays out, so that what it leaves there can be seen.
const scratch = mkdtempSync(join(tmpdir(), 'golem-looser-'));
afterAll(() => {
  project.dispose();
  rmSync(scratch, { recursive: true });
});

let repository: Repository;
let first: string;
beforeEach(() => {
  project.restore();
  repository = repositoryOf(project);
  first = repository.git('rev-parse', 'HEAD').slice(0, 12);
});

const status = (ref: string, ...more: string[]) =>
  project.golem(['golden', 'status', '--base', ref, ...more], { env: { TMPDIR: scratch } });

const LOOSER = `
  config.suites = config.suites.filter(({ name }) => name !== 'must-fail/skip-meal');
  config.suites[0].limits.swallowed = 9;
  config.suites[0].alerts = { legacy: ['ShadowDiffBreachBurst'] };
  config.ledger = 'expected-differences.yml';`;
const LEDGER = `expected:
  - id: oil
    where: { code: oil_added }
    reason: oil is known
    owner: somebody
    expires: 2099-12-31
`;

function loosen(): void {
  project.changeConfig(LOOSER);
  project.write('expected-differences.yml', LEDGER);
  project.remove('golden/retries/u-auto/2025-09-01.json');
}

describe('golden status --base', () => {
  it('lists what is looser, committed or not, and answers 0 unless told otherwise', async () => {
    expect((await status('HEAD')).out).toBe(`golem: nothing looser than at HEAD (${first})\n`);
    loosen();
    const expected = `LOOSER limits widened, 1
      retries: writes swallowed as repeats, at most 4 → 9

LOOSER expectations added or widened, 1
      oil: added, until 2099-12-31

LOOSER suites that must fail removed or changed, 1
      must-fail/skip-meal: removed; it had to find skip_mismatch

LOOSER cases or records removed, 1
      retries/u-auto/2025-09-01: removed

LOOSER alerts newly allowed, 1
      retries: legacy/ShadowDiffBreachBurst may fire
`;
    const uncommitted = await status('HEAD');
    expect([uncommitted.exit, uncommitted.err]).toEqual([0, '']);
    expect(uncommitted.out).toBe(
      `${expected}
golem: looser than at HEAD (${first}) · limits widened 1, expectations added or widened 1, suites that must fail removed or changed 1, cases or records removed 1, alerts newly allowed 1
`,
    );
    repository.commit('looser');
    const committed = await status('HEAD~1', '--fail-on-looser');
    expect(committed.exit).toBe(1);
    expect(committed.out).toContain(expected);
    expect((await status('HEAD', '--fail-on-looser')).exit).toBe(0);
    // Neither the repository nor the disk has anything of it left.
    expect(repository.git('status', '--short')).toBe('');
    expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(readdirSync(scratch).filter((name) => name.startsWith('golem-'))).toEqual([]);
  });

  it('holds against a branch only what it did since it parted', async () => {
    repository.git('checkout', '-q', '-b', 'mine');
    repository.commit('mine');
    repository.git('checkout', '-q', 'main');
    project.changeConfig('config.suites[0].limits.swallowed = 1;');
    repository.commit('stricter elsewhere');
    repository.git('checkout', '-q', 'mine');
    expect((await status('main')).out).toBe(`golem: nothing looser than at main (${first})\n`);
  });

  it('says when there was no config yet', async () => {
    const empty = repository.git('commit-tree', '-m', 'empty', '4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    expect((await status(empty)).out).toBe(
      `golem: nothing to compare with · ${empty} (${empty.slice(0, 12)}) has no config\n`,
    );
  });

  it.each([
    [
      'no-such-branch',
      64,
      'Failed to compare with "no-such-branch": git knows no such commit. Run: git log --oneline\n',
    ],
    [
      '--upload-pack=x',
      64,
      'Failed to compare with "--upload-pack=x": git knows no such commit. Run: git log --oneline\n',
    ],
  ])('refuses %s', async (ref, exit, message) => {
    const ran = await project.golem(['golden', 'status', `--base=${ref}`]);
    expect([ran.exit, ran.out, ran.err]).toEqual([exit, '', message]);
  });

  it('refuses a folder without git, a clone that ends too early, and a config of then that does not load', async () => {
    project.write('golem.config.ts', "throw new Error('not yet written');\n");
    repository.commit('broken');
    project.changeConfig('');
    const broken = await status('HEAD');
    expect([broken.exit, broken.out, broken.err]).toEqual([
      65,
      '',
      'Failed to load "golem.config.ts at HEAD": Error: not yet written.\n',
    ]);
    repository.commit('mended');
    const clone = join(scratch, 'clone');
    repository.git('clone', '-q', '--depth', '1', `file://${project.root}`, clone);
    const options = { cwd: clone, launcher: project.path('bin/golem.js') };
    const args = ['golden', 'status', '--config', project.path('golem.config.ts')];
    repository.git('-C', clone, 'config', 'advice.detachedHead', 'false');
    const shallow = await runGolem(['golden', 'status', '--base', first], options);
    expect([shallow.exit, shallow.err]).toEqual([
      64,
      `Failed to compare with "${first}": this clone does not reach back to it. Run: git fetch --unshallow\n`,
    ]);
    rmSync(clone, { recursive: true });
    project.remove('.git');
    const none = await runGolem([...args, '--base', 'HEAD'], { ...options, cwd: project.root });
    expect([none.exit, none.err]).toEqual([
      64,
      'Failed to compare with "HEAD": this folder is not in a git repository.\n',
    ]);
  });
});

describe('the gate on GitHub', () => {
  it('adds what a pull request loosens to the job summary, and its verdict does not depend on it', async () => {
    repository.git('checkout', '-q', '-b', 'request');
    repository.git('update-ref', 'refs/remotes/origin/main', 'main');
    project.changeConfig('config.suites[0].limits.swallowed = 9;');
    repository.commit('looser');
    const summary = join(scratch, 'summary.md');
    const env = {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_BASE_REF: 'main',
    };
    appendFileSync(summary, 'before\n');
    const ran = await project.golem(['gate', 'retries'], { env });
    expect([ran.exit, ran.err]).toEqual([0, '']);
    expect(lastLine(ran.out)).toMatch(/^golem: pass/);
    const text = readFileSync(summary, 'utf8');
    expect(text).toMatch(/^before\n## golem: PASS\n/);
    expect(text).toContain(`
### Looser than origin/main

looser than at origin/main (${first}) · limits widened 1.

| What | Which |
|---|---|
| limits widened | retries: writes swallowed as repeats, at most 4 → 9 |
`);
    const unknown = await project.golem(['gate', 'retries'], { env: { ...env, GITHUB_BASE_REF: 'gone' } });
    expect(unknown.exit).toBe(0);
    expect(unknown.err).toContain(
      'golem: what is looser than origin/gone is not known: Failed to compare with',
    );
    expect(readFileSync(summary, 'utf8')).toContain(
      '### Looser than origin/gone\n\nNot known: Failed to compare',
    );
    rmSync(summary);
  });
});

describe('golden accept', () => {
  it('of several cases needs leave where the limits are wider than at HEAD', async () => {
    const cases = ['retries/u-auto/2025-09-01', 'retries/u-auto/2025-09-02'];
    for (const name of cases) project.remove(`golden/${name}.json`);
    repository.commit('without');
    project.changeConfig('config.suites[0].limits.swallowed = 9;');
    const before = project.listing();
    const refused = await project.golem(['golden', 'accept', '--reason', 'why']);
    expect(refused.err).toBe(
      'Failed to accept "several cases at once": this project is looser than at HEAD (retries: writes swallowed as ' +
        'repeats, at most 4 → 9); add --allow-looser if that is meant. Run: npx golem golden status --base HEAD\n',
    );
    expect([refused.exit, refused.out]).toEqual([64, '']);
    expect(project.listing()).toEqual(before);
    expect((await project.golem(['golden', 'accept', cases[0]!, '--reason', 'why'])).exit).toBe(0);
    const allowed = await project.golem(['golden', 'accept', '--reason', 'why', '--allow-looser']);
    expect([allowed.exit, allowed.err]).toEqual([0, '']);
  });
});
