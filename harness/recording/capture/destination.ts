/**
 * Where a capture writes: one file, or a folder in which each file gets a name of its own. Looked at once, when the
 * service starts, so that a missing folder is found then and not with the first write.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GolemError } from '../../errors.ts';
import { shellQuote } from '../look.ts';
import { refuseExisting } from '../out-file.ts';

export interface Destination {
  /** False for one file, which is then written as a whole and never rotated. */
  readonly isFolder: boolean;
  /** Names of the `sequence`-th file, begun at this time: when it is whole, and until then. */
  names(sequence: number, atMs: number): FileNames;
}

export interface FileNames {
  readonly final: string;
  readonly unfinished: string;
}

const EXTENSIONS = { none: '.ndjson', gzip: '.ndjson.gz', zstd: '.ndjson.zst' } as const;

/**
 * Reads `to`: a folder that exists or a path that ends in a slash is a folder, everything else a file. `instance`
 * keeps the names of several processes apart. Throws a usage error when the folder is not there or the file is, and
 * `unavailable` when the folder cannot be written to.
 */
export function destinationOf(
  to: string,
  options: {
    readonly compress: keyof typeof EXTENSIONS;
    readonly instance: string;
    readonly overwrite: boolean;
  },
): Destination {
  const isFolder = to.endsWith('/') || isExistingFolder(to);
  const folder = isFolder ? to : dirname(to);
  if (!isExistingFolder(folder)) {
    throw new GolemError({
      kind: 'usage',
      verb: 'record into',
      subject: folder,
      reason: 'there is no such folder',
      next: `mkdir -p ${shellQuote(folder)}`,
    });
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new GolemError(
      {
        kind: 'unavailable',
        verb: 'record into',
        subject: folder,
        reason: 'writing there is not permitted',
        next: `ls -ld ${shellQuote(folder)}`,
      },
      { cause: error },
    );
  }
  if (!isFolder) {
    refuseExisting(to, options.overwrite);
    const names = { final: to, unfinished: `${uncompressed(to)}.${options.instance}.part` };
    return { isFolder, names: () => names };
  }
  const extension = EXTENSIONS[options.compress];
  return {
    isFolder,
    names: (sequence, atMs) => {
      const at = `${new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
      const number = String(sequence).padStart(6, '0');
      const final = join(folder, `recording-${at}-${options.instance}-${number}${extension}`);
      return { final, unfinished: `${uncompressed(final)}.part` };
    },
  };
}

function isExistingFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Files are plain until they are whole. */
function uncompressed(path: string): string {
  return path.replace(/\.(?:gz|zst)$/, '');
}
