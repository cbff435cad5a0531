/**
 * Units of amounts and what they weigh: masses, volumes, household measures and Japanese counters. The table stands
 * alone so that a reviewer sees every assumed weight at once; `quantity.ts` does the arithmetic. Assumed weights are this
 * project's, usual portions in round figures; a food that states its own never needs them.
 */
import type { Food } from './food.ts';
import { remembered } from './remembered.ts';

/** The weights an entry of the dictionary may state of itself. */
export type OwnWeight = 'piece_g' | 'slice_g' | 'bowl_g' | 'cup_g' | 'serving_g';

/**
 * A unit. `per` is grams of one mass unit, ml of one volume or vessel, or the grams assumed of one piece of an unknown
 * food. `own` lists the food's own weights that stand for one such unit, best first, each times `scale`.
 */
export interface Unit {
  readonly name: string;
  readonly measure: 'mass' | 'volume' | 'vessel' | 'count';
  readonly per: number;
  readonly own: readonly (keyof Food & OwnWeight)[];
  readonly scale: number;
}

/** ml of the cup that `cup_g` fills; nutrition labels of the United States use the same (21 CFR 101.9). */
export const CUP_ML = 240;
const JAPANESE_CUP_ML = 200;

/** Every unit by its folded spelling. */
const table = new Map<string, Unit>();

function add(unit: Unit, spellings: readonly string[]): void {
  for (const spelling of spellings) {
    const key = foldUnit(spelling);
    if (table.has(key)) throw new Error(`unit "${spelling}" is listed twice`);
    table.set(key, unit);
  }
}

/** Mass: grams of one. */
function mass(name: string, grams: number, ...spellings: string[]): void {
  add({ name, measure: 'mass', per: grams, own: [], scale: 1 }, [name, ...spellings]);
}

/** Volume: ml of one, weighed by the food's density. */
function volume(name: string, ml: number, ...spellings: string[]): void {
  add({ name, measure: 'volume', per: ml, own: [], scale: 1 }, [name, ...spellings]);
}

/** A vessel: the food's own weight, else an assumed volume in ml. */
function vessel(name: string, ml: number, own: readonly OwnWeight[], ...spellings: string[]): void {
  add({ name, measure: 'vessel', per: ml, own, scale: 1 }, [name, ...spellings]);
}

/** Something counted: the food's own weight, else assumed grams. */
function count(name: string, grams: number, own: readonly OwnWeight[], ...spellings: string[]): void {
  add({ name, measure: 'count', per: grams, own, scale: 1 }, [name, ...spellings]);
}

/** Folds a unit's spelling: NFKC, lower case, no dots, no white space at the ends, single spaces and no hyphens inside. */
export function foldUnit(raw: string): string {
  return raw
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\./g, '')
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

// Mass. Avoirdupois ounce and pound by the international agreement of 1959.
mass('g', 1, 'gram', 'gramme', 'gr', 'gm', 'グラム', '瓦');
mass('kg', 1000, 'kilogram', 'kilogramme', 'kilo', 'キログラム', 'キロ');
mass('mg', 0.001, 'milligram', 'milligramme', 'ミリグラム');
mass('oz', 28.349523125, 'ounce', 'オンス');
mass('lb', 453.59237, 'pound', 'ポンド');

// Volume. United States customary measures (NIST Handbook 44); kitchen spoons are the metric ones; 合 and 升 of Japan.
volume('ml', 1, 'millilitre', 'milliliter', 'cc', 'ミリリットル', 'ミリ');
volume('cl', 10, 'centilitre', 'centiliter');
volume('dl', 100, 'decilitre', 'deciliter', 'デシリットル');
volume('l', 1000, 'litre', 'liter', 'ltr', 'リットル', 'リッター');
volume('fl oz', 29.5735295625, 'fluid oz', 'fluid ounce', 'fl ounce', 'floz', 'oz fl', '液量オンス');
volume('pint', 473.176473, 'pt');
volume('quart', 946.352946, 'qt');
volume('gallon', 3785.411784, 'gal');
volume(
  'tbsp',
  15,
  'tablespoon',
  'table spoon',
  'tablespoonful',
  'tbs',
  'tbl',
  'tb',
  '大さじ',
  '大匙',
  'おおさじ',
);
volume('tsp', 5, 'teaspoon', 'tea spoon', 'teaspoonful', '小さじ', '小匙', 'こさじ');
volume('合', 180, 'go', 'gou', 'gō');
volume('升', 1800);

// Cups hold what a food's own cup weighs where that is known and no density is.
add({ name: 'cup', measure: 'volume', per: CUP_ML, own: ['cup_g'], scale: 1 }, ['cup', 'cupful', 'c']);
add(
  {
    name: 'カップ',
    measure: 'volume',
    per: JAPANESE_CUP_ML,
    own: ['cup_g'],
    scale: JAPANESE_CUP_ML / CUP_ML,
  },
  ['カップ'],
);

