/**
 * Recordings in an S3-compatible object store, read where they lie: ranges of a few megabytes, one ahead, each asked
 * for again when it does not come whole. Address, region and credentials come from the usual AWS variables of the
 * environment; a store of one's own is named by AWS_ENDPOINT_URL_S3.
 */
import { matchesGlob } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { GolemError } from '../errors.ts';
import type { FileStamp, RecordingDoor } from './doors.ts';
import { changed, failureOf, notAStore, type S3Subject, saysNothing, statusOf } from './s3-failure.ts';
import { type ByteRange, type ByteSource, sourceOfChunks } from './source.ts';

/** Bytes of one request: enough that its way there and back is small beside it, little enough to ask for again. */
const RANGE_BYTES = 4 << 20;
/** Times one request is made before the run gives up; the client waits longer before each. */
const ATTEMPTS = 6;
const CONNECT_WITHIN_MS = 5_000;
/** A request on which nothing moves for so long is made again. */
const SILENT_FOR_MS = 30_000;

interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** `s3://bucket/key` apart; a usage error for anything else. */
export function parseS3(name: string): ObjectName {
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(name) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new GolemError({
      kind: 'usage',
      verb: 'read recording',
      subject: name,
      reason: 'expected s3://BUCKET/KEY, where the key may be a pattern such as 2025-09-*.ndjson.gz',
      next: 'golem replay --help',
    });
  }
  return { bucket, key };
}

/** The client with its requests, loaded when a recording is first asked for: it is large. */
async function connect(environment: Readonly<Record<string, string | undefined>>) {
  const s3 = await import('@aws-sdk/client-s3');
  const own = environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  const client: S3Client = new s3.S3Client({
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      requestTimeout: SILENT_FOR_MS,
      throwOnRequestTimeout: true,
    },
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1',
    ...(own === undefined ? {} : { endpoint: own, forcePathStyle: true }),
  });
  return { client, ...s3 };
}

/** The door to an object store. `environment` names a store of one's own, which is addressed by path. */
export function s3Door(environment: Readonly<Record<string, string | undefined>>): RecordingDoor {
  let connected: ReturnType<typeof connect> | null = null;
  const s3 = (): ReturnType<typeof connect> => {
    connected ??= connect(environment);
    return connected;
  };

  async function stat(name: string): Promise<FileStamp> {
    const { bucket, key } = parseS3(name);
    const { client, GetObjectCommand, HeadObjectCommand } = await s3();
    const found = await asking(name, async () => {
      try {
        return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      } catch (error) {
        if (saysNothing(error))
          await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-0' }));
        throw error;
      }
    });
    if (found.ETag === undefined || found.ContentLength === undefined) throw notAStore(name);
    return { bytes: found.ContentLength, version: found.ETag };
  }

  /** One range, whole, of the object as it was first seen, at the beginning of `into`. */
  async function fetchRange(
    name: string,
    { from, to }: ByteRange,
    version: string,
    into: Uint8Array,
  ): Promise<Uint8Array> {
    const { bucket, key } = parseS3(name);
    const { client, GetObjectCommand } = await s3();
    return asking(name, async () => {
      const answer = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range: `bytes=${from}-${to - 1}`,
          IfMatch: version,
        }),
      );
      // Stores that do not know If-Match say which version they sent.
      if (answer.ETag !== undefined && answer.ETag !== version) throw changed(name);
      // The client would keep all pieces and put them together: twice the memory, for the collector to find.
      let came = 0;
      for await (const piece of answer.Body as AsyncIterable<Uint8Array>) {
        came += piece.length;
        if (came > to - from) break;
        into.set(piece, came - piece.length);
      }
      if (came !== to - from) throw new Error(`${came} of ${to - from} bytes came`);
      return into.subarray(0, came);
    });
  }

  /**
   * The bytes of a range in order; the next request is on its way while one is read. With `reused` what is given holds
   * only until more is asked for: two pieces of memory then do for the whole range.
   */
  async function* chunksOf(
    name: string,
    range: ByteRange,
    version: string,
    reused: boolean,
  ): AsyncGenerator<Uint8Array> {
    const size = Math.min(RANGE_BYTES, range.to - range.from);
    // One is read while the other is filled.
    const two = reused ? [new Uint8Array(size), new Uint8Array(size)] : null;
    let turn = 0;
    const ask = (from: number): Promise<Uint8Array> | null => {
      if (from >= range.to) return null;
      const answer = fetchRange(
        name,
        { from, to: Math.min(from + RANGE_BYTES, range.to) },
        version,
        two ? two[turn++ % 2]! : new Uint8Array(size),
      );
      // Reported when it is awaited, which may be never.
      answer.catch(() => {});
      return answer;
    };
    let pending = ask(range.from);
    for (let from = range.from; pending !== null; from += RANGE_BYTES) {
      const bytes = await pending;
      pending = ask(from + RANGE_BYTES);
      yield bytes;
    }
  }

  async function list(name: string): Promise<string[]> {
    const { bucket, key: pattern } = parseS3(name);
    const { client, ListObjectsV2Command } = await s3();
    const prefix = pattern.slice(0, pattern.search(/[*?[{]/));
    const found: string[] = [];
    let token: string | undefined;
    do {
      const after = token;
      const page = await asking(name, () =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(after === undefined ? {} : { ContinuationToken: after }),
          }),
        ),
      );
      for (const { Key: key } of page.Contents ?? []) {
        if (key !== undefined && matchesGlob(key, pattern)) found.push(`s3://${bucket}/${key}`);
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found.sort();
  }

  return {
    expand: async (name) => (/[*?[{]/.test(parseS3(name).key) ? list(name) : [name]),
    identity: async (name) => name,
    stat,
    open: async (name, range = null): Promise<ByteSource> => {
      const { bytes, version } = await stat(name);
      const whole = range ?? { from: 0, to: bytes };
      if (range === null) return sourceOfChunks(chunksOf(name, whole, version, false), async () => {});
      const chunks = chunksOf(name, whole, version, true);
      return {
        compression: 'none',
        next: async () => {
          const step = await chunks.next();
          return step.done === true
            ? null
            : Buffer.from(step.value.buffer, step.value.byteOffset, step.value.byteLength);
        },
        close: async () => {
          await chunks.return(undefined);
        },
      };
    },
  };
}

/**
 * Asks the store, again where an answer broke off half-way, which the client does not do by itself. What it says in
 * the end becomes a failure with its next step; no address or credential of the store is in it.
 */
async function asking<T>(name: string, question: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await question();
    } catch (error) {
      if (error instanceof GolemError) throw error;
      if (attempt < ATTEMPTS && brokeOff(error)) continue;
      throw failureOf(parsed(name), error);
    }
  }
}

function parsed(name: string): S3Subject {
  return { name, bucket: parseS3(name).bucket };
}

/** An answer that began and did not come whole. Failures with a status have been tried again by the client. */
function brokeOff(error: unknown): boolean {
  if (statusOf(error) !== undefined) return false;
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  return /aborted|ECONNRESET|EPIPE|socket hang up|terminated|premature|of \d+ bytes came/i.test(text);
}
