/**
 * How much capture may keep of a request and of all requests together. Every bound stands here with its reason:
 * capture lives inside somebody's service, and whatever lies beyond a bound is dropped and counted, never waited for.
 */
export interface CaptureBounds {
  /** Bytes of one request's body, pictures included; larger requests are not recorded. */
  readonly bodyBytes: number;
  /** Bytes of one answer, of the service or of an upstream; a line of a recording holds 4 MiB at most. */
  readonly answerBytes: number;
  /** Writes that wait to be written down, or for an earlier write of the same user. */
  readonly queueWrites: number;
  /** Bytes of all bodies and answers held in memory, requests under way included. */
  readonly queueBytes: number;
  /** Milliseconds that finished writes of a user wait for an earlier one that is still under way. */
  readonly holdMs: number;
  /** Milliseconds after which a request whose sender went away is no longer waited for. */
  readonly abandonedMs: number;
  /** Milliseconds that `close` gives requests under way. */
  readonly drainMs: number;
}

export const CAPTURE_BOUNDS: CaptureBounds = {
  bodyBytes: 16 * 1024 * 1024,
  answerBytes: 1024 * 1024,
  queueWrites: 10_000,
  queueBytes: 64 * 1024 * 1024,
  holdMs: 30_000,
  abandonedMs: 30_000,
  drainMs: 5_000,
};

/** Characters gathered before they go to the disk, and the longest they wait for it, in milliseconds. */
export const FLUSH_CHARACTERS = 64 * 1024;
export const FLUSH_MS = 1_000;
