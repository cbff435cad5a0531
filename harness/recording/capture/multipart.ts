/**
 * Reads a collected multipart body: fields into an object, each file into its digest and size. It works through the
 * body a chunk at a time and lets the service run in between, because a picture takes milliseconds to hash.
 */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { RequestFile } from '../../migration.ts';
import { MAX_FILES } from '../bounds.ts';
import type { CapturedBody } from './content.ts';

/** Bytes handed to the parser between two turns of the event loop: about a tenth of a millisecond of hashing. */
const PIECE_BYTES = 64 * 1024;

/** Resolves with what the body holds; rejects when it is no multipart body or ends too early. */
export async function readMultipart(contentType: string, bytes: Buffer): Promise<CapturedBody> {
  const fields = new Map<string, string>();
  const files: RequestFile[] = [];
  const parser = new Busboy({
    headers: { 'content-type': contentType },
    limits: { fieldSize: Number.POSITIVE_INFINITY, files: MAX_FILES },
  });
  const finished = new Promise<void>((resolve, reject) => {
    parser.on('finish', resolve);
    parser.on('error', reject);
    parser.on('filesLimit', () => reject(new Error('too many files')));
  });
  // Reported when it is awaited below, which comes after the last chunk.
  finished.catch(() => {});
  parser.on('field', (name: string | undefined, value: string) => {
    if (name !== undefined) fields.set(name, value);
  });
  parser.on(
    'file',
    (_field: string, stream: BusboyFileStream, name: string | undefined, _encoding: string, mime: string) => {
      const sha256 = createHash('sha256');
      let bytes = 0;
      const at = files.length;
      // The place in the list is taken now: files end in the order in which they stand, but need not be listened to so.
      files.push({ name: name ?? '', mime, sha256: '', bytes: 0 });
      stream.on('error', () => {});
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        sha256.update(chunk);
      });
      stream.on('end', () => {
        files[at] = { name: name ?? '', mime, sha256: sha256.digest('hex'), bytes };
      });
    },
  );
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    parser.write(bytes.subarray(start, start + PIECE_BYTES));
    await turn();
  }
  parser.end();
  await finished;
  if (files.some(({ sha256 }) => sha256 === '')) throw new Error('a file does not end');
  // fromEntries defines keys, so that a field named `__proto__` stays an ordinary one.
  return { body: Object.fromEntries(fields), files };
}
