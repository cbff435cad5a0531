/**
 * The few things that capture asks of a disk. Behind an interface, because what happens when a disk stalls or fills
 * up is a promise of this folder, and tests keep it with a disk that does so on demand.
 */
import { createReadStream, createWriteStream, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress, constants } from 'node:zlib';

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
  rename(from: string, to: string): Promise<void>;
  /** Writes `head` and what follows `skip` bytes of a file, compressed, into another; then the first is removed. */
  compress(from: string, skip: number, head: string, to: string): Promise<void>;
}

export const systemDisk: Disk = {
  async create(path) {
    const handle = await open(path, 'wx');
    return {
      async write(bytes, position) {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
      },
      writeNow(bytes, position) {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(handle.fd, bytes, done, bytes.length - done, position + done);
        }
      },
      async complete(length) {
        await handle.truncate(length);
        await handle.sync();
      },
      close: () => handle.close(),
    };
  },
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
