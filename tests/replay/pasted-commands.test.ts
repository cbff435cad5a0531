/**
 * Commands that a replay prints to be pasted: they name recordings as they were typed, or are not printed where nothing
 * that could be typed would run them; files that a replay leaves keep short names, whose bytes depend on no folder.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Project, REPOSITORY, temporaryProject } from '../temporary-project.ts';

let project: Project;
let elsewhere = '';
let recording = '';

beforeAll(() => {
  project = temporaryProject({ suites: ['edges'] });
  elsewhere = mkdtempSync(join(tmpdir(), 'golem typed '));
  recording = join(elsewhere, 'ten.ndjson');
  cpSync(join(REPOSITORY, 'fixtures/edges/recording.ndjson'), recording);
});
afterAll(() => {
  project.dispose();
  rmSync(elsewhere, { recursive: true });
});

it('names a recording of another folder as it was typed, and in files by its short name', async () => {
  const files = ['--json', 'report.json', '--junit', 'junit.xml'];
  const { out } = await project.golem(['replay', recording, '--ramp', '10,100', ...files]);
  expect(out).toContain(`--recording '${recording}'`);
  expect(out).toContain(`This run again: npm run replay -- '${recording}' --flags`);
  expect(out).not.toMatch(/(replay --|--recording) '?ten\.ndjson/);
  const report = JSON.parse(readFileSync(project.path('report.json'), 'utf8'));
  expect(report.reproduce).toContain('npm run replay -- ten.ndjson --flags');
  expect(report).not.toHaveProperty('typed');
  for (const file of ['report.json', 'junit.xml'])
    expect(readFileSync(project.path(file), 'utf8')).not.toContain(elsewhere);
});

it('prints no command for what came through a pipe', () => {
  // A socket, as a process gives itself for input, is no pipe and cannot be opened by name.
  const line = 'cat "$1" | "$2" "$3" replay - --ramp 10,100';
  const args = ['-c', line, 'sh', recording, process.execPath, project.path('bin/golem.js')];
  const { stdout: out } = spawnSync('sh', args, { cwd: project.root, encoding: 'utf8' });
  expect(out).toContain('golem: ');
  expect(out).not.toContain('This run again');
  expect(out).not.toContain("--recording '-'");
  expect(out).not.toMatch(/replay -- -/);
});
