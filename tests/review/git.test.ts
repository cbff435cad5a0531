/**
 * Golden files in a real repository: checked out as on Windows, merged badly, left pending. A golden file that git has
 * changed must be found, and one that git has only carried must be the same bytes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { gateReport, type Project, temporaryProject } from '../temporary-project.ts';
import { type Repository, repositoryOf } from './git.ts';

const CASE = 'retries/u-auto/2025-09-01';
const FILE = `golden/${CASE}.json`;

const project: Project = temporaryProject({ suites: ['retries'] });
afterAll(() => project.dispose());

let repository: Repository;
beforeEach(() => {
  project.restore();
  repository = repositoryOf(project);
});

/** Accepts the case as it is once its file is gone, for this reason: a change of one branch. */
async function acceptAnew(reason: string): Promise<void> {
  project.remove(FILE);
  const { exit, err } = await project.golem(['golden', 'accept', CASE, '--reason', reason]);
  expect([exit, err]).toEqual([0, '']);
}

function attempt(act: () => void): string {
  try {
    act();
    return '';
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error);
  }
}

describe('git', () => {
  it('gives every machine the same bytes, whatever it does to line ends', async () => {
    const before = project.read(FILE);
    expect(before).not.toContain('\r');
    project.remove('golden');
    project.remove('fixtures/retries');
    repository.git('-c', 'core.autocrlf=true', '-c', 'core.eol=crlf', 'checkout', '--', 'golden', 'fixtures');
    expect(project.read(FILE)).toBe(before);
    expect((await project.golem(['gate'])).exit).toBe(0);
    const attributes = repository.git('check-attr', 'eol', 'merge', 'linguist-generated', '--', FILE);
    expect(attributes.split('\n').map((line) => line.split(': ').slice(1).join(' '))).toEqual([
      'eol lf',
      'merge unset',
      'linguist-generated false',
    ]);
  });

  it('never sees a pending file, and one that was forced upon it turns the gate red in CI', async () => {
    project.write(FILE, '');
    expect((await project.golem(['gate'])).exit).toBe(1);
    const pending = FILE.replace(/json$/, 'pending.json');
    expect(project.exists(pending)).toBe(true);
    expect(repository.git('status', '--short')).toBe(`M ${FILE}`);
    repository.git('checkout', '--', FILE);
    repository.git('add', '--force', pending);
    const { ran, report } = await gateReport(project, [], { env: { CI: 'true' } });
    expect(ran.exit).toBe(1);
    expect(report.findings.map(({ code, file }) => [code, file])).toEqual([['golden/pending', pending]]);
  });

  it('leaves one side of a golden file whole where two branches changed it', async () => {
    repository.git('checkout', '-q', '-b', 'theirs');
    await acceptAnew('theirs');
    repository.commit('theirs');
    repository.git('checkout', '-q', 'main');
    await acceptAnew('ours');
    repository.commit('ours');
    const ours = project.read(FILE);
    expect(attempt(() => repository.git('merge', 'theirs'))).toContain(`Merge conflict in ${FILE}`);
    expect(project.read(FILE)).toBe(ours);
    expect((await project.golem(['gate'])).exit).toBe(0);
  });

  it('cannot pass a conflict that was resolved wrongly for an accepted outcome', async () => {
    // As in a repository without golem's attributes, where lines are merged.
    project.write('.gitattributes', '* text=auto eol=lf\n');
    // The sides differ in lines far apart: one in a value, one in a reason.
    repository.commit('no attributes');
    repository.git('checkout', '-q', '-b', 'theirs');
    const changed = project.read(FILE).replace(/("legacy\/totals": \{"calories": )(\d+)/, '$199$2');
    expect(changed).not.toBe(project.read(FILE));
    project.write(FILE, withHash(changed, '1'));
    repository.commit('theirs');
    repository.git('checkout', '-q', 'main');
    await acceptAnew('ours');
    repository.commit('ours');
    // Lines that collide are taken from here, the others from there: nobody looked at what that makes.
    repository.git('merge', '-q', '-X', 'ours', '-m', 'merged', 'theirs');
    const merged = readFileSync(join(project.root, FILE), 'utf8');
    expect(merged).toContain('"reason": "ours"');
    expect(merged).toMatch(/"legacy\/totals": \{"calories": 99\d/);
    const { ran, report } = await gateReport(project);
    expect(ran.exit).toBe(1);
    expect(report.findings.map(({ code, subject }) => [code, subject])).toEqual([['golden/damaged', CASE]]);
    expect(report.findings[0]!.detail).toContain('its content hash is');
  });
});

/** The text with another content hash, as a change of that side would have. */
function withHash(text: string, digit: string): string {
  return text.replace(/sha256:[0-9a-f]{64}/, `sha256:${digit.repeat(64)}`);
}
