/**
 * The reference service on node:http: what production looks like from outside, small enough to read. It takes clock,
 * ids and store as arguments, so the traffic generator runs it on planned time and a smoke test on a store of its own.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GolemError } from '../../errors.ts';
import type { RunningServer, ServeOptions } from '../../migration.ts';
import { METRICS } from '../metrics.ts';
import { openProviderTransport, PROVIDER_ORIGIN, providerOptionsFrom } from '../provider/http.ts';
import type { MealLogStore } from '../store/contract.ts';
import { createMealLogService } from '../write/service.ts';
import { createExposition } from './exposition.ts';
import { createHandler } from './handler.ts';
import { LIMITS, RequestRefusal } from './limits.ts';
import { receiveDelete, receiveLog, traceOf, userOf } from './receive.ts';
import { readSettings } from './settings.ts';

/**
 * Starts the service and resolves once it listens. Settings and the provider's address come from
 * `options.environment`; the store stays its owner's to close. Rejects with a usage error on an environment it
 * cannot read and with `unavailable` when the port cannot be had.
 */
export async function serve(options: ServeOptions<MealLogStore>): Promise<RunningServer> {
  const settings = readSettings(options.environment);
  const providerOptions = providerOptionsFrom(options.environment);
  const provider = openProviderTransport({
    ...providerOptions,
    interceptor: options.watch?.upstream(providerOptions.baseUrl, PROVIDER_ORIGIN),
  });
  const exposition = createExposition(METRICS, {
    defaultLabels: settings.labels,
    buildLabels: settings.build,
  });
  const service = createMealLogService({
    store: options.store,
    flags: settings.flags,
    clock: options.clock,
    ids: options.ids,
    metrics: exposition.sink,
    tzOffsetMinutes: settings.tzOffsetMinutes,
    verbatim: true,
    defect: null,
  });
  const handle = createHandler({
    service,
    upstream: provider.upstream,
    clock: options.clock,
    onWrite: options.onWrite,
  });
  const inFlight = new Set<Promise<void>>();
  const unanswered = new Set<ServerResponse>();
  let closing = false;

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
    const method = incoming.method ?? 'GET';
    if (path === '/healthz') {
      allow(method, ['GET']);
      return sendJson(outgoing, 200, { ok: true });
    }
    if (path === '/metrics') {
      allow(method, ['GET']);
      outgoing.writeHead(200, { 'content-type': exposition.contentType });
      outgoing.end(await exposition.render());
      return;
    }
    const log = /^\/log(\/[^/]{1,128})?$/.exec(path);
    if (!log) throw new RequestRefusal(404, 'not_found', 'no such path');
    allow(method, log[1] === undefined ? ['POST'] : ['DELETE']);
    const user = userOf(incoming);
    const request = method === 'POST' ? await receiveLog(incoming) : receiveDelete(incoming, path);
    const { answer, settled } = await handle(user, request, provider.upstreamWith(traceOf(incoming)));
    const shadow = settled.catch((error: unknown) => options.log(`shadow write failed: ${reasonOf(error)}`));
    inFlight.add(shadow);
    shadow.finally(() => inFlight.delete(shadow));
    sendJson(outgoing, answer.status, answer.body);
  }

  const listener: RequestListener = (incoming, outgoing) => {
    if (closing) outgoing.setHeader('connection', 'close');
    const answered = respond(incoming, outgoing).catch((error: unknown) => {
      if (!(error instanceof RequestRefusal)) options.log(`request failed: ${reasonOf(error)}`);
      sendRefusal(incoming, outgoing, error);
    });
    inFlight.add(answered);
    unanswered.add(outgoing);
    answered.finally(() => {
      inFlight.delete(answered);
      unanswered.delete(outgoing);
    });
  };
  const server = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
      keepAliveTimeout: LIMITS.keepAliveMs,
    },
    options.watch?.handler(listener) ?? listener,
  );
  server.maxHeadersCount = LIMITS.headers;

  const port = await listen(server, options.host, options.port).catch(async (error: unknown) => {
    await provider.close();
    throw error;
  });
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    async close() {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Connections that are kept alive after their last answer would hold the shutdown open until they time out.
      for (const outgoing of unanswered) {
        if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
      }
      // A sender that stalls would hold the shutdown open for ever.
      const deadline = setTimeout(() => server.closeAllConnections(), LIMITS.drainMs);
      await closed;
      clearTimeout(deadline);
      while (inFlight.size > 0) await Promise.all(inFlight);
      await provider.close();
    },
  };
}

function allow(method: string, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  throw new RequestRefusal(405, 'method_not_allowed', `expected ${allowed.join(' or ')}`, {
    allow: allowed.join(', '),
  });
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  outgoing.end(JSON.stringify(body));
}

function sendRefusal(incoming: IncomingMessage, outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  const refusal =
    error instanceof RequestRefusal
      ? error
      : new RequestRefusal(500, 'internal', 'the service failed; its log says why');
  for (const [name, value] of Object.entries(refusal.headers)) outgoing.setHeader(name, value);
  if (!incoming.complete) {
    // The rest of the body is not wanted: answer, then let go of the connection.
    outgoing.setHeader('connection', 'close');
    incoming.resume();
  }
  sendJson(outgoing, refusal.status, refusal.body);
}

/** Names an error without the values in it: messages of a database quote what the user wrote. */
function reasonOf(error: unknown): string {
  if (error instanceof GolemError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new GolemError({
          kind: 'unavailable',
          verb: 'listen on',
          subject: `${host}:${port}`,
          reason: error.code === 'EADDRINUSE' ? 'the port is taken' : (error.code ?? error.message),
          next: 'golem serve --port 0',
        }),
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
