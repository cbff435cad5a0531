/**
 * What the stand-in provider answers, and how it errs. An honest answer is the dictionary's figures times grams with
 * unrounded sums; each fault of real providers is a rate of its own, so a suite can have exactly one of them.
 */
import { toGrams } from '../../harness/meal-log/dictionary/quantity.ts';
import type { Food } from '../../harness/meal-log/dictionary/dictionary.ts';
import type {
  ProviderAnswer,
  ProviderItem,
  ProviderTotals,
} from '../../harness/meal-log/provider/answer-shape.ts';
import type { Part } from './dishes.ts';
import type { Language } from './people.ts';
import type { PlannedAnswer } from './plan.ts';
import type { Random } from './random.ts';

/** How a provider errs; rates are 0–1 per answer unless said otherwise. */
export interface Temper {
  /** Figures rounded to whole kcal and grams, as language models like them. */
  readonly rounds: boolean;
  /** Each item's figures off by a factor within 1 ± this share, per item. */
  readonly figureError: { readonly low: number; readonly high: number };
  /** How many of the items are off by `figureError`. */
  readonly figureErrorRate: number;
  /** One item lacks one macro, and the totals are left out. */
  readonly missingMacro: number;
  /** One item's energy does not fit its macros. */
  readonly wrongEnergy: number;
  /** Items are given in servings or household measures instead of grams. */
  readonly householdMeasures: number;
  /** An item is listed twice. */
  readonly duplicated: number;
  /** One item is a food that no dictionary has. */
  readonly unknownFood: number;
  /** A side dish is proposed, and its figures are not in the totals. */
  readonly proposal: number;
  /** Totals are left out. */
  readonly withoutTotals: number;
  /** The answer takes 6 to 9 s. */
  readonly slow: number;
  /** No answer within the deadline, before one that comes. */
  readonly timeout: number;
  readonly status429: number;
  readonly status500: number;
  readonly malformed: number;
  /** Nothing recognised, for good. */
  readonly empty: number;
}

/** A provider that answers from the dictionary, in grams, and never errs. */
export const HONEST: Temper = {
  rounds: false,
  figureError: { low: 0, high: 0 },
  figureErrorRate: 0,
  missingMacro: 0,
  wrongEnergy: 0,
  householdMeasures: 0,
  duplicated: 0,
  unknownFood: 0,
  proposal: 0,
  withoutTotals: 0,
  slow: 0,
  timeout: 0,
  status429: 0,
  status500: 0,
  malformed: 0,
  empty: 0,
};

/** How long the service waits for an answer. */
export const DEADLINE_MS = 15_000;

/** The food's name in a language, as people and providers write it. */
export function foodName(food: Food, language: Language): string {
  return language === 'ja' ? food.ja : food.en;
}