// Vessels: the food's own serving (a glass of wine is not a glass of milk), else assumed ml.
vessel('glass', 200, ['serving_g'], 'グラス', 'コップ', 'tumbler');
vessel('mug', 250, [], 'マグ', 'マグカップ', 'ジョッキ小');
vessel('ジョッキ', 500, [], '中ジョッキ');
vessel('can', 350, ['serving_g'], 'tin', '缶', 'カン');
vessel('bottle', 500, [], 'ボトル', '瓶', 'びん', 'ペットボトル');
vessel('杯', 200, ['bowl_g', 'serving_g'], 'はい', 'hai');
vessel('bowl', 250, ['bowl_g', 'serving_g'], 'bowlful', 'ボウル', '丼', 'どんぶり', '椀', 'わん');

// Portions: assumed grams.
count('膳', 150, ['bowl_g', 'serving_g'], '茶碗');
count('plate', 250, ['serving_g', 'bowl_g'], 'plateful', 'dish', '皿', 'さら', 'プレート');
count(
  'serving',
  100,
  ['serving_g', 'bowl_g', 'piece_g'],
  'portion',
  'srv',
  '人前',
  '人分',
  '食',
  '食分',
  '盛り',
  '盛',
);
count('handful', 30, [], '握り', 'つかみ');
count('bar', 40, ['piece_g', 'serving_g'], 'バー');
count(
  'packet',
  30,
  ['serving_g', 'piece_g'],
  'pack',
  'package',
  'pkg',
  'pckg',
  'pkt',
  'sachet',
  'pouch',
  'bag',
  '袋',
  '包',
  '包み',
);
count('パック', 50, ['serving_g', 'piece_g'], 'carton', 'tub', '箱', 'box');
count('scoop', 30, ['serving_g'], 'スクープ');
count('bite', 15, [], 'mouthful', '口');
count('pinch', 0.5, [], 'dash', 'つまみ');
count('pat', 5, [], 'knob');

// Pieces.
count('', 100, ['piece_g', 'serving_g']);
count(
  'piece',
  50,
  ['piece_g'],
  'pc',
  'pce',
  'item',
  'each',
  'ea',
  'unit',
  'whole',
  '個',
  'こ',
  'コ',
  'ケ',
  'ヶ',
  '箇',
  'つ',
  '点',
  'ピース',
  'ko',
);
count('slice', 30, ['slice_g', 'piece_g'], '枚', 'スライス', 'mai', 'rasher');
count('切れ', 60, ['slice_g', 'piece_g'], '切', 'きれ', '切り', 'fillet', 'filet');
count('本', 100, ['piece_g', 'serving_g'], 'ほん', 'hon', 'stick', 'スティック');
count('丁', 300, ['piece_g']);
count('玉', 200, ['piece_g', 'serving_g'], 'head');
count('匹', 80, ['piece_g'], '尾', '杯分');
count('羽', 1000, ['piece_g']);
count('粒', 5, ['piece_g'], 'つぶ', 'grain');
count('貫', 30, ['piece_g'], 'かん');
count('串', 40, ['piece_g'], 'skewer');
count('房', 150, [], 'bunch', '株');
count('片', 6, [], 'かけ', '欠片', 'clove');
count('束', 100, ['serving_g'], '把', '束分');
count('stalk', 40, ['piece_g'], 'rib');
count('strip', 10, ['slice_g', 'piece_g']);
count('wedge', 30, ['slice_g']);
count('cracker', 4, ['piece_g']);
count('cookie', 12, ['piece_g'], 'biscuit');
count('egg', 50, ['piece_g']);
count('muffin', 60, ['piece_g']);
count('omelet', 120, ['piece_g', 'serving_g'], 'omelette');
count('patty', 85, ['piece_g'], 'patties');
count('link', 45, ['piece_g']);

// Sizes as units: "2 small" of a fruit or an egg. The factors are this project's: fruit graded small weighs about a fifth
// less than medium, large about a quarter more.
count('medium', 100, ['piece_g', 'serving_g'], 'med', 'regular', 'average', '中');
add({ name: 'small', measure: 'count', per: 80, own: ['piece_g', 'serving_g'], scale: 0.8 }, [
  'small',
  'sm',
  '小',
]);
add({ name: 'large', measure: 'count', per: 125, own: ['piece_g', 'serving_g'], scale: 1.25 }, [
  'large',
  'lg',
  'lge',
  'big',
  '大',
]);

/** Cooks tell a table spoon from a tea spoon by the case of one letter, the one place where case says something. */
const CASED: ReadonlyMap<string, string> = new Map([
  ['T', 'tbsp'],
  ['t', 'tsp'],
]);

/**
 * The unit of a spelling, plural or singular, in any width and case, dots or none; undefined when nobody knows it.
 */
export const unitOf: (raw: string) => Unit | undefined = remembered((raw) => {
  const cased = CASED.get(raw.trim().replace(/\.$/, ''));
  if (cased) return table.get(cased);
  const spelling = foldUnit(raw);
  const plain = table.get(spelling);
  if (plain) return plain;
  // A plural ends in a Latin letter; one letter alone ("gs") is a symbol, and symbols have no plural.
  if (spelling.length < 3 || !/[a-z]s$/.test(spelling)) return undefined;
  const singular = table.get(spelling.slice(0, -1));
  return singular ?? (spelling.endsWith('es') ? table.get(spelling.slice(0, -2)) : undefined);
});

/** Every spelling the table knows, folded. */
export function unitSpellings(): readonly string[] {
  return [...table.keys()];
}
