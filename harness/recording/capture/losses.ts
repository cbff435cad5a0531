/**
 * What capture did not write down, by reason. A recording with holes is worse than none unless it says so: these
 * counts go into the header of each file, into `stats()` and into a warning line.
 */

/** Why a write that should have been recorded was not. */
export const DROP_REASONS = {
  queue_full: 'the queue is full: the disk or the processor does not keep up',
  too_large: 'a body or an answer is larger than the bounds',
  unfinished: 'the request did not end in time',
  out_of_order: 'a later write of the same user was written down already',
  unreadable: 'the body cannot be read as what its content type says',
  invalid: 'the record would not be one that a recording may hold',
  redaction: 'the redactor failed',
  disk: 'the disk refused',
  aborted: 'the connection broke before the answer was complete',
  ambiguous_upstream: 'an upstream call could have belonged to more than one request',
} as const;

export type DropReason = keyof typeof DROP_REASONS;

/** Milliseconds between two warning lines; what is dropped in between is in the next one. */
const WARN_EVERY_MS = 60_000;

export class Losses {
  readonly #counts = new Map<DropReason, number>();
  readonly #warn: (line: string) => void;
  readonly #nowMs: () => number;
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(warn: (line: string) => void, nowMs: () => number) {
    this.#warn = warn;
    this.#nowMs = nowMs;
  }

  add(reason: DropReason, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
    const nowMs = this.#nowMs();
    if (nowMs - this.#warnedAtMs < WARN_EVERY_MS) return;
    this.#warnedAtMs = nowMs;
    this.#warn(
      `golem capture: ${this.total} ${this.total === 1 ? 'write' : 'writes'} not recorded, the last because ${DROP_REASONS[reason]}`,
    );
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** Counts above zero by reason, in alphabetical order. */
  get byReason(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
