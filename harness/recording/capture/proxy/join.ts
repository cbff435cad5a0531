/**
 * Joins upstream calls that pass a proxy to the requests that caused them. There is no telling from bytes alone, so
 * it never guesses: an id that both carry joins them, or there is one request under way and no other, or nobody knows.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Intake } from '../intake.ts';

/** One forwarded request under way; its intake is null when it is not recorded. */
export interface UnderWay {
  readonly ids: ReadonlySet<string>;
  readonly intake: Intake | null;
}

/** Whom an upstream call belongs to. */
export type Joined =
  | { readonly state: 'one'; readonly request: UnderWay }
  | { readonly state: 'nobody' }
  | { readonly state: 'ambiguous'; readonly candidates: readonly UnderWay[] };

/** Headers that services pass on to say on whose behalf they call. */
const ID_HEADERS = ['x-request-id', 'x-correlation-id'] as const;

/** The ids in a request's headers: its own and the trace id of `traceparent` (W3C Trace Context, section 3.2). */
export function idsOf(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const name of ID_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') ids.add(`${name} ${value}`);
  }
  const trace = /^[\da-f]{2}-([\da-f]{32})-/.exec(String(headers.traceparent ?? ''))?.[1];
  if (trace !== undefined) ids.add(`trace ${trace}`);
  return ids;
}

export class Joiner {
  readonly #underWay = new Set<UnderWay>();

  enter(request: UnderWay): void {
    this.#underWay.add(request);
  }

  leave(request: UnderWay): void {
    this.#underWay.delete(request);
  }

  /** Whom a call with these headers belongs to. */
  ownerOf(headers: IncomingHttpHeaders): Joined {
    const ids = idsOf(headers);
    const carrying = [...this.#underWay].filter((request) => [...ids].some((id) => request.ids.has(id)));
    const candidates = carrying.length > 0 ? carrying : [...this.#underWay];
    const [first] = candidates;
    if (first === undefined) return { state: 'nobody' };
    return candidates.length === 1 ? { state: 'one', request: first } : { state: 'ambiguous', candidates };
  }
}
