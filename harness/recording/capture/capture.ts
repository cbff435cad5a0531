/**
 * Capture for a service: one value with a door for each framework, all of which lead to the same recorder. A service
 * wires it in three lines and closes it when it ends; whatever happens in here, its requests do not notice.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import type { Intake } from './intake.ts';
import type { CaptureOptions } from './options.ts';
import { type CaptureDoors, type CaptureStats, openSession } from './session.ts';
import { callInterceptor, type UpstreamAddress, watchedAddresses } from './upstream-calls.ts';
import { watchRequest, watchResponse } from './watch.ts';

/** The part of Fastify that the plugin needs. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse },
      done: () => void,
    ) => void,
  ): unknown;
}

export interface Capture {
  /** Middleware for Express: `app.use(capture.express)`, before anything that reads bodies. */
  readonly express: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** Plugin for Fastify: `app.register(capture.fastify)`, first of all plugins. */
  readonly fastify: (app: FastifyLike, options: unknown, done: () => void) => void;
  /** Wraps a handler of Node's http: `createServer(capture.handler(handler))`. */
  handler(handler: RequestListener): RequestListener;
  /** For clients with a dispatcher of their own: `new Agent().compose(capture.interceptor)`, behind any retries. */
  readonly interceptor: Dispatcher.DispatcherComposeInterceptor;
  /** An interceptor for other addresses than the options name. */
  interceptorFor(addresses: readonly (string | UpstreamAddress)[]): Dispatcher.DispatcherComposeInterceptor;
  stats(): CaptureStats;
  /** Call it when the service has stopped serving: writes down what is finished, completes the file. */
  close(): Promise<CaptureStats>;
}

/**
 * Captures the writes of a running service into recordings. Throws a `GolemError` when an option is wrong, the folder
 * is not there, or nothing says how personal data is taken out; after that nothing it does reaches the service.
 */
export function captureWrites(options: CaptureOptions, doors: Partial<CaptureDoors> = {}): Capture {
  const session = openSession(options, doors);
  const { recorder, settings } = session;
  const context = new AsyncLocalStorage<Intake>();
  const watching = (addresses: readonly (string | UpstreamAddress)[]) =>
    callInterceptor(watchedAddresses(addresses), () => context.getStore());
  const interceptor = watching(options.upstream ?? []);
  const restoreFetch = options.globalFetch === true ? watchGlobally(interceptor) : null;

  /** Runs what follows in the context of the request, watched if it is a write. */
  function enter(
    request: IncomingMessage,
    response: ServerResponse,
    subject: unknown,
    follow: () => void,
  ): void {
    const intake = recorder.open({
      method: request.method ?? 'GET',
      path: pathOf(request.url ?? '/', settings.pathPrefix),
      headers: request.headers,
      user: () => settings.userOf(request, subject),
    });
    if (intake === null) {
      follow();
      return;
    }
    watchRequest(intake, request, context);
    watchResponse(intake, request, response, settings.bounds.abandonedMs);
    context.run(intake, follow);
  }

  return {
    express: (request, response, next) => enter(request, response, request, next),
    fastify: Object.assign(
      (app: FastifyLike, _: unknown, done: () => void): void => {
        app.addHook('onRequest', (request, reply, next) => enter(request.raw, reply.raw, request, next));
        done();
      },
      // Fastify's word for a plugin whose hooks belong to the whole application.
      { [Symbol.for('skip-override')]: true },
    ),
    handler: (handler) => (request, response) =>
      enter(request, response, request, () => handler(request, response)),
    interceptor,
    interceptorFor: watching,
    stats: session.stats,
    close() {
      restoreFetch?.();
      return session.close();
    },
  };
}

/** Puts the interceptor before undici's global dispatcher; returns what takes it away again. */
function watchGlobally(interceptor: Dispatcher.DispatcherComposeInterceptor): () => void {
  const before = getGlobalDispatcher();
  const composed = before.compose(interceptor);
  setGlobalDispatcher(composed);
  return () => {
    // Only if nobody has put another in its place since.
    if (getGlobalDispatcher() === composed) setGlobalDispatcher(before);
  };
}

/** The path as the write paths know it: without query and without the service's own prefix. */
export function pathOf(url: string, prefix: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
