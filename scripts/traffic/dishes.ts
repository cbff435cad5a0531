/**
 * What the simulated people eat: dishes of real foods, each with its usual weights. The foods are looked up in the
 * service's dictionary when the file loads, so a dish whose food the dictionary no longer knows stops at once.
 */
import { type Food, lookUp } from '../../harness/meal-log/dictionary/dictionary.ts';
import type { Slot } from '../../harness/meal-log/v2/draft.ts';
import type { Language } from './people.ts';

export interface Part {
  readonly food: Food;
  readonly grams: number;
}

export interface Dish {
  readonly name: Readonly<Record<Language, string>>;
  readonly slots: readonly Slot[];
  /** Which of the two languages' people eat it. */
  readonly eaters: 'ja' | 'en' | 'both';
  readonly parts: readonly Part[];
}

function dish(
  ja: string,
  en: string,
  slots: string,
  eaters: Dish['eaters'],
  ...parts: readonly (readonly [name: string, grams: number])[]
): Dish {
  return {
    name: { ja, en },
    slots: slots.split(' ') as Slot[],
    eaters,
    parts: parts.map(([name, grams]) => ({ food: foodNamed(name), grams })),
  };
}

/** The dictionary's food of this name; throws when there is none. */
export function foodNamed(name: string): Food {
  const food = lookUp(name);
  if (!food) throw new Error(`the dictionary has no food named ${name}`);
  return food;
}

export const DISHES: readonly Dish[] = [
  dish('納豆ご飯の朝食', 'natto rice', 'breakfast', 'ja', ['ご飯', 150], ['納豆', 40], ['豚汁', 180]),
  dish('卵かけご飯', 'rice with raw egg', 'breakfast', 'ja', ['ご飯', 160], ['卵', 50], ['豚汁', 180]),
  dish(
    '焼き鮭定食',
    'grilled salmon set',
    'breakfast lunch dinner',
    'both',
    ['ご飯', 180],
    ['鮭', 80],
    ['豚汁', 180],
    ['ほうれん草', 60],
  ),
  dish('トーストと卵', 'toast and egg', 'breakfast', 'both', ['食パン', 60], ['バター', 8], ['卵', 50]),
  dish(
    'ヨーグルトとバナナ',
    'yogurt with banana',
    'breakfast snack',
    'both',
    ['ヨーグルト', 150],
    ['バナナ', 100],
  ),
  dish(
    'オートミール',
    'oatmeal with milk and blueberries',
    'breakfast',
    'en',
    ['オートミール', 40],
    ['牛乳', 200],
    ['ブルーベリー', 50],
  ),
  dish('コーンフレーク', 'cornflakes with milk', 'breakfast', 'both', ['コーンフレーク', 40], ['牛乳', 200]),
  dish(
    'ハムチーズトースト',
    'ham and cheese toast',
    'breakfast',
    'both',
    ['食パン', 60],
    ['ハム', 20],
    ['チーズ', 20],
  ),
  dish('ざるそば', 'cold soba', 'lunch', 'both', ['そば', 200], ['ねぎ', 10]),
  dish('きつねうどん', 'udon with fried tofu', 'lunch', 'ja', ['うどん', 250], ['油揚げ', 30], ['ねぎ', 10]),
  dish(
    '親子丼',
    'chicken and egg bowl',
    'lunch dinner',
    'both',
    ['ご飯', 220],
    ['鶏もも肉', 80],
    ['卵', 60],
    ['玉ねぎ', 50],
  ),
  dish(
    'サラダチキンとご飯',
    'chicken breast with rice',
    'lunch dinner',
    'both',
    ['鶏むね肉', 110],
    ['ご飯', 150],
    ['ブロッコリー', 80],
  ),
  dish('ツナサンド', 'tuna sandwich', 'lunch', 'both', ['食パン', 90], ['ツナ', 60], ['レタス', 20]),
  dish(
    'スパゲッティ',
    'spaghetti with tomato',
    'lunch dinner',
    'both',
    ['スパゲッティ', 220],
    ['トマト', 100],
    ['オリーブ油', 8],
  ),
  dish(
    'サラダ',
    'green salad with cheese',
    'lunch',
    'en',
    ['レタス', 80],
    ['トマト', 80],
    ['チーズ', 25],
    ['オリーブ油', 8],
  ),
  dish(
    '焼肉',
    'grilled beef with rice',
    'dinner',
    'both',
    ['牛もも肉', 120],
    ['ご飯', 180],
    ['キャベツ', 60],
  ),
  dish(
    '豚の生姜焼き',
    'ginger pork',
    'dinner',
    'both',
    ['豚ロース', 110],
    ['ご飯', 180],
    ['キャベツ', 80],
    ['豚汁', 180],
  ),
  dish('湯豆腐', 'simmered tofu', 'dinner', 'ja', ['豆腐', 200], ['ご飯', 150], ['白菜', 100], ['ねぎ', 20]),
  dish(
    'さばの塩焼き',
    'grilled mackerel',
    'dinner',
    'both',
    ['さば', 90],
    ['ご飯', 160],
    ['大根', 60],
    ['豚汁', 180],
  ),
  dish(
    '肉じゃが',
    'beef and potato stew',
    'dinner',
    'both',
    ['じゃがいも', 120],
    ['牛もも肉', 60],
    ['玉ねぎ', 60],
    ['にんじん', 40],
    ['ご飯', 150],
  ),
  dish(
    'ベイクドポテト',
    'baked potato with salmon',
    'dinner',
    'en',
    ['じゃがいも', 200],
    ['鮭', 100],
    ['ブロッコリー', 80],
    ['バター', 10],
  ),
  dish('りんご', 'an apple', 'snack other', 'both', ['りんご', 180]),
  dish('みかん', 'mandarins', 'snack', 'both', ['みかん', 150]),
  dish('アーモンド', 'almonds', 'snack other', 'both', ['アーモンド', 20]),
  dish('チョコレート', 'milk chocolate', 'snack other', 'both', ['チョコレート', 20]),
  dish('せんべい', 'rice crackers', 'snack other', 'ja', ['せんべい', 30]),
  dish('カフェオレ', 'coffee with milk', 'snack breakfast', 'both', ['コーヒー', 150], ['牛乳', 100]),
  dish('コーヒー', 'black coffee', 'snack', 'both', ['コーヒー', 200]),
  dish('ヨーグルト', 'plain yogurt', 'snack', 'both', ['ヨーグルト', 120]),
  dish('牛乳', 'a glass of milk', 'other', 'both', ['牛乳', 200]),
  dish('バナナ', 'a banana', 'other snack', 'both', ['バナナ', 100]),
];

/** The dishes that suit a slot and a language. */
export function dishesFor(slot: Slot, language: Language): readonly Dish[] {
  return DISHES.filter(
    (candidate) =>
      candidate.slots.includes(slot) && (candidate.eaters === 'both' || candidate.eaters === language),
  );
}
