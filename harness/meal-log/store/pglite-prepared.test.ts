import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultCacheDirectories, openPrepared } from './pglite-prepared.ts';

const FILES = [{ name: '0001_one.sql', sql: 'select 1', sha256: 'a' }];
const DUMP = 'all of a database';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golem-prepared-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Opens with stand-ins for PGlite and tells whether the database was loaded or made. */
async function open(cacheDirectories: readonly string[], files = FILES, loads = true): Promise<string> {
  let how = 'loaded';
  const given: string[] = [];
  await openPrepared({
    files,
    cacheDirectories,
    load: async (dump) => {
      if (dump && !loads) throw new Error('no database in there');
      if (dump) given.push(await dump.text());
      return { dumpDataDir: async () => new Blob([DUMP]) } as unknown as PGlite;
    },
    prepare: async () => {
      how = 'made';
    },
  });
  // PGlite may start from a damaged dump and fail later, so none may get as far as being loaded.
  expect(given.filter((text) => text !== DUMP)).toEqual([]);
  return how;
}

it('makes the database once and loads it from then on', async () => {
  expect([await open([home]), await open([home])]).toEqual(['made', 'loaded']);
  expect(await readdir(home)).toEqual([expect.stringMatching(/^pglite-\d+\.\d+\.\d+-[0-9a-f]{16}\.tar$/)]);
});

it('makes another database for another schema', async () => {
  await open([home]);
  expect(await open([home], [{ ...FILES[0]!, sha256: 'b' }])).toBe('made');
});

it('makes a torn, a damaged and an unloadable one again', async () => {
  await open([home]);
  const file = join(home, (await readdir(home))[0]!);
  const whole = await readFile(file);
  const damaged = Buffer.from(whole);
  damaged[3] = damaged[3]! ^ 1;
  for (const broken of [whole.subarray(0, -3), damaged, Buffer.alloc(0)]) {
    await writeFile(file, broken);
    expect(await open([home])).toBe('made');
    expect(await readFile(file)).toEqual(whole);
  }
  expect(await open([home], FILES, false)).toBe('made');
});

it('goes on to the next directory where it cannot write, and without any where there is none', async () => {
  const blocked = join(home, 'a-file');
  await writeFile(blocked, '');
  const second = join(home, 'second');
  expect(await open([join(blocked, 'cache'), second])).toBe('made');
  expect(await open([join(blocked, 'cache'), second])).toBe('loaded');
  expect(await open([])).toBe('made');
});

it('keeps the database beside the PGlite that made it, else in the user’s cache', () => {
  expect(defaultCacheDirectories()).toEqual([
    expect.stringMatching(/node_modules.\.cache.golem$/),
    expect.stringMatching(/\.cache.golem$/),
  ]);
});
