/**
 * Turns an incoming HTTP request into the write request that both paths and every recording know. It is the
 * boundary to senders: what passes here has a bounded size, a known user and a body of the right shape.
 */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { WriteRequest } from '../../migration.ts';
import { KEPT_HEADERS } from '../capture.ts';
import { LIMITS, RequestRefusal } from './limits.ts';
import { readMultipart } from './multipart.ts';

const logBody = z.compile(
  z.looseObject({
    message: z.string().max(LIMITS.messageLength).optional(),
    // PostgreSQL keeps neither NUL nor halves of surrogate pairs, and no sender needs control characters in a key.
    idempotency_key: z
      .string()
      .max(LIMITS.keyLength)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u)
      .optional(),
  }),
  { strict: true },
);

/**
 * The signed-in user, from `x-user-id`: a stand-in for the sign-in that a real deployment puts before this service
 * and that must remove the header from what outsiders send.
 */
export function userOf(incoming: IncomingMessage): string {
  const user = incoming.headers['x-user-id'];
  if (typeof user !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(user)) {
    throw new RequestRefusal(401, 'not_signed_in', 'expected the signed-in user in x-user-id');
  }
  return user;
}

/** Headers by which a request and the calls made for it can be told to belong together. */
const TRACE_HEADERS = ['x-request-id', 'x-correlation-id', 'traceparent'] as const;

/** Those of a request that are fit to be passed on to the provider: plain and no longer than an id is. */
export function traceOf(incoming: IncomingMessage): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of TRACE_HEADERS) {
    const value = incoming.headers[name];
    if (typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value)) kept[name] = value;
  }
  return kept;
}

/** Reads `POST /log`. Throws a `RequestRefusal` with 400, 413 or 415. */
export async function receiveLog(incoming: IncomingMessage): Promise<WriteRequest> {
  const encoding = incoming.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RequestRefusal(415, 'unsupported_encoding', 'expected a body without content encoding');
  }
  const type = (incoming.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const headers = keptHeaders(incoming);
  if (type === 'application/json') {
    return checkLog({ method: 'POST', path: '/log', headers, body: await readJson(incoming), files: [] });
  }
  if (type === 'multipart/form-data') {
    const { body, files } = await readMultipart(incoming);
    // The boundary is chance of the sender's library and says nothing about the meal.
    return checkLog({
      method: 'POST',
      path: '/log',
      headers: { ...headers, 'content-type': type },
      body,
      files,
    });
  }
  throw new RequestRefusal(415, 'unsupported_type', 'expected application/json or multipart/form-data');
}

/** Reads `DELETE /log/{logId}`, which has no body. */
export function receiveDelete(incoming: IncomingMessage, path: string): WriteRequest {
  incoming.resume();
  return { method: 'DELETE', path, headers: keptHeaders(incoming), body: null, files: [] };
}

/** Checks a log request's shape; both doors of the service, network and in-process, pass it. */
export function checkLog(request: WriteRequest): WriteRequest {
  const key = request.headers['idempotency-key'];
  if (key !== undefined && key.length > LIMITS.keyLength) {
    throw new RequestRefusal(400, 'bad_key', `an idempotency key may have ${LIMITS.keyLength} characters`);
  }
  const checked = logBody.safeParse(request.body);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new RequestRefusal(400, 'bad_body', `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
  }
  if (!checked.data.message?.trim() && request.files.length === 0) {
    throw new RequestRefusal(400, 'nothing_to_log', 'expected a message or an image');
  }
  return request;
}

function keptHeaders(incoming: IncomingMessage): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = incoming.headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > LIMITS.bodyBytes) throw bodyTooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.bodyBytes) throw bodyTooLarge();
    chunks.push(chunk);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new RequestRefusal(400, 'bad_json', 'the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestRefusal(400, 'bad_json', 'the body is not JSON');
  }
}

function bodyTooLarge(): RequestRefusal {
  return new RequestRefusal(413, 'too_large', `a body may have ${LIMITS.bodyBytes} bytes`);
}
