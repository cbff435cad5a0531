/**
 * What one entry of a HAR file is: a write, a call that the service made while it handled one, something else, or
 * nothing that can be understood. Apart from the import so that each entry is judged alone; how they belong together
 * is judged afterwards.
 */
import { createHash } from 'node:crypto';
import type { CaptureRules, UpstreamResponse, WriteRequest } from '../../migration.ts';
import { readBody, textOf } from './har-body.ts';
import type { HarEntry } from './har-file.ts';

/** Where an entry stands, and when it was under way, in milliseconds since the Unix epoch. */
interface Timed {
  readonly file: string;
  /** From 1. */
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface HarWrite extends Timed {
  readonly kind: 'write';
  readonly user: string;
  readonly request: WriteRequest;
  /** False when a file came with it whose content is not known. */
  readonly complete: boolean;
  /** Null when none came or its body is not in the file. */
  readonly answer: { readonly status: number; readonly body: unknown } | null;
}

export interface HarUpstreamCall extends Timed {
  readonly kind: 'upstream';
  readonly method: string;
  /** Without user, password, query and fragment. */
  readonly url: string;
  /** The path behind the upstream's own address. */
  readonly rest: string;
  readonly body: string;
  readonly response: UpstreamResponse | null;
}

export type HarExchange =
  | HarWrite
  | HarUpstreamCall
  | (Pick<Timed, 'file' | 'index'> & { readonly kind: 'other' })
  | (Pick<Timed, 'file' | 'index'> & { readonly kind: 'refused'; readonly reason: string });

/** Who a request's user is: from a header, else from a cookie, else everybody's. */
export interface UserChoice {
  readonly header: string | null;
  readonly cookie: string | null;
  readonly user: string | null;
}

export interface ExchangeRules {
  readonly capture: CaptureRules;
  /** Base address of the upstream; null when the files hold no calls to it. */
  readonly upstream: string | null;
  readonly who: UserChoice;
}

/** Judges one entry; `seed` is unique to it. */
export async function readExchange(
  entry: HarEntry,
  at: { readonly file: string; readonly index: number; readonly seed: string },
  rules: ExchangeRules,
): Promise<HarExchange> {
  const { file, index } = at;
  const refuse = (reason: string): HarExchange => ({ kind: 'refused', file, index, reason });
  const { request } = entry;
  if (!URL.canParse(request.url)) return refuse('address not understood');
  const url = new URL(request.url);
  const rest = upstreamRest(url, rules.upstream);
  const isWrite = rules.capture.isWrite(request.method, url.pathname);
  if (rest === null && !isWrite) return { kind: 'other', file, index };
  const startMs = momentOf(entry.startedDateTime);
  if (Number.isNaN(startMs)) return refuse(`time not understood: "${entry.startedDateTime.slice(0, 40)}"`);
  const timed: Timed = { file, index, startMs, endMs: startMs + Math.max(0, entry.time ?? 0) };
  if (rest !== null) {
    const call = readCall(entry, url);
    return typeof call === 'string' ? refuse(call) : { kind: 'upstream', ...timed, ...call, rest };
  }
  const user = userOf(request, rules.who);
  if (user === null) return refuse('no user: no header or cookie names one, and --user names none');
  const read = await readBody(request, at.seed);
  if ('refused' in read) return refuse(read.refused);
  const answer = answerOf(entry.response);
  if (answer !== null && !rules.capture.reachedPaths(answer)) {
    return refuse(`answered before it was a write: ${answer.status}`);
  }
  return {
    kind: 'write',
    ...timed,
    user,
    request: {
      method: request.method,
      path: url.pathname,
      headers: keptHeaders(request, rules.capture.headers),
      body: read.body,
      files: read.files,
    },
    complete: read.complete,
    answer,
  };
}

/** What stands behind the upstream's address in a URL; null for any other URL. */
function upstreamRest(url: URL, upstream: string | null): string | null {
  if (upstream === null) return null;
  const base = new URL(upstream);
  const prefix = base.pathname.replace(/\/$/, '');
  if (url.origin !== base.origin) return null;
  return url.pathname === prefix || url.pathname.startsWith(`${prefix}/`)
    ? url.pathname.slice(prefix.length) || '/'
    : null;
}

/** ISO 8601 with a zone, as HAR demands; NaN for anything else. */
function momentOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(text)
    ? Math.floor(Date.parse(text))
    : Number.NaN;
}

function readCall(
  { request, response }: HarEntry,
  url: URL,
): Pick<HarUpstreamCall, 'method' | 'url' | 'body' | 'response'> | string {
  const sent = request.postData === undefined ? '' : textOf(request.postData);
  if (sent === undefined) return 'binary body of an upstream call';
  const { status } = response;
  const received = textOf(response.content);
  if (received === undefined) return 'binary answer of an upstream call';
  const plain = `${url.origin}${url.pathname}`;
  const hasAnswer = Number.isInteger(status) && status >= 100 && status <= 599;
  return {
    method: request.method,
    url: plain,
    body: sent ?? '',
    response: hasAnswer ? { status, body: received ?? '' } : null,
  };
}

/** A body that is no JSON is kept as its text; one that is no text, or not in the file, is not known. */
function answerOf({ status, content }: HarEntry['response']): HarWrite['answer'] {
  const text = textOf(content);
  if (!Number.isInteger(status) || status < 100 || status > 599 || text == null) return null;
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch {
    return { status, body: text };
  }
}

function keptHeaders({ headers }: HarEntry['request'], kept: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, value } of headers) {
    const lower = name.toLowerCase();
    if (!kept.includes(lower)) continue;
    // The boundary of a multipart body is chance of the sender's library.
    const plain = lower === 'content-type' && /^multipart\//i.test(value) ? value.split(';', 1)[0]! : value;
    found[lower] = plain.trim();
  }
  return found;
}

function userOf({ headers, cookies }: HarEntry['request'], who: UserChoice): string | null {
  const header = headers.find(({ name }) => name.toLowerCase() === who.header?.toLowerCase())?.value.trim();
  if (header) return header;
  const cookie = who.cookie === null ? null : cookieOf(headers, cookies, who.cookie);
  // A cookie that tells people apart is often all it takes to be them: what is kept cannot be sent back.
  if (cookie) return `c-${createHash('sha256').update(cookie).digest('hex').slice(0, 16)}`;
  return who.user;
}

function cookieOf(
  headers: HarEntry['request']['headers'],
  cookies: HarEntry['request']['cookies'],
  wanted: string,
): string | null {
  const listed = cookies.find(({ name }) => name === wanted)?.value;
  if (listed) return listed;
  const header = headers.find(({ name }) => name.toLowerCase() === 'cookie')?.value ?? '';
  for (const pair of header.split(';')) {
    const [name, value] = pair.trim().split(/=(.*)/s);
    if (name === wanted && value) return value;
  }
  return null;
}
