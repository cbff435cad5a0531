/**
 * Takes everything personal out of a write: what the rules list is kept, as what they say, and everything else is
 * gone. Capture and `golem anonymise` share it, so that a recording looks the same whether it was made harmless
 * before it was written or years after.
 *
 * Times stay: days, windows, rates and alerts are made of them, and a replay without them would say nothing.
 */
import { hash } from 'node:crypto';
import type { RawExchange, RawWrite, Redactor } from '../capture/raw-write.ts';
import type { RecordedExchange, RecordedWrite, RecordingHeader } from '../format.ts';
import {
  asKept,
  compileFilter,
  type Filter,
  keyedDigest,
  type Means,
  requestKeyPseudonym,
} from './allow-list.ts';
import { createSearch, type Search } from './find-personal.ts';
import { createPseudonyms, isPseudonym, type PersonalKind } from './pseudonym.ts';
import type { Kept, PrivacyRules } from './rules.ts';
import { createScrubber } from './scrub.ts';

export interface RedactorOptions {
  /** The secret that pseudonyms are made with; see `readPseudonymKey`. */
  readonly key: string;
  readonly rules: PrivacyRules;
  /** Names to look for in texts, as `privacy.names` of the config lists them. */
  readonly names?: readonly string[];
}

export interface RecordRedactor extends Redactor {
  /** A raw write as a record, or null when the rules do not list its request. */
  redactWrite(raw: RawWrite): RecordedWrite | null;
  /** A recorded write without anything personal; `trusted` when its recording says that it is anonymised. */
  redactRecord(record: RecordedWrite, trusted: boolean): RecordedWrite;
  redactHeader(header: RecordingHeader): RecordingHeader;
  /** Values taken out of texts so far, by kind. */
  readonly found: ReadonlyMap<PersonalKind, number>;
  /** Texts that had something taken out so far. */
  readonly texts: number;
}

/** Ids of records that only count; others may hold anything. */
const COUNTING_ID = /^[a-z]{0,2}\d{1,6}$/;
const METHOD = /^[A-Z]{1,16}$/;
const MIME = /^[a-z]{1,16}\/[a-z0-9.+-]{1,64}$/;

