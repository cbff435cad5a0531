/**
 * Every way golem can refuse, in one typed table: what kind of failure it is decides the exit code.
 * One file, so that an exit code has one meaning everywhere and messages share one shape.
 */

/** Exit codes by kind of failure. `pass`, `fail` and `inconclusive` are verdicts, not errors. */
export const EXIT = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  usage: 64,
  data: 65,
  unavailable: 69,
  internal: 70,
  interrupted: 130,
} as const;

export type ErrorKind = 'usage' | 'data' | 'unavailable' | 'internal' | 'interrupted';

/** Where in a file a fault stands; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * A failure that people read: *Failed to <verb> "<subject>": <reason>. Run: <next command>.*
 * `verb` is an infinitive without "to"; `reason` has no trailing full stop; `next` is a command to type.
 */
export interface Failure {
  readonly kind: ErrorKind;
  readonly verb: string;
  readonly subject: string;
  readonly reason: string;
  readonly place?: Place;
  readonly next?: string;
}

/** Renders a place as `file:line:column`, leaving out what is not known. */
export function renderPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}

/** Renders a failure as the one line that reaches the reader; below a reason of several lines the command stands alone. */
export function renderFailure(failure: Failure): string {
  const at = failure.place ? `${renderPlace(failure.place)}: ` : '';
  const gap = failure.reason.includes('\n') ? '\n' : ' ';
  const next = failure.next ? `${gap}Run: ${failure.next}` : '';
  return `${at}Failed to ${failure.verb} "${failure.subject}": ${failure.reason}.${next}`;
}

/** The one error class golem throws on purpose; anything else that escapes is golem's own fault (exit 70). */
export class GolemError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(renderFailure(failure), options);
    this.name = 'GolemError';
    this.failure = failure;
  }

  /** The exit code of this failure's kind. */
  get exit(): number {
    return EXIT[this.failure.kind];
  }
}
