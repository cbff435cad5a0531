import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { failing, passing, row } from '../../tests/cli/sample-report.ts';
import { renderJson } from '../report/json.ts';
import { renderJunit } from '../report/junit.ts';
import { checkReportOptions, publishReport } from './report-options.ts';

const globals = { config: null, debug: false, color: true };
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('publishing a report', () => {
  it('ends standard output in the verdict and gives the report’s exit code', async () => {
    const shell = fakeShell({ cwd: folder });
    expect(await publishReport(failing, {}, globals, shell)).toBe(1);
    expect(shell.out().endsWith(`\n${failing.summary}\n`)).toBe(true);
    expect(shell.err()).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes the files that were asked for', async () => {
    const shell = fakeShell({ cwd: folder });
    await publishReport(failing, { json: 'out/report.json', junit: 'junit.xml' }, globals, shell);
    expect(await readFile(join(folder, 'out/report.json'), 'utf8')).toBe(renderJson(failing));
    expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toBe(renderJunit(failing));
    expect((await readdir(folder)).sort()).toEqual(['junit.xml', 'out']);
  });

  it('puts the JSON alone on standard output when asked, the rest on standard error', async () => {
    const shell = fakeShell({ cwd: folder, env: { GITHUB_ACTIONS: 'true' } });
    expect(await publishReport(failing, { json: '-' }, globals, shell)).toBe(1);
    expect(shell.out()).toBe(renderJson(failing));
    expect(shell.err()).toMatch(/^::error .*\ngolem: fail [^\n]*\n$/s);
  });

  it('annotates and adds to the job summary on GitHub, and only there or when asked', async () => {
    const env = { GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
    await writeFile(env.GITHUB_STEP_SUMMARY, 'before\n');
    const quiet = fakeShell({ env });
    await publishReport(failing, {}, globals, quiet);
    expect(quiet.out()).not.toContain('::error');
    await publishReport(
      failing,
      { github: false },
      globals,
      fakeShell({ env: { ...env, GITHUB_ACTIONS: 'true' } }),
    );
    expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toBe('before\n');
    const shell = fakeShell({ env: { ...env, GITHUB_ACTIONS: 'true' } });
    await publishReport(failing, {}, globals, shell);
    expect(shell.out()).toMatch(/^::error file=/);
    expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^before\n## golem: FAIL\n/);
  });

  it('keeps the verdict when the job summary cannot be written', async () => {
    const shell = fakeShell({ env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: folder } });
    expect(await publishReport(passing, {}, globals, shell)).toBe(0);
    expect(shell.err()).toMatch(/^golem: the job summary could not be written: /);
  });

  it('colours a terminal, and no reader that asks for none', async () => {
    const colored = async (options: Parameters<typeof fakeShell>[0], color = true): Promise<boolean> => {
      const shell = fakeShell(options);
      await publishReport(passing, {}, { ...globals, color }, shell);
      return shell.out().includes('\u001b[');
    };
    expect(await colored({ isTerminal: true })).toBe(true);
    expect(await colored({ isTerminal: false })).toBe(false);
    expect(await colored({ isTerminal: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await colored({ isTerminal: true, env: { NO_COLOR: '' } })).toBe(true);
    expect(await colored({ isTerminal: true, env: { TERM: 'dumb' } })).toBe(false);
    expect(await colored({ isTerminal: true }, false)).toBe(false);
    expect(await colored({ isTerminal: false, env: { FORCE_COLOR: '1' } })).toBe(true);
  });

  it.each([
    ['a verdict that its exit code contradicts', { ...passing, exit: 1 as const }],
    ['a pass with a red check', { ...passing, rows: [row(), row({ passed: false })] }],
    ['a pass without a check', { ...passing, rows: [] }],
  ])('refuses %s', async (_, report) => {
    const shell = fakeShell({});
    await expect(publishReport(report, {}, globals, shell)).rejects.toThrow(/^the verdict pass came with/);
    expect(shell.out()).toBe('');
  });

  it('refuses JUnit on standard output before any work is done', () => {
    expect(() => checkReportOptions({ junit: '-' })).toThrow(
      'Failed to write "--junit -": only --json can go to standard output.',
    );
    expect(checkReportOptions({ json: '-', junit: 'x.xml' })).toBeUndefined();
  });
});
