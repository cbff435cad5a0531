/**
 * Capture for a service: one value with a door for each framework, all of which lead to the same recorder. A service
 * wires it in three lines and closes it when it ends; whatever happens in here, its requests do not notice.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { destinationOf } from './destination.ts';
import { type Disk, systemDisk } from './disk.ts';
import type { Intake } from './intake.ts';
import { Losses } from './losses.ts';
import { type CaptureOptions, readCaptureOptions } from './options.ts';
import { type PassedOver, Recorder } from './recorder.ts';
import { RecordingFiles } from './recording-files.ts';
import { callInterceptor, type UpstreamAddress, watchedAddresses } from './upstream-calls.ts';
import { watchRequest, watchResponse } from './watch.ts';

/** What a capture has done so far. */
export interface CaptureStats {
  /** Writes that stand on the disk. */
  readonly captured: number;
  /** Writes that were lost, by reason; empty when none was. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Requests that rightly are not in the recording. */
  readonly passed: Readonly<PassedOver>;
  /** Upstream calls that began after the record of their request was made; those records lack them. */
  readonly lateCalls: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly queuedBytes: number;
  /** Files that are whole. */
  readonly files: readonly string[];
  /** The last refusal of the disk, or null. */
  readonly diskFailure: unknown;
}

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

/** What capture reaches outside for; tests put their own in its place. */
export interface CaptureDoors {
  readonly disk: Disk;
  readonly nowMs: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const DOORS: CaptureDoors = {
  disk: systemDisk,
  nowMs: () => Date.now(),
  environment: process.env,
};

/**
 * Captures the writes of a running service into recordings. Throws a `GolemError` when an option is wrong, the folder
 * is not there, or nothing says how personal data is taken out; after that nothing it does reaches the service.
 */
export function captureWrites(options: CaptureOptions, doors: CaptureDoors = DOORS): Capture {
  const { nowMs } = doors;
  const settings = readCaptureOptions(options, doors.environment);
  const watched = watchedAddresses(options.upstream ?? []);
  const losses = new Losses(options.onDrop ?? warn, nowMs);
  const destination = destinationOf(options.to, {
    compress: options.compress ?? 'none',
    overwrite: options.overwrite ?? false,
    instance: randomBytes(4).toString('hex'),
  });
  const files = new RecordingFiles({
    disk: doors.disk,
    destination,
    header: settings.header,
    rotation: destination.isFolder ? settings.rotation : { bytes: null, ms: null },
    nowMs,
    dropped: () => losses.byReason,
    onLost: (lines) => lines > 0 && losses.add('disk', lines),
  });
  const recorder = new Recorder({ ...settings, files, losses, nowMs });
  const context = new AsyncLocalStorage<Intake>();
  const interceptor = callInterceptor(watched, () => context.getStore());
  const before = options.globalFetch === true ? getGlobalDispatcher() : null;
  const composed = before?.compose(interceptor) ?? null;
  if (composed !== null) setGlobalDispatcher(composed);
  const onExit = (): void => recorder.flushNow();
  process.once('exit', onExit);
  let closing: Promise<CaptureStats> | null = null;

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

  function stats(): CaptureStats {
    return {
      captured: files.written,
      dropped: losses.byReason,
      passed: { ...recorder.passed },
      lateCalls: recorder.lateCalls,
      inFlight: recorder.inFlight,
      queued: recorder.queued + files.pending,
      queuedBytes: recorder.queuedBytes,
      files: [...files.completed],
      diskFailure: files.failure,
    };
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
    interceptorFor: (addresses) => callInterceptor(watchedAddresses(addresses), () => context.getStore()),
    stats,
    close() {
      closing ??= recorder.close().then(() => {
        process.off('exit', onExit);
        // Only if nobody has put another in its place since.
        if (before !== null && getGlobalDispatcher() === composed) setGlobalDispatcher(before);
        return stats();
      });
      return closing;
    },
  };
}

function warn(line: string): void {
  process.emitWarning(line, { code: 'GOLEM_CAPTURE' });
}

/** The path as the write paths know it: without query and without the service's own prefix. */
function pathOf(url: string, prefix: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
