/**
 * Opens a recording and gives its bytes, decompressed when they are compressed. Apart from the splitting of lines,
 * so that plain and compressed files come through one door, a piece at a time and never whole.
 */
import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PIECE_BYTES } from './bounds.ts';
import { decompressZstd } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Where a recording's bytes come from. */
export interface ByteSource {
  readonly compression: Compression;
  /** The next bytes, valid until the next call; null at the end. */
  next(): Promise<Buffer | null>;
  close(): Promise<void>;
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Zstd data may begin with a skippable frame, whose first byte is 0x50 to 0x5f. */
const ZSTD_SKIPPABLE = Buffer.from([0x2a, 0x4d, 0x18]);

function compressionOf(head: Buffer): Compression {
  if (head.subarray(0, 2).equals(GZIP_MAGIC)) {
    return 'gzip';
  }
  const skippable = ((head[0] ?? 0) & 0xf0) === 0x50 && head.subarray(1, 4).equals(ZSTD_SKIPPABLE);
  return skippable || head.equals(ZSTD_MAGIC) ? 'zstd' : 'none';
}

/** Reads without a position, so that a pipe serves as well as a file. */
async function readHead(handle: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(4);
  let filled = 0;
  while (filled < head.length) {
    const { bytesRead } = await handle.read(head, filled, head.length - filled, null);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return head.subarray(0, filled);
}

async function* chunksOf(handle: FileHandle, head: Buffer): AsyncGenerator<Uint8Array> {
  yield head;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
    if (bytesRead === 0) {
      return;
    }
    yield buffer.subarray(0, bytesRead);
  }
}

/** Reads ahead by one piece, so that the disk works while lines are parsed. */
function plainSource(handle: FileHandle, head: Buffer): ByteSource {
  const read = async (into: Buffer, offset: number): Promise<Buffer> => {
    const { bytesRead } = await handle.read(into, offset, into.length - offset, null);
    return into.subarray(0, offset + bytesRead);
  };
  const ahead = (into: Buffer, offset: number): Promise<Buffer> => {
    const promise = read(into, offset);
    // Reported when it is awaited, which may be never.
    promise.catch(() => {});
    return promise;
  };
  let spare = Buffer.allocUnsafe(PIECE_BYTES);
  let reading = Buffer.allocUnsafe(PIECE_BYTES);
  let pending = ahead(reading, head.copy(reading));
  return {
    compression: 'none',
    async next() {
      const piece = await pending;
      if (piece.length === 0) {
        return null;
      }
      [spare, reading] = [reading, spare];
      pending = ahead(reading, 0);
      return piece;
    },
    close: () => handle.close(),
  };
}

function streamSource(handle: FileHandle, head: Buffer, compression: 'gzip' | 'zstd'): ByteSource {
  const compressed = Readable.from(chunksOf(handle, head));
  const stream =
    compression === 'zstd'
      ? decompressZstd(compressed)
      : pipeline(compressed, createGunzip({ chunkSize: PIECE_BYTES / 4 }), () => {});
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    compression,
    async next() {
      const step = await chunks.next();
      return step.done === true ? null : step.value;
    },
    async close() {
      stream.destroy();
      compressed.destroy();
      await handle.close();
    },
  };
}

/**
 * Opens `file`; what it holds is told by its first bytes, not by its name.
 * Rejects with the system's error when the file cannot be opened or read.
 */
export async function openSource(file: string): Promise<ByteSource> {
  const handle = await open(file, 'r');
  try {
    const head = await readHead(handle);
    const compression = compressionOf(head);
    return compression === 'none' ? plainSource(handle, head) : streamSource(handle, head, compression);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
