/**
 * What capture did not write down, by reason. A recording with holes is worse than none unless it says so: these
 * counts go into the header of each file, into `stats()` and into a warning line.
 */

/** Why a write that should have been recorded was not. */
export const DROP_REASONS = {
  queue_full: 'the queue is full: the disk or the processor does not keep up',
  too_large: 'a body or an answer is larger than the bounds',
  unfinished: 'the request did not end in time',
  unreadable: 'the body cannot be read as what its content type says',
  invalid: 'the record would not be one that a recording may hold',
  redaction: 'the redactor failed',
  disk: 'the disk refused',
  rules: "the migration's rules failed",
  thread: 'the recording thread ended',
  aborted: 'the connection broke before the answer was complete',
  ambiguous_upstream: 'an upstream call could have belonged to more than one request',
} as const;

export type DropReason = keyof typeof DROP_REASONS;

/** Counts above zero by reason. */
export type Dropped = Readonly<Partial<Record<DropReason, number>>>;

export class Losses {
  readonly #counts = new Map<DropReason, number>();
  /** The reason added last; null before the first. */
  last: DropReason | null = null;

  add(reason: DropReason, count = 1): void {
    if (count <= 0) return;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
    this.last = reason;
  }

  get byReason(): Dropped {
    return Object.fromEntries(this.#counts);
  }
}

/** The sum of both, in alphabetical order of reasons. */
export function addDropped(a: Dropped, b: Dropped): Dropped {
  const reasons = (Object.keys(DROP_REASONS) as DropReason[]).sort();
  const sums = reasons.map((reason) => [reason, (a[reason] ?? 0) + (b[reason] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, count]) => count > 0));
}

export function totalDropped(dropped: Dropped): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** Milliseconds between two warning lines; what is dropped in between is in the next one. */
const WARN_EVERY_MS = 60_000;

/** Says in a line that writes are lost, at most once a minute; to be told of every new total. */
export function lossWarner(
  warn: (line: string) => void,
  nowMs: () => number,
): (dropped: Dropped, last: DropReason) => void {
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  return (dropped, last) => {
    if (nowMs() - warnedAtMs < WARN_EVERY_MS) return;
    warnedAtMs = nowMs();
    const total = totalDropped(dropped);
    warn(
      `golem capture: ${total} ${total === 1 ? 'write' : 'writes'} not recorded, the last because ${DROP_REASONS[last]}`,
    );
  };
}
