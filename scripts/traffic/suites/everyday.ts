/**
 * `everyday` and `noisy`: the same eight people over the same ten days, once with an honest provider and once with
 * one that rounds and errs. Everyday's few deviations are written down here; none leaves a running day 40 kcal, 10 g
 * or 10% off, since on traffic this sparse a single observation is the P95 that an alert reads.
 */
import type { Slot } from '../../../harness/meal-log/v2/draft.ts';
import type { ProviderAnswer, ProviderItem } from '../../../harness/meal-log/provider/answer-shape.ts';
import { HONEST, honestItem, servingItem, spoken, type Temper, tidy, totalsOf } from '../answers.ts';
import { type DaysOptions, type KnownMeal, type Meal, planHousehold } from '../days.ts';
import { foodNamed } from '../dishes.ts';
import { HOUSEHOLD, type Language } from '../people.ts';
import type { PlannedStep } from '../plan.ts';
import type { Suite } from './suite.ts';

const DAYS: Omit<DaysOptions, 'temper'> = { seed: 'everyday', firstDate: '2025-09-01', days: 10 };

/** A provider that rounds to whole figures and is 5 to 10% off on most items. */
export const NOISY: Temper = {
  ...HONEST,
  rounds: true,
  figureError: { low: 0.05, high: 0.1 },
  figureErrorRate: 0.8,
};

/** What is known to differ in everyday's traffic, each case at one meal of one person. */
const DEVIATIONS: readonly {
  readonly user: string;
  readonly day: number;
  readonly slot: Slot;
  /** The code that V2 warns with; null where only figures differ. */
  readonly code: string | null;
  /** What the person adds to the words. */
  say?(message: string): string;
  change(items: readonly ProviderItem[], language: Language): ProviderItem[];
}[] = [
  {
    user: 'u-aoi',
    day: 2,
    slot: 'dinner',
    code: 'duplicate_dropped',
    change: (items, language) => [...items, item(language, 'きゅうり', 20), item(language, 'きゅうり', 20)],
  },
  {
    user: 'u-ben',
    day: 1,
    slot: 'dinner',
    code: 'reconciled',
    // 12% more energy than its macros explain.
    change: (items) => [...items, labelled('wobble jelly cup', 80, [62, 0.2, 0.1, 13.4])],
  },
  {
    user: 'u-chiyo',
    day: 4,
    slot: 'dinner',
    code: 'portion_applied',
    say: (message) => `${message}、トマト少なめ`,
    change: (items, language) => [...items, servingItem(foodNamed('トマト'), language)],
  },
  {
    user: 'u-emma',
    day: 6,
    slot: 'lunch',
    code: 'provider_figures',
    change: (items) => [...items, labelled('muscle pudding X', 60, [63, 9, 1.2, 3.6])],
  },
  {
    user: 'u-fumiko',
    day: 3,
    slot: 'dinner',
    code: 'unknown_food',
    change: (items) => [...items, { name: '謎の薬味', amount: 3, unit: 'g' }],
  },
  {
    user: 'u-george',
    day: 7,
    slot: 'dinner',
    code: 'merged',
    change: (items, language) => [...items, item(language, 'トマト', 40), item(language, 'トマト', 60)],
  },
  {
    user: 'u-haruto',
    day: 5,
    slot: 'dinner',
    code: null,
    // The dictionary's figures count, the provider's are 4% high.
    change: (items) =>
      items.map((one, index) => (index === 0 ? { ...one, calories: tidy((one.calories ?? 0) * 1.04) } : one)),
  },
  {
    user: 'u-daisuke',
    day: 8,
    slot: 'dinner',
    code: 'proposal_kept',
    change: (items, language) => [...items, { ...item(language, 'キャベツ', 30), proposed: true }],
  },
];

function item(language: Language, name: string, grams: number): ProviderItem {
  return honestItem({ food: foodNamed(name), grams }, language);
}

function labelled(
  name: string,
  grams: number,
  figures: readonly [number, number, number, number],
): ProviderItem {
  const [calories, protein_g, fat_g, carbs_g] = figures;
  return { name, amount: grams, unit: 'g', calories, protein_g, fat_g, carbs_g };
}

function deviate(meal: Meal): KnownMeal | undefined {
  const { person, day, slot, message } = meal;
  const known = DEVIATIONS.find(
    (deviation) => deviation.user === person.user && deviation.day === day && deviation.slot === slot,
  );
  if (!known) return undefined;
  const honest = meal.dish.parts.map((part) => honestItem(part, person.language));
  const items = known.change(honest, person.language);
  const answer: ProviderAnswer = {
    dish: meal.dish.name[person.language],
    confidence: 0.8,
    items,
    // This provider's sums take in what it proposes.
    totals: totalsOf(items.map((one) => ({ ...one, proposed: false }))),
  };
  return { message: known.say?.(message) ?? message, answers: [spoken(answer, 1_500)] };
}

function steps(options: DaysOptions): readonly PlannedStep[] {
  return planHousehold(HOUSEHOLD, options).map((log): PlannedStep => [log]);
}

export const everyday: Suite = {
  name: 'everyday',
  tzOffsetMinutes: 540,
  steps: () => steps({ ...DAYS, temper: HONEST, known: deviate }),
};

export const noisy: Suite = {
  name: 'noisy',
  tzOffsetMinutes: 540,
  steps: () => steps({ ...DAYS, temper: NOISY }),
};
