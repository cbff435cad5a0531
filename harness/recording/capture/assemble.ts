/**
 * Makes the raw write of a request that is over: bodies read, keys and buckets derived by the migration's rules from
 * the real values. It runs off the request's path, and is the last place that knows HTTP.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { hash } from 'node:crypto';
import type { CaptureRules, Migration, WriteRequest } from '../../migration.ts';
import type { CaptureBounds } from './bounds.ts';
import { type CapturedBody, decoded, mediaType, readAnswerBody, readRequestBody } from './content.ts';
import type { Intake, IntakeCall } from './intake.ts';
import type { DropReason } from './losses.ts';
import type { RawExchange, RawWrite } from './raw-write.ts';

/** What a migration must tell capture. */
export type CapturedMigration = Pick<Migration, 'rolloutBucket' | 'capture' | 'privacy'>;

/** A write to keep, one that never reached the write paths, or one that is lost. */
export type Assembled =
  | { readonly state: 'write'; readonly raw: RawWrite }
  | { readonly state: 'refused' }
  | { readonly state: 'lost'; readonly reason: DropReason };

/** Assembles a settled intake of a known user; never rejects. */
export async function assemble(
  intake: Intake,
  user: string,
  rules: CaptureRules,
  rolloutBucket: (user: string) => number,
  bounds: CaptureBounds,
): Promise<Assembled> {
  const reason = lostPart(intake);
  if (reason !== null) return { state: 'lost', reason };
  try {
    const response = await readResponse(intake, bounds);
    if (response !== null && !rules.reachedPaths(response)) return { state: 'refused' };
    const request = await readRequest(intake, rules, bounds);
    const upstream: RawExchange[] = [];
    for (const call of intake.calls) upstream.push(await readCall(call, bounds));
    const raw: RawWrite = {
      id: intake.id,
      user,
      atMs: intake.atMs,
      requestKey: hash('sha256', rules.effectiveKey(user, request), 'hex'),
      rolloutBucket: rolloutBucket(user),
      request,
      upstream,
      response,
    };
    return { state: 'write', raw };
  } catch {
    // What the error says quotes the body; the reason is all that may be told.
    return { state: 'lost', reason: 'unreadable' };
  }
}

/** A replay needs the whole request and every upstream answer; the service's own answer it can do without. */
function lostPart(intake: Intake): DropReason | null {
  if (intake.body.lost !== null) return intake.body.lost;
  for (const call of intake.calls) {
    const lost = call.sent.lost ?? call.received.lost;
    if (lost !== null) return lost;
  }
  return null;
}

async function readRequest(
  intake: Intake,
  rules: CaptureRules,
  bounds: CaptureBounds,
): Promise<WriteRequest> {
  const { method, path, headers } = intake.arrival;
  const contentType = headers['content-type'] ?? '';
  const contentEncoding = headers['content-encoding'] ?? '';
  const parsedBefore = intake.body.bytes === 0 && intake.parsedBody !== undefined;
  if (parsedBefore && mediaType(contentType) === 'multipart/form-data') {
    throw new Error('the files passed before capture');
  }
  const { body, files }: CapturedBody = parsedBefore
    ? { body: structuredClone(intake.parsedBody), files: [] }
    : await readRequestBody(intake.body, contentType, contentEncoding, bounds.bodyBytes);
  return { method, path, headers: keptHeaders(headers, rules.headers), body, files };
}

function keptHeaders(
  headers: IncomingHttpHeaders,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    // The boundary of a multipart body is chance of the sender's library.
    const multipart = name === 'content-type' && mediaType(value) === 'multipart/form-data';
    kept[name] = multipart ? 'multipart/form-data' : value;
  }
  return kept;
}

async function readResponse(intake: Intake, bounds: CaptureBounds): Promise<RawWrite['response']> {
  const { head, answer } = intake;
  if (head === null || answer.lost !== null) return null;
  const body = await readAnswerBody(answer, head.contentType, head.contentEncoding, bounds.answerBytes);
  return { status: head.status, body };
}

async function readCall(call: IntakeCall, bounds: CaptureBounds): Promise<RawExchange> {
  const request = { method: call.method, url: call.url, body: call.sent.whole() };
  const latencyMs = call.latencyMs ?? 0;
  if (!call.answered) return { request, response: null, latencyMs };
  const bytes = await decoded(call.received.whole(), call.contentEncoding, bounds.answerBytes);
  return { request, response: { status: call.status, body: bytes.toString('utf8') }, latencyMs };
}
