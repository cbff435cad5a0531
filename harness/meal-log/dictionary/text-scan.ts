/**
 * Finds the foods a free-text message names. Japanese has no spaces, so names are sought at every place; a file of
 * its own because what is *not* a food (フライパン, 朝ごはん, 居酒屋) is a subject apart from the table of foods.
 */
import type { Food } from './food.ts';
import { foldCharacter, normaliseName } from './names.ts';

/** A food named in a text; offsets count UTF-16 units of the text's NFKC form, `end` exclusive. */
export interface FoundFood {
  readonly food: Food;
  readonly start: number;
  readonly end: number;
}

/**
 * Words that hold a food's name and name no food: a pan, a tavern, a weekday, a whole meal by its time of day, and
 * なし, which far more often says "none" (「朝食なし」) than "pear" (梨 is found). They are read over like any name.
 */
const NOT_FOODS: readonly string[] = [
  'フライパン',
  'なし',
  'いかが',
  '居酒屋',
  '酒屋',
  '茶碗',
  'お茶碗',
  '茶色',
  '喫茶',
  '喫茶店',
  '茶の間',
  '水曜',
  '水曜日',
  '水筒',
  '水分',
  '塩分',
  '糖分',
  '油断',
  '米国',
  '肉体',
  '筋肉',
  '豆知識',
  '牛丼屋',
  'そば屋',
  '蕎麦屋',
  'うどん屋',
  'ラーメン屋',
  'カレー屋',
  '寿司屋',
  '魚屋',
  '肉屋',
  'パン屋',
  '定食屋',
  ...['朝', '昼', '夕', '晩', '夜', 'お昼'].flatMap((time) => [
    `${time}ごはん`,
    `${time}ご飯`,
    `${time}御飯`,
    `${time}飯`,
    `${time}めし`,
  ]),
  'date night',
  'turkey trot',
  'coffee shop',
  'coffee break',
  'tea time',
];

/** Letters of Latin words and digits; an NFKC text has no other forms of them that names are written in. */
const LATIN = /[a-z0-9\u00c0-\u024f]/i;
const HIRAGANA = /[\u3041-\u309f]/;
const KATAKANA = /[\u30a1-\u30ff]/;
const KANA_ONLY = /^[\u30a1-\u30ff]+$/;
/** After these a short hiragana word may begin; before them it may end. */
const PARTICLES = 'とやはをのもが';

/** A message folded as names are, each folded unit knowing where in the NFKC text it came from. */
interface FoldedText {
  readonly text: string;
  readonly folded: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

function foldText(raw: string): FoldedText {
  const text = raw.normalize('NFKC');
  const starts: number[] = [];
  const ends: number[] = [];
  let folded = '';
  let at = 0;
  for (const character of text) {
    // A new line parts two things eaten; any other space may stand inside a name.
    const piece = character === '\n' ? '\n' : foldCharacter(character);
    for (let i = 0; i < piece.length; i++) {
      starts.push(at);
      ends.push(at + character.length);
    }
    folded += piece;
    at += character.length;
  }
  return { text, folded, starts, ends };
}

/**
 * Whether a name that begins where a word may begin may stand at start–end of the text. Latin names end with a word. Kana names of one or two
 * letters need them too, as far as Japanese has any: イカ is not in イカリ, nor たい in 食べたい.
 */
function standsAlone(text: string, start: number, end: number, name: string): boolean {
  const before = text.charAt(start - 1);
  const after = text.charAt(end);
  if (LATIN.test(text.charAt(end - 1)) && LATIN.test(after)) return false;
  if (name.length > 2 || !KANA_ONLY.test(name)) return true;
  const script = HIRAGANA.test(text.charAt(start)) ? HIRAGANA : KATAKANA;
  const parts = (beside: string): boolean => !script.test(beside) || PARTICLES.includes(beside);
  return parts(before) && parts(after);
}

/**
 * Builds the scan over an index of normalised names: at each place the longest name that may stand there wins, and
 * the scan goes on behind it. Work per place is bounded by the number of lengths that names with that first letter have.
 */
export function textScan(byName: ReadonlyMap<string, Food>): (text: string) => FoundFood[] {
  const notFoods = new Set(NOT_FOODS.map(normaliseName));
  let lengthsByFirst: Map<string, number[]> | undefined;

  return (raw) => {
    lengthsByFirst ??= nameLengths([...byName.keys(), ...notFoods]);
    const { text, folded, starts, ends } = foldText(raw);
    const found: FoundFood[] = [];
    let at = 0;
    while (at < folded.length) {
      const start = starts[at] as number;
      let next = at + 1;
      if (LATIN.test(text.charAt(start)) && LATIN.test(text.charAt(start - 1))) {
        at = next;
        continue;
      }
      for (const length of lengthsByFirst.get(folded.charAt(at)) ?? []) {
        if (at + length > folded.length) continue;
        const name = folded.slice(at, at + length);
        const blank = notFoods.has(name);
        const food = blank ? undefined : byName.get(name);
        if (!blank && !food) continue;
        const end = ends[at + length - 1] as number;
        if (!standsAlone(text, start, end, blank ? '' : name)) continue;
        if (food) found.push({ food, start, end });
        next = at + length;
        break;
      }
      at = next;
    }
    return found;
  };
}

/** By first letter, the lengths that names have, longest first. */
function nameLengths(names: readonly string[]): Map<string, number[]> {
  const sets = new Map<string, Set<number>>();
  for (const name of names) {
    const first = name.charAt(0);
    const lengths = sets.get(first);
    if (lengths) lengths.add(name.length);
    else sets.set(first, new Set([name.length]));
  }
  return new Map([...sets].map(([first, lengths]) => [first, [...lengths].sort((a, b) => b - a)]));
}
