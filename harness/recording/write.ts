/**
 * Writes a recording: beside its final name first, renamed when it is whole, so that nobody ever reads half of one.
 * Capture, import, anonymising and shrinking all write through this one file, which makes their lines alike.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { GolemError } from '../errors.ts';
import { diskRefusal } from './disk-refusal.ts';
import type { RecordedWrite, RecordingHeader } from './format.ts';

/** Characters gathered before they are handed to the disk; single lines cost twice as much. */
const BATCH_CHARACTERS = 64 * 1024;

/** What a finished recording holds. */
export interface WrittenCounts {
  readonly records: number;
  readonly users: number;
  /** UTF-8 bytes before compression, header included. */
  readonly bytes: number;
}

/** Records as the text of their lines. */
export interface RenderedLines {
  readonly text: string;
  readonly records: number;
  readonly users: number;
}

export interface RecordingWriter {
  /** Adds a record; await it, so that a slow disk slows its writer down. */
  write(record: RecordedWrite): Promise<void>;
  /** Adds lines that `renderRecord` made elsewhere, each with its newline, of users who stand in no other. */
  writeLines(lines: RenderedLines): Promise<void>;
  /** Completes the file under its final name. */
  finish(): Promise<WrittenCounts>;
  /** Gives up: removes what was written and leaves a file of that name as it was. Does nothing once finished. */
  abort(): Promise<void>;
}

/** True when the keys of `value` are exactly those of `first`, in that order: then nothing needs sorting. */
function isOrdered(value: object, first: readonly string[]): boolean {
  let index = 0;
  for (const key in value) {
    if (key !== first[index]) {
      return false;
    }
    index += 1;
  }
  return index === first.length;
}

/** Keys of `value` in the order of `first`, then all others sorted. */
function inOrder(value: object, first: readonly string[]): Readonly<Record<string, unknown>> {
  const source = value as Readonly<Record<string, unknown>>;
  if (isOrdered(value, first)) {
    return source;
  }
  const rest = Object.keys(value)
    .filter((key) => !first.includes(key))
    .sort();
  const entries = [...first.filter((key) => source[key] !== undefined), ...rest].map(
    (key) => [key, source[key]] as const,
  );
  // fromEntries defines keys, so that one named `__proto__` stays an ordinary key.
  return Object.fromEntries(entries);
}

const HEADER_KEYS = [
  'golem',
  'version',
  'source',
  'env',
  'tz_offset_minutes',
  'anonymised',
  'simulated',
  'captured',
  'grouped_by',
] as const satisfies readonly (keyof RecordingHeader)[];

const RECORD_KEYS = [
  'id',
  'at',
  'user',
  'request_key',
  'rollout_bucket',
  'request',
  'upstream',
  'response',
] as const satisfies readonly (keyof RecordedWrite)[];

/** A header as its line, without newline. */
export function renderHeader(header: RecordingHeader): string {
  const captured = inOrder(header.captured, ['from', 'to']);
  return JSON.stringify(inOrder({ ...header, captured }, HEADER_KEYS));
}

/**
 * A record as its line, without newline: keys in the order of the format, unknown keys sorted behind them, header
 * names sorted, bodies as they are. The same record gives the same bytes, however its keys were ordered.
 */
export function renderRecord(record: RecordedWrite): string {
  const { request } = record;
  return JSON.stringify(
    inOrder(
      {
        ...record,
        request: inOrder(
          {
            ...request,
            headers: inOrder(request.headers, []),
            files: request.files.map((file) => inOrder(file, ['name', 'mime', 'sha256', 'bytes'])),
          },
          ['method', 'path', 'headers', 'body', 'files'],
        ),
        upstream: record.upstream.map((call) =>
          inOrder(
            {
              ...call,
              request: inOrder(call.request, ['method', 'url', 'body_sha256']),
              response: call.response === null ? null : inOrder(call.response, ['status', 'body']),
            },
            ['request', 'response', 'latency_ms'],
          ),
        ),
        response: record.response === null ? null : inOrder(record.response, ['status', 'body']),
      },
      RECORD_KEYS,
    ),
  );
}