/** Makes a redactor. Throws a usage error for a weak key and a `TypeError` for rules that cannot be understood. */
export function createRedactor(options: RedactorOptions): RecordRedactor {
  const { rules } = options;
  const pseudonyms = createPseudonyms(options.key);
  const scrubber = createScrubber(pseudonyms, searchOf(options));
  const means: Means = { pseudonyms, scrubber, keyDigest: (key) => hash('sha256', key, 'hex') };
  const body = compileFilter(rules.body, means);
  const answer = compileFilter(rules.answer, means);
  const upstreamBody = compileFilter(rules.upstream, means);
  const paths = rules.requests.map(({ method, path }) => ({ method, match: compilePath(path, means) }));
  const urls = new Map(rules.upstreamUrls.map((url) => [new URL(url).pathname, url]));
  const headers = new Map(Object.entries(rules.headers));

  function idOf(prefix: string, value: string, trusted: boolean): string {
    return trusted && isPseudonym(value, prefix) ? value : pseudonyms.id(prefix, value);
  }

  /** The path where the rules list it, else null. A query is no part of a listed path. */
  function listedPath(method: string, path: string, trusted: boolean): string | null {
    for (const listed of paths) {
      const kept = listed.method === method ? listed.match(path, trusted) : null;
      if (kept !== null) return kept;
    }
    return null;
  }

  function tagged(path: string, trusted: boolean): string {
    return trusted && TAGGED_PATH.test(path) ? path : `/${pseudonyms.tag('path', path)}`;
  }

  function headersOf(given: Readonly<Record<string, string>>, trusted: boolean): Record<string, string> {
    const kept: Record<string, string> = {};
    for (const [name, kind] of headers) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value !== undefined) kept[name] = String(asKept(value, kind, means, trusted));
    }
    return kept;
  }

  function requestOf(
    request: RecordedWrite['request'],
    path: string,
    trusted: boolean,
  ): RecordedWrite['request'] {
    return {
      method: METHOD.test(request.method) ? request.method : 'UNKNOWN',
      path,
      headers: headersOf(request.headers, trusted),
      body: body(request.body, trusted),
      files: request.files.map(({ name, mime, sha256, bytes }) => ({
        name: idOf('f', name, trusted),
        mime: MIME.test(mime) ? mime : 'application/octet-stream',
        sha256: keyedDigest(sha256, means),
        bytes,
      })),
    };
  }

  function urlOf(url: string, trusted: boolean): string {
    const path = pathOf(url);
    const listed = urls.get(path.replace(/[?#].*$/s, ''));
    return listed ?? `http://upstream.invalid${tagged(path, trusted)}`;
  }

  function exchangeOf(exchange: RecordedExchange, trusted: boolean): RecordedExchange {
    const { request, response } = exchange;
    return {
      request: {
        method: METHOD.test(request.method) ? request.method : 'UNKNOWN',
        url: urlOf(request.url, trusted),
        body_sha256: keyedDigest(request.body_sha256, means),
      },
      response: response && {
        status: response.status,
        body: filterText(response.body, upstreamBody, means, trusted),
      },
      latency_ms: exchange.latency_ms,
    };
  }

  function redact(record: RecordedWrite, path: string, trusted: boolean): RecordedWrite {
    return {
      id: COUNTING_ID.test(record.id) ? record.id : idOf('r', record.id, trusted),
      at: record.at,
      user: idOf('u', record.user, trusted),
      // Key and bucket come from the real values: a scrubbed text would make twins, a pseudonym another bucket.
      request_key: requestKeyPseudonym(record.request_key, means, trusted),
      rollout_bucket: record.rollout_bucket,
      request: requestOf(record.request, path, trusted),
      upstream: record.upstream.map((exchange) => exchangeOf(exchange, trusted)),
      response: record.response && {
        status: record.response.status,
        body: answer(record.response.body, trusted),
      },
    };
  }

  function sampleOf({ share, seed }: NonNullable<RecordingHeader['sample']>, trusted: boolean) {
    return { share: scrubber.scrub(share, trusted), seed: scrubber.scrub(seed, trusted) };
  }

  return {
    redactWrite(raw) {
      const path = listedPath(raw.request.method, raw.request.path, false);
      return path === null ? null : redact(recordOf(raw), path, false);
    },
    redactRecord(record, trusted) {
      const { method, path } = record.request;
      return redact(record, listedPath(method, path, trusted) ?? tagged(path, trusted), trusted);
    },
    redactHeader(header) {
      return {
        golem: 'recording',
        version: 1,
        source: scrubber.scrub(header.source, header.anonymised),
        env: header.env,
        tz_offset_minutes: header.tz_offset_minutes,
        anonymised: true,
        simulated: header.simulated,
        captured: { from: header.captured.from, to: header.captured.to },
        ...(header.grouped_by === undefined ? {} : { grouped_by: header.grouped_by }),
        ...(header.dropped === undefined ? {} : { dropped: countsOf(header.dropped) }),
        ...(header.sample === undefined ? {} : { sample: sampleOf(header.sample, header.anonymised) }),
      };
    },
    found: scrubber.counts,
    get texts() {
      return scrubber.texts;
    },
  };
}

/** The search that goes with a migration's rules and a config's names. */
export function searchOf({ rules, names = [] }: Pick<RedactorOptions, 'rules' | 'names'>): Search {
  return createSearch({ names, harmless: rules.harmless ?? [] });
}

/** Counts by reason, where the reasons are codes. */
function countsOf(counts: Readonly<Record<string, number>>): Record<string, number> {
  const known = Object.entries(counts).filter(([reason]) => /^[a-z_]{1,40}$/.test(reason));
  return Object.fromEntries(known.map(([reason, count]) => [reason, Number(count) || 0]));
}

const TAGGED_PATH = /^\/\[path:[a-f][0-9a-f]{7}\]$/;

/** A raw write in the shape of a record, everything still in it. */
function recordOf(raw: RawWrite): RecordedWrite {
  return {
    id: raw.id,
    at: new Date(raw.atMs).toISOString(),
    user: raw.user,
    request_key: raw.requestKey,
    rollout_bucket: raw.rolloutBucket,
    request: raw.request,
    upstream: raw.upstream.map(exchangeOfRaw),
    response: raw.response,
  };
}

function exchangeOfRaw({ request, response, latencyMs }: RawExchange): RecordedExchange {
  const { method, url, body } = request;
  return {
    request: { method, url, body_sha256: hash('sha256', body, 'hex') },
    response,
    latency_ms: latencyMs,
  };
}

/** A listed path as a question: gives the path with pseudonyms for its ids, or null when it is another path. */
function compilePath(pattern: string, means: Means): (path: string, trusted: boolean) => string | null {
  const parts = pattern.split('/').map((part): string | Kept => {
    const [, prefix] = /^\{([a-z]{1,3})\}$/.exec(part) ?? [];
    if (prefix !== undefined) return { kind: 'id', prefix };
    if (/[{}]/.test(part)) throw new TypeError(`"${pattern}" is no path such as /log/{l}`);
    return part;
  });
  return (path, trusted) => {
    const given = path.split('/');
    if (given.length !== parts.length) return null;
    const kept: string[] = [];
    for (const [index, part] of parts.entries()) {
      const value = given[index]!;
      if (typeof part === 'string' ? value !== part : value === '') return null;
      kept.push(typeof part === 'string' ? value : String(asKept(value, part, means, trusted)));
    }
    return kept.join('/');
  };
}

/** A URL without scheme, account and host, which differ between environments. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return start < 0 ? '/' : url.slice(start);
}

/** The listed part of a text that holds JSON, again as text; of any other text only a tag stays. */
function filterText(text: string, filter: Filter, means: Means, trusted: boolean): string {
  if (text === '' || (trusted && BODY_TAG.test(text))) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return means.pseudonyms.tag('other', text);
  }
  return JSON.stringify(filter(value, trusted));
}

const BODY_TAG = /^\[other:[a-f][0-9a-f]{7}\]$/;
