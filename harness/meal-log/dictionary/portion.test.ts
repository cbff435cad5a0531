import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foods } from './dictionary.ts';
import { katakana } from './names.ts';
import { ENGLISH_PORTIONS, JAPANESE_PORTIONS, portionFactor } from './portion.ts';

test.each([
  ['牛丼大盛り', 1.5],
  ['牛丼 大もり', 1.5],
  ['a large latte', 1.5],
  ['Big salad', 1.5],
  ['extra large fries', 2],
  ['Extra-Large fries', 2],
  ['特盛', 2],
  ['double espresso', 2],
  ['ダブル', 2],
  ['メガ盛り', 4],
  ['mega burger', 4],
  ['half a pizza', 0.5],
  ['half-eaten', 0.5],
  ['半分だけ', 0.5],
  ['ﾊｰﾌｻｲｽﾞ', 0.5],
  ['ごはん少なめ', 0.7],
  ['ミニ丼', 0.7],
  ['small fries', 0.7],
  ['quarter of a cake', 0.25],
  ['took a bite', 0.05],
  ['一口だけ', 0.05],
  ['ポテトＬサイズ', 1.5],
  ['並盛', 1],
])('%s asks for a factor of %d', (text, factor) => {
  expect(portionFactor(text)).toBe(factor);
});

test.each([
  'behalf',
  'largely',
  'enlarge',
  'biggest',
  'smaller',
  'minimal',
  'medium',
  'coffee with half and half',
  'half-and-half',
  'quarter pounder',
  'at half past seven',
  'Big Mac',
  'ミニトマト',
  'ミニストップで',
  'オメガ3',
  'メガネ',
  '大根',
  '大豆',
  '半熟卵',
  '一口大に切る',
  '多い',
  '',
])('%s says nothing of the portion', (text) => {
  expect(portionFactor(text)).toBeUndefined();
});

test('reads over a phrase that only looks like a portion', () => {
  expect(portionFactor('large coffee with half and half')).toBe(1.5);
  expect(portionFactor('coffee with half and half, small')).toBe(0.7);
  expect(portionFactor('ミニトマトとカレー大盛り')).toBe(1.5);
});

test('the first of several words counts', () => {
  expect(portionFactor('small salad, large fries')).toBe(0.7);
  expect(portionFactor('カレー大盛り、サラダ小盛り')).toBe(1.5);
});

test('every phrase of the tables gives its factor, in any case and either kana, amid other words', () => {
  for (const [phrase, factor] of ENGLISH_PORTIONS) {
    for (const written of [phrase, phrase.toUpperCase(), phrase.replaceAll(' ', '-')]) {
      expect([written, portionFactor(`had ${written} today`)]).toEqual([written, factor]);
    }
  }
  for (const [phrase, factor] of JAPANESE_PORTIONS) {
    for (const written of [phrase, katakana(phrase), phrase.toLowerCase()]) {
      expect([written, portionFactor(`丼の${written}、昼に`)]).toEqual([written, factor]);
    }
  }
});

test('no English phrase counts inside a longer word', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ENGLISH_PORTIONS), fc.constantFrom('q', 'é', '7'), ([phrase], letter) => {
      for (const whole of [
        `${letter}${phrase.replaceAll(' ', letter)}`,
        `${phrase.replaceAll(' ', letter)}${letter}`,
      ]) {
        expect([whole, portionFactor(whole)]).toEqual([whole, undefined]);
      }
    }),
  );
});

test('no food of the dictionary is scaled by its own name', () => {
  for (const { id, ja, en, aliases } of foods()) {
    for (const name of [id, ja, en, ...aliases]) expect([name, portionFactor(name) ?? 1]).toEqual([name, 1]);
  }
});
