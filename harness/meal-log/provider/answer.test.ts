import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_ITEMS, readAnswer, storable } from './answer.ts';

const plain = { dish: 'toast', confidence: 0.9, items: [{ name: 'bread', amount: 60, unit: 'g' }] };

function malformed(value: unknown): string {
  const read = readAnswer(typeof value === 'string' ? value : JSON.stringify(value));
  return 'malformed' in read ? read.malformed : 'well-formed';
}

test('keeps the shape and drops what the provider adds to it', () => {
  const read = readAnswer(
    JSON.stringify({ ...plain, model: 'x', items: [{ ...plain.items[0], grade: 'A', calories: null }] }),
  );
  expect(read).toEqual({ answer: { ...plain, items: [{ ...plain.items[0], calories: null }] } });
});

test('leaves absent figures absent', () => {
  const read = readAnswer(JSON.stringify(plain));
  expect('answer' in read && Object.keys(read.answer.items[0] ?? {})).toEqual(['name', 'amount', 'unit']);
});

test.each([
  ['no JSON', '{"dish":', /^not JSON$/],
  ['a list', [], /^answer: /],
  ['no items', { dish: 'toast', confidence: 0.9 }, /^items: /],
  ['confidence in percent', { ...plain, confidence: 90 }, /^confidence: /],
  ['a negative figure', { ...plain, items: [{ name: 'bread', fat_g: -1 }] }, /^items\.0\.fat_g: /],
  [
    'an endless figure',
    '{"dish":"x","confidence":1,"items":[{"name":"x","amount":1e999}]}',
    /^items\.0\.amount: /,
  ],
  ['a figure as text', { ...plain, totals: { calories: '200' } }, /^totals\.calories: /],
  ['a name of nothing', { ...plain, items: [{ name: '' }] }, /^items\.0\.name: /],
  ['too long a name', { ...plain, items: [{ name: 'x'.repeat(201) }] }, /^items\.0\.name: /],
  ['too many items', { ...plain, items: Array(MAX_ITEMS + 1).fill({ name: 'x' }) }, /^items: /],
  ['a name of one NUL', { ...plain, items: [{ name: '\0' }] }, /^items\.name: /],
])('refuses %s and says where', (_what, value, where) => {
  expect(malformed(value)).toMatch(where);
});

test('takes as many items as the bound allows', () => {
  expect(malformed({ ...plain, items: Array(MAX_ITEMS).fill({ name: 'x' }) })).toBe('well-formed');
});

test('removes what PostgreSQL cannot store, escaped or not, and keeps whole pairs', () => {
  const escaped =
    '{"dish":"a\\u0000b\\ud83cc","confidence":1,"items":[{"name":"\\ud83c\\udf63 sushi\\udf63","unit":"\\u0000g"}]}';
  const raw = '{"dish":"ab\ud83cc","confidence":1,"items":[{"name":"🍣 sushi\udf63","unit":"g"}]}';
  const cleaned = { answer: { dish: 'abc', confidence: 1, items: [{ name: '🍣 sushi', unit: 'g' }] } };
  expect(readAnswer(escaped)).toEqual(cleaned);
  expect(readAnswer(raw)).toEqual(cleaned);
});

test('never throws, and names never carry what cannot be stored', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        text,
        fc
          .record({ dish: text, confidence: fc.constant(1), items: fc.array(fc.record({ name: text })) })
          .map((value) => JSON.stringify(value)),
      ),
      (body) => {
        const read = readAnswer(body);
        if ('malformed' in read) return;
        for (const name of [read.answer.dish, ...read.answer.items.map((item) => item.name)]) {
          expect(name.isWellFormed() && !name.includes('\0')).toBe(true);
        }
      },
    ),
  );
});

test('leaves storable text as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\0'));
      expect(storable(text)).toBe(text);
    }),
  );
});