function writeFailure(file: string, error: unknown): unknown {
  const refused = diskRefusal(file, error);
  if (refused === null) return error;
  const { reason, next, isName } = refused;
  const kind = isName ? 'usage' : 'unavailable';
  return new GolemError(
    { kind, verb: 'write recording', subject: basename(file), reason, place: { file }, next },
    { cause: error },
  );
}

/** The checksum lets a reader notice a flipped bit, which zstd leaves out unless asked. */
function compressorFor(file: string): [] | [NodeJS.ReadWriteStream] {
  if (file.endsWith('.gz')) {
    return [createGzip()];
  }
  return file.endsWith('.zst')
    ? [createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })]
    : [];
}

/** A queue of at most a few chunks between the writer and its pipeline. */
function chunkQueue(): { stream: Readable; push(chunk: string): Promise<void>; end(): void } {
  let room: (() => void) | null = null;
  const stream = new Readable({
    highWaterMark: 4 * BATCH_CHARACTERS,
    read() {
      room?.();
      room = null;
    },
  });
  stream.on('close', () => room?.());
  return {
    stream,
    push(chunk) {
      if (stream.push(chunk) || stream.destroyed) {
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        room = resolve;
      });
    },
    end: () => stream.push(null),
  };
}

/**
 * Opens a writer for `file`, making the folders it needs; a name ending in `.gz` or `.zst` is compressed. Throws a
 * `GolemError` of kind `unavailable` when the disk refuses, `usage` where no file can have that name; whatever fails, the
 * unfinished file is removed.
 */
export async function createRecordingWriter(file: string, header: RecordingHeader): Promise<RecordingWriter> {
  const unfinished = `${file}.${randomBytes(4).toString('hex')}.partial`;
  const users = new Set<string>();
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    await mkdir(dirname(file), { recursive: true });
    handle = await open(unfinished, 'wx');
  } catch (error) {
    throw writeFailure(file, error);
  }
  const queue = chunkQueue();
  const target: Writable = createWriteStream('', { fd: handle, flush: true });
  let failure: unknown = null;
  const written = pipeline([queue.stream, ...compressorFor(file), target]).catch((error: unknown) => {
    failure = error;
  });
  let state: 'open' | 'closed' = 'open';
  let gathered = `${renderHeader(header)}\n`;
  let records = 0;
  let otherUsers = 0;
  let bytes = 0;

  const abort = async (): Promise<void> => {
    if (state === 'closed') {
      return;
    }
    state = 'closed';
    queue.stream.destroy();
    await written;
    await rm(unfinished, { force: true });
  };
  const assertOpen = (): void => {
    if (state === 'closed') {
      throw new Error(`the recording "${file}" was closed already`);
    }
  };
  const send = async (): Promise<void> => {
    const chunk = gathered;
    gathered = '';
    bytes += Buffer.byteLength(chunk);
    await queue.push(chunk);
    if (failure !== null) {
      await abort();
      throw writeFailure(file, failure);
    }
  };
  return {
    async write(record) {
      assertOpen();
      gathered += `${renderRecord(record)}\n`;
      records += 1;
      users.add(record.user);
      if (gathered.length >= BATCH_CHARACTERS) {
        await send();
      }
    },
    async writeLines(lines) {
      assertOpen();
      gathered += lines.text;
      records += lines.records;
      otherUsers += lines.users;
      if (gathered.length >= BATCH_CHARACTERS) {
        await send();
      }
    },
    async finish() {
      assertOpen();
      await send();
      queue.end();
      await written;
      if (failure !== null) {
        await abort();
        throw writeFailure(file, failure);
      }
      state = 'closed';
      try {
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw writeFailure(file, error);
      }
      return { records, users: users.size + otherUsers, bytes };
    },
    abort,
  };
}
