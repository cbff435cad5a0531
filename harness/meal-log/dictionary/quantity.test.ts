import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Food } from './food.ts';
import { parseQuantity, toGrams } from './quantity.ts';
import { unitOf, unitSpellings } from './units.ts';

function food(weights: Partial<Food> = {}): Food {
  return {
    id: 'x',
    ja: 'ある物',
    en: 'x',
    aliases: [],
    kcal: 1,
    p: 0,
    f: 0,
    c: 0,
    source: 'test',
    ...weights,
  };
}

describe('grams', () => {
  test.each([
    [150, 'g', 150, 'mass'],
    [1.5, 'kg', 1500, 'mass'],
    [500, 'mg', 0.5, 'mass'],
    [1, 'oz', 28.349523125, 'mass'],
    [1, 'lb', 453.59237, 'mass'],
    [200, 'ml', 200, 'volume'],
    [2, 'cl', 20, 'volume'],
    [1.5, 'dl', 150, 'volume'],
    [1, 'l', 1000, 'volume'],
    [1, 'fl oz', 29.5735295625, 'volume'],
    [1, 'fluid ounce', 29.5735295625, 'volume'],
    [1, 'cup', 240, 'volume'],
    [1, 'カップ', 200, 'volume'],
    [2, '合', 360, 'volume'],
    [1, 'tbsp', 15, 'volume'],
    [1, 'tsp', 5, 'volume'],
    [1, '大さじ', 15, 'volume'],
    [1, '小さじ', 5, 'volume'],
    [1, 'pint', 473.176473, 'volume'],
    [1, 'handful', 30, 'assumed'],
    [1, '膳', 150, 'assumed'],
    [1, 'bottle', 500, 'assumed'],
    [0, 'g', 0, 'mass'],
  ] as const)('%d %s of a food that nobody knows is %d g by %s', (amount, unit, grams, basis) => {
    expect(toGrams(amount, unit, undefined)).toEqual({ grams, basis });
  });

  test.each([
    ['ＫＧ', 'kg'],
    ['Grams', 'g'],
    ['㎏', 'kg'],
    ['㏄', 'ml'],
    ['fl. oz.', 'fl oz'],
    ['Fl-Oz', 'fl oz'],
    ['ounces', 'oz'],
    ['lbs', 'lb'],
    ['cups   ', 'cup'],
    ['Tbsp', 'tbsp'],
    ['T', 'tbsp'],
    ['t', 'tsp'],
    ['glasses', 'glass'],
    ['bunches', '房'],
    ['slices', 'slice'],
    ['pckg', 'packet'],
    ['ケ', 'piece'],
    ['go', '合'],
    ['gō', '合'],
    ['グラム', 'g'],
    ['ﾊﾟｯｸ', 'パック'],
  ])('reads the unit "%s" as %s', (spelling, name) => {
    expect(unitOf(spelling)?.name).toBe(name);
  });

  test('合 written in Latin letters is 180 ml, not grams', () => {
    expect(toGrams(1, 'go', undefined)).toEqual({ grams: 180, basis: 'volume' });
  });

  test.each(['slcie', 'pt(?)', 'rest', 'gs', 'foo', '%', 'kcal', '__proto__', '日'])(
    'knows no unit "%s"',
    (unit) => {
      expect(toGrams(1, unit, food({ piece_g: 10, serving_g: 20 }))).toBeUndefined();
    },
  );

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('has no grams for an amount of %d', (amount) => {
    expect(toGrams(amount, 'g', undefined)).toBeUndefined();
  });

  test.each([...'個つ枚杯本膳皿丁玉袋缶匹尾羽粒貫串房片束合', '切れ', '人前', 'パック'])(
    'weighs by the Japanese counter %s',
    (counter) => {
      expect(toGrams(1, counter, undefined)?.grams).toBeGreaterThan(0);
    },
  );

  test('a volume weighs by the density of what is poured, a cup of it included', () => {
    const oil = food({ density: 0.9, cup_g: 1 });
    expect(toGrams(100, 'ml', oil)).toEqual({ grams: 90, basis: 'volume' });
    expect(toGrams(1, 'cup', oil)).toEqual({ grams: 216, basis: 'volume' });
    expect(toGrams(1, 'bottle', oil)).toEqual({ grams: 450, basis: 'assumed' });
  });

  test('a cup of what does not pour weighs what the food says of its own cup', () => {
    expect(toGrams(2, 'cups', food({ cup_g: 36 }))).toEqual({ grams: 72, basis: 'household' });
    expect(toGrams(1, 'カップ', food({ cup_g: 36 }))).toEqual({ grams: 30, basis: 'household' });
  });

  test('a spoon of what has no density weighs its share of a cup', () => {
    expect(toGrams(1, 'tbsp', food({ cup_g: 80 }))).toEqual({ grams: 5, basis: 'volume' });
  });

  test.each([
    ['個', { piece_g: 52 }, 52, 'count'],
    ['', { piece_g: 52, serving_g: 99 }, 52, 'count'],
    ['', { serving_g: 99 }, 99, 'household'],
    ['', {}, 100, 'assumed'],
    ['slice', { slice_g: 18, piece_g: 300 }, 18, 'count'],
    ['枚', { piece_g: 12 }, 12, 'count'],
    ['bowl', { bowl_g: 160 }, 160, 'household'],
    ['膳', { bowl_g: 160 }, 160, 'household'],
    ['人前', { serving_g: 80 }, 80, 'household'],
    ['large', { piece_g: 100 }, 125, 'count'],
    ['small', { piece_g: 100 }, 80, 'count'],
    ['glass', { serving_g: 120 }, 120, 'household'],
    ['glass', { cup_g: 120 }, 100, 'assumed'],
    ['g', { piece_g: 52, density: 3 }, 1, 'mass'],
    ['slice', { bowl_g: 160 }, 30, 'assumed'],
  ] as const)('one "%s" of a food with %j is %d g by %s', (unit, weights, grams, basis) => {
    expect(toGrams(1, unit, food(weights))).toEqual({ grams, basis });
  });

  const anyUnit = fc.constantFrom(...unitSpellings());
  const weight = fc.option(fc.double({ min: 0.1, max: 2000, noNaN: true }), { nil: undefined });
  const anyFood = fc.option(
    fc.record({
      piece_g: weight,
      slice_g: weight,
      bowl_g: weight,
      cup_g: weight,
      serving_g: weight,
      density: weight,
    }),
    { nil: undefined },
  );

  test('are linear in the amount, on one basis whatever the amount', () => {
    const amount = fc.nat(10_000_000).map((n) => n / 1000);
    fc.assert(
      fc.property(amount, amount, anyUnit, anyFood, (a, b, unit, weights) => {
        const known = weights && food(weights);
        const [one, other, both] = [a, b, a + b].map((each) => toGrams(each, unit, known)!);
        expect(both!.grams).toBeCloseTo(one!.grams + other!.grams, 3);
        expect(toGrams(2 * a, unit, known)!.grams).toBe(2 * one!.grams);
        expect([other!.basis, both!.basis]).toEqual([one!.basis, one!.basis]);
      }),
    );
  });

  test('do not depend on case, width, dots or a plural s', () => {
    fc.assert(
      fc.property(anyUnit, anyFood, (unit, weights) => {
        const known = weights && food(weights);
        const expected = toGrams(3, unit, known);
        const wide = unit.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
        const spellings = [` ${unit} `, `${unit}.`, wide];
        // T and t are the one pair that case tells apart.
        if (unit.length > 1) spellings.push(unit.toUpperCase());
        if (/[a-rt-xz]$/.test(unit) && unit.length > 1 && !/(?:ch|sh)$/.test(unit))
          spellings.push(`${unit}s`);
        for (const spelling of spellings)
          expect([spelling, toGrams(3, spelling, known)]).toEqual([spelling, expected]);
      }),
    );
  });
});

