/**
 * Everything a change must pass, in the order in which a failure is cheapest: format, lint, types, tests, gate. This
 * is what continuous integration runs; the last line counts the tests, so that a run of none is seen.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'golem-check-'));
const testReport = join(scratch, 'tests.json');

const bin = (path: string) => join(root, 'node_modules', path);
const steps: readonly (readonly [name: string, ...command: string[]])[] = [
  ['format', bin('@biomejs/biome/bin/biome'), 'format', '.'],
  ['lint', bin('@biomejs/biome/bin/biome'), 'lint', '--error-on-warnings', '.'],
  ['types', bin('typescript/bin/tsc'), '--noEmit'],
  [
    'tests',
    bin('vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${testReport}`,
  ],
  ['gate', join(root, 'bin/golem.js'), 'gate'],
];

interface TestCounts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

function testCounts(): TestCounts {
  try {
    return JSON.parse(readFileSync(testReport, 'utf8')) as TestCounts;
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  }
}

const failed: string[] = [];
for (const [name, ...command] of steps) {
  console.log(`\n── ${name}`);
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  if (status !== 0) failed.push(name);
}

const { numPassedTests, numFailedTests, numPendingTests } = testCounts();
rmSync(scratch, { recursive: true, force: true });
if (numPassedTests === 0) failed.push('no test ran');
console.log(failed.length === 0 ? '\nAll steps passed.' : `\nFailed: ${failed.join(', ')}.`);
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
process.exit(failed.length === 0 ? 0 : 1);
