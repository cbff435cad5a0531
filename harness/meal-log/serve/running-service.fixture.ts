/**
 * A running service for tests: the real server before a real provider on a loopback port, on planned time. Tests of
 * the server and the metrics smoke test share it.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request as send } from 'undici';
import type { RunningServer, ServedWrite } from '../../migration.ts';
import { VirtualClock } from '../../replay/clock.ts';
import { SeededIds } from '../../replay/ids.ts';
import type { MealLogStore } from '../store/contract.ts';
import { memoryStore } from '../store/memory.ts';
import { serve } from './serve.ts';

export interface RunningService {
  readonly server: RunningServer;
  readonly clock: VirtualClock;
  readonly served: ServedWrite[];
  readonly logged: string[];
  /** What the provider was asked so far. */
  readonly asked: readonly { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** Resolves once this many writes have finished, their shadows included. */
  untilServed(count: number): Promise<void>;
  /** What the provider answers to the next questions, in order; the last one for ever. */
  answers: (string | { readonly status: number })[];
  send(
    method: string,
    path: string,
    options?: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | FormData;
    },
  ): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    // biome-ignore lint/suspicious/noExplicitAny: what the service answers is what each test states
    readonly body: any;
  }>;
  /** Posts a message as JSON for a user, at a virtual time, as a record of this id. */
  log(user: string, at: string, id: string, body: object, key?: string): ReturnType<RunningService['send']>;
  close(): Promise<void>;
}

export async function runService(
  options: { readonly store?: MealLogStore; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<RunningService> {
  const clock = new VirtualClock();
  const ids = new SeededIds('serve', { keepIssued: false });
  const served: ServedWrite[] = [];
  const logged: string[] = [];
  const asked: { headers: IncomingHttpHeaders; body: string }[] = [];
  let onServed = (): void => {};
  const provider = createServer((incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    incoming.on('end', () => {
      asked.push({ headers: incoming.headers, body });
      const answer = running.answers.length > 1 ? running.answers.shift() : running.answers[0];
      if (typeof answer === 'string') outgoing.end(answer);
      else outgoing.writeHead(answer?.status ?? 500).end();
    });
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const store = options.store ?? memoryStore();
  const server = await serve({
    host: '127.0.0.1',
    port: 0,
    store,
    environment: {
      NUTRITION_PROVIDER_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
      ...options.environment,
    },
    clock,
    ids,
    onWrite: (write) => {
      served.push(write);
      onServed();
    },
    log: (line) => logged.push(line),
  });
  const running: RunningService = {
    server,
    clock,
    served,
    logged,
    asked,
    untilServed: (count) =>
      new Promise((resolve) => {
        onServed = () => {
          if (served.length >= count) resolve();
        };
        onServed();
      }),
    answers: [],
    async send(method, path, { headers = {}, body } = {}) {
      const answer = await send(server.url + path, {
        method: method as 'POST',
        headers,
        body: (body ?? null) as string,
      });
      const text = await answer.body.text();
      const json = String(answer.headers['content-type']).startsWith('application/json');
      return { status: answer.statusCode, headers: answer.headers, body: json ? JSON.parse(text) : text };
    },
    async log(user, at, id, body, key) {
      clock.jumpTo(Date.parse(at));
      ids.begin(user, id);
      return running.send('POST', '/log', {
        headers: {
          'x-user-id': user,
          'content-type': 'application/json',
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      });
    },
    async close() {
      await server.close();
      await new Promise((resolve) => {
        provider.close(resolve);
        provider.closeAllConnections();
      });
    },
  };
  return running;
}
