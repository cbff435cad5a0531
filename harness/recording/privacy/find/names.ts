/**
 * Finds names, those of a given list only: no rule tells a person's name from a dish, a town or a brand. What this
 * file knows is the forms a listed name takes: with a title, in either order, in any width, case and spacing.
 */
import { foldText } from '../folded-text.ts';
import { type Finder, findAll } from './found.ts';

const HONORIFIC =
  '(?:\\s?(?:さん|サン|さま|サマ|様|殿|氏|君|くん|クン|ちゃん(?!ぽん)|チャン(?!ポン)|先生|せんせい|-?(?:san|sama|kun|chan|sensei|senpai)(?![a-z])))';
const TITLE = '(?:(?<![a-z])(?:mr|mrs|ms|miss|mx|dr|prof)\\.?\\s)';
const JAPANESE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const KANA = /^[\p{sc=Hiragana}\p{sc=Katakana}ー]+$/u;

/**
 * A finder for these names, or null when there are none. A name of several words is found whole in both orders;
 * each of its words by itself only beside a title. A Japanese name of one character, or of two in kana, needs a title
 * or must stand alone: 林 is also in 林檎.
 */
export function nameFinder(names: readonly string[]): Finder | null {
  const shapes = new Set<string>();
  for (const name of names) for (const shape of shapesOf(name)) shapes.add(shape);
  if (shapes.size === 0) return null;
  const longestFirst = [...shapes].sort((a, b) => b.length - a.length);
  const expression = new RegExp(longestFirst.join('|'), 'giu');
  return (text) => findAll(text, expression, 'name');
}

function shapesOf(name: string): string[] {
  const folded = foldText(name).text.trim();
  const words = folded.split(JAPANESE.test(folded) ? /[\s=-]+/ : /\s+/).filter((word) => word !== '');
  if (words.length === 0) return [];
  const whole =
    words.length === 1 ? oneWord(words[0]!) : orders(words).map((order) => bounded(order, spelled(order)));
  const parts = words.length === 1 ? [] : words.flatMap(titled);
  return [...whole, ...parts];
}

/** As given and, for two words or more, with the family's name at the other end. */
function orders(words: readonly string[]): (readonly string[])[] {
  return [words, [...words.slice(1), words[0]!], [words.at(-1)!, ...words.slice(0, -1)]];
}

function spelled(words: readonly string[]): string {
  const between = words.some((word) => JAPANESE.test(word)) ? '[\\s\\-=.]{0,3}' : '[\\s.,_\\-]{0,3}';
  return words.map(loose).join(between);
}

/** The word with its characters as they are; between Japanese ones a space may stand. */
function loose(word: string): string {
  const characters = [...word].map((character) => character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return characters.join(JAPANESE.test(word) ? '\\s?' : '');
}

function oneWord(word: string): string[] {
  const short =
    JAPANESE.test(word) && ([...word].length === 1 || ([...word].length === 2 && KANA.test(word)));
  if (!short) return [bounded([word], loose(word))];
  return [...titled(word), `(?<!\\p{L})${loose(word)}(?!\\p{L})`];
}

/** A Latin name begins and ends with a word; a Japanese one takes its title along. */
function bounded(words: readonly string[], shape: string): string {
  const before = JAPANESE.test(words[0]!) ? '' : `${TITLE}?(?<![\\p{sc=Latin}])`;
  const after = JAPANESE.test(words.at(-1)!) ? '' : "(?:'s)?(?![\\p{sc=Latin}])";
  return `${before}${shape}(?:${HONORIFIC})?${after}`;
}

function titled(word: string): string[] {
  if (JAPANESE.test(word)) return [`${loose(word)}${HONORIFIC}`];
  if (word.length < 2) return [];
  return [`${TITLE}${loose(word)}(?![\\p{sc=Latin}])`, `(?<![\\p{sc=Latin}])${loose(word)}${HONORIFIC}`];
}
