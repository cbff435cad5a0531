import { afterEach, expect, test } from 'vitest';
import { GolemError } from '../../errors.ts';
import { VirtualClock } from '../../replay/clock.ts';
import { SeededIds } from '../../replay/ids.ts';
import type { MealLogStore } from '../store/contract.ts';
import { memoryStore } from '../store/memory.ts';
import { type RunningService, runService } from './running-service.fixture.ts';
import { serve } from './serve.ts';

const RICE = JSON.stringify({
  dish: 'rice',
  confidence: 0.9,
  items: [
    { name: 'ご飯', amount: 150, unit: 'g', calories: 234, protein_g: 3.75, fat_g: 0.45, carbs_g: 55.65 },
  ],
});

let running: RunningService | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

async function start(options: Parameters<typeof runService>[0] = {}): Promise<RunningService> {
  running = await runService(options);
  running.answers = [RICE];
  return running;
}

test('logs a meal and answers with its totals and its key', async () => {
  const service = await start();
  const { status, body } = await service.log(
    'u1',
    '2025-09-01T03:00:00.000Z',
    'r1',
    { message: 'rice' },
    'k1',
  );
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ok: true,
    success: true,
    idempotent: false,
    idempotency_key: 'k1',
    dish: 'rice',
    nutrition: { calories: 234, protein_g: 3.8, fat_g: 0.5, carbs_g: 55.7 },
  });
  expect(body.logId).toMatch(/^[0-9a-f-]{36}$/);
});

test('passes on to the provider what tells requests apart, so that a proxy between them can join both', async () => {
  const service = await start();
  const log = (ids: Readonly<Record<string, string>>, message: string) =>
    service.send('POST', '/log', {
      headers: { 'x-user-id': 'u1', 'content-type': 'application/json', ...ids },
      body: JSON.stringify({ message }),
    });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await Promise.all([log({ 'x-request-id': 'one' }, 'rice'), log({ 'x-request-id': 'two' }, 'toast')]);
  await log({ traceparent, 'x-correlation-id': 'c1', 'x-session': 'secret' }, 'soup');
  await log({ 'x-request-id': 'x'.repeat(300) }, 'tea');
  const joined = service.asked.map(({ headers, body }) => [
    JSON.parse(body).message,
    headers['x-request-id'],
    headers.traceparent,
    headers['x-correlation-id'],
    headers['x-session'],
  ]);
  expect(joined.sort()).toEqual([
    ['rice', 'one', undefined, undefined, undefined],
    ['soup', undefined, traceparent, 'c1', undefined],
    ['tea', undefined, undefined, undefined, undefined],
    ['toast', 'two', undefined, undefined, undefined],
  ]);
});

test('captures what a recording needs to replay the write', async () => {
  const service = await start();
  service.answers = [{ status: 503 }, RICE];
  const { body } = await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' }, 'k1');
  const request = {
    method: 'POST',
    url: 'http://provider.internal/v1/analyse',
    body: '{"message":"rice","images":[]}',
  };
  expect(service.served).toEqual([
    {
      user: 'u1',
      atMs: Date.parse('2025-09-01T03:00:00.000Z'),
      request: {
        method: 'POST',
        path: '/log',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
        body: { message: 'rice' },
        files: [],
      },
      // SHA-256 of "k1", and of "DUAL_WRITE_V2:u1" by the share rule; both worked out with openssl.
      requestKey: '6ab9f1eb8f7d3388f4f9d586f66e99fd54080df2c446f0e58668b09c08a16dd0',
      rolloutBucket: 6995,
      upstream: [
        { request, response: { status: 503, body: '' }, latencyMs: 0 },
        { request, response: { status: 200, body: RICE }, latencyMs: 0 },
      ],
      answer: { status: 200, body },
    },
  ]);
});

