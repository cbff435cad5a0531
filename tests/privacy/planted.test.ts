/** A hundred thousand texts with personal data in them, through the door that capture writes through. */
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { privacyRules } from '../../harness/meal-log/privacy.ts';
import type { RawWrite } from '../../harness/recording/capture/raw-write.ts';
import { createChecker } from '../../harness/recording/privacy/check.ts';
import { createRedactor, searchOf } from '../../harness/recording/privacy/redactor.ts';
import { NAMES, plantedText, type PlantedText } from './planted.ts';
import { randomFrom } from './random.ts';
import { readable, survivors, textsOf } from './survival.ts';

const SEED = Number(process.env.GOLEM_PLANTED_SEED ?? 20250901);
const TEXTS = 100_000;

/** Places of a write that a text can stand in: listed and not listed by the rules, deep and shallow. */
const PLACES = 24;

function writeWith(texts: readonly string[], index: number): RawWrite {
  const [
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
    t6,
    t7,
    t8,
    t9,
    t10,
    t11,
    t12,
    t13,
    t14,
    t15,
    t16,
    t17,
    t18,
    t19,
    t20,
    t21,
    t22,
    t23,
  ] = texts as readonly string[] & { readonly length: 24 };
  const answer = {
    dish: t0,
    items: [{ name: t1, unit: t2, note: t3 }, t4],
    totals: { calories: t5 },
    [String(t6)]: 1,
  };
  return {
    id: `c-${index}`,
    user: String(t7),
    atMs: 1_756_700_000_000 + index,
    requestKey: hash('sha256', `key ${index}`, 'hex'),
    rolloutBucket: index % 10_000,
    request: {
      method: 'POST',
      path: '/log',
      headers: { 'content-type': String(t8), 'idempotency-key': String(t9), 'x-note': String(t10) },
      body: { message: t11, idempotency_key: t12, image: t13, note: t14, deep: { message: t15 } },
      files: [{ name: String(t16), mime: String(t17), sha256: hash('sha256', 'image', 'hex'), bytes: 10 }],
    },
    upstream: [
      {
        request: {
          method: 'POST',
          url: `http://${index}.internal/v1/analyse?q=${encodeURI(String(t18))}`,
          body: String(t19),
        },
        response: { status: 200, body: JSON.stringify(answer) },
        latencyMs: 12,
      },
      {
        request: { method: 'GET', url: 'http://elsewhere/', body: '' },
        response: { status: 500, body: `<html>${t20}` },
        latencyMs: 3,
      },
    ],
    response: {
      status: 200,
      body: {
        dish: t21,
        logId: t22,
        breakdown: { items: [{ name: t23 }], warnings: [t0] },
        meta: { source: t1 },
      },
    },
  };
}

describe('capture', () => {
  it(`lets none of ${TEXTS} planted personal values through (GOLEM_PLANTED_SEED=${SEED})`, () => {
    const random = randomFrom(SEED);
    const redactor = createRedactor({
      key: 'a key of the tests, 32 bytes long',
      rules: privacyRules,
      names: NAMES,
    });
    const checker = createChecker(searchOf({ rules: privacyRules, names: NAMES }));
    const through: string[] = [];
    const refused: unknown[] = [];
    const kinds = new Map<string, number>();
    for (let first = 0; first < TEXTS; first += PLACES) {
      const planted: PlantedText[] = Array.from({ length: PLACES }, () => plantedText(random));
      const raw = writeWith(
        planted.map(({ text }) => text),
        first,
      );
      const record = redactor.redactWrite(raw);
      if (record === null) throw new Error('a listed request was left out');
      const seen = readable(
        textsOf({ ...record, at: '', upstream: record.upstream.map(({ response }) => response) }),
      );
      for (const { text, planted: value } of planted) {
        kinds.set(value.kind, (kinds.get(value.kind) ?? 0) + 1);
        for (const secret of survivors(value, seen))
          through.push(`${value.kind} ${secret} of ${JSON.stringify(text)}`);
      }
      // The check finds what the scrubber finds, so a fourth of the writes shows that nothing is left to find.
      if (first % (4 * PLACES) === 0) refused.push(...checker.record(record, first));
    }
    expect(through).toEqual([]);
    expect(refused).toEqual([]);
    expect([...kinds.values()].every((count) => count > 1_000)).toBe(true);
    expect(kinds.size).toBe(14);
  }, 120_000);

  it('is held by a question that sees what is not taken out', () => {
    const random = randomFrom(SEED);
    const blind = Array.from({ length: 2_000 }, () => plantedText(random)).filter(
      ({ text, planted }) => survivors(planted, readable([text])).length === 0,
    );
    expect(blind.map(({ text, planted }) => `${planted.kind}: ${text}`)).toEqual([]);
  });
});
