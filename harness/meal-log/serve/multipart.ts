/**
 * Reads a multipart request: fields into a body, each image into its digest and size. The content itself is dropped
 * as it streams by, so an image costs no memory and never reaches a recording.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { RequestFile } from '../../migration.ts';
import { LIMITS, RequestRefusal } from './limits.ts';

export interface MultipartContent {
  readonly body: Readonly<Record<string, string>>;
  readonly files: readonly RequestFile[];
}

/** Reads the request to its end. Rejects with a `RequestRefusal` when it breaks a limit or is not multipart. */
export function readMultipart(incoming: IncomingMessage): Promise<MultipartContent> {
  return new Promise((resolve, reject) => {
    const body: Record<string, string> = {};
    const files: Promise<RequestFile>[] = [];
    const refuse = (refusal: RequestRefusal): void => {
      incoming.unpipe();
      incoming.resume();
      reject(refusal);
    };
    let parser: ReturnType<typeof openParser>;
    try {
      parser = openParser(incoming);
    } catch {
      refuse(new RequestRefusal(400, 'bad_multipart', 'the content type names no boundary'));
      return;
    }
    parser.on('field', (name: string | undefined, value: string, _nameCut: boolean, cut: boolean) => {
      if (cut) refuse(tooLarge(`a field may have ${LIMITS.bodyBytes} bytes`));
      else if (name === undefined) refuse(new RequestRefusal(400, 'bad_multipart', 'a field without a name'));
      else body[name] = value;
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
        // A part whose request broke off reports that on its own stream too; the parser's error answers for both.
        stream.on('error', () => {});
        if (!mime.startsWith('image/')) {
          stream.resume();
          refuse(new RequestRefusal(415, 'not_an_image', 'files must be images'));
          return;
        }
        stream.on('limit', () => refuse(tooLarge(`a file may have ${LIMITS.fileBytes} bytes`)));
        files.push(digest(stream, name ?? '', mime));
      },
    );
    parser.on('filesLimit', () => refuse(tooLarge(`a request may carry ${LIMITS.files} files`)));
    parser.on('fieldsLimit', () => refuse(tooLarge(`a request may carry ${LIMITS.fields} fields`)));
    parser.on('error', () =>
      refuse(new RequestRefusal(400, 'bad_multipart', 'the parts do not end as announced')),
    );
    parser.on('finish', () => {
      Promise.all(files).then((read) => resolve({ body, files: read }), reject);
    });
    incoming.on('aborted', () => reject(new RequestRefusal(400, 'aborted', 'the request broke off')));
    incoming.pipe(parser);
  });
}

function openParser(incoming: IncomingMessage) {
  return new Busboy({
    headers: { ...incoming.headers, 'content-type': incoming.headers['content-type'] ?? '' },
    limits: {
      fieldNameSize: 100,
      fieldSize: LIMITS.bodyBytes,
      fields: LIMITS.fields,
      fileSize: LIMITS.fileBytes,
      files: LIMITS.files,
      headerPairs: LIMITS.headers,
      headerSize: LIMITS.headerBytes,
    },
  });
}

function digest(stream: BusboyFileStream, name: string, mime: string): Promise<RequestFile> {
  const sha256 = createHash('sha256');
  let bytes = 0;
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      sha256.update(chunk);
    });
    stream.on('end', () => resolve({ name, mime, sha256: sha256.digest('hex'), bytes }));
  });
}

function tooLarge(message: string): RequestRefusal {
  return new RequestRefusal(413, 'too_large', message);
}
