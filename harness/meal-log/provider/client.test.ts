import { expect, test } from 'vitest';
import { GolemError } from '../../errors.ts';
import type { Clock, UpstreamRequest, UpstreamResponse } from '../../migration.ts';
import { analyse } from './client.ts';
import { PROVIDER_URL } from './request.ts';

const GOOD = JSON.stringify({ dish: 'toast', confidence: 0.9, items: [{ name: 'toast', calories: 150 }] });
const EMPTY = JSON.stringify({ dish: '', confidence: 0, items: [] });
const ok = (body: string): UpstreamResponse => ({ status: 200, body });

/** Answers in the given order and notes what was asked and slept; an Error stands for no answer. */
function script(...answers: readonly (UpstreamResponse | Error)[]) {
  const asked: UpstreamRequest[] = [];
  const slept: number[] = [];
  const clock: Clock = { nowMs: () => 0, sleep: async (ms) => void slept.push(ms) };
  const upstream = async (request: UpstreamRequest): Promise<UpstreamResponse> => {
    const answer = answers[asked.length];
    asked.push(request);
    if (answer === undefined) throw new Error(`call ${asked.length} was not expected`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, slept, context: { upstream, clock } };
}

const toast = { message: 'toast', files: [] };
const lost = new Error('connection lost');

test('asks once when the answer is good', async () => {
  const { context, asked, slept } = script(ok(GOOD));
  expect(await analyse(context, toast)).toEqual({
    answer: JSON.parse(GOOD),
    source: 'provider',
    fallback: null,
    attempts: 1,
  });
  expect(asked).toEqual([{ method: 'POST', url: PROVIDER_URL, body: '{"message":"toast","images":[]}' }]);
  expect(slept).toEqual([]);
});

test('asks about images by their digests', async () => {
  const { context, asked } = script(ok(GOOD));
  const image = { name: 'a.jpg', mime: 'image/jpeg', sha256: 'ab', bytes: 3 };
  await analyse(context, { message: null, files: [image] });
  expect(asked[0]?.body).toBe('{"message":null,"images":["ab"]}');
});

test.each([
  ['a lost connection', lost],
  ['429', { status: 429, body: '' }],
  ['500', { status: 500, body: '' }],
  ['503', { status: 503, body: '<html>' }],
])('asks again after %s, waiting 200 ms, then 800 ms', async (_what, failure) => {
  const { context, slept } = script(failure, failure, ok(GOOD));
  expect(await analyse(context, toast)).toMatchObject({ source: 'provider', fallback: null, attempts: 3 });
  expect(slept).toEqual([200, 800]);
});

test.each([
  ['time-outs', 'provider_timeout', 3, [lost, lost, lost]],
  ['server errors', 'provider_status', 3, [{ status: 500, body: '' }, lost, { status: 502, body: '' }]],
  ['a refusal', 'provider_status', 1, [{ status: 400, body: '' }]],
  ['a redirect', 'provider_status', 1, [{ status: 302, body: '' }]],
  ['malformed answers', 'provider_malformed', 2, [ok('{'), ok('[]')]],
  ['an answer that is malformed last', 'provider_malformed', 3, [lost, lost, ok('{')]],
  ['an empty answer', 'provider_empty', 1, [ok(EMPTY)]],
] as const)('falls back after %s with code %s and %i calls', async (_what, code, calls, answers) => {
  const { context, slept } = script(...answers);
  const analysis = await analyse(context, toast);
  expect(analysis).toMatchObject({ source: 'dictionary', fallback: code, attempts: calls });
  expect(slept).toEqual([200, 800].slice(0, calls - 1));
});

test('takes totals without items for an answer', async () => {
  const { context } = script(ok(JSON.stringify({ ...JSON.parse(EMPTY), totals: { calories: 0 } })));
  expect(await analyse(context, toast)).toMatchObject({ source: 'provider', attempts: 1 });
});

test('rethrows what golem itself refuses, at once', async () => {
  const refusal = new GolemError({
    kind: 'data',
    verb: 'replay',
    subject: 'r1',
    reason: 'no recorded answer',
  });
  const { context, asked } = script(refusal);
  await expect(analyse(context, toast)).rejects.toBe(refusal);
  expect(asked).toHaveLength(1);
});

test('adds jitter only when it is given', async () => {
  const { context, slept } = script(lost, lost, ok(GOOD));
  await analyse({ ...context, jitterMs: (attempt) => attempt }, toast);
  expect(slept).toEqual([201, 802]);
});
