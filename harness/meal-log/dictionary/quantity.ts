/**
 * Amounts of food: from "1 1/2 cups" to a number and a unit, and from those to grams. Grams are what the dictionary's
 * figures are multiplied by, so a unit nobody knows stays unknown rather than being read as something near.
 */
import type { Food } from './food.ts';
import { figureNumber, kanjiNumber, NUMBER_WORDS, plainAmountText, TSU_WORDS } from './numerals.ts';
import { CUP_ML, type OwnWeight, unitOf } from './units.ts';

export { portionFactor } from './portion.ts';

/** An amount and its unit as it was written; '' for a bare number, which counts pieces. */
export interface Quantity {
  readonly amount: number;
  readonly unit: string;
}

/**
 * Grams, and what they rest on: a mass; a volume and the food's density; the food's own household weight; its own
 * weight of a piece; or an assumed weight from the table of units.
 */
export interface Weighed {
  readonly grams: number;
  readonly basis: 'mass' | 'volume' | 'household' | 'count' | 'assumed';
}

const OWN_BASIS: Readonly<Record<OwnWeight, 'household' | 'count'>> = {
  piece_g: 'count',
  slice_g: 'count',
  bowl_g: 'household',
  cup_g: 'household',
  serving_g: 'household',
};

/** Grams per ml: the food's density, else what a cup of it weighs (a spoon of oats is no spoon of water), else water's. */
function gramsPerMl(food: Food | undefined): number {
  if (food === undefined) return 1;
  return food.density ?? (food.cup_g === undefined ? 1 : food.cup_g / CUP_ML);
}

/**
 * Grams of an amount in a unit, for a food where it is known. Linear in the amount. Undefined for an unknown unit
 * and for an amount that is negative or not a number.
 */
export function toGrams(amount: number, unit: string, food: Food | undefined): Weighed | undefined {
  if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY)) return undefined;
  const known = unitOf(unit);
  if (known === undefined) return undefined;
  if (known.measure === 'mass') return { grams: amount * known.per, basis: 'mass' };
  // A density settles every volume, cups included; a cup's own weight is for what does not pour.
  if (food !== undefined && (known.measure !== 'volume' || food.density === undefined)) {
    for (const weight of known.own) {
      const grams = food[weight];
      if (grams !== undefined) return { grams: amount * (grams * known.scale), basis: OWN_BASIS[weight] };
    }
  }
  if (known.measure === 'count') return { grams: amount * known.per, basis: 'assumed' };
  const grams = amount * (known.per * gramsPerMl(food));
  return { grams, basis: known.measure === 'volume' ? 'volume' : 'assumed' };
}

const KANJI = '〇一二三四五六七八九十';
const FIGURES = /^((?:\d+[ と])?\d+ ?\/ ?\d+|[\d.,]+)/;
const LEADING_KANJI = new RegExp(`^[${KANJI}]+`);
const ABOUT = /^(?:約|およそ|だいたい|about |approx\.? |approximately |around |ca\.? |~|≈|×|x(?= ?\d))\s*/i;
/** Japanese measures stand before their number: 大さじ2, カップ1/2, 大さじ1杯. */
const MEASURE_FIRST = /^(大さじ|大匙|おおさじ|小さじ|小匙|こさじ|カップ|コップ|グラス|茶碗) ?(.+?)(?:杯)?$/;

const WORDS_LONGEST_FIRST = [...NUMBER_WORDS].sort((a, b) => b[0].length - a[0].length);

/** The number a text begins with, and what follows it. */
function leadingNumber(text: string): { amount: number; rest: string } | undefined {
  const figures = FIGURES.exec(text)?.[1];
  if (figures !== undefined) {
    const amount = figureNumber(figures.trim());
    return amount === undefined ? undefined : { amount, rest: text.slice(figures.length) };
  }
  const kanji = LEADING_KANJI.exec(text)?.[0];
  if (kanji !== undefined) {
    const amount = kanjiNumber(kanji);
    return amount === undefined ? undefined : { amount, rest: text.slice(kanji.length) };
  }
  const lower = text.toLowerCase();
  for (const [word, amount] of WORDS_LONGEST_FIRST) {
    if (lower === word || lower.startsWith(`${word} `)) return { amount, rest: text.slice(word.length) };
  }
  return undefined;
}

/**
 * Reads a text that is a quantity and nothing else: "150 g", "1 1/2 cups", "２個", "半分", "大さじ2", "half a cup", "2 small".
 * A comma before exactly three digits groups thousands, any other is a decimal comma; a dot is always a decimal point.
 * The unit comes back as written (NFKC; case stays, for T is a table spoon and t a tea spoon), '' where there is none. Undefined when there is no number
 * ("rest of bar"), when the unit is unknown, and for ranges and negative numbers: what is not understood is not guessed.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const plain = plainAmountText(text).replace(ABOUT, '');
  if (plain === '半分' || plain === '半') return { amount: 0.5, unit: '' };
  const tsu = TSU_WORDS.get(plain);
  if (tsu !== undefined) return { amount: tsu, unit: 'つ' };
  const first = MEASURE_FIRST.exec(plain);
  if (first) {
    const [, unit = '', number = ''] = first;
    const read = leadingNumber(number);
    if (read === undefined) return number === '半分' || number === '半' ? { amount: 0.5, unit } : undefined;
    if (read.rest === '') return { amount: read.amount, unit };
    return read.rest === '半' || read.rest === '杯半' ? { amount: read.amount + 0.5, unit } : undefined;
  }
  if (plain.startsWith('半')) return withUnit(0.5, plain.slice(1));
  const read = leadingNumber(plain);
  return read && withUnit(read.amount, read.rest);
}

/** Finishes a quantity: 「1個半」 and "2 and a half cups" add their half, "of" and an article fall away. */
function withUnit(amount: number, after: string): Quantity | undefined {
  let rest = after.trim();
  let total = amount;
  // "Half and half" is a cream, so only whole numbers take a half more.
  const and = Number.isInteger(amount) ? /^and (?:(?:a )?half|1 ?\/ ?2)(?= |$)/i.exec(rest) : null;
  if (and) {
    total += 0.5;
    rest = rest.slice(and[0].length).trim();
  }
  rest = rest.replace(/^of (?:an? )?(?=\S)/i, '').replace(/^an? (?=\S)/i, '');
  if (rest.endsWith('半') && rest.length > 1) {
    total += 0.5;
    rest = rest.slice(0, -1);
  }
  return unitOf(rest) === undefined ? undefined : { amount: total, unit: rest };
}
