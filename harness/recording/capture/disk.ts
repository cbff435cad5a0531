/**
 * The few things that capture asks of a disk. Behind an interface, because what happens when a disk stalls or fills
 * up is a promise of this folder, and tests keep it with a disk that does so on demand.
 */
import * as fs from 'node:fs';
import { createReadStream, createWriteStream, openSync, writeSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGzip, createZstdCompress } from 'node:zlib';

const open = promisify(fs.open);
const write = promisify(fs.write);
const truncate = promisify(fs.ftruncate);
const sync = promisify(fs.fsync);
const close = promisify(fs.close);

export interface DiskFile {
  /** Writes all bytes at a position. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** The same at once, for a process that is about to end. */
  writeNow(bytes: Uint8Array, position: number): void;
  /** Cuts the file off at a length and waits until it stands on the disk. */
  complete(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Creates a file; rejects when there is one of that name. */
  create(path: string): Promise<DiskFile>;
  /** The same at once. */
  createNow(path: string): DiskFile;
  rename(from: string, to: string): Promise<void>;
  /** Writes `head` and what follows `skip` bytes of a file, compressed, into another; then the first is removed. */
  compress(from: string, skip: number, head: string, to: string): Promise<void>;
}

/** Bytes go where they belong whatever was written before, so that a batch can be written again. */
function fileOf(descriptor: number): DiskFile {
  return {
    async write(bytes, position) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await write(descriptor, bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    },
    writeNow(bytes, position) {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
      }
    },
    async complete(length) {
      await truncate(descriptor, length);
      await sync(descriptor);
    },
    close: () => close(descriptor),
  };
}

export const systemDisk: Disk = {
  create: async (path) => fileOf(await open(path, 'wx')),
  createNow: (path) => fileOf(openSync(path, 'wx')),
  rename,
  async compress(from, skip, head, to) {
    const unfinished = `${to}.part`;
    try {
      await pipeline(
        Readable.from(joined(head, createReadStream(from, { start: skip }))),
        to.endsWith('.gz')
          ? createGzip()
          : // The checksum lets a reader notice a flipped bit, which zstd leaves out unless asked.
            createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
        createWriteStream(unfinished, { flush: true }),
      );
      await rename(unfinished, to);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    await rm(from, { force: true });
  },
};

async function* joined(head: string, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(head);
  yield* rest;
}
