/**
 * What the service makes of a meal when the provider has failed: the foods its words name, at the amounts its words
 * state, with the dictionary's figures. It invents nothing: without a known food it offers a generic meal without
 * figures, which counts nothing until the user says what it was.
 */
import { findInText, type Food } from '../dictionary/dictionary.ts';
import { parseQuantity, toGrams } from '../dictionary/quantity.ts';
import { MAX_DISH_LENGTH } from './answer.ts';
import type { ProviderAnswer, ProviderItem } from './answer-shape.ts';

/** Foods taken from one message at most: as many as V2 keeps. */
const MAX_FOODS = 15;
/** Grams believed of one food; more is a slip of the keyboard. */
const MAX_STATED_GRAMS = 10_000;
/** The words were read, the meal was not seen. */
const CONFIDENCE = 0.3;

/** The offer that stands for a meal nobody could name. */
export const GENERIC_MEAL: ProviderAnswer = {
  dish: 'generic_meal',
  confidence: 0,
  items: [{ name: 'generic_meal' }],
};

/** Answers from the message alone; `null` and messages without a known food get the generic meal. */
export function answerFromDictionary(message: string | null): ProviderAnswer {
  // The scan's offsets count the NFKC form.
  const text = (message ?? '').normalize('NFKC');
  const items: ProviderItem[] = [];
  const seen = new Set<Food>();
  const found = findInText(text);
  for (const [index, { food, start, end }] of found.entries()) {
    if (items.length === MAX_FOODS) break;
    const before = text.slice(found[index - 1]?.end ?? 0, start);
    const after = text.slice(end, found[index + 1]?.start ?? text.length);
    const grams = statedGrams(before, after, food);
    // A food that is named again without an amount is the same food, mentioned twice.
    if (grams === undefined && seen.has(food)) continue;
    seen.add(food);
    items.push(itemOf(food, grams, text.slice(start, end)));
  }
  if (items.length === 0) return GENERIC_MEAL;
  const names = items.map((item) => item.name);
  return { dish: names.join(', ').slice(0, MAX_DISH_LENGTH), confidence: CONFIDENCE, items };
}

/**
 * An item with the dictionary's figures. Stated amounts travel as grams, since their words are used up; an assumed
 * serving travels as one, so that V2 still hears a word about its size.
 */
function itemOf(food: Food, stated: number | undefined, written: string): ProviderItem {
  const grams = stated ?? toGrams(1, 'serving', food)?.grams ?? 100;
  const share = grams / 100;
  return {
    name: /[^\0-\x7f]/.test(written) ? food.ja : food.en,
    ...(stated === undefined ? { amount: 1, unit: 'serving' } : { amount: stated, unit: 'g' }),
    calories: food.kcal * share,
    protein_g: food.p * share,
    fat_g: food.f * share,
    carbs_g: food.c * share,
    ...(food.alcohol_g === undefined ? {} : { alcohol_g: food.alcohol_g * share }),
  };
}

/** What sets one food's words apart from the next one's. */
const SEPARATOR = /[,、。;；:：・\n()「」+＋&]|\s(?:and|with|then|plus)\s|と/;

/** Japanese states an amount after the food, English before it; either may stand, the nearer words count. */
function statedGrams(before: string, after: string, food: Food): number | undefined {
  const following =
    after
      .replace(/^\s*[(「]/, '')
      .split(SEPARATOR, 1)[0]
      ?.trim() ?? '';
  const preceding = before.split(SEPARATOR).at(-1)?.trim() ?? '';
  return gramsOf(following, food) ?? gramsOfEnding(preceding, food);
}

function gramsOf(text: string, food: Food): number | undefined {
  const quantity = text === '' ? undefined : parseQuantity(text);
  const grams = quantity && toGrams(quantity.amount, quantity.unit, food)?.grams;
  return grams !== undefined && grams <= MAX_STATED_GRAMS ? grams : undefined;
}

/** The longest ending of up to four words that is an amount: "had 2 cups of" ends in one. */
function gramsOfEnding(text: string, food: Food): number | undefined {
  const words = text
    .replace(/\s+of$/i, '')
    .split(/\s+/)
    .slice(-4);
  for (let first = 0; first < words.length; first++) {
    const grams = gramsOf(words.slice(first).join(' '), food);
    if (grams !== undefined) return grams;
  }
  return undefined;
}
