/**
 * Small services that log meals, as teams would write them: the real write paths behind Node's http, Express and
 * Fastify, with a provider on a loopback port or wherever `fetch` finds one. Tests of capture wire it into each.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { randomIds, systemClock } from '../../harness/cli/system.ts';
import { openProviderTransport } from '../../harness/meal-log/provider/http.ts';
import { createHandler, type Handler } from '../../harness/meal-log/serve/handler.ts';
import { RequestRefusal } from '../../harness/meal-log/serve/limits.ts';
import { readMultipart } from '../../harness/meal-log/serve/multipart.ts';
import { checkLog, receiveDelete, receiveLog, userOf } from '../../harness/meal-log/serve/receive.ts';
import { memoryStore } from '../../harness/meal-log/store/memory.ts';
import { createMealLogService } from '../../harness/meal-log/write/service.ts';
import type { Upstream, WriteRequest } from '../../harness/migration.ts';
import type { Capture } from '../../harness/recording/capture/index.ts';

/** What the provider says of any meal. */
export const RICE = JSON.stringify({
  dish: 'rice',
  confidence: 0.9,
  items: [
    { name: 'ご飯', amount: 150, unit: 'g', calories: 234, protein_g: 3.75, fat_g: 0.45, carbs_g: 55.65 },
  ],
});

export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

/** A provider on a loopback port; `answer` may look at the question and leave it unanswered. */
export function startProvider(
  answer: (question: string, outgoing: ServerResponse) => void = (_, outgoing) => void outgoing.end(RICE),
): Promise<Running> {
  return listen(
    createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => answer(Buffer.concat(chunks).toString(), outgoing));
    }),
  );
}

/** The write paths behind a handler, asking this upstream. */
export function mealHandler(upstream: Upstream): Handler {
  const service = createMealLogService({
    store: memoryStore(),
    flags: {},
    clock: { nowMs: () => Date.now(), sleep: () => Promise.resolve() },
    ids: randomIds,
    metrics: { observe: () => {}, increment: () => {} },
    tzOffsetMinutes: 0,
    verbatim: true,
    defect: null,
  });
  return createHandler({ service, upstream, clock: systemClock });
}

/** Asks the provider through undici, watched by the capture. */
export function undiciUpstream(capture: Capture | null, baseUrl: string) {
  return openProviderTransport({ baseUrl, interceptor: capture?.interceptor, deadlineMs: 300 });
}

/** Asks the provider through Node's own `fetch`. */
export function fetchUpstream(baseUrl: string): Upstream {
  return async ({ method, url, body }) => {
    const answer = await fetch(`${baseUrl}${new URL(url).pathname}`, {
      method,
      body,
      headers: { 'content-type': 'application/json' },
    });
    return { status: answer.status, body: await answer.text() };
  };
}

export type Framework = 'http' | 'express' | 'fastify';

/** Starts a service in this framework, with the capture wired in as its users are told to. */
export function startApp(framework: Framework, capture: Capture | null, handle: Handler): Promise<Running> {
  if (framework === 'http') return startHttp(capture, handle);
  return framework === 'express' ? startExpress(capture, handle) : startFastify(capture, handle);
}

function startHttp(capture: Capture | null, handle: Handler): Promise<Running> {
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const answer = async () => {
      const path = incoming.url ?? '/';
      if (path === '/healthz') return { status: 200, body: { ok: true } };
      const user = userOf(incoming);
      const request =
        incoming.method === 'DELETE' ? receiveDelete(incoming, path) : await receiveLog(incoming);
      return (await handle(user, request)).answer;
    };
    void answer()
      .catch(refusalOf)
      .then(({ status, body }) => {
        outgoing.writeHead(status, { 'content-type': 'application/json' });
        outgoing.write(JSON.stringify(body).slice(0, 5));
        outgoing.end(JSON.stringify(body).slice(5));
      });
  };
  return listen(createServer(capture?.handler(listener) ?? listener));
}

function startExpress(capture: Capture | null, handle: Handler): Promise<Running> {
  const app = express();
  if (capture !== null) app.use(capture.express);
  app.use(express.json());
  app.get('/healthz', (_, response) => void response.json({ ok: true }));
  app.post('/log', async (request, response) => {
    const parsed: unknown = request.body;
    const written: WriteRequest =
      parsed === undefined
        ? await receiveLog(request)
        : checkLog({ method: 'POST', path: '/log', headers: keyOf(request), body: parsed, files: [] });
    const { answer } = await handle(userOf(request), written);
    response.status(answer.status).json(answer.body);
  });
  app.delete('/log/:id', async (request, response) => {
    const { answer } = await handle(userOf(request), receiveDelete(request, request.path));
    response.status(answer.status).json(answer.body);
  });
  app.use((error: unknown, _: express.Request, response: express.Response, __: express.NextFunction) => {
    const { status, body } = refusalOf(error);
    response.status(status).json(body);
  });
  return listen(createServer(app));
}

async function startFastify(capture: Capture | null, handle: Handler): Promise<Running> {
  const app = fastify();
  if (capture !== null) await app.register(capture.fastify);
  app.addContentTypeParser('multipart/form-data', (_: unknown, payload: IncomingMessage) =>
    readMultipart(payload),
  );
  app.setErrorHandler((error, _, reply) => {
    const { status, body } = refusalOf(error);
    return reply.status(status).send(body);
  });
  app.get('/healthz', () => ({ ok: true }));
  app.post('/log', async (request, reply) => {
    const sent = request.body as { files?: WriteRequest['files']; body?: unknown };
    const headers = keyOf(request.raw);
    const { answer } = await handle(
      userOf(request.raw),
      sent.files === undefined
        ? checkLog({ method: 'POST', path: '/log', headers, body: sent, files: [] })
        : checkLog({ method: 'POST', path: '/log', headers, body: sent.body, files: sent.files }),
    );
    return reply.status(answer.status).send(answer.body);
  });
  app.delete('/log/:id', async (request, reply) => {
    const { answer } = await handle(userOf(request.raw), receiveDelete(request.raw, request.url));
    return reply.status(answer.status).send(answer.body);
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => app.close() };
}

function keyOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const key = headers['idempotency-key'];
  return typeof key === 'string' ? { 'idempotency-key': key } : {};
}

function refusalOf(error: unknown): { readonly status: number; readonly body: unknown } {
  if (error instanceof RequestRefusal) return { status: error.status, body: error.body };
  return { status: (error as { statusCode?: number }).statusCode ?? 500, body: { error: 'failed' } };
}

export async function listen(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
