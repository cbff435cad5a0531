/**
 * Bodies as HAR files hold them: text, base64, form parameters, multipart with the files' content or without it.
 * Files become digests, and whatever is no text is refused by name instead of being guessed at. Apart from entries
 * because each browser and proxy writes bodies in its own way.
 */
import { createHash } from 'node:crypto';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { RequestFile } from '../../migration.ts';
import { MAX_FILES } from '../bounds.ts';
import type { HarEntry } from './har-file.ts';

type PostData = NonNullable<HarEntry['request']['postData']>;

/** A request's body; `complete` is false when the content of a file is not in the HAR file. */
export interface HarBody {
  readonly body: unknown;
  readonly files: readonly RequestFile[];
  readonly complete: boolean;
}

type Refused = { readonly refused: string };

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A body's bytes, as sent, or null where the file has none. */
function bytesOf(content: {
  readonly text?: string | undefined;
  readonly encoding?: string | undefined;
}): Buffer | null {
  if (content.text === undefined) return null;
  return Buffer.from(content.text, content.encoding === 'base64' ? 'base64' : 'utf8');
}

/** A body's text; null where the file has none, undefined where it is no text. */
export function textOf(content: HarEntry['response']['content']): string | null | undefined {
  const bytes = bytesOf(content ?? {});
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads what a request carried; `seed` names files whose content is missing, so that no two are taken for one. */
export async function readBody(
  { postData, headers }: HarEntry['request'],
  seed: string,
): Promise<HarBody | Refused> {
  if (postData === undefined) return { body: null, files: [], complete: true };
  const header = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value;
  const contentType = postData.mimeType || header || '';
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'multipart/form-data') return readMultipart(postData, header ?? contentType, seed);
  if (type === 'application/x-www-form-urlencoded') return readForm(postData);
  if (type !== 'application/json' && !type.endsWith('+json')) {
    return { refused: `body of another type: ${type || 'none is named'}` };
  }
  const text = textOf(postData);
  if (text === undefined) return { refused: 'binary body: it is no text' };
  if (text === null) return { refused: 'no body: the file does not hold it' };
  try {
    return { body: JSON.parse(text) as unknown, files: [], complete: true };
  } catch {
    return { refused: 'body is not JSON' };
  }
}

function readForm(postData: PostData): HarBody | Refused {
  const text = textOf(postData);
  const pairs: [string, string][] = postData.params?.map(({ name, value }) => [name, value ?? '']) ?? [
    ...new URLSearchParams(text ?? ''),
  ];
  if (pairs.length === 0) return { refused: 'no body: the file does not hold it' };
  return { body: Object.fromEntries(pairs), files: [], complete: true };
}

/** From the raw parts where they are there and whole, else from the parameters a browser lists in their place. */
async function readMultipart(
  postData: PostData,
  contentType: string,
  seed: string,
): Promise<HarBody | Refused> {
  const bytes = bytesOf(postData);
  const parts = bytes === null || bytes.length === 0 ? null : await splitParts(bytes, contentType, seed);
  if (parts !== null) return parts;
  if (!postData.params) return { refused: 'multipart body that cannot be read, and no parameters beside it' };
  const fields: [string, string][] = [];
  const files: RequestFile[] = [];
  let complete = true;
  for (const { name, value, fileName, contentType: mime } of postData.params) {
    if (fileName === undefined && mime === undefined) {
      fields.push([name, value ?? '']);
      continue;
    }
    // Chrome writes "(binary)" where a file's content was.
    const known = value !== undefined && value !== '' && value !== '(binary)';
    complete &&= known;
    files.push({
      name: fileName ?? '',
      mime: mime ?? 'application/octet-stream',
      sha256: sha256(known ? value : `${seed}:${files.length}`),
      bytes: known ? Buffer.byteLength(value) : 0,
    });
  }
  return { body: Object.fromEntries(fields), files, complete };
}

/** Fields and files of raw parts; null when they are not whole, name no boundary or hold nothing. */
function splitParts(bytes: Buffer, contentType: string, seed: string): Promise<HarBody | null> {
  return new Promise((resolve) => {
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = new Busboy({
        headers: { 'content-type': contentType },
        limits: { files: MAX_FILES, fileSize: bytes.length, fieldSize: bytes.length },
      });
    } catch {
      resolve(null);
      return;
    }
    const fields: [string, string][] = [];
    const files: Promise<RequestFile>[] = [];
    parser.on('field', (name: string | undefined, value: string) => {
      if (name !== undefined) fields.push([name, value]);
    });
    parser.on(
      'file',
      (
        _field: string,
        stream: BusboyFileStream,
        name: string | undefined,
        _encoding: string,
        mime: string,
      ) => {
        stream.on('error', () => resolve(null));
        files.push(digest(stream, name ?? '', mime));
      },
    );
    parser.on('error', () => resolve(null));
    parser.on('finish', () => {
      void Promise.all(files).then((read) => {
        const empty = fields.length === 0 && read.length === 0;
        // Browsers leave the content of files out; such a file is named, so that no two are taken for one.
        const named = read.map((file, index) =>
          file.bytes > 0 ? file : { ...file, sha256: sha256(`${seed}:${index}`) },
        );
        const complete = read.every(({ bytes: size }) => size > 0);
        resolve(empty ? null : { body: Object.fromEntries(fields), files: named, complete });
      });
    });
    parser.end(bytes);
  });
}

function digest(stream: BusboyFileStream, name: string, mime: string): Promise<RequestFile> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const content = Buffer.concat(chunks);
      resolve({ name, mime, sha256: sha256(content), bytes: content.length });
    });
  });
}
