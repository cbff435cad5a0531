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
  /** Bytes taken so far of what lies there, before any decompression; left out where `next` gives them as they are. */
  consumed?(): number;
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

/** Bytes of a file from `from` up to, not including, `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
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

/**
 * Reads ahead by one piece, so that the disk works while lines are parsed: from where the handle stands behind `head`,
 * or the bytes of a range.
 */
function plainSource(handle: FileHandle, head: Buffer, range: ByteRange | null = null): ByteSource {
  let position = range?.from ?? 0;
  const read = async (into: Buffer, offset: number): Promise<Buffer> => {
    const wanted = range ? Math.min(into.length - offset, range.to - position) : into.length - offset;
    const { bytesRead } = await handle.read(into, offset, wanted, range ? position : null);
    position += bytesRead;
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

function streamSource(
  chunksOfFile: AsyncIterable<Uint8Array>,
  compression: 'gzip' | 'zstd',
  release: () => Promise<void>,
): ByteSource {
  let consumed = 0;
  const counted = async function* () {
    for await (const chunk of chunksOfFile) {
      consumed += chunk.length;
      yield chunk;
    }
  };
  const compressed = Readable.from(counted());
  const stream =
    compression === 'zstd'
      ? decompressZstd(compressed)
      : pipeline(compressed, createGunzip({ chunkSize: PIECE_BYTES / 4 }), () => {});
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    compression,
    consumed: () => consumed,
    async next() {
      const step = await chunks.next();
      return step.done === true ? null : step.value;
    },
    async close() {
      stream.destroy();
      compressed.destroy();
      await release();
    },
  };
}

/**
 * Opens `file`, or a range of a plain one; what it holds is told by its first bytes, not by its name.
 * Rejects with the system's error when the file cannot be opened or read.
 */
export async function openSource(file: string, range: ByteRange | null = null): Promise<ByteSource> {
  const handle = await open(file, 'r');
  const close = () => handle.close();
  try {
    if (range) return plainSource(handle, Buffer.alloc(0), range);
    const head = await readHead(handle);
    const compression = compressionOf(head);
    return compression === 'none'
      ? plainSource(handle, head)
      : streamSource(chunksOf(handle, head), compression, close);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * What a stream of bytes holds, decompressed where its first bytes say so: for recordings that come from elsewhere
 * than a disk. Chunks must not be written to again once given.
 */
export async function sourceOfChunks(
  chunks: AsyncIterable<Uint8Array>,
  release: () => Promise<void>,
): Promise<ByteSource> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  for (let step = await nextOf(iterator); step !== null; step = await nextOf(iterator)) {
    head = head.length === 0 ? step : Buffer.concat([head, step]);
    if (head.length >= 4) break;
  }
  let isFirst = true;
  const next = async (): Promise<Buffer | null> => {
    if (!isFirst) return nextOf(iterator);
    isFirst = false;
    return head.length > 0 ? head : null;
  };
  const compression = compressionOf(head.subarray(0, 4));
  if (compression === 'none') return { compression, next, close: release };
  const all = async function* () {
    for (let chunk = await next(); chunk !== null; chunk = await next()) yield chunk;
  };
  return streamSource(all(), compression, release);
}

async function nextOf(iterator: AsyncIterator<Uint8Array>): Promise<Buffer | null> {
  const step = await iterator.next();
  if (step.done === true) return null;
  const { buffer, byteOffset, byteLength } = step.value;
  return Buffer.from(buffer, byteOffset, byteLength);
}
