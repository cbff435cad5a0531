/**
 * Recording format 1 as types: a header line, then one recorded write a line. The types stand apart from the
 * reader because capture, import and replay share them while only the reader validates.
 */
import type { RequestFile } from '../migration.ts';

/** Line 1 of a recording. Unknown keys are kept. */
export interface RecordingHeader {
  readonly golem: 'recording';
  readonly version: 1;
  readonly source: string;
  readonly env: 'prod' | 'stg' | 'dev' | 'local';
  /** Minutes east of UTC that decide a write's local day. */
  readonly tz_offset_minutes: number;
  readonly anonymised: boolean;
  readonly simulated: boolean;
  readonly captured: { readonly from: string; readonly to: string };
  /** `user` when each user's records stand together, which lets a replay forget a user once passed. */
  readonly grouped_by?: 'user' | undefined;
  /** What a capture did not write down while this file was under way, by reason; absent when nothing was lost. */
  readonly dropped?: Readonly<Record<string, number>> | undefined;
  /** The share of users that a capture took, and the seed by which they were taken; absent when it took all. */
  readonly sample?: { readonly share: string; readonly seed: string } | undefined;
}

/** One recorded call to an upstream; a null response means that none came within `latency_ms`. */
export interface RecordedExchange {
  readonly request: { readonly method: string; readonly url: string; readonly body_sha256: string };
  readonly response: { readonly status: number; readonly body: string } | null;
  readonly latency_ms: number;
}

/** One recorded write. Records of a user are ordered by `at`; `id` is unique within its user. */
export interface RecordedWrite {
  readonly id: string;
  /** RFC 3339, UTC, milliseconds: `2025-09-01T07:30:00.000Z`. */
  readonly at: string;
  readonly user: string;
  /** Lower-case hexadecimal SHA-256 of the effective idempotency key (verbatim recordings) or its pseudonym. */
  readonly request_key: string;
  readonly rollout_bucket: number;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
    readonly files: readonly RequestFile[];
  };
  readonly upstream: readonly RecordedExchange[];
  /** What production answered; null when it is not known. */
  readonly response: { readonly status: number; readonly body: unknown } | null;
}
