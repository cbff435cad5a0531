import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { refuseExisting } from './out-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-out-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file to write', () => {
  it('is refused where there is one already, unless it may be replaced', () => {
    const file = join(folder, 'there.ndjson');
    expect(() => refuseExisting(file, false)).not.toThrow();
    writeFileSync(file, 'kept');
    expect(() => refuseExisting(file, false)).toThrow(/--overwrite takes its place/);
    expect(() => refuseExisting(file, true)).not.toThrow();
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it('is left to the writing of it where nothing can be seen there', () => {
    const circle = join(folder, 'circle.ndjson');
    symlinkSync(circle, circle);
    expect(() => refuseExisting(circle, false)).not.toThrow();
    expect(() => refuseExisting(join('/dev/null', 'below.ndjson'), true)).not.toThrow();
  });

  it('is refused where what is there is a device or a folder, whatever may be replaced', () => {
    const link = join(folder, 'to-a-device.ndjson');
    symlinkSync('/dev/null', link);
    for (const there of ['/dev/null', link, folder]) {
      for (const overwrite of [false, true])
        expect(() => refuseExisting(there, overwrite)).toThrow(/is no file, so nothing may take its place/);
    }
  });
});
