import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAside } from './write-aside.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a file written aside', () => {
  it('replaces what was there, whole, and leaves nothing else', async () => {
    await writeFile(join(folder, 'a.json'), 'a much longer old text');
    await writeAside(join(folder, 'a.json'), 'new', 'a.json');
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('makes the folders it needs', async () => {
    await writeAside(join(folder, 'x/y/a.json'), 'new', 'x/y/a.json');
    expect(await readFile(join(folder, 'x/y/a.json'), 'utf8')).toBe('new');
  });

  it('writes through a pipe, whose place no file may take', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const read = readFile(pipe, 'utf8');
    await writeAside(pipe, 'new', 'pipe');
    expect(await read).toBe('new');
    expect((await stat(pipe)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  it('goes where a link leads, and leaves the link', async () => {
    await writeFile(join(folder, 'real.json'), 'old');
    await symlink('real.json', join(folder, 'link.json'));
    await writeAside(join(folder, 'link.json'), 'new', 'link.json');
    expect(await readFile(join(folder, 'real.json'), 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'link.json'))).isSymbolicLink()).toBe(true);
  });

  it('refuses a folder as a usage error and leaves nothing behind', async () => {
    await mkdir(join(folder, 'sub'));
    await expect(writeAside(join(folder, 'sub'), 'new', 'sub')).rejects.toMatchObject({
      message: 'Failed to write "sub": it is a folder. Run: ls -ld sub',
      exit: 64,
    });
    expect(await readdir(folder)).toEqual(['sub']);
  });

  it('refuses a path through a file as a usage error', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeAside(join(folder, 'file/a.json'), 'new', 'file/a.json')).rejects.toMatchObject({
      message: 'Failed to write "file/a.json": a part of the path is a file. Run: ls -ld file',
      exit: 64,
    });
  });

  it('says that the disk refuses where it does', async () => {
    // The system's view of its processes takes no new files, whoever asks; permissions would not stop a superuser.
    await expect(writeAside('/proc/a.json', 'new', '/proc/a.json')).rejects.toMatchObject({ exit: 69 });
  });
});
