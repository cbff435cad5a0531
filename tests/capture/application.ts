/**
 * An application with capture in it and a provider behind it, in any of the frameworks, cleared away after each test.
 * Shared by the tests of what such an application records.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http, HttpResponse, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterEach, beforeEach } from 'vitest';
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

const KEY = 'a-key-for-tests-0123456789';
/** Names that the capture is told to look for. */
export const NAMES = ['田中太郎', 'Marianne Albrecht'];
const PROVIDER = 'http://provider.example:8000';

let folder = '';
/** The file that the application of the present test records into. */
export const recordingFile = (): string => join(folder, 'meals.ndjson');
export const testFolder = (): string => folder;

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
    to: recordingFile(),
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
export async function application(
  framework: Framework,
  client: 'undici' | 'fetch',
): Promise<[Running, Capture]> {
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

/** Logs a meal as this user. */
export async function post(url: string, user: string, body: string | FormData, key?: string) {
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
