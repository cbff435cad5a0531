/**
 * Where recordings lie: a disk, or a store that a scheme such as `s3://` names. One small interface, so that finding,
 * cutting and reading recordings is written once.
 */
import { hash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GolemError } from '../errors.ts';
import { readFailure } from './fault.ts';
import { s3Door } from './s3-door.ts';
import { type ByteRange, type ByteSource, openSource } from './source.ts';

/** What tells whether a recording is still the one that was looked at. */
export interface FileStamp {
  readonly bytes: number;
  /** Changes whenever the content does; comparable on one machine only. */
  readonly version: string;
}

export interface RecordingDoor {
  /** The recordings a name or pattern stands for, as names that `open` takes, sorted; none where nothing fits. */
  expand(name: string, cwd: string): Promise<string[]>;
  /** The same text for the same recording, whatever it was called. */
  identity(name: string): Promise<string>;
  /** Null for what has no size and can be read only once, such as a pipe. */
  stat(name: string): Promise<FileStamp | null>;
  /** The bytes, decompressed; those of a range as they are. */
  open(name: string, range?: ByteRange | null): Promise<ByteSource>;
}

const DISK: RecordingDoor = {
  expand: async (name, cwd) => {
    const path = resolve(cwd, name);
    if (name === '-' && !existsSync(path)) return ['/dev/stdin'];
    if (existsSync(path) || !/[*?[{]/.test(name)) return [path];
    return globSync(name, { cwd })
      .map((found) => resolve(cwd, found))
      .sort();
  },
  // What a pipe's name leads to has none of its own; a file that is missing is reported where it is opened.
  identity: (name) => realpath(name).catch(() => name),
  stat: async (name) => {
    const found = await stat(name);
    if (!found.isFile()) return null;
    return { bytes: found.size, version: `${found.mtimeMs} ${found.ino}` };
  },
  open: (name, range = null) => openSource(name, range),
};

let s3: RecordingDoor | null = null;

/** The door to where a recording of this name lies. A scheme that nobody serves is a usage error. */
export function doorTo(name: string): RecordingDoor {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(name)?.[1]?.toLowerCase();
  if (scheme === undefined) return DISK;
  if (scheme === 's3') {
    // One client for a run. It reads the usual AWS variables of the process by itself.
    s3 ??= s3Door(process.env);
    return s3;
  }
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: name,
    reason: `recordings are not read from ${scheme}:// addresses`,
    next: 'golem replay --help',
  });
}

/** Bytes looked at on either end of a recording to tell it from others. */
const EDGE_BYTES = 65_536;

/**
 * SHA-256 over both ends of a recording: cheap however large it is, and other for every other recording that anyone
 * would take for it. Null for what can be read only once.
 */
export async function digestEdges(name: string): Promise<string | null> {
  const door = doorTo(name);
  const stamp = await door.stat(name);
  if (!stamp) return null;
  const { bytes } = stamp;
  const edges: Buffer[] = [];
  for (const range of [
    { from: 0, to: Math.min(bytes, EDGE_BYTES) },
    { from: Math.max(0, bytes - EDGE_BYTES), to: bytes },
  ]) {
    const source = await door.open(name, range);
    try {
      for (let piece = await source.next(); piece !== null; piece = await source.next())
        edges.push(Buffer.from(piece));
    } finally {
      await source.close();
    }
  }
  return hash('sha256', Buffer.concat(edges), 'hex');
}

/** What went wrong on the way to a recording, as the error people see. */
export async function throughDoor<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readFailure(name, 'none', 1, error);
  }
}
