/**
 * The outside world of a replay: recorded answers, handed out by an injected function. A request that was never
 * recorded is an error by name; nothing here can reach a network.
 */
import { hash } from 'node:crypto';
import { GolemError } from '../errors.ts';
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../migration.ts';
import type { RecordedExchange } from '../recording/format.ts';
import type { VirtualClock } from './clock.ts';

/** A path asked something of the outside that the recording has no answer for. */
export class UnrecordedRequest extends GolemError {
  constructor(request: UpstreamRequest, recordId: string) {
    super({
      kind: 'data',
      verb: 'answer the upstream request',
      subject: `${request.method} ${pathOf(request.url)}`,
      reason: `record ${recordId} holds no such exchange, or its request body has changed`,
    });
    this.name = 'UnrecordedRequest';
  }
}

/** The part of a URL that a recording is matched by: hosts differ between environments. */
export function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return start < 0 ? '/' : url.slice(start);
}

/** Answers one record's upstream requests from its recording, in order, at the recorded pace. */
export class RecordedUpstream {
  readonly #clock: VirtualClock;
  readonly #verbatim: boolean;
  #recordId = '';
  #exchanges: readonly RecordedExchange[] = [];
  #next = 0;

  /** `verbatim`: request bodies are as they were sent, so their digests must match too. */
  constructor(clock: VirtualClock, verbatim: boolean) {
    this.#clock = clock;
    this.#verbatim = verbatim;
  }

  /** The requests that follow belong to this record. */
  begin(recordId: string, exchanges: readonly RecordedExchange[]): void {
    this.#recordId = recordId;
    this.#exchanges = exchanges;
    this.#next = 0;
  }

  /** Exchanges of the record that nothing asked for. */
  get unused(): number {
    return this.#exchanges.length - this.#next;
  }

  /** Rejects like a time-out where the recording has no answer, and with `UnrecordedRequest` where it has no request. */
  readonly call: Upstream = (request) => {
    const exchange = this.#exchanges[this.#next];
    if (!exchange || !this.#matches(exchange, request)) {
      return Promise.reject(new UnrecordedRequest(request, this.#recordId));
    }
    this.#next += 1;
    this.#clock.advance(exchange.latency_ms);
    if (exchange.response === null) return Promise.reject(new Error('no answer came'));
    return Promise.resolve<UpstreamResponse>(exchange.response);
  };

  #matches(exchange: RecordedExchange, request: UpstreamRequest): boolean {
    if (exchange.request.method !== request.method) return false;
    if (exchange.request.url !== request.url && pathOf(exchange.request.url) !== pathOf(request.url))
      return false;
    return !this.#verbatim || hash('sha256', request.body, 'hex') === exchange.request.body_sha256;
  }
}
