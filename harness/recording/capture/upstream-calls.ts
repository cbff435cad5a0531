/**
 * Watches the upstream calls that a service makes through undici, and joins each to the request in whose context it
 * was made. An interceptor, because that sees what went over the wire whatever client stands on top, Node's own
 * `fetch` included.
 */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { GolemError } from '../../errors.ts';
import type { Intake, IntakeCall } from './intake.ts';

/** An address whose answers belong into the recording. */
export interface UpstreamAddress {
  /** `https://provider.example` or with the beginning of a path. */
  readonly url: string;
  /** What recordings name in its place, where the paths under replay ask for another address. */
  readonly as?: string;
}

interface Watched {
  readonly origin: string;
  readonly path: string;
  readonly as: string;
}

/** Reads addresses; throws a usage error for one that is no http or https address. */
export function watchedAddresses(addresses: readonly (string | UpstreamAddress)[]): readonly Watched[] {
  return addresses.map((address) => {
    const { url, as } = typeof address === 'string' ? { url: address, as: undefined } : address;
    const parsed = URL.parse(url);
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
      throw new GolemError({
        kind: 'usage',
        verb: 'watch the upstream',
        subject: url,
        reason: 'expected an http or https address',
      });
    }
    const path = parsed.pathname.replace(/\/+$/, '');
    return { origin: parsed.origin, path, as: (as ?? `${parsed.origin}${path}`).replace(/\/+$/, '') };
  });
}

/** The URL that a recording names for a call, or null when the call is not watched. */
function recordedUrl(watched: readonly Watched[], origin: string, path: string): string | null {
  for (const address of watched) {
    if (address.origin !== origin || !path.startsWith(address.path)) continue;
    const rest = path.slice(address.path.length);
    if (rest === '' || rest.startsWith('/') || rest.startsWith('?')) return `${address.as}${rest}`;
  }
  return null;
}

/** An interceptor for `Dispatcher.compose`; `current` gives the request in whose context the caller stands. */
export function callInterceptor(
  watched: readonly Watched[],
  current: () => Intake | undefined,
): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const call = beginCall(watched, current(), options);
    if (call === null) return dispatch(options, handler);
    const { body, seen } = watchBody(call, options.body);
    return dispatch({ ...options, body } as typeof options, watchHandler(call, handler, seen));
  };
}

function beginCall(
  watched: readonly Watched[],
  intake: Intake | undefined,
  options: Dispatcher.DispatchOptions,
): IntakeCall | null {
  if (intake === undefined || options.origin === undefined) return null;
  const origin = typeof options.origin === 'string' ? options.origin : options.origin.origin;
  const isKnown = watched.some((address) => address.origin === origin);
  const url = recordedUrl(watched, isKnown ? origin : originOf(origin), pathOf(options));
  return url === null ? null : intake.beginCall(options.method, url);
}

/**
 * Collects what a body sends, and gives the body to send. `seen` is false for kinds of bodies that only the handler
 * sees, and that only since undici 8: forms and blobs.
 */
function watchBody(call: IntakeCall, body: unknown): { readonly body: unknown; readonly seen: boolean } {
  if (body === null || body === undefined) return { body, seen: true };
  // In one piece it is known even when the connection never stood.
  if (typeof body === 'string' || body instanceof Uint8Array) {
    call.sent.add(body);
    return { body, seen: true };
  }
  if (body instanceof Readable) {
    const { emit } = body;
    body.emit = (event: string | symbol, ...values: unknown[]): boolean => {
      if (event === 'data') call.sent.add(values[0], body.readableEncoding);
      return Reflect.apply(emit, body, [event, ...values]) as boolean;
    };
    return { body, seen: true };
  }
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    return { body: watchIterable(call, body as AsyncIterable<unknown>), seen: true };
  }
  return { body, seen: false };
}

async function* watchIterable(call: IntakeCall, body: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const chunk of body) {
    call.sent.add(chunk);
    yield chunk;
  }
}

/** The origin as URLs spell it: clients may name a default port or a path. */
function originOf(text: string): string {
  return URL.parse(text)?.origin ?? text;
}

function pathOf({ path, query }: Dispatcher.DispatchOptions): string {
  if (query === undefined || query === null) return path;
  const parameters = new URLSearchParams(query as Record<string, string>).toString();
  return parameters === '' ? path : `${path}?${parameters}`;
}

/** The handler with a watch on it; everything reaches the caller as it came. */
function watchHandler(
  call: IntakeCall,
  handler: Dispatcher.DispatchHandler,
  bodySeen: boolean,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (controller, status, headers, socket) => {
      call.end(false);
      return handler.onRequestUpgrade?.(controller, status, headers, socket);
    },
    onBodySent: (chunk) => {
      if (!bodySeen) call.sent.add(chunk);
      return handler.onBodySent?.(chunk);
    },
    onRequestSent: () => handler.onRequestSent?.(),
    onResponseStarted: () => handler.onResponseStarted?.(),
    onResponseStart: (controller, status, headers, message) => {
      call.status = status;
      call.contentEncoding = String(headers['content-encoding'] ?? '');
      return handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData: (controller, chunk) => {
      call.received.add(chunk);
      return handler.onResponseData?.(controller, chunk);
    },
    onResponseEnd: (controller, trailers) => {
      call.end(true);
      return handler.onResponseEnd?.(controller, trailers);
    },
    onResponseError: (controller, error) => {
      call.end(false);
      return handler.onResponseError?.(controller, error);
    },
  };
}