test('takes pictures as multipart and asks the provider about their digests', async () => {
  const service = await start();
  const body = new FormData();
  body.append('image', new File([new Uint8Array([1, 2, 3])], 'a.jpg', { type: 'image/jpeg' }));
  const answer = await service.send('POST', '/log', { headers: { 'x-user-id': 'u1' }, body });
  expect(answer.status).toBe(200);
  const sha256 = '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81';
  expect(service.served[0]?.request.files).toEqual([{ name: 'a.jpg', mime: 'image/jpeg', sha256, bytes: 3 }]);
  expect(service.served[0]?.upstream[0]?.request.body).toBe(`{"message":null,"images":["${sha256}"]}`);
});

test('gives a repeat the first answer and stores nothing', async () => {
  const service = await start();
  const first = await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' }, 'k1');
  const second = await service.log('u1', '2025-09-01T03:00:05.000Z', 'r2', { message: 'rice' }, 'k1');
  expect(second.body).toEqual({ ...first.body, idempotent: true });
  expect(service.served[1]?.upstream).toEqual([]);
});

test('stores one of two twins and answers both', async () => {
  const service = await start();
  const twin = () => service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' }, 'k1');
  const answers = await Promise.all([twin(), twin()]);
  expect(answers.map(({ body }) => body.idempotent).sort()).toEqual([false, true]);
  expect(answers[0]?.body.logId).toBe(answers[1]?.body.logId);
});

test('deletes a meal of its own user only, after which its key is stale', async () => {
  const service = await start();
  const { body } = await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' }, 'k1');
  const remove = (user: string) =>
    service.send('DELETE', `/log/${body.logId}`, { headers: { 'x-user-id': user } });
  expect((await remove('u2')).status).toBe(404);
  expect((await remove('u1')).body).toEqual({ ok: true, logId: body.logId });
  expect((await remove('u1')).status).toBe(404);
  const repeat = await service.log('u1', '2025-09-01T04:00:00.000Z', 'r2', { message: 'rice' }, 'k1');
  expect([repeat.status, repeat.body.error]).toEqual([409, 'stale_idempotency']);
});

test.each([
  ['GET', '/healthz', 200],
  ['GET', '/healthz?deep=1', 200],
  ['POST', '/healthz', 405],
  ['GET', '/log', 405],
  ['DELETE', '/metrics', 405],
  ['POST', '/log/abc', 405],
  ['GET', '/', 404],
  ['GET', '/log/a/b', 404],
  ['POST', '/log', 401],
])('answers %s %s with %i', async (method, path, status) => {
  const service = await start();
  const answer = await service.send(method, path);
  expect([answer.status, answer.body.ok]).toEqual([status, status === 200]);
  expect(answer.headers.allow !== undefined).toBe(status === 405);
});

test('answers before the shadow has finished, and closes only after it has', async () => {
  const memory = memoryStore();
  const gate = Promise.withResolvers<void>();
  const store: MealLogStore = {
    ...bound(memory),
    shadowTransaction: async (work) => {
      await gate.promise;
      return memory.shadowTransaction(work);
    },
  };
  const service = await start({ store });
  const { status } = await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' }, 'k1');
  expect([status, service.served.length]).toEqual([200, 0]);
  let closed = false;
  const closing = service.close().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(closed).toBe(false);
  gate.resolve();
  await closing;
  running = null;
  expect(service.served).toHaveLength(1);
});

test('finishes a request in flight when asked to close, and takes no new ones', async () => {
  const memory = memoryStore();
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const store: MealLogStore = {
    ...bound(memory),
    transaction: async (work) => {
      entered.resolve();
      await gate.promise;
      return memory.transaction(work);
    },
  };
  const service = await start({ store });
  const pending = service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' }, 'k1');
  await entered.promise;
  const closing = service.close();
  running = null;
  await expect(service.send('GET', '/healthz')).rejects.toThrow(/ECONNREFUSED|other side closed/);
  gate.resolve();
  expect((await pending).status).toBe(200);
  await closing;
});

