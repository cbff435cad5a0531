/**
 * Capture in real applications, and then what its user wants of it: the file replays whole, and nobody in it can be
 * recognised.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http, HttpResponse, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mealLog } from '../../harness/meal-log/index.ts';
import { type Capture, type CaptureOptions, captureWrites } from '../../harness/recording/capture/index.ts';
import {
  fetchUpstream,
  type Framework,
  mealHandler,
  RICE,
  type Running,
  startApp,
  startProvider,
  undiciUpstream,
} from './meal-apps.ts';
import { readBack, replayFiles } from './recorded.ts';

const KEY = 'a-key-for-tests-0123456789';
const NAMES = ['田中太郎', 'Marianne Albrecht'];
const PROVIDER = 'http://provider.example:8000';

let folder = '';
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-apps-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

function capturing(options: Partial<CaptureOptions>): Capture {
  const capture = captureWrites({
    migration: mealLog,
    to: join(folder, 'meals.ndjson'),
    user: 'x-user-id',
    env: 'prod',
    key: KEY,
    names: NAMES,
    ...options,
  });
  closing.push(() => capture.close());
  return capture;
}

/** An application with its provider behind undici and a loopback port, or behind `fetch` and msw. */
async function application(framework: Framework, client: 'undici' | 'fetch'): Promise<[Running, Capture]> {
  if (client === 'undici') {
    const provider = await startProvider();
    const capture = capturing({ upstream: [provider.url] });
    const transport = undiciUpstream(capture, provider.url);
    const app = await startApp(framework, capture, mealHandler(transport.upstream));
    closing.push(provider.close, transport.close, app.close);
    return [app, capture];
  }
  const worker = setupServer(
    http.post(`${PROVIDER}/v1/analyse`, () => HttpResponse.json(JSON.parse(RICE))),
    http.all('http://127.0.0.1:*/*', () => passthrough()),
  );
  worker.listen({ onUnhandledRequest: 'error' } as never);
  const capture = capturing({ upstream: [PROVIDER], globalFetch: true });
  const app = await startApp(framework, capture, mealHandler(fetchUpstream(PROVIDER)));
  closing.push(() => worker.close(), app.close);
  return [app, capture];
}

const MEALS = [
  'ラーメン',
  '田中太郎です。カレーライスを食べました',
  'two eggs and toast, call me at 090-1234-5678',
  'rice 150g, Marianne Albrecht',
  '味噌汁とご飯',
  'oatmeal with milk, mail me: marianne.albrecht@example.com',
  '電話は03-1234-5678です。うどん',
  'grilled salmon 120g',
] as const;
const PERSONAL = [
  '田中太郎',
  '090-1234-5678',
  'Marianne',
  'Albrecht',
  'example.com',
  '03-1234-5678',
  'person-',
];

async function post(url: string, user: string, body: string | FormData, key?: string) {
  const answer = await fetch(`${url}/log`, {
    method: 'POST',
    headers: {
      'x-user-id': user,
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

function picture(message: string | null, bytes: number): FormData {
  const form = new FormData();
  if (message !== null) form.append('message', message);
  form.append('image', new File([new Uint8Array(bytes).fill(7)], '田中太郎.jpg', { type: 'image/jpeg' }));
  return form;
}

describe.each([
  ['http', 'undici'],
  ['express', 'undici'],
  ['fastify', 'undici'],
  ['http', 'fetch'],
  ['express', 'fetch'],
  ['fastify', 'fetch'],
] as const)('ten meals in %s, the provider asked by %s', (framework, client) => {
  it('are in the file, replay whole, and name nobody', async () => {
    const [app, capture] = await application(framework, client);
    const answers: unknown[] = [];
    for (const [index, message] of MEALS.entries()) {
      const { status, body } = await post(app.url, `person-${index % 3}`, JSON.stringify({ message }));
      expect(status).toBe(200);
      answers.push(body.dish);
    }
    expect((await post(app.url, 'person-1', picture('call 090-1234-5678', 300_000))).status).toBe(200);
    expect((await post(app.url, 'person-2', picture(null, 3))).status).toBe(200);
    const stats = await capture.close();
    expect(stats).toMatchObject({ captured: 10, dropped: {}, lateCalls: 0, inFlight: 0, queued: 0 });

    const file = join(folder, 'meals.ndjson');
    const { header, records } = await readBack(file);
    expect(header).toMatchObject({ env: 'prod', anonymised: true, simulated: false });
    expect(records).toHaveLength(10);
    expect(records.map(({ upstream }) => upstream.length)).toEqual(Array(10).fill(1));
    expect(records.map(({ response }) => (response!.body as { dish: string }).dish)).toEqual([
      ...answers,
      'rice',
      'rice',
    ]);
    // Pictures are their size and a keyed digest.
    expect(records.flatMap(({ request }) => request.files).map(({ bytes }) => bytes)).toEqual([300_000, 3]);
    expect(new Set(records.map(({ user }) => user)).size).toBe(3);
    const text = readFileSync(file, 'utf8');
    for (const personal of PERSONAL) expect(text).not.toContain(personal);

    const ran = await replayFiles([file], folder);
    expect(ran.out).toContain('10 records, 3 users');
    expect(ran.out).toContain(', 0 skipped');
    expect(ran.exit).toBe(0);
  });
});

describe.each(['http', 'express', 'fastify'] as const)('capture in %s', (framework) => {
  it('records writes only: no other path, nobody signed out, nothing that was refused', async () => {
    const [app, capture] = await application(framework, 'undici');
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect((await post(app.url, '', JSON.stringify({ message: 'rice' }))).status).toBe(401);
    expect((await post(app.url, 'u1', '{"message":')).status).toBe(400);
    expect((await post(app.url, 'u1', '{}')).status).toBe(400);
    expect((await post(app.url, 'u1', JSON.stringify({ message: 'rice' }))).status).toBe(200);
    const stats = await capture.close();
    expect(stats).toMatchObject({ captured: 1, dropped: {}, passed: { no_user: 1, refused: 2 } });
  });

  it('keeps repeats, twins that race, and deletions replayable', async () => {
    const [app, capture] = await application(framework, 'undici');
    const body = JSON.stringify({ message: 'rice' });
    const twins = await Promise.all([1, 2, 3, 4].map(() => post(app.url, 'u1', body, 'k1')));
    expect(twins.filter((twin) => twin.body.idempotent === false)).toHaveLength(1);
    expect((await post(app.url, 'u1', body, 'k1')).body.idempotent).toBe(true);
    const { logId } = twins[0]!.body;
    const removal = { method: 'DELETE', headers: { 'x-user-id': 'u1' } };
    expect((await fetch(`${app.url}/log/${logId}`, removal)).status).toBe(200);
    expect((await post(app.url, 'u1', body, 'k1')).status).toBe(409);
    await capture.close();

    const file = join(folder, 'meals.ndjson');
    const { records } = await readBack(file);
    // The twin that asked the provider stands first, whichever arrived first.
    expect(records.map(({ upstream }) => upstream.length)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(records.map(({ response }) => response?.status)).toEqual([200, 200, 200, 200, 200, 200, 409]);
    const ran = await replayFiles([file], folder);
    expect(ran.out).toContain('7 records, 1 user');
    expect(ran.out).toContain(', 0 skipped');
  });
});
