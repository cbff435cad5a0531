import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldCharacter, katakana, normaliseName } from './names.ts';

test.each([
  ['Green Tea', 'greentea'],
  ['ｇｒｅｅｎ－ｔｅａ', 'greentea'],
  ['green_tea', 'greentea'],
  ['  Green\tTea ', 'greentea'],
  ['Coffee (black)', 'coffeeblack'],
  ['Crème brûlée', 'cremebrulee'],
  ['Shepherd’s pie', 'shepherdspie'],
  ['カレー・ライス', 'カレーライス'],
  ['みかん', 'ミカン'],
  ['ﾊﾞﾅﾅ', 'バナナ'],
  ['から揚げ（鶏）', 'カラ揚ゲ鶏'],
  ['コーヒー', 'コーヒー'],
  ['eggs', 'eggs'],
])('files %s under %s', (name, key) => {
  expect(normaliseName(name)).toBe(key);
});

test('keeps the long vowel mark, which looks like a hyphen and is a letter', () => {
  expect(normaliseName('ビール')).not.toBe(normaliseName('ビル'));
});

test('composes what only a space kept apart', () => {
  expect(normaliseName('か \u3099')).toBe('ガ');
});

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'aZ９ éÉかガ゛゙ﾊﾟー-・（)_’Σß㌘½ﬁ卵\n') }),
);

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(text, (name) => {
      const once = normaliseName(name);
      expect(normaliseName(once)).toBe(once);
    }),
    { numRuns: 500 },
  );
});

test('width, case, kana and spacing do not change the name', () => {
  const wide = (name: string): string =>
    name.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'abcXYZ019卵焼きうどん') }), (name) => {
      const key = normaliseName(name);
      for (const other of [wide(name), name.toUpperCase(), katakana(name), [...name].join(' ')]) {
        expect(normaliseName(other)).toBe(key);
      }
    }),
  );
});

test('the short way for plain texts folds as the long way does', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..." az'AZ09-_()[]{}<>`~!ぁんゖァヴー一龠") }), (name) => {
      expect(normaliseName(name)).toBe([...name].map(foldCharacter).join(''));
    }),
  );
});