describe('reading a quantity', () => {
  test.each([
    ['150 g', 150, 'g'],
    ['150g', 150, 'g'],
    ['１５０ｇ', 150, 'g'],
    ['約150g', 150, 'g'],
    ['about 150 g', 150, 'g'],
    ['1,000 g', 1000, 'g'],
    ['1,234,567.5 mg', 1234567.5, 'mg'],
    ['1,5 dl', 1.5, 'dl'],
    ['0,125 l', 0.125, 'l'],
    ['.5 cup', 0.5, 'cup'],
    ['1/2 cup', 0.5, 'cup'],
    ['1 1/2 cups', 1.5, 'cups'],
    ['½ cup', 0.5, 'cup'],
    ['1½ cups', 1.5, 'cups'],
    ['1 and 1/2 cups', 1.5, 'cups'],
    ['2 and a half cups', 2.5, 'cups'],
    ['One and a half cups', 1.5, 'cups'],
    ['half', 0.5, ''],
    ['Half a cup', 0.5, 'cup'],
    ['half of a bar', 0.5, 'bar'],
    ['quarter', 0.25, ''],
    ['a', 1, ''],
    ['a cup', 1, 'cup'],
    ['a couple of slices', 2, 'slices'],
    ['a dozen eggs', 12, 'eggs'],
    ['2 small', 2, 'small'],
    ['2 T', 2, 'T'],
    ['12 fl. oz.', 12, 'fl. oz.'],
    ['×2', 2, ''],
    ['２個', 2, '個'],
    ['三個', 3, '個'],
    ['十個', 10, '個'],
    ['二十三個', 23, '個'],
    ['九十九粒', 99, '粒'],
    ['1.5杯', 1.5, '杯'],
    ['一杯', 1, '杯'],
    ['2杯半', 2.5, '杯'],
    ['1個半', 1.5, '個'],
    ['半分', 0.5, ''],
    ['半丁', 0.5, '丁'],
    ['ふたつ', 2, 'つ'],
    ['一人前', 1, '人前'],
    ['大さじ2', 2, '大さじ'],
    ['大さじ1杯', 1, '大さじ'],
    ['大さじ１杯半', 1.5, '大さじ'],
    ['小さじ1/2', 0.5, '小さじ'],
    ['小さじ半分', 0.5, '小さじ'],
    ['カップ1と1/2', 1.5, 'カップ'],
    ['1と1/2カップ', 1.5, 'カップ'],
    ['茶碗一杯', 1, '茶碗'],
  ] as const)('%s is %d of "%s"', (text, amount, unit) => {
    expect(parseQuantity(text)).toEqual({ amount, unit });
  });

  test.each([
    '',
    ' ',
    'rest of bar',
    'some',
    'a few',
    '数個',
    'half and half',
    '1-2',
    '1〜2個',
    '-3 g',
    '1/0 cup',
    '1e3 g',
    '1 slcie',
    '150 g chicken',
    '2% milk',
    '1.2.3 g',
    '百個',
    '三〇個',
    'cup',
    '大さじ',
    '1,00,000 g',
  ])('does not guess at "%s"', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  const anyUnit = fc.constantFrom(...unitSpellings());

  test('gives back a quantity that was written out in decimals', () => {
    const amount = fc.oneof(
      fc.nat(999_999),
      fc.nat(9_999_999).map((n) => n / 1000),
    );
    fc.assert(
      fc.property(amount, anyUnit, fc.constantFrom(' ', ''), (value, unit, space) => {
        expect(parseQuantity(`${value}${space}${unit}`)).toEqual({ amount: value, unit });
      }),
      { numRuns: 500 },
    );
  });

  test('gives back fractions, grouped thousands and kanji', () => {
    const digits = '〇一二三四五六七八九';
    const kanji = (n: number): string =>
      n < 10
        ? digits.charAt(n)
        : `${n < 20 ? '' : digits.charAt(Math.floor(n / 10))}十${n % 10 === 0 ? '' : digits.charAt(n % 10)}`;
    fc.assert(
      fc.property(fc.nat(99), fc.integer({ min: 1, max: 99 }), fc.nat(999_999_999), (n, below, thousands) => {
        expect(parseQuantity(`${kanji(n)}個`)).toEqual({ amount: n, unit: '個' });
        expect(parseQuantity(`${n} ${n}/${below} cup`)).toEqual({ amount: n + n / below, unit: 'cup' });
        expect(parseQuantity(`${thousands.toLocaleString('en-US')} g`)).toEqual({
          amount: thousands,
          unit: 'g',
        });
      }),
    );
  });

  test('what it reads can always be weighed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123 ./,半個杯cupsgalfof a一十大さじ½') }),
        (text) => {
          const read = parseQuantity(text);
          if (read) expect(toGrams(read.amount, read.unit, undefined)?.grams).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
