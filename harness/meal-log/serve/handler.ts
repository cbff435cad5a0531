/**
 * What the service does with one request once it is read: run it through the write paths and note what the outside
 * world contributed. The network server and an in-process sender call this same handler, so both record alike.
 */
import type { Clock, ServedWrite, Upstream, Write, WriteRequest, WriteResult } from '../../migration.ts';
import { rolloutBucket } from '../flags.ts';
import { effectiveKey, keyDigest } from '../write/idempotency.ts';

/** The part of the service that a handler needs: the answer as soon as legacy has committed, the rest after. */
export interface BeginsWrites {
  begin(write: Write): Promise<{
    readonly answer: { readonly status: number; readonly body: unknown };
    readonly settled: Promise<WriteResult>;
  }>;
}

export interface HandlerOptions {
  readonly service: BeginsWrites;
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** Called once per finished write, after its shadow. */
  readonly onWrite?: ((served: ServedWrite) => void) | undefined;
}

export interface Handled {
  readonly answer: { readonly status: number; readonly body: unknown };
  /** Resolves when the shadow write is done and `onWrite` was called. */
  readonly settled: Promise<void>;
}

/** `upstream` takes the place of the handler's own for this one request. */
export type Handler = (user: string, request: WriteRequest, upstream?: Upstream) => Promise<Handled>;

/** Makes the handler of one service. It rejects only on faults of the service's own. */
export function createHandler(options: HandlerOptions): Handler {
  const { service, clock, onWrite } = options;
  return async (user, request, upstream = options.upstream) => {
    const atMs = clock.nowMs();
    const exchanges: ServedWrite['upstream'][number][] = [];
    const { answer, settled } = await service.begin({
      user,
      atMs,
      request,
      requestKey: null,
      rolloutBucket: null,
      upstream: noting(upstream, clock, exchanges),
    });
    return {
      answer,
      settled: settled.then(() => {
        onWrite?.({
          user,
          atMs,
          request,
          requestKey: keyDigest(effectiveKey(user, request)),
          rolloutBucket: rolloutBucket(user),
          upstream: exchanges,
          answer,
        });
      }),
    };
  };
}

/** An upstream that notes each exchange; a null response means that none came. */
function noting(upstream: Upstream, clock: Clock, exchanges: ServedWrite['upstream'][number][]): Upstream {
  return async (request) => {
    const startMs = clock.nowMs();
    try {
      const response = await upstream(request);
      exchanges.push({ request, response, latencyMs: clock.nowMs() - startMs });
      return response;
    } catch (error) {
      exchanges.push({ request, response: null, latencyMs: clock.nowMs() - startMs });
      throw error;
    }
  };
}
