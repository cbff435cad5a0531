/** An upstream's answer stays as good or as bad as it was: what a path refuses it goes on refusing, for no new reason. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { privacyRules } from '../../harness/meal-log/privacy.ts';
import { MAX_FIGURE, MAX_NAME_LENGTH, readAnswer } from '../../harness/meal-log/provider/answer.ts';
import { createRedactor } from '../../harness/recording/privacy/redactor.ts';
import { BENIGN } from './benign.ts';
import { NAMES, plantedText } from './planted.ts';
import { randomFrom } from './random.ts';
import { HEADER } from './random-writes.ts';

const redactor = createRedactor({
  key: 'a key of the tests, 32 bytes long',
  rules: privacyRules,
  names: NAMES,
});

/** The body of an upstream's answer as a recording keeps it. */
function anonymised(body: string): string {
  const record = redactor.redactRecord(
    {
      id: 'r1',
      at: HEADER.captured.from,
      user: 'u',
      request_key: 'k',
      rollout_bucket: 0,
      request: { method: 'POST', path: '/log', headers: {}, body: null, files: [] },
      upstream: [
        {
          request: { method: 'POST', url: 'http://p/v1/analyse', body_sha256: 'a'.repeat(64) },
          response: { status: 200, body },
          latency_ms: 1,
        },
      ],
      response: null,
    },
    false,
  );
  return record.upstream[0]!.response!.body;
}

const planted = fc.nat().map((seed) => plantedText(randomFrom(seed)).text);
const short = fc.oneof(fc.constantFrom(...BENIGN), planted, fc.constantFrom('', '\u0000', '\ud83c', '😋'));
/** Names about as long as a name may be, with something in them that a tag takes the place of. */
const long = fc
  .tuple(
    fc.constantFrom('ご', '😋', 'か\u3099'),
    fc.integer({ min: MAX_NAME_LENGTH - 60, max: MAX_NAME_LENGTH + 5 }),
    planted,
  )
  .map(([filler, count, text]) => `${[...filler.repeat(count)].slice(0, count).join('')} ${text}`);
const figure = fc.oneof(
  fc.integer({ min: 0, max: 900 }),
  fc.constantFrom<unknown>(
    0.1,
    -1,
    MAX_FIGURE,
    MAX_FIGURE + 0.5,
    9012345678,
    1e300,
    null,
    '12',
    true,
    [],
    {},
  ),
);
const item = fc.record(
  {
    name: fc.oneof(short, long),
    amount: figure,
    unit: fc.oneof(short, long),
    calories: figure,
    proposed: fc.boolean(),
  },
  { requiredKeys: ['name'] },
);
const answer = fc
  .record(
    {
      dish: fc.oneof(short, long),
      confidence: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), figure),
      items: fc.oneof(fc.array(item, { maxLength: 3 }), fc.constant('none' as const)),
      totals: fc.record({ calories: figure }),
    },
    { requiredKeys: ['dish', 'items'] },
  )
  .map((value) => JSON.stringify(value));

describe('an answer anonymised', () => {
  it('is malformed exactly if it was, and has the same figures', () => {
    const figuresOf = (body: string) => {
      const read = readAnswer(body);
      if ('malformed' in read) return 'malformed';
      const { confidence, items, totals } = read.answer;
      return {
        confidence,
        totals,
        items: items.map(({ name, unit, ...figures }) => ({ ...figures, unit: typeof unit })),
      };
    };
    fc.assert(
      fc.property(fc.oneof(answer, fc.json(), short), (body) => {
        expect(figuresOf(anonymised(body))).toEqual(figuresOf(body));
      }),
      { numRuns: 3_000 },
    );
  });

  it('stays malformed where JSON itself cannot say why: a number without end, half an object, a repeated key', () => {
    const good = '{"dish":"toast","confidence":0.9,"items":[{"name":"bread","amount":60}]}';
    expect(readAnswer(anonymised(good))).toEqual(readAnswer(good));
    for (const bad of [
      good.replace('60', '1e999'),
      good.slice(0, -1),
      good.replace('"amount"', '"amount":1,"amount":"x","y"'),
      `${good} tel 090-1234-5678`,
    ]) {
      expect(readAnswer(bad)).toHaveProperty('malformed');
      expect(readAnswer(anonymised(bad))).toHaveProperty('malformed');
    }
    expect(anonymised('')).toBe('');
  });
});
