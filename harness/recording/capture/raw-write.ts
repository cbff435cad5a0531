/**
 * A captured write while it is still as the sender sent it, and the one door through which it becomes a record. The
 * types are a file of their own because capture fills them and privacy empties them, and neither imports the other.
 */
import type { WriteRequest } from '../../migration.ts';
import type { RecordedWrite } from '../format.ts';

/** One call that the service made outside while it handled the write; a null response means that none came. */
export interface RawExchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    /** What was sent, whole; a recording holds its digest only. */
    readonly body: string | Uint8Array;
  };
  readonly response: { readonly status: number; readonly body: string } | null;
  /** Milliseconds from the call to its answer, or to the failure. */
  readonly latencyMs: number;
}

/**
 * One write with nothing left out: names, addresses and keys are real. It lives in memory between the answer and the
 * redactor and is never written down, logged or put into an error.
 */
export interface RawWrite {
  /** Unique among all records of all files of one capture; says nothing about the sender. */
  readonly id: string;
  readonly user: string;
  /** When the request arrived, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Lower-case hexadecimal SHA-256 of the effective idempotency key, by the migration's rule, from the real values. */
  readonly requestKey: string;
  /** 0–9999, by the migration's rule, from the real user. */
  readonly rolloutBucket: number;
  /** Headers are only those of the migration's allow-list; files are digests already. */
  readonly request: WriteRequest;
  readonly upstream: readonly RawExchange[];
  /** What the sender got; null when it is not known. A body that is not JSON is its text. */
  readonly response: { readonly status: number; readonly body: unknown } | null;
}

/** Takes everything personal out of a write. */
export interface Redactor {
  /** The record to write down, or null when this write must not be kept at all. Called after the answer was sent. */
  redactWrite(raw: RawWrite): RecordedWrite | null;
}
