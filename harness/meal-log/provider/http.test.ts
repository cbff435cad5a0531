/**
 * The real transport against msw. msw's default server patches `fetch` and node:http and does not see undici's own
 * `request`; its interceptor of raw sockets does, so these tests run the very code that production runs.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequestInterceptor } from '@mswjs/interceptors/http';
import { delay, HttpResponse, http } from 'msw';
import { defineNetwork, InterceptorSource } from 'msw/experimental';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { GolemError } from '../../errors.ts';
import type { Clock } from '../../migration.ts';
import { analyse } from './client.ts';
import { openProviderTransport, type ProviderTransportOptions, providerOptionsFrom } from './http.ts';
import { providerRequest } from './request.ts';

const BASE = 'http://provider.test/nutrition';
const ENDPOINT = `${BASE}/v1/analyse`;
const GOOD = { dish: 'toast', confidence: 0.9, items: [{ name: 'toast', calories: 150 }] };
const question = providerRequest('toast', []);
const clock: Clock = { nowMs: () => 0, sleep: async () => {} };

const network = defineNetwork({
  sources: [new InterceptorSource({ interceptors: [new HttpRequestInterceptor()] })],
  handlers: [],
  onUnhandledFrame: 'bypass',
  context: { quiet: true },
});
beforeAll(() => network.enable());
afterAll(() => network.disable());
afterEach(() => network.resetHandlers());

async function withTransport<T>(
  options: Partial<ProviderTransportOptions>,
  use: (upstream: ReturnType<typeof openProviderTransport>['upstream']) => Promise<T>,
): Promise<T> {
  const transport = openProviderTransport({ baseUrl: BASE, idleTimeoutMs: 300, deadlineMs: 300, ...options });
  try {
    return await use(transport.upstream);
  } finally {
    await transport.close();
  }
}

const analysed = (options: Partial<ProviderTransportOptions> = {}) =>
  withTransport(options, (upstream) => analyse({ upstream, clock }, { message: 'toast', files: [] }));

/** Answers each call with the next of `answers`, the last one for ever, and counts the calls. */
function answering(...answers: readonly (() => Response | Promise<Response>)[]) {
  const seen = { calls: 0 };
  network.use(
    http.post(ENDPOINT, () => {
      const answer = answers[Math.min(seen.calls, answers.length - 1)]!;
      seen.calls += 1;
      return answer();
    }),
  );
  return seen;
}

test('posts the question with its token and reads status and body', async () => {
  let received: unknown;
  network.use(
    http.post(ENDPOINT, async ({ request }) => {
      received = [
        request.headers.get('authorization'),
        request.headers.get('content-type'),
        await request.json(),
      ];
      return HttpResponse.json(GOOD, { status: 203 });
    }),
  );
  const answer = await withTransport({ token: 's3cret' }, (upstream) => upstream(question));
  expect(received).toEqual(['Bearer s3cret', 'application/json', { message: 'toast', images: [] }]);
  expect(answer).toEqual({ status: 203, body: JSON.stringify(GOOD) });
});

test('analyses a meal over the network', async () => {
  answering(() => HttpResponse.json(GOOD));
  expect(await analysed()).toEqual({ answer: GOOD, source: 'provider', fallback: null, attempts: 1 });
});

test('gives up on an answer that takes too long', async () => {
  const seen = answering(async () => {
    await delay(2_000);
    return HttpResponse.json(GOOD);
  });
  expect(await analysed({ deadlineMs: 60 })).toMatchObject({ fallback: 'provider_timeout', attempts: 3 });
  expect(seen.calls).toBe(3);
});

test('recovers from 429', async () => {
  const seen = answering(
    () => new HttpResponse(null, { status: 429 }),
    () => HttpResponse.json(GOOD),
  );
  expect(await analysed()).toMatchObject({ source: 'provider', attempts: 2 });
  expect(seen.calls).toBe(2);
});

test('falls back after 500 for good', async () => {
  answering(() => new HttpResponse('oops', { status: 500 }));
  expect(await analysed()).toMatchObject({ fallback: 'provider_status', attempts: 3 });
});

test('asks once more after malformed JSON, then falls back', async () => {
  const seen = answering(() => HttpResponse.text('{"dish": "toa'));
  expect(await analysed()).toMatchObject({ fallback: 'provider_malformed', attempts: 2 });
  expect(seen.calls).toBe(2);
});

test('falls back when nothing was recognised', async () => {
  answering(() => HttpResponse.json({ dish: '', confidence: 0, items: [] }));
  expect(await analysed()).toMatchObject({ fallback: 'provider_empty', attempts: 1 });
});

test('reads no more of an answer than the cap', async () => {
  answering(() => HttpResponse.text('x'.repeat(5_000)));
  await withTransport({ maxAnswerBytes: 1_000 }, async (upstream) => {
    await expect(upstream(question)).rejects.toThrow();
  });
});

test('follows no redirect', async () => {
  const seen = answering(() => HttpResponse.redirect(ENDPOINT, 302));
  expect(await analysed()).toMatchObject({ fallback: 'provider_status', attempts: 1 });
  expect(seen.calls).toBe(1);
});

test('takes a lost connection for no answer', async () => {
  answering(() => HttpResponse.error());
  expect(await analysed()).toMatchObject({ fallback: 'provider_timeout', attempts: 3 });
});

test('takes a refused connection for no answer', async () => {
  const gone = await listening();
  await new Promise((resolve) => gone.server.close(resolve));
  expect(await analysed({ baseUrl: gone.url })).toMatchObject({ fallback: 'provider_timeout', attempts: 3 });
});

test('reads an answer over a real socket as it does over msw', async () => {
  const { server, url } = await listening();
  try {
    expect(await withTransport({ baseUrl: `${url}/deep/` }, (upstream) => upstream(question))).toEqual({
      status: 200,
      body: 'POST /deep/v1/analyse {"message":"toast","images":[]}',
    });
  } finally {
    server.close();
  }
});

test.each([
  ['is missing', {}],
  ['is no address', { NUTRITION_PROVIDER_URL: 'provider' }],
  ['is no web address', { NUTRITION_PROVIDER_URL: 'ftp://provider' }],
  ['carries a password', { NUTRITION_PROVIDER_URL: 'http://me:hunter2@provider' }],
])('refuses to start when the address %s, without repeating it', (_what, environment) => {
  try {
    providerOptionsFrom(environment);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(GolemError);
    expect((error as GolemError).exit).toBe(64);
    expect((error as GolemError).message).toContain('NUTRITION_PROVIDER_URL');
    expect((error as GolemError).message).not.toContain('hunter2');
  }
});

/** A loopback server that echoes method, path and body. */
async function listening(): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => outgoing.end(`${incoming.method} ${incoming.url} ${body}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
