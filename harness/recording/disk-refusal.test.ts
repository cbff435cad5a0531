import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskRefusal, refusalOf } from './disk-refusal.ts';

it.each([
  ['ENOSPC', 'the disk is full', 'df -h out'],
  [
    'EFBIG',
    'it grew larger than a file may be here, by the limit of this shell or of the file system',
    'ulimit -f unlimited; df -hT out',
  ],
  ['EISDIR', 'it is a folder', 'ls -ld out/a.tally'],
  ['EIO', 'the system answered EIO: i/o error, write', 'ls -ld out; df -h out'],
])('%s is %s', (code, reason, next) => {
  expect(refusalOf('out/a.tally', code, "EIO: i/o error, write 'out/a.tally.3.partial'")).toMatchObject({
    reason,
    next,
  });
});

it('leaves alone what no disk said', () => {
  expect(diskRefusal('a', new Error('a fault of golem'))).toBeNull();
  expect(diskRefusal('a', Object.assign(new Error('bad data'), { code: 'Z_DATA_ERROR' }))).toBeNull();
});

it('knows a file that grew over the limit of the shell as such', () => {
  const folder = mkdtempSync(join(tmpdir(), 'golem-limit-'));
  const launcher = join(import.meta.dirname, '../../bin/golem.js');
  const recording = join(import.meta.dirname, '../../fixtures/everyday/recording.ndjson');
  const script = `ulimit -f 8; exec "$@" --out "${folder}/a.tally"`;
  try {
    execFileSync('bash', ['-c', script, 'bash', process.execPath, launcher, 'replay', recording], {
      stdio: 'pipe',
    });
    throw new Error('nothing was refused');
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: Buffer };
    expect(String(stderr)).toContain(
      'Failed to write the tally "a.tally": it grew larger than a file may be here, by the limit of this shell',
    );
    expect(status).toBe(69);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
