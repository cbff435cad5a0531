/**
 * Turns writes that were put together again, from a database or a HAR file, into records, and holds each against the
 * format before it is written. Apart from the importers so that both name, number and check records alike.
 */
import { createHash } from 'node:crypto';
import type { RebuiltWrite } from '../../migration.ts';
import { MAX_DEPTH, MAX_LINE_BYTES, MAX_NAME_CHARACTERS } from '../bounds.ts';
import { isShallow } from '../depth.ts';
import type { RecordedWrite } from '../format.ts';
import { recordSchema, recordSchemaUncompiled } from '../schema.ts';
import { renderRecord } from '../write.ts';

/** Who wrote, when, and under which id the record stands. */
export interface Origin {
  readonly id: string;
  readonly user: string;
  readonly at: string;
  readonly rolloutBucket: number;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The records of one write: itself, and what follows it at the same time under the id with `:then` behind it. A write
 * that would not be read back is refused with the reason.
 */
export function rebuiltRecords(
  write: RebuiltWrite,
  origin: Origin,
): readonly RecordedWrite[] | { readonly refused: string } {
  if (origin.user.length > MAX_NAME_CHARACTERS) {
    return { refused: `user too long: over ${MAX_NAME_CHARACTERS} characters` };
  }
  const records = [recordOf({ ...write, ...origin })];
  if (write.followedBy) {
    records.push(recordOf({ ...write.followedBy, ...origin, id: `${origin.id}:then`, upstream: [] }));
  }
  for (const record of records) {
    if (!isShallow(record, MAX_DEPTH)) return { refused: `nested deeper than ${MAX_DEPTH} levels` };
    if (Buffer.byteLength(renderRecord(record)) > MAX_LINE_BYTES) {
      return { refused: `too large: over ${MAX_LINE_BYTES} bytes` };
    }
    if (!recordSchema.validate(record)) {
      const issue = recordSchemaUncompiled.safeParse(record).error?.issues[0];
      return { refused: `no record: ${issue?.path.join('.')}: ${issue?.message}` };
    }
  }
  return records;
}

function recordOf(write: Omit<RebuiltWrite, 'followedBy' | 'doubts'> & Origin): RecordedWrite {
  return {
    id: write.id,
    at: write.at,
    user: write.user,
    request_key: sha256(write.requestKey),
    rollout_bucket: write.rolloutBucket,
    request: write.request,
    upstream: write.upstream.map(({ request, response, latencyMs }) => ({
      request: { method: request.method, url: request.url, body_sha256: sha256(request.body) },
      response: response === null ? null : { status: response.status, body: response.body },
      latency_ms: latencyMs,
    })),
    response: write.answer === null ? null : { status: write.answer.status, body: write.answer.body },
  };
}
