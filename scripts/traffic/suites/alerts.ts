/**
 * The traffic of suites about alerts: for each of the five alerts a recording in which one small defect raises it and
 * no other, and one of honest writes whose provider is off by as much as no alert minds.
 */
import type {
  ProviderAnswer,
  ProviderItem,
  ProviderTotals,
} from '../../../harness/meal-log/provider/answer-shape.ts';
import { totalsOf } from '../answers.ts';
import type { Language, Person } from '../people.ts';
import type { PlannedStep } from '../plan.ts';
import { answer, item, somebody, SuiteScript } from '../script.ts';
import type { Suite } from './suite.ts';

const TOKYO = 540;
const DAY = '2025-09-01';

/** People called by a word and a number, every other one writing Japanese. */
function crowd(word: string, size: number): readonly Person[] {
  return Array.from({ length: size }, (_, at) => {
    const language: Language = at % 2 === 0 ? 'ja' : 'en';
    return somebody(`u-${word}-${String(at + 1).padStart(2, '0')}`, language, TOKYO);
  });
}

/** A local time of the day, minutes and seconds past an hour. */
function at(hour: number, minute: number, second = 0): string {
  const clock = [hour + Math.floor(minute / 60), minute % 60, second].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${DAY}T${clock.join(':')}`;
}

const MESSAGES = {
  breakfast: { ja: '朝ごはん：ご飯、鮭、バター', en: 'breakfast: rice, salmon and butter' },
  snack: { ja: 'おやつに食パン', en: 'a slice of toast' },
  plate: { ja: '鶏むね肉とご飯', en: 'chicken breast and rice' },
  feast: { ja: '豚ロースとご飯をたっぷり', en: 'plenty of pork loin and rice' },
  bowl: { ja: '鮭とご飯', en: 'salmon over rice' },
  light: { ja: '食パンと牛乳', en: 'toast and milk' },
  lunch: { ja: '鶏もも肉、ご飯、バター', en: 'chicken thigh, rice and butter' },
} as const;
type Dish = keyof typeof MESSAGES;

const PARTS: Readonly<Record<Dish, readonly (readonly [name: string, grams: number])[]>> = {
  breakfast: [
    ['ご飯', 200],
    ['鮭', 100],
    ['バター', 10],
  ],
  snack: [['食パン', 60]],
  plate: [
    ['鶏むね肉', 80],
    ['ご飯', 150],
  ],
  feast: [
    ['豚ロース', 250],
    ['ご飯', 350],
  ],
  bowl: [
    ['ご飯', 300],
    ['鮭', 80],
  ],
  light: [
    ['食パン', 60],
    ['牛乳', 150],
  ],
  lunch: [
    ['鶏もも肉', 100],
    ['ご飯', 400],
    ['バター', 20],
  ],
};

function itemsOf(dish: Dish, { language }: Person): readonly ProviderItem[] {
  return PARTS[dish].map(([name, grams]) => item(language, name, grams));
}

/** Somebody logs a dish; the provider's totals are its items' sums, but for what `off` adds. */
function log(
  script: SuiteScript,
  person: Person,
  time: string,
  dish: Dish,
  off: Partial<ProviderTotals> = {},
): void {
  const items = itemsOf(dish, person);
  const sums = totalsOf(items);
  const totals = Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [
      name,
      Math.round(((sum ?? 0) + (off[name as keyof ProviderTotals] ?? 0)) * 10) / 10,
    ]),
  ) as unknown as ProviderTotals;
  const said: ProviderAnswer = { ...answer(MESSAGES[dish][person.language], items), totals };
  script.log(person, time, MESSAGES[dish][person.language], said);
}

/** Six people breakfast, and from noon on one of them has a snack every minute. */
function snacks(): readonly PlannedStep[] {
  const script = new SuiteScript('alert-burst');
  const people = crowd('snack', 6);
  for (const [index, person] of people.entries()) log(script, person, at(7, 10 * index), 'breakfast');
  for (let minute = 0; minute < 24; minute++) log(script, people[minute % 6]!, at(12, minute), 'snack');
  return script.steps;
}

/** Four people eat the same plate six times a day. */
function plates(): readonly PlannedStep[] {
  const script = new SuiteScript('alert-days');
  const people = crowd('plate', 4);
  for (const hour of [7, 9, 12, 15, 18, 21])
    for (const [index, person] of people.entries()) log(script, person, at(hour, 12 * index), 'plate');
  return script.steps;
}

/** A few people have one dish, ten minutes after each other. */
function lunches(seed: string, dish: Dish, times: number): readonly PlannedStep[] {
  const script = new SuiteScript(seed);
  for (const [index, person] of crowd(dish, times).entries()) log(script, person, at(12, 10 * index), dish);
  return script.steps;
}

/**
 * Just below each of production's thresholds, by a provider whose totals are off. At noon twelve people have lunch in
 * one scrape, all 70 kcal off, one 11 g of carbs, and two, who had no breakfast, a tenth of the protein: the 95th
 * percentile of twelve observations then reads a share of the topmost bucket that holds some.
 */
function justBelow(): readonly PlannedStep[] {
  const script = new SuiteScript('alerts-just-below');
  const people = crowd('below', 12);
  for (const [index, person] of people.entries())
    if (index !== 1 && index !== 2) log(script, person, at(6, 4 * index), 'breakfast');
  for (const [index, person] of people.entries()) {
    log(script, person, at(12, 30, 1 + index), 'lunch', {
      calories: -70,
      carbs_g: index === 0 ? -11 : 0,
      protein_g: index === 1 || index === 2 ? -2.6 : 0,
    });
  }
  // Five breaches in five minutes, of which increase() sees four.
  for (const [index, person] of people.slice(3, 8).entries())
    log(script, person, at(15, index), 'snack', { fat_g: -0.5 });
  // Days that drift by 1.5 g of protein a plate: ten running days over 4 g, of which increase() sees nine.
  for (const [index, person] of crowd('drift', 3).entries()) {
    for (let plate = 0; plate < (index === 0 ? 6 : 5); plate++)
      log(script, person, at(7 + 2 * plate, 50 + 2 * index), 'plate', { protein_g: -1.5 });
  }
  return script.steps;
}

const suite = (name: string, steps: () => readonly PlannedStep[]): Suite => ({
  name,
  tzOffsetMinutes: TOKYO,
  steps,
});

export const alertSuites: readonly Suite[] = [
  suite('alerts-just-below', justBelow),
  suite('must-fail/alert-burst', snacks),
  suite('must-fail/alert-days', plates),
  suite('must-fail/alert-energy', () => lunches('alert-energy', 'feast', 4)),
  suite('must-fail/alert-macros', () => lunches('alert-macros', 'bowl', 4)),
  suite('must-fail/alert-ratios', () => lunches('alert-ratios', 'light', 4)),
];
