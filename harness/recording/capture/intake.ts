/**
 * One request under way: what has passed of it so far, in memory, until it is over. It only collects; nothing is
 * parsed, hashed or written here, because all of this happens while somebody waits for an answer.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type ByteBudget, Collected } from './collected.ts';
import type { CaptureBounds } from './bounds.ts';
import type { DropReason } from './losses.ts';

/** What is known of a request when it arrives. */
export interface Arrival {
  readonly method: string;
  /** Without the query, as the write paths know it. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The user, asked again at the end while it answers null: sign-in may come after capture. */
  readonly user: () => string | null;
}

/** The answer's first line and the headers that say how to read its body. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly contentEncoding: string;
}

/** One upstream call of a request. */
export class IntakeCall {
  readonly method: string;
  readonly url: string;
  readonly sent: Collected;
  readonly received: Collected;
  /** Position among everything that happened in this capture. */
  readonly tick: number;
  readonly startedMs: number;
  status = 0;
  contentEncoding = '';
  /** Whole milliseconds; null while under way. */
  latencyMs: number | null = null;
  /** True when an answer came whole. */
  answered = false;
  readonly #onEnd: () => void;

  constructor(
    call: { readonly method: string; readonly url: string; readonly tick: number },
    budget: ByteBudget,
    bounds: CaptureBounds,
    onEnd: () => void,
  ) {
    this.method = call.method;
    this.url = call.url;
    this.tick = call.tick;
    this.sent = new Collected(budget, bounds.bodyBytes);
    this.received = new Collected(budget, bounds.answerBytes);
    this.startedMs = performance.now();
    this.#onEnd = onEnd;
  }

  /** The call is over; `answered` says whether its answer came whole. Only the first end counts. */
  end(answered: boolean): void {
    if (this.latencyMs !== null) return;
    this.latencyMs = Math.max(0, Math.round(performance.now() - this.startedMs));
    this.answered = answered;
    this.#onEnd();
  }
}

/** What an intake reports to its recorder. */
export interface IntakeListener {
  /** A position later than all positions given before. */
  tick(): number;
  /** The request is answered and no upstream call of it is under way. */
  onSettled(intake: Intake): void;
  /** An upstream call began after the record was made, so the record lacks it. */
  onLateCall(): void;
}

export class Intake {
  readonly atMs: number;
  readonly tick: number;
  readonly arrival: Arrival;
  readonly body: Collected;
  readonly answer: Collected;
  readonly calls: IntakeCall[] = [];
  /** The user as known when the request arrived. */
  readonly arrivedAs: string | null;
  /** The same, or as known at the end. */
  user: string | null;
  /** The body as a parser before capture left it; looked at only when no byte passed capture. */
  parsedBody: unknown;
  /** Null until answered, and for ever when no answer came. */
  head: AnswerHead | null = null;
  settledTick = 0;
  /** Why this write cannot be recorded, if so. */
  lost: DropReason | null = null;
  /** True when it turned out to be nothing to record. */
  passedOver = false;
  readonly #budget: ByteBudget;
  readonly #bounds: CaptureBounds;
  readonly #listener: IntakeListener;
  #openCalls = 0;
  #state: 'open' | 'answered' | 'settled' | 'taken' = 'open';

  constructor(
    fixed: { readonly atMs: number; readonly user: string | null },
    arrival: Arrival,
    budget: ByteBudget,
    bounds: CaptureBounds,
    listener: IntakeListener,
  ) {
    this.atMs = fixed.atMs;
    this.arrivedAs = fixed.user;
    this.user = fixed.user;
    this.tick = listener.tick();
    this.arrival = arrival;
    this.#budget = budget;
    this.#bounds = bounds;
    this.#listener = listener;
    this.body = new Collected(budget, bounds.bodyBytes);
    this.answer = new Collected(budget, bounds.answerBytes);
  }

  /** Notes the beginning of an upstream call; null when the record was made already. */
  beginCall(method: string, url: string): IntakeCall | null {
    if (this.#state === 'taken') {
      this.#listener.onLateCall();
      return null;
    }
    this.#openCalls += 1;
    const call = new IntakeCall(
      { method, url, tick: this.#listener.tick() },
      this.#budget,
      this.#bounds,
      () => {
        this.#openCalls -= 1;
        this.#settle();
      },
    );
    this.calls.push(call);
    return call;
  }

  /** The request is over: answered, or with null without an answer that is known. Only the first end counts. */
  end(head: AnswerHead | null): void {
    if (this.#state !== 'open') return;
    this.#state = 'answered';
    this.head = head;
    this.#settle();
  }

  /** From here on the intake belongs to whoever makes the record. */
  take(): void {
    this.#state = 'taken';
  }

  /** Why what was collected is not whole: a replay needs the request and every upstream answer, not the answer. */
  get lostPart(): DropReason | null {
    if (this.body.lost !== null) return this.body.lost;
    for (const { sent, received } of this.calls) {
      const lost = sent.lost ?? received.lost;
      if (lost !== null) return lost;
    }
    return null;
  }

  /** This write cannot be recorded; only the first reason counts. */
  lose(reason: DropReason): void {
    this.lost ??= reason;
    this.free();
  }

  /** Lets go of every byte. */
  free(): void {
    this.body.free();
    this.answer.free();
    for (const call of this.calls) {
      call.sent.free();
      call.received.free();
    }
  }

  #settle(): void {
    if (this.#state !== 'answered' || this.#openCalls > 0) return;
    this.#state = 'settled';
    this.settledTick = this.#listener.tick();
    this.#listener.onSettled(this);
  }
}
