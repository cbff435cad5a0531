/**
 * Turns collected bytes into what the write paths would see: JSON, form fields and file digests. Runs after the
 * answer was sent, so it may take its time; whatever cannot be read as what it claims to be throws.
 */
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { RequestFile } from '../../migration.ts';
import { readMultipart } from './multipart.ts';

/** A request's body as a recording has it. */
export interface CapturedBody {
  readonly body: unknown;
  readonly files: readonly RequestFile[];
}

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

/**
 * The bytes with their content encodings undone, at most `most` of them. Bytes that are not encoded as claimed are
 * given as they are: a compressing layer may have named its encoding before capture and encoded behind it.
 */
export async function decoded(bytes: Buffer, contentEncoding: string, most: number): Promise<Buffer> {
  let plain = bytes;
  const encodings = contentEncoding.toLowerCase().split(',').reverse();
  for (const encoding of encodings.map((name) => name.trim())) {
    if (encoding === '' || encoding === 'identity') continue;
    const decode = DECODERS[encoding as keyof typeof DECODERS];
    if (decode === undefined) throw new Error('unknown content encoding');
    try {
      plain = await decode(plain, { maxOutputLength: most });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw error;
      return plain;
    }
  }
  return plain;
}

/** The type alone, without parameters, in lower case. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json');
}

/** Reads a request's body by its content type. A body of another kind than text is a file without a name. */
export async function readRequestBody(
  encoded: Buffer,
  contentType: string,
  contentEncoding: string,
  most: number,
): Promise<CapturedBody> {
  const type = mediaType(contentType);
  if (encoded.length === 0) return { body: null, files: [] };
  const bytes = await decoded(encoded, contentEncoding, most);
  if (type === 'multipart/form-data') return readMultipart(contentType, bytes);
  if (isJson(type)) return { body: JSON.parse(utf8(bytes)), files: [] };
  if (type === 'application/x-www-form-urlencoded') {
    return { body: Object.fromEntries(new URLSearchParams(utf8(bytes))), files: [] };
  }
  if (type === '' || type.startsWith('text/')) return { body: utf8(bytes), files: [] };
  const file = { name: '', mime: type, sha256: hash('sha256', bytes, 'hex'), bytes: bytes.length };
  return { body: null, files: [file] };
}

/** An answer's body: a value where it is JSON, text where it is text, else null. */
export async function readAnswerBody(
  encoded: Buffer,
  contentType: string,
  contentEncoding: string,
  most: number,
): Promise<unknown> {
  if (encoded.length === 0) return null;
  const type = mediaType(contentType);
  const json = isJson(type);
  if (!json && type !== '' && !type.startsWith('text/')) return null;
  const text = utf8(await decoded(encoded, contentEncoding, most));
  return json ? (JSON.parse(text) as unknown) : text;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function utf8(bytes: Buffer): string {
  return strictUtf8.decode(bytes);
}
