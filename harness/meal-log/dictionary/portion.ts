/**
 * Words about the size of a portion, and the factor each asks for. A file of its own because the words are data that a
 * nutritionist reviews, and because ミニトマト, half-and-half and オメガ3 must not shrink or swell a meal.
 */
import { katakana } from './names.ts';

/** English words, sought on word boundaries with any spaces or hyphens between them. */
export const ENGLISH_PORTIONS: readonly (readonly [string, number])[] = [
  ['mega', 4],
  ['triple', 3],
  ['extra large', 2],
  ['xl', 2],
  ['jumbo', 2],
  ['huge', 2],
  ['supersize', 2],
  ['supersized', 2],
  ['double', 2],
  ['large', 1.5],
  ['big', 1.5],
  ['small', 0.7],
  ['mini', 0.7],
  ['half', 0.5],
  ['quarter', 0.25],
  ['few bites', 0.15],
  ['couple of bites', 0.1],
  ['a bite', 0.05],
  ['one bite', 0.05],
  ['a sip', 0.05],
  ['one sip', 0.05],
];

/** Japanese words; hiragana and katakana are one. */
export const JAPANESE_PORTIONS: readonly (readonly [string, number])[] = [
  ['メガ盛り', 4],
  ['メガ盛', 4],
  ['メガサイズ', 4],
  ['メガ', 4],
  ['トリプル', 3],
  ['特盛り', 2],
  ['特盛', 2],
  ['特大', 2],
  ['ジャンボ', 2],
  ['ダブル', 2],
  ['2倍', 2],
  ['二倍', 2],
  ['大盛り', 1.5],
  ['大盛', 1.5],
  ['大もり', 1.5],
  ['おおもり', 1.5],
  ['山盛り', 1.5],
  ['大きめ', 1.5],
  ['大ライス', 1.5],
  ['Lサイズ', 1.5],
  ['中盛り', 1.2],
  ['中盛', 1.2],
  ['多め', 1.2],
  ['並盛り', 1],
  ['並盛', 1],
  ['普通盛り', 1],
  ['普通盛', 1],
  ['Mサイズ', 1],
  ['小盛り', 0.7],
  ['小盛', 0.7],
  ['少なめ', 0.7],
  ['少な目', 0.7],
  ['小さめ', 0.7],
  ['小ライス', 0.7],
  ['軽め', 0.7],
  ['Sサイズ', 0.7],
  ['ミニ', 0.7],
  ['半分', 0.5],
  ['半人前', 0.5],
  ['半ライス', 0.5],
  ['ハーフ', 0.5],
  ['3分の1', 1 / 3],
  ['三分の一', 1 / 3],
  ['4分の1', 0.25],
  ['四分の一', 0.25],
  ['一口', 0.05],
  ['ひと口', 0.05],
  ['ひとくち', 0.05],
];

/** Phrases that hold such a word and say nothing of the portion. They are read over, being longer. */
const NOT_PORTIONS_ENGLISH: readonly string[] = [
  'half and half',
  'half & half',
  'half n half',
  'half past',
  'half hour',
  'half an hour',
  'quarter past',
  'quarter to',
  'quarter hour',
  'quarter pounder',
  'double cream',
  'double cheeseburger',
  'double hamburger',
  'double burger',
  'double check',
  'double checked',
  'big mac',
  'big day',
  'small talk',
  'large intestine',
];

const NOT_PORTIONS_JAPANESE: readonly string[] = [
  'ミニトマト',
  'ミニストップ',
  'ミニマム',
  'ミニマル',
  'ミニッツ',
  'アルミニウム',
  'フェミニン',
  'ハーフ&ハーフ',
  'ハーフアンドハーフ',
  'ハーフマラソン',
  'ダブルクリーム',
  'ダブルチーズバーガー',
  'ダブルバーガー',
  'マヨネーズハーフ',
  'マヨハーフ',
  'カロリーハーフ',
  'メガネ',
  'オメガ',
  '一口大',
  '一口カツ',
  'ひと口カツ',
  'ひとくちカツ',
  '一口サイズ',
  'ビッグマック',
];

const factors = new Map<string, number>();
for (const [phrase, factor] of [...ENGLISH_PORTIONS, ...JAPANESE_PORTIONS])
  factors.set(katakana(phrase.toLowerCase()), factor);

/** Longest phrase first, since an alternation takes the first that fits. */
function alternatives(phrases: readonly string[]): string {
  return [...phrases].sort((a, b) => b.length - a.length).join('|');
}

const english = alternatives([...ENGLISH_PORTIONS.map(([phrase]) => phrase), ...NOT_PORTIONS_ENGLISH]);
const japanese = alternatives(
  [...JAPANESE_PORTIONS.map(([phrase]) => phrase), ...NOT_PORTIONS_JAPANESE].map((phrase) =>
    katakana(phrase.toLowerCase()),
  ),
);
/** What may not stand beside an English phrase: it would be part of a longer word. */
const IN_WORD = "[a-z0-9\\u00df-\\u024f']";
const PHRASE = new RegExp(
  `(?:${japanese})|(?<!${IN_WORD})(?:${english.replaceAll(' ', '[\\s_-]+')})(?!${IN_WORD})`,
  'g',
);

/** One cheap look before the folding: every phrase holds one of these. */
const ANY =
  /mega|triple|large|xl|jumbo|huge|supersize|double|big|small|mini|half|quarter|bite|sip|[盛倍大小多少軽半分口特]|メガ|めが|トリ|とり|ジャ|じゃ|ダブ|だぶ|おお|オオ|サイズ|さいず|ミニ|みに|ハー|はー|くち|クチ|[\uff00-\uffef]/i;

/**
 * The factor by which words scale a portion, or undefined when none does. Where several stand in one text the first
 * counts; where several begin at one place the longest does ("extra large" before "large").
 */
export function portionFactor(text: string): number | undefined {
  if (!ANY.test(text)) return undefined;
  const plain = katakana(text.normalize('NFKC').toLowerCase());
  PHRASE.lastIndex = 0;
  for (let match = PHRASE.exec(plain); match !== null; match = PHRASE.exec(plain)) {
    const factor = factors.get(match[0].replace(/[\s_-]+/g, ' '));
    if (factor !== undefined) return factor;
  }
  return undefined;
}
