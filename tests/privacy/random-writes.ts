/**
 * Random recorded writes for laws about anonymising: few users, keys and rows, so that they meet again; bodies of
 * the service's shape and of any other; texts harmless and with personal values planted in them.
 */
import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { RecordedWrite, RecordingHeader } from '../../harness/recording/format.ts';
import { BENIGN } from './benign.ts';
import { plantedText } from './planted.ts';
import { randomFrom } from './random.ts';

export const HEADER: RecordingHeader = {
  golem: 'recording',
  version: 1,
  source: 'random',
  env: 'prod',
  tz_offset_minutes: 540,
  anonymised: false,
  simulated: false,
  captured: { from: '2025-09-01T00:00:00.000Z', to: '2025-09-02T00:00:00.000Z' },
};

const plantedIn = fc.nat().map((seed) => plantedText(randomFrom(seed)).text);

/** Any text: harmless, with something planted, or of random characters. */
export const anyText = fc.oneof(
  fc.constantFrom(...BENIGN),
  plantedIn,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    '[phone:a1b2c3d4]',
    '[other:f0000000]',
    'u-abcdefghijklmnopabcdefgh',
    '\u0000',
    '\ud83c',
  ),
);

const figure = fc.oneof(
  fc.double({ min: 0, max: 900, noNaN: true }),
  fc.constantFrom(0, -1, 100_000, 100_001, 9012345678, 4111111111111111, 1e300),
);
const anyValue = fc.oneof(anyText, figure, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }));

const item = fc.record(
  {
    name: fc.oneof(anyText, anyValue),
    amount: fc.oneof(figure, anyValue),
    unit: anyText,
    calories: figure,
    extra: anyValue,
  },
  { requiredKeys: [] },
);
const providerAnswer = fc
  .oneof(fc.record({ dish: anyText, confidence: figure, items: fc.array(item, { maxLength: 3 }) }), anyValue)
  .map((value) => JSON.stringify(value) ?? 'null');

const KEYS = ['order-1', 'order-2', 'taro@example.com 3', '090-1234-5678'];
const USERS = ['taro@example.com', 'u-1', '山田太郎', '4111111111111111'];
const ROWS = ['55837819-c76e-4c32-afef-856b24a80000', '0b5a1f0e-0000-4000-8000-000000000001', 'row 3'];

const sha = (text: string): string => hash('sha256', text, 'hex');

interface Drawn {
  readonly user: string;
  readonly key: string;
  readonly row: string;
  readonly deletes: boolean;
  readonly message: unknown;
  readonly answers: readonly string[];
  readonly dish: string;
  readonly extra: unknown;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  user: fc.constantFrom(...USERS),
  key: fc.constantFrom(...KEYS),
  row: fc.constantFrom(...ROWS),
  deletes: fc.boolean(),
  message: fc.oneof(anyText, anyValue),
  answers: fc.array(fc.oneof(providerAnswer, anyText), { maxLength: 2 }),
  dish: anyText,
  extra: anyValue,
});

function recordOf(one: Drawn, index: number): RecordedWrite {
  const { user, key, row } = one;
  return {
    id: `r${index}`,
    at: new Date(Date.UTC(2025, 8, 1) + index * 60_000).toISOString(),
    user,
    request_key: sha(key),
    rollout_bucket: USERS.indexOf(user) * 2_500,
    request: {
      method: one.deletes ? 'DELETE' : 'POST',
      path: one.deletes ? `/log/${row}` : '/log',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, cookie: 'sid=1' },
      body: one.deletes ? null : { message: one.message, idempotency_key: key, extra: one.extra },
      files: [{ name: 'IMG 35.68123,139.76712.jpg', mime: 'image/jpeg', sha256: sha(row), bytes: 3 }],
    },
    upstream: one.answers.map((body) => ({
      request: { method: 'POST', url: 'http://provider.internal/v1/analyse', body_sha256: sha(body) },
      response: { status: 200, body },
      latency_ms: 5,
    })),
    response: {
      status: 200,
      body: { ok: true, logId: row, idempotency_key: key, dish: one.dish, extra: one.extra },
    },
  };
}

/** Records in order of time. */
export const randomRecords = fc
  .array(drawn, { minLength: 1, maxLength: 6 })
  .map((all): readonly RecordedWrite[] => all.map(recordOf));