/** To four decimals: enough to be unrounded for the service, short enough to be read. */
export function tidy(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** An item with the dictionary's figures for this many grams. */
export function honestItem(part: Part, language: Language): ProviderItem {
  const { food, grams } = part;
  return {
    name: foodName(food, language),
    amount: grams,
    unit: 'g',
    ...figuresOf(food, grams),
  };
}

/** One serving of a food, as providers say it that do not weigh; throws when the dictionary weighs none. */
export function servingItem(food: Food, language: Language): ProviderItem {
  const serving = toGrams(1, 'serving', food);
  if (!serving) throw new Error(`${food.id} has no serving`);
  return { ...honestItem({ food, grams: serving.grams }, language), amount: 1, unit: 'serving' };
}

function figuresOf(food: Food, grams: number) {
  const share = grams / 100;
  return {
    calories: tidy(food.kcal * share),
    protein_g: tidy(food.p * share),
    fat_g: tidy(food.f * share),
    carbs_g: tidy(food.c * share),
    ...(food.alcohol_g === undefined ? {} : { alcohol_g: tidy(food.alcohol_g * share) }),
  };
}

/** The sums of the items' figures; proposals and absent figures count nothing. */
export function totalsOf(items: readonly ProviderItem[]): ProviderTotals {
  const eaten = items.filter((item) => !item.proposed);
  const sum = (figure: (item: ProviderItem) => number | null | undefined): number =>
    tidy(eaten.reduce((total, item) => total + (figure(item) ?? 0), 0));
  return {
    calories: sum((item) => item.calories),
    protein_g: sum((item) => item.protein_g),
    fat_g: sum((item) => item.fat_g),
    carbs_g: sum((item) => item.carbs_g),
  };
}

/** The answers to one meal, in the order they come: failures first, then what the provider says at last. */
export function answersTo(
  meal: { readonly dish: string; readonly parts: readonly Part[]; readonly language: Language },
  temper: Temper,
  random: Random,
): readonly PlannedAnswer[] {
  const answers: PlannedAnswer[] = [];
  if (random.chance(temper.timeout)) answers.push(noAnswer());
  if (random.chance(temper.status429)) answers.push(status(429, '{"error":"rate limited"}', random));
  if (answers.length < 2 && random.chance(temper.status500)) {
    answers.push(status(500, '{"error":"internal"}', random));
  }
  const latencyMs = random.chance(temper.slow) ? random.whole(6_000, 9_000) : random.whole(400, 2_600);
  if (random.chance(temper.empty)) {
    answers.push(spoken({ dish: '', confidence: 0, items: [] }, latencyMs));
    return answers;
  }
  const answer = answerTo(meal, temper, random);
  if (answers.length < 2 && random.chance(temper.malformed)) {
    const body = JSON.stringify(answer);
    answers.push({
      answer: { status: 200, body: body.slice(0, random.whole(20, body.length - 2)) },
      latencyMs,
    });
  }
  answers.push(spoken(answer, latencyMs));
  return answers;
}

/** An answer as it travels. */
export function spoken(answer: ProviderAnswer, latencyMs: number): PlannedAnswer {
  return { answer: { status: 200, body: JSON.stringify(answer) }, latencyMs };
}

/** A status without an answer. */
export function status(code: number, body: string, random: Random): PlannedAnswer {
  return { answer: { status: code, body }, latencyMs: random.whole(30, 300) };
}

/** Silence until the deadline. */
export function noAnswer(): PlannedAnswer {
  return { answer: null, latencyMs: DEADLINE_MS };
}

/** Foods that are in no dictionary, with figures per 100 g such as a label would give. */
const OUTLANDISH: readonly {
  readonly name: Readonly<Record<Language, string>>;
  readonly per100: readonly number[];
}[] = [
  { name: { ja: '宇宙チョコバー', en: 'cosmic choco bar' }, per100: [480, 8, 24, 58] },
  { name: { ja: 'ぽよぽよゼリー', en: 'wobble jelly cup' }, per100: [70, 0.2, 0, 17] },
  { name: { ja: '筋肉プリンX', en: 'muscle pudding X' }, per100: [105, 15, 2, 6] },
  { name: { ja: '謎の郷土煮', en: "grandma's mystery stew" }, per100: [95, 6, 4, 8.5] },
];

/** An item of a food that no dictionary has. */
export function outlandishItem(language: Language, grams: number, random: Random): ProviderItem {
  const { name, per100 } = random.pick(OUTLANDISH);
  const [calories, protein, fat, carbs] = per100.map((figure) => tidy((figure * grams) / 100));
  return {
    name: name[language],
    amount: grams,
    unit: 'g',
    calories,
    protein_g: protein,
    fat_g: fat,
    carbs_g: carbs,
  };
}

function answerTo(
  meal: { readonly dish: string; readonly parts: readonly Part[]; readonly language: Language },
  temper: Temper,
  random: Random,
): ProviderAnswer {
  let items = meal.parts.map((part) => erringItem(part, meal.language, temper, random));
  if (random.chance(temper.unknownFood))
    items.push(outlandishItem(meal.language, random.whole(3, 12) * 10, random));
  if (random.chance(temper.duplicated)) items.push(items[0]!);
  let complete = !random.chance(temper.withoutTotals);
  if (random.chance(temper.missingMacro)) {
    const macro = random.pick(['protein_g', 'fat_g', 'carbs_g'] as const);
    const at = random.whole(0, items.length - 1);
    items = items.map((item, index) => (index === at ? { ...item, [macro]: null } : item));
    complete = false;
  }
  if (random.chance(temper.wrongEnergy)) {
    const factor = random.pick([0.6, 0.75, 1.3, 1.6]);
    const at = random.whole(0, items.length - 1);
    items = items.map((item, index) =>
      index === at ? { ...item, calories: tidy((item.calories ?? 0) * factor) } : item,
    );
  }
  const totals = totalsOf(items);
  if (random.chance(temper.proposal)) {
    const side = random.pick(meal.parts);
    items.push({ ...honestItem({ food: side.food, grams: 50 }, meal.language), proposed: true });
  }
  const answer = { dish: meal.dish, confidence: random.whole(62, 97) / 100, items };
  return complete ? { ...answer, totals } : answer;
}

function erringItem(part: Part, language: Language, temper: Temper, random: Random): ProviderItem {
  let item = random.chance(temper.householdMeasures)
    ? servingItem(part.food, language)
    : honestItem(part, language);
  if (random.chance(temper.figureErrorRate)) {
    const size = random.between(temper.figureError.low, temper.figureError.high);
    const factor = random.chance(0.5) ? 1 + size : 1 - size;
    item = mapFigures(item, (figure) => tidy(figure * factor));
  }
  return temper.rounds ? mapFigures(item, Math.round) : item;
}

/** The item with each of its four figures changed; one that it lacks counts 0. */
export function mapFigures(item: ProviderItem, change: (figure: number) => number): ProviderItem {
  return {
    ...item,
    calories: change(item.calories ?? 0),
    protein_g: change(item.protein_g ?? 0),
    fat_g: change(item.fat_g ?? 0),
    carbs_g: change(item.carbs_g ?? 0),
  };
}