test('answers 500 without a word of what failed, and logs no word of what was eaten', async () => {
  const store: MealLogStore = {
    ...bound(memoryStore()),
    transaction: async () => {
      throw new GolemError({
        kind: 'unavailable',
        verb: 'reach',
        subject: 'the database',
        reason: 'it is gone',
      });
    },
  };
  const service = await start({ store });
  const answer = await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'secret cake' });
  expect([answer.status, answer.body.error]).toEqual([500, 'internal']);
  expect(service.logged).toEqual(['request failed: Failed to reach "the database": it is gone.']);
  expect(JSON.stringify([answer.body, service.logged])).not.toContain('cake');
});

test('carries its labels on every series', async () => {
  const environment = {
    APP_ENV: 'stg',
    SHADOW_VERSION: '2.1',
    AI_PROVIDER: 'acme',
    APP_VERSION: '9.9',
    AI_MODEL: 'm1',
  };
  const service = await start({ environment });
  await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' });
  const { body, headers } = await service.send('GET', '/metrics');
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const series = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(series.length).toBeGreaterThan(50);
  for (const line of series) {
    expect(line).toMatch(/env="stg"/);
    expect(line).toMatch(/shadow_version="2\.1"/);
    expect(line).toMatch(/ai_provider="acme"/);
  }
  expect(series.find((line) => line.startsWith('meal_log_app_build_info'))).toMatch(
    /app_version="9\.9",model="m1".* 1$/,
  );
});

test('keeps two servers apart', async () => {
  const service = await start();
  const other = await runService();
  await service.log('u1', '2025-09-01T03:00:00.000Z', 'r1', { message: 'rice' });
  const counts = async (of: RunningService) =>
    ((await of.send('GET', '/metrics')).body as string)
      .split('\n')
      .filter((line) => line.startsWith('meal_log_idempotency_total{'));
  expect([(await counts(service)).length, (await counts(other)).length]).toEqual([1, 0]);
  await other.close();
});

function bound(store: MealLogStore): MealLogStore {
  return {
    transaction: (work) => store.transaction(work),
    shadowTransaction: (work) => store.shadowTransaction(work),
    dump: () => store.dump(),
    reset: () => store.reset(),
    forgetUser: (user) => store.forgetUser(user),
    census: () => store.census(),
    close: () => store.close(),
  };
}

test.each([
  [{}, 64, 'NUTRITION_PROVIDER_URL'],
  [{ NUTRITION_PROVIDER_URL: 'http://p', DUAL_WRITE_V2: '150%' }, 64, 'DUAL_WRITE_V2'],
  [{ NUTRITION_PROVIDER_URL: 'http://p', APP_ENV: 'production' }, 64, 'APP_ENV'],
  [{ NUTRITION_PROVIDER_URL: 'http://p', DIFF_TZ_OFFSET_MINUTES: '9h' }, 64, 'DIFF_TZ_OFFSET_MINUTES'],
  [{ NUTRITION_PROVIDER_URL: 'http://p', DIFF_TZ_OFFSET_MINUTES: '900' }, 64, 'DIFF_TZ_OFFSET_MINUTES'],
])('refuses to start under %j', async (environment, exit, subject) => {
  const failure = await failureOf(environment, 0);
  expect([failure.exit, failure.message]).toEqual([exit, expect.stringContaining(subject)]);
});

test('says that a port is taken', async () => {
  const service = await start();
  const failure = await failureOf(
    { NUTRITION_PROVIDER_URL: 'http://p' },
    Number(new URL(service.server.url).port),
  );
  expect([failure.exit, failure.message]).toEqual([69, expect.stringContaining('the port is taken')]);
});

async function failureOf(environment: Readonly<Record<string, string>>, port: number): Promise<GolemError> {
  const started = serve({
    host: '127.0.0.1',
    port,
    store: memoryStore(),
    environment,
    clock: new VirtualClock(),
    ids: new SeededIds('x', { keepIssued: false }),
    log: () => {},
  });
  const failure: unknown = await started.then(
    () => 'started',
    (error) => error,
  );
  expect(failure).toBeInstanceOf(GolemError);
  return failure as GolemError;
}
