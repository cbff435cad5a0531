/**
 * Every way in which `golem golden review` ends, or never begins: the real command on a pseudo-terminal, in a project
 * whose V2 has changed in nearly every case.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gateReport, type Project, temporaryProject } from '../temporary-project.ts';
import { KEYS, openPty, type Pty } from './pty.ts';

/** Another V2 without another harness: a defect in place of a healthy stage. */
const CHANGED = `
  const { createService } = config.migration;
  config.migration = { ...config.migration, createService: (given: any) => createService({ ...given, defect: 'kcal-up' }) };`;

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['retries'] });
});
afterAll(() => project.dispose());
beforeEach(() => {
  project.restore();
  project.changeConfig(CHANGED);
  // One case is new: a second cause.
  project.remove(`golden/${NEW}.json`);
});

const NEW = 'retries/u-auto/2025-09-01';

const opened: Pty[] = [];
afterEach(() => {
  for (const pty of opened.splice(0)) pty.dispose();
});

function review(
  args: readonly string[] = [],
  options: { readonly columns?: number; readonly rows?: number; readonly env?: Record<string, string> } = {},
): Pty {
  const pty = openPty(process.execPath, [project.path('bin/golem.js'), 'golden', 'review', ...args], {
    cwd: project.root,
    ...options,
  });
  opened.push(pty);
  return pty;
}

/** Golden and pending files with what they hold, whenever they were written. */
const golden = (): string[] =>
  project
    .listing()
    .filter((line) => line.startsWith('golden/') && line.includes('.json'))
    .map((line) => line.split(' ').toSpliced(2, 1).join(' '));

const restored = { buffer: 'normal', isCursorHidden: false, wraps: true, bracketsPastes: false } as const;

describe('golem golden review', () => {
  it('leaves no trace where everything is undone or rejected', async () => {
    const before = golden();
    expect((await gateReport(project)).ran.exit).toBe(1);
    expect(golden()).not.toEqual(before);
    const pty = review(['--reason', 'given once']);
    await pty.until(/11 left/, 25_000);
    pty.send('a');
    const accepted = await pty.until(/accepted \d+ cases? because "given once"/);
    expect(accepted.rows[0]).not.toContain(' 0 accepted');
    pty.send('u');
    await pty.until(/11 left, 0 accepted/);
    // Cause by cause, however many there are.
    while (!(await pty.screen()).rows[0]!.includes('all decided')) {
      const { rows } = await pty.screen();
      pty.send('r');
      await pty.until((screen) => screen.rows[0] !== rows[0]);
    }
    await pty.until(/all decided, 0 accepted, 11 rejected/);
    pty.send('q');
    await pty.ended;
    expect(golden()).toEqual(before);
  });

  it('gives the terminal back on SIGTERM, with 130 and what was decided kept', async () => {
    const pty = review(['--reason', 'because']);
    await pty.until(/11 left/, 25_000);
    // The cause of new cases comes last.
    pty.send(`${KEYS.end}a`);
    await pty.until(/10 left, 1 accepted/);
    pty.kill('SIGTERM');
    expect(await pty.ended).toEqual({ exitCode: 130, signal: 0 });
    const after = await pty.screen();
    expect(after).toMatchObject(restored);
    expect(after.rows.slice(0, 2)).toEqual([
      'golem: interrupted, what was decided stays · 1 accepted, 0 rejected, 10 left; re',
      'view with git diff',
    ]);
    const { findings } = (await gateReport(project)).report;
    const subjects = findings.filter(({ code }) => code.startsWith('golden/')).map(({ subject }) => subject);
    expect(subjects).toHaveLength(10);
    expect(subjects).not.toContain(NEW);
  });

  it('ends with 130 on Ctrl-C, on a screen of forty columns by ten rows too', async () => {
    const pty = review([], { columns: 40, rows: 10 });
    const small = await pty.until(/11 left/, 25_000);
    expect(small.rows).toHaveLength(10);
    expect(small.rows[0]).toBe('golden review  11 cases: 11 left, 0 acc…');
    pty.send(KEYS.enter);
    const cause = await pty.until(/^> .*retries/m);
    expect(cause.rows.join('\n')).toContain('… o shows all');
    pty.send(KEYS.ctrlC);
    expect(await pty.ended).toEqual({ exitCode: 130, signal: 0 });
    expect(await pty.screen()).toMatchObject(restored);
  });

  it('is read without colours where NO_COLOR says so', async () => {
    const plain = review([], { env: { NO_COLOR: '1' } });
    await plain.until(/11 left/, 25_000);
    plain.send(KEYS.enter);
    await plain.until(/If accepted/);
    plain.send('q');
    await plain.ended;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such commands
    expect(plain.raw()).not.toMatch(/\u001b\[[0-9;]*m/);
  });

  it('has nothing to ask where every case is as accepted', async () => {
    project.restore();
    const pty = review();
    expect(await pty.ended).toEqual({ exitCode: 0, signal: 0 });
    const { rows, buffer } = await pty.screen();
    expect([rows[0], buffer]).toEqual(['golem: nothing to review · every case is as accepted', 'normal']);
    expect(pty.raw()).not.toContain('\u001b[?1049h');
    project.write('golden/former/u-auto/2025-09-01.json', '{}');
    project.write(`golden/${NEW}.pending.json`, '{}');
    const other = review();
    expect((await other.ended).exitCode).toBe(0);
    expect((await other.screen()).rows.join('')).toContain(
      'every case is as accepted; 2 files belong to no case: npx golem golden prune',
    );
  });

  it('refuses without a terminal, naming what does the same, and in CI, before anything is replayed', async () => {
    const message =
      'Failed to review "golden files": it needs a terminal to ask in; without one, "golem golden accept --cause ID" ' +
      'or "accept CASE" with --reason, and "golem golden reject" with either, decide the same, by the causes and ' +
      'cases that status lists. Run: npx golem golden status\n';
    const piped = await project.golem(['golden', 'review']);
    expect([piped.exit, piped.out, piped.err]).toEqual([64, '', message]);
    const dumb = review([], { env: { TERM: 'dumb' } });
    expect((await dumb.ended).exitCode).toBe(64);
    expect((await dumb.screen()).rows[0]).toContain('this terminal (TERM=dumb) cannot show it');
    const ci = review([], { env: { CI: 'true' } });
    expect((await ci.ended).exitCode).toBe(64);
    expect((await ci.screen()).rows.join('')).toContain(
      'Failed to review "golden files": in CI nothing is written',
    );
  });
});
