/**
 * Holds the dictionary's data to what the code that reads it takes for granted, and its bytes to the tables it was
 * made from. Apart from the tests of the look-up, because these fail when the data changes, not the code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CuratedFood, makeDictionary, readCuratedFoods } from '../../../scripts/make-dictionary.ts';
import { readTables, type Tables } from '../../../scripts/dictionary/tables.ts';
import { type Food, foods, lookUp } from './dictionary.ts';
import { normaliseName } from './names.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TABLES = join(ROOT, '../shared/data/food-tables');

/** Pure fat in this dictionary's tables has at most 9.2 kcal/g; nothing edible has more than 9.3. */
const MOST_KCAL_PER_GRAM = 9.3;

/** Energy by the general Atwater factors: 4, 9 and 4 kcal/g, and 7 for alcohol. */
const atwater = (food: Food): number => 4 * food.p + 9 * food.f + 4 * food.c + 7 * (food.alcohol_g ?? 0);

const failing = (holds: (food: Food) => boolean): string[] =>
  foods()
    .filter((food) => !holds(food))
    .map((food) => food.id);

describe('the foods of the dictionary', () => {
  test('number at least 450', () => {
    expect(foods().length).toBeGreaterThanOrEqual(450);
  });

  test('each have a Japanese and an English name', () => {
    expect(
      failing((food) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(food.ja)),
    ).toEqual([]);
    expect(failing((food) => /^[\p{Script=Latin}\d][\p{Script=Latin}\d %.&'-]*$/u.test(food.en))).toEqual([]);
  });

  test('hold finite figures of nothing below zero, and no more than 100 g in 100 g', () => {
    expect(
      failing((food) =>
        [food.kcal, food.p, food.f, food.c, food.alcohol_g ?? 0].every((n) => Number.isFinite(n) && n >= 0),
      ),
    ).toEqual([]);
    // The tables measure each part by itself, so a sum may pass 100 by their error of analysis.
    expect(failing((food) => food.p + food.f + food.c + (food.alcohol_g ?? 0) <= 102)).toEqual([]);
  });

  test('hold no more energy than fat does', () => {
    expect(failing((food) => food.kcal <= MOST_KCAL_PER_GRAM * 100)).toEqual([]);
  });

  test('mostly hold the energy that their parts give by Atwater, within 15%', () => {
    const near = foods().filter((food) => Math.abs(food.kcal - atwater(food)) <= 0.15 * food.kcal);
    // Measured 0.85. The rest is low in energy: the Japanese table counts fibre and acids by factors of their own.
    expect(near.length / foods().length).toBeGreaterThanOrEqual(0.75);
  });

  test('share no name, alias or id with another food', () => {
    const owners = new Map<string, string[]>();
    for (const food of foods()) {
      for (const key of new Set([food.id, food.ja, food.en, ...food.aliases].map(normaliseName))) {
        owners.set(key, [...(owners.get(key) ?? []), food.id]);
      }
    }
    expect([...owners].filter(([, ids]) => ids.length > 1)).toEqual([]);
  });

  test('are found under every one of their names', () => {
    expect(
      failing((food) => [food.ja, food.en, ...food.aliases].every((name) => lookUp(name) === food)),
    ).toEqual([]);
  });

  test('weigh something by the piece, slice, bowl, cup and serving', () => {
    const units = ['piece_g', 'slice_g', 'bowl_g', 'cup_g', 'serving_g'] as const;
    expect(
      failing((food) => units.every((unit) => (food[unit] ?? 1) > 0 && (food[unit] ?? 1) <= 1500)),
    ).toEqual([]);
    expect(failing((food) => (food.density ?? 1) >= 0.2 && (food.density ?? 1) <= 1.5)).toEqual([]);
  });

  test('name the rows of the tables their figures come from', () => {
    const part = '(?:MEXT-2020|USDA-SR) \\d{5}';
    const source = new RegExp(`^(?:${part}|${part} [\\d.]+ g(?: \\+ ${part} [\\d.]+ g)+)$`);
    expect(failing((food) => source.test(food.source))).toEqual([]);
  });

  test('are marked as fried only where fat gives a tenth of the energy or more', () => {
    expect(failing((food) => food.fried !== true || 9 * food.f >= 0.1 * food.kcal)).toEqual([]);
    expect(lookUp('とんかつ')?.fried).toBe(true);
    expect(lookUp('french fries')?.fried).toBe(true);
    expect(lookUp('fried rice')?.fried).toBeUndefined();
  });

  test('hold alcohol where they are drunk for it', () => {
    expect(lookUp('ビール')?.alcohol_g).toBe(3.7);
    expect(lookUp('ハイボール')?.alcohol_g).toBe(6.7);
    expect(lookUp('コーラ')?.alcohol_g).toBeUndefined();
  });

  test('come out of the public tables byte for byte', ({ skip }) => {
    if (!existsSync(TABLES)) {
      process.stderr.write(`foods.json was NOT compared with the tables: ${TABLES} is not there\n`);
      skip('the public tables are not on this machine');
    }
    const made = makeDictionary(readCuratedFoods(join(ROOT, 'scripts/dictionary')), readTables(TABLES));
    expect(made === readFileSync(join(import.meta.dirname, 'foods.json'), 'utf8')).toBe(true);
  });
});

describe('making the dictionary', () => {
  const tables: Tables = new Map([
    ['MEXT-2020 00001', { name: 'こめ　［水稲めし］', kcal: 150, p: 2, f: 1, c: 30, alcohol_g: 0 }],
    ['MEXT-2020 00002', { name: 'ウイスキー', kcal: 240, p: 0, f: 0, c: 0, alcohol_g: 33.4 }],
    ['USDA-SR 00004', { name: 'WATER,TAP', kcal: 0, p: 0, f: 0, c: 0, alcohol_g: 0 }],
    ['USDA-SR 00003', { name: 'GAP', kcal: Number.NaN, p: 0, f: 0, c: 0, alcohol_g: 0 }],
  ]);
  const rice: CuratedFood = {
    id: 'rice',
    ja: 'ごはん',
    en: 'rice',
    aliases: ['ライス'],
    row: 'MEXT-2020 00001',
    expect: 'こめ [水稲めし]',
    bowl_g: 150,
  };

  test('writes one food a line, sorted by id, whatever the order of the lists', () => {
    const mochi: CuratedFood = { ...rice, id: 'mochi', ja: '餅', en: 'mochi', aliases: [] };
    const text = makeDictionary([rice, mochi], tables);
    expect(text).toBe(makeDictionary([mochi, rice], tables));
    expect(text.split('\n').map((line) => /"id":"(\w+)"/.exec(line)?.[1])).toEqual([
      undefined,
      'mochi',
      'rice',
      undefined,
      undefined,
    ]);
  });

  test('weighs the parts of a mixture and counts water by its weight alone', () => {
    const { row: _, expect: __, ...names } = rice as Extract<CuratedFood, { row: string }>;
    const drink: CuratedFood = {
      ...names,
      parts: [
        ['MEXT-2020 00002', 'ウイスキー', 30],
        ['USDA-SR 00004', 'WATER', 120],
      ],
    };
    expect(JSON.parse(makeDictionary([drink], tables))[0]).toMatchObject({
      kcal: 48,
      alcohol_g: 6.7,
      source: 'MEXT-2020 00002 30 g + USDA-SR 00004 120 g',
    });
  });

  test.each([
    ['an unknown row', [{ ...rice, row: 'MEXT-2020 99999' }], 'no row "MEXT-2020 99999"'],
    ['a row of another name', [{ ...rice, expect: 'むぎ' }], 'does not contain "むぎ"'],
    ['a row without a figure', [{ ...rice, row: 'USDA-SR 00003', expect: 'GAP' }], 'lacks a figure'],
    ['a shared id', [rice, { ...rice, ja: '餅', en: 'mochi', aliases: [] }], 'this id is used twice'],
    [
      'a name in two spellings',
      [rice, { ...rice, id: 'b', ja: 'ゴハン', en: 'b', aliases: [] }],
      '"ゴハン" already names rice',
    ],
    [
      'an id that names another',
      [
        rice,
        { ...rice, id: 'b', ja: '餅', en: 'mochi', aliases: [] },
        { ...rice, id: 'mochi', ja: '丼', en: 'c', aliases: [] },
      ],
      'this id also names b',
    ],
  ])('refuses %s', (_, list, reason) => {
    expect(() => makeDictionary(list as readonly CuratedFood[], tables)).toThrow(reason);
  });
});
