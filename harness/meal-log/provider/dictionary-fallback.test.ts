import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lookUp } from '../dictionary/dictionary.ts';
import { readAnswer } from './answer.ts';
import { answerFromDictionary, GENERIC_MEAL } from './dictionary-fallback.ts';

/** Foods and amounts, as `food amount unit`. */
function found(message: string): string[] {
  return answerFromDictionary(message).items.map(
    ({ name, amount, unit }) => `${lookUp(name)?.id} ${amount} ${unit}`,
  );
}

test.each([
  ['150 g rice and 80 g tofu', ['rice_cooked_white 150 g', 'tofu_firm 80 g']],
  ['Lunch: 150 g of rice', ['rice_cooked_white 150 g']],
  ['Had 0.5 kg rice with 200g milk', ['rice_cooked_white 500 g', 'milk 200 g']],
  ['ご飯150gと納豆40g、牛乳', ['rice_cooked_white 150 g', 'natto 40 g', 'milk 1 serving']],
  ['ご飯（１５０ｇ）', ['rice_cooked_white 150 g']],
  ['99999 kg rice', ['rice_cooked_white 1 serving']],
  ['rice', ['rice_cooked_white 1 serving']],
  ['rice, more rice and rice 50 g', ['rice_cooked_white 1 serving', 'rice_cooked_white 50 g']],
])('reads "%s"', (message, items) => {
  expect(found(message)).toEqual(items);
});

test('counts pieces by what a piece weighs', () => {
  const piece = lookUp('egg')?.piece_g ?? Number.NaN;
  expect(found('2 eggs')).toEqual([`egg ${2 * piece} g`]);
  expect(found('卵2個')).toEqual([`egg ${2 * piece} g`]);
});

test('takes figures from the dictionary, per 100 g', () => {
  const { kcal, p, f, c } = lookUp('rice')!;
  expect(answerFromDictionary('250 g rice').items[0]).toMatchObject({
    calories: kcal * 2.5,
    protein_g: p * 2.5,
    fat_g: f * 2.5,
    carbs_g: c * 2.5,
  });
});

test.each([null, '', 'the usual', '昨日と同じ'])(
  'offers a generic meal without figures for %j',
  (message) => {
    expect(answerFromDictionary(message)).toBe(GENERIC_MEAL);
    expect(Object.keys(GENERIC_MEAL.items[0]!)).toEqual(['name']);
  },
);

test('answers any message with what a provider could have answered', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('ご飯', 'rice 3', 'ビール500ml'),
      (words, food) => {
        const answer = answerFromDictionary(words + food + words);
        expect(readAnswer(JSON.stringify(answer))).toEqual({ answer });
      },
    ),
  );
});

test('takes at most as many foods as V2 keeps', () => {
  const message = Array.from({ length: 40 }, (_, index) => `rice ${index + 1} g`).join(', ');
  expect(answerFromDictionary(message).items).toHaveLength(15);
});
