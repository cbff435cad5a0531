/**
 * The words a person finds for a meal. They name foods as the dictionary does, now and then with weights, and stay
 * clear of words about portions, counts and skipped meals, which the suites use where those are the subject.
 */
import type { Slot } from '../../harness/meal-log/v2/draft.ts';
import { foodName } from './answers.ts';
import type { Dish, Part } from './dishes.ts';
import type { Language } from './people.ts';
import type { Random } from './random.ts';

const SLOT_WORDS: Readonly<Record<Language, Readonly<Record<Slot, string>>>> = {
  ja: { breakfast: '朝ごはん', lunch: '昼ごはん', dinner: '夕ごはん', snack: 'おやつ', other: '夜に' },
  en: { breakfast: 'breakfast', lunch: 'lunch', dinner: 'dinner', snack: 'a snack', other: 'later' },
};

const CLOSINGS: Readonly<Record<Language, readonly string[]>> = {
  ja: ['', '', '', '。', '。おいしかった', ' 😋', '、ごちそうさま'],
  en: ['', '', '', '.', ' - tasty', ' 😋', ', as usual'],
};

/** What a person writes about a dish eaten in a slot. */
export function describe(dish: Dish, slot: Slot, language: Language, random: Random): string {
  const when = SLOT_WORDS[language][slot];
  const foods = listFoods(dish.parts, language, random.chance(0.3));
  const closing = random.pick(CLOSINGS[language]);
  if (language === 'ja') {
    const text = random.pick([`${when}：${foods}`, foods, `${when} ${foods}`, `${dish.name.ja}（${foods}）`]);
    return text + closing;
  }
  const text = random.pick([
    `${foods} for ${when}`,
    `${when}: ${foods}`,
    foods,
    `${dish.name.en} (${foods})`,
    `Had ${foods}`,
  ]);
  return text + closing;
}

function listFoods(parts: readonly Part[], language: Language, weighed: boolean): string {
  const words = parts.map(({ food, grams }) => {
    const name = foodName(food, language);
    if (!weighed) return name;
    return language === 'ja' ? `${name}${grams}g` : `${grams} g ${name}`;
  });
  if (language === 'ja') return words.join('、');
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
