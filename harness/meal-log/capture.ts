/**
 * What capture must know of this service: which requests are writes, which of their headers count, and which answers
 * stand for a request that never reached the write paths. Apart from the service, because capture watches services
 * that are not this one: production's has the same paths and other middleware before them.
 */
import type { CaptureRules, Migration } from '../migration.ts';
import { rolloutBucket } from './flags.ts';
import { privacyRules } from './privacy.ts';
import { effectiveKey } from './write/idempotency.ts';

/** Headers that mean something to the paths; all others, credentials above all, never reach a recording. */
export const KEPT_HEADERS = ['content-type', 'idempotency-key', 'user-agent', 'accept-language'] as const;

/** Answers of a gateway or of an overloaded service: the request may never have been read. */
const UNREAD = new Set([502, 503, 504]);

export const captureRules: CaptureRules = {
  module: import.meta.url,
  headers: KEPT_HEADERS,
  isWrite: (method, path) =>
    (method === 'POST' && path === '/log') || (method === 'DELETE' && /^\/log\/[^/]{1,128}$/.test(path)),
  effectiveKey,
  // Of the refusals only these two are the paths' own: a stale key, and a log that is not there to be deleted.
  reachedPaths: ({ status }) => status < 400 || status === 404 || status === 409 || isFailure(status),
};

function isFailure(status: number): boolean {
  return status >= 500 && !UNREAD.has(status);
}

/** For the thread that records: all of this migration that it needs, without the services and stores. */
export const captured: Pick<Migration, 'capture' | 'privacy' | 'rolloutBucket'> = {
  capture: captureRules,
  privacy: privacyRules,
  rolloutBucket,
};
