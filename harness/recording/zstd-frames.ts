/**
 * Decompresses zstd data of any number of frames. Its own file because Node's decoder drops whatever follows the end
 * of a frame within the same chunk, without an error: a file of several frames, as parallel compressors and appending
 * tools write them, would lose records in silence.
 */
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { PIECE_BYTES } from './bounds.ts';

function write(decoder: ZstdDecompress, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    decoder.once('error', reject);
    decoder.write(bytes, (error) => {
      decoder.off('error', reject);
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    });
  });
}

function open(out: PassThrough): ZstdDecompress {
  const decoder = createZstdDecompress({ chunkSize: PIECE_BYTES / 4 });
  // `write` and `finished` report errors; this one keeps an error in between from being unhandled.
  decoder.on('error', () => {});
  out.once('close', () => decoder.destroy());
  decoder.pipe(out, { end: false });
  return decoder;
}

async function end(decoder: ZstdDecompress): Promise<void> {
  decoder.end();
  await finished(decoder);
}

async function pump(compressed: AsyncIterable<Uint8Array>, out: PassThrough): Promise<void> {
  let decoder: ZstdDecompress | null = null;
  for await (const chunk of compressed) {
    let rest = chunk;
    while (rest.length > 0) {
      decoder ??= open(out);
      const before = decoder.bytesWritten;
      await write(decoder, rest);
      // What the decoder left over belongs to the next frame.
      rest = rest.subarray(decoder.bytesWritten - before);
      if (rest.length > 0) {
        await end(decoder);
        decoder = null;
      }
    }
  }
  if (decoder !== null) {
    await end(decoder);
  }
  out.end();
}

/** The decompressed bytes of all frames, as a stream that fails where the data is damaged or breaks off. */
export function decompressZstd(compressed: AsyncIterable<Uint8Array>): Readable {
  const out = new PassThrough({ readableHighWaterMark: PIECE_BYTES });
  pump(compressed, out).catch((error: Error) => out.destroy(error));
  return out;
}
