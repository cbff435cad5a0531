/**
 * Writes a file so that a reader finds the whole of it or none of it: aside in the same folder, then renamed. A file of
 * its own because reports and tallies are written alike, and neither may take the place of a pipe or a device.
 */
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes `content` to `path` (absolute), making the folders it needs; a link stays a link. What is there and is no file,
 * such as a pipe, is written to as it is. Rejects with the system's error, and leaves nothing behind then.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  if (path.startsWith('/dev/') || (await isStream(target))) {
    const stream = await open(path, 'a');
    try {
      await stream.writeFile(content);
    } finally {
      await stream.close();
    }
    return;
  }
  const aside = `${target}.${process.pid}.partial`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const file = await open(aside, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function isStream(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  return there !== null && !there.isFile() && !there.isDirectory();
}
