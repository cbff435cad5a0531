/**
 * A PGlite with its schema in place, from a dump of an earlier one: making a database takes seconds, loading one a
 * third of a second. The dump is a cache and no more; whatever is wrong with it, the database is made again.
 */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { PGlite } from '@electric-sql/pglite';
import { type SchemaFile, schemaDigest } from '../schema/migrate.ts';

const PACKAGE = '@electric-sql/pglite';
const MODULES = 'node_modules';
/** Length (8 bytes) and CRC-32 (4 bytes) of the dump, behind it: a torn or damaged file must not be loaded. */
const TRAILER_BYTES = 12;

/** `node_modules/.cache/golem` beside the PGlite in use, then the user's own cache directory. */
export function defaultCacheDirectories(): readonly string[] {
  const module = fileURLToPath(import.meta.resolve(PACKAGE));
  const end = module.lastIndexOf(join(MODULES, PACKAGE));
  const beside = end < 0 ? [] : [join(module.slice(0, end + MODULES.length), '.cache', 'golem')];
  return [...beside, join(homedir(), '.cache', 'golem')];
}

export interface PreparedInput {
  readonly files: readonly SchemaFile[];
  readonly cacheDirectories: readonly string[];
  /** Makes a database, from a dump when one is given. */
  load(dump: Blob | null): Promise<PGlite>;
  /** Puts the schema into a fresh database. */
  prepare(fresh: PGlite): Promise<void>;
}

/** Loads the prepared database, or makes it and leaves a dump in the first directory that takes one. */
export async function openPrepared(input: PreparedInput): Promise<PGlite> {
  const name = `pglite-${await pgliteVersion()}-${schemaDigest(input.files).slice(0, 16)}.tar`;
  for (const directory of input.cacheDirectories) {
    const dump = await readDump(join(directory, name));
    if (!dump) continue;
    try {
      return await input.load(dump);
    } catch {
      // A dump that does not load is made again below.
    }
  }
  const fresh = await input.load(null);
  await input.prepare(fresh);
  const bytes = Buffer.from(await (await fresh.dumpDataDir('none')).arrayBuffer());
  for (const directory of input.cacheDirectories) {
    if (await writeDump(directory, name, bytes)) break;
  }
  return fresh;
}

async function pgliteVersion(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve(PACKAGE));
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return version;
}

async function readDump(file: string): Promise<Blob | null> {
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = await readFile(file);
  } catch {
    return null;
  }
  const length = bytes.length - TRAILER_BYTES;
  if (length < 0 || bytes.readBigUInt64BE(length) !== BigInt(length)) return null;
  const dump = bytes.subarray(0, length);
  if (bytes.readUInt32BE(length + 8) !== crc32(dump)) return null;
  return new Blob([dump], { type: 'application/x-tar' });
}

/** Writes aside and renames, so that a reader sees a whole file or none; true when it is in place. */
async function writeDump(directory: string, name: string, dump: Buffer): Promise<boolean> {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeBigUInt64BE(BigInt(dump.length), 0);
  trailer.writeUInt32BE(crc32(dump), 8);
  let aside: string | null = null;
  try {
    await mkdir(directory, { recursive: true });
    aside = await mkdtemp(join(directory, 'writing-'));
    await writeFile(join(aside, name), [dump, trailer]);
    await rename(join(aside, name), join(directory, name));
    return true;
  } catch {
    // A directory that takes no file is no fault: the next one is tried, or the database is made each time.
    return false;
  } finally {
    if (aside !== null) await rm(aside, { recursive: true, force: true });
  }
}
