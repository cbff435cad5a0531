/**
 * Makes the raw write of a request that is over: bodies read, keys and buckets derived by the migration's rules from
 * the real values. It is the last place that knows HTTP.
 */
import { hash } from 'node:crypto';
import type { CaptureRules, WriteRequest } from '../../migration.ts';
import type { CaptureBounds } from './bounds.ts';
import { type CapturedBody, decoded, mediaType, readAnswerBody, readRequestBody } from './content.ts';
import type { Parcel, ParcelCall, Span } from './parcel.ts';
import type { RawExchange, RawWrite } from './raw-write.ts';

/** A write to keep, or why it is none. */
export type Assembled =
  | { readonly state: 'write'; readonly raw: RawWrite }
  | { readonly state: 'refused' }
  | { readonly state: 'unreadable' };

/** Assembles a parcel out of its batch's bytes; never rejects. */
export async function assemble(
  parcel: Parcel,
  bytes: Uint8Array<ArrayBuffer>,
  rules: CaptureRules,
  rolloutBucket: (user: string) => number,
  bounds: CaptureBounds,
): Promise<Assembled> {
  const at = ({ from, to }: Span): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
  try {
    const response = await readResponse(parcel, at, bounds);
    if (response !== null && !rules.reachedPaths(response)) return { state: 'refused' };
    const request = await readRequest(parcel, at(parcel.body), bounds);
    const upstream: RawExchange[] = [];
    for (const call of parcel.calls) upstream.push(await readCall(call, at, bounds));
    const raw: RawWrite = {
      id: parcel.id,
      user: parcel.user,
      atMs: parcel.atMs,
      requestKey: hash('sha256', rules.effectiveKey(parcel.user, request), 'hex'),
      rolloutBucket: rolloutBucket(parcel.user),
      request,
      upstream,
      response,
    };
    return { state: 'write', raw };
  } catch {
    // What the error says quotes the body; that it cannot be read is all that may be told.
    return { state: 'unreadable' };
  }
}

type BytesAt = (span: Span) => Buffer;

async function readRequest(parcel: Parcel, encoded: Buffer, bounds: CaptureBounds): Promise<WriteRequest> {
  const { method, path, headers, contentType, contentEncoding, parsedBefore } = parcel;
  const type = mediaType(contentType);
  if (parsedBefore && type === 'multipart/form-data') throw new Error('the files passed before capture');
  const { body, files }: CapturedBody = parsedBefore
    ? { body: JSON.parse(encoded.toString('utf8')), files: [] }
    : await readRequestBody(encoded, contentType, contentEncoding, bounds.bodyBytes);
  // The boundary of a multipart body is chance of the sender's library.
  const kept = type === 'multipart/form-data' ? { ...headers, 'content-type': type } : headers;
  return { method, path, headers: kept, body, files };
}

async function readResponse(
  { head, answer }: Parcel,
  at: BytesAt,
  bounds: CaptureBounds,
): Promise<RawWrite['response']> {
  // A replay can do without the service's own answer.
  if (head === null || answer === null) return null;
  const body = await readAnswerBody(at(answer), head.contentType, head.contentEncoding, bounds.answerBytes);
  return { status: head.status, body };
}

async function readCall(call: ParcelCall, at: BytesAt, bounds: CaptureBounds): Promise<RawExchange> {
  const request = { method: call.method, url: call.url, body: at(call.sent) };
  const { latencyMs } = call;
  if (!call.answered) return { request, response: null, latencyMs };
  const bytes = await decoded(at(call.received), call.contentEncoding, bounds.answerBytes);
  return { request, response: { status: call.status, body: bytes.toString('utf8') }, latencyMs };
}
