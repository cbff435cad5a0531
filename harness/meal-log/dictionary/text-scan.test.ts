import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInText, foods, nameIndex } from './dictionary.ts';
import type { Food } from './food.ts';
import { normaliseName } from './names.ts';
import { textScan } from './text-scan.ts';

function food(id: string, ja: string, ...aliases: string[]): Food {
  return { id, ja, en: id.replaceAll('_', ' '), aliases, kcal: 1, p: 0, f: 0, c: 0, source: 'test' };
}

const scan = textScan(
  nameIndex([
    food('rice', 'ごはん', 'ご飯'),
    food('egg', '卵', 'たまご', 'eggs'),
    food('raw_egg_on_rice', '卵かけごはん'),
    food('bread', 'パン'),
    food('butter', 'バター'),
    food('peanut_butter', 'ピーナッツバター'),
    food('squid', 'いか'),
    food('sea_bream', 'たい', '鯛'),
    food('pear', '梨', 'なし'),
    food('ham', 'ハム'),
    food('green_tea', '緑茶'),
    food('sake', '酒'),
    food('creme_brulee', 'クレームブリュレ', 'crème brûlée'),
  ]),
);
const named = (text: string): string[] =>
  scan(text).map(({ food: { id }, start, end }) => `${id}:${text.normalize('NFKC').slice(start, end)}`);

test.each([
  ['卵かけごはんと緑茶', ['raw_egg_on_rice:卵かけごはん', 'green_tea:緑茶']],
  ['ごはん、たまご、パン', ['rice:ごはん', 'egg:たまご', 'bread:パン']],
  ['Peanut butter and Green-Tea', ['peanut_butter:Peanut butter', 'green_tea:Green-Tea']],
  ['EGGS', ['egg:EGGS']],
  ['two eggs,ham', ['egg:eggs', 'ham:ham']],
  ['ﾊﾟﾝとﾊﾞﾀｰ', ['bread:パン', 'butter:バター']],
  ['Crème brûlée!', ['creme_brulee:Crème brûlée']],
  ['いかと大根', ['squid:いか']],
  ['ham食べた', ['ham:ham']],
])('in %s finds %j', (text, expected) => {
  expect(named(text)).toEqual(expected);
});

test.each([
  ['hamster and eggplant and butterscotch', 'a Latin name inside a longer word'],
  ['graham', 'a Latin name at the end of a longer word'],
  ['フライパンで焼いた', 'a pan'],
  ['食べたいけど', 'the end of a verb'],
  ['いかがですか', 'a question'],
  ['ハムスター', 'a short katakana name inside a longer word'],
  ['朝食なし', 'なし, which says "none"'],
  ['朝ごはん抜き', 'the word for breakfast'],
  ['昼ご飯は食べてない', 'the word for lunch'],
  ['居酒屋', 'a tavern'],
  ['green\ntea', 'a name broken by a new line'],
  ['', 'nothing'],
])('in %s finds no food: %s', (text) => {
  expect(named(text)).toEqual([]);
});

test('gives offsets into the NFKC text, which may be shorter or longer than what was written', () => {
  expect(scan('㌔ ﾊﾟﾝ').map(({ start, end }) => [start, end])).toEqual([[3, 5]]);
});

const namesOf = new Map(
  foods().map((entry) => [
    entry,
    new Set([entry.id, entry.ja, entry.en, ...entry.aliases].map(normaliseName)),
  ]),
);
const vocabulary = foods().flatMap((entry) => [entry.ja, entry.en, ...entry.aliases]);
const message = fc
  .array(
    fc.oneof(
      fc.constantFrom(...vocabulary),
      fc.constantFrom('と', ' and ', '、', '\n', ' ', '食べた', '🍙', 'x'),
    ),
  )
  .map((parts) => parts.join(''));

test('what is found stands in order, without overlap, and reads as a name of the food', () => {
  fc.assert(
    fc.property(fc.oneof(message, fc.string({ unit: 'binary' })), (raw) => {
      const text = raw.normalize('NFKC');
      let last = 0;
      for (const { food: hit, start, end } of findInText(raw)) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(namesOf.get(hit)?.has(normaliseName(text.slice(start, end)))).toBe(true);
        last = end;
      }
    }),
    { numRuns: 300 },
  );
});

test('an English name of the dictionary is found whole between other words', () => {
  for (const entry of foods()) {
    const [hit] = findInText(`xx ${entry.en} xx`);
    expect(hit).toEqual({ food: entry, start: 3, end: 3 + entry.en.normalize('NFKC').length });
  }
});

test('a message eight times as long takes nowhere near sixty-four times as long', () => {
  const text = '今日は忙しくて、パンとコーヒー。'.repeat(200);
  const microsecondsOf = (sample: string): number => {
    const started = process.cpuUsage();
    for (let i = 0; i < 10; i++) findInText(sample);
    return process.cpuUsage(started).user;
  };
  microsecondsOf(text);
  expect(microsecondsOf(text.repeat(8))).toBeLessThan(40 * Math.max(1, microsecondsOf(text)));
});
