/**
 * Numbers as people write amounts: fractions, decimal commas, full width, kanji, words. A file of its own because a
 * number is read alike whatever is counted.
 */

const KANJI_DIGITS = '〇一二三四五六七八九';

/** Vulgar fractions, before NFKC glues "1½" into "11⁄2". */
const VULGAR = /[\u00bc-\u00be\u2150-\u215e\u2189]/g;

/** NFKC, but a vulgar fraction stays apart from the digit before it; trimmed, single spaces. */
export function plainAmountText(text: string): string {
  return text
    .replace(VULGAR, (sign) => ` ${sign.normalize('NFKC')}`)
    .normalize('NFKC')
    .replace(/\u2044/g, '/')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A kanji numeral from 〇 to 九十九, or undefined. */
export function kanjiNumber(text: string): number | undefined {
  const match = /^(?:([一二三四五六七八九])?(十))?([〇一二三四五六七八九])?$/.exec(text);
  if (!match || text === '') return undefined;
  const [, tens, ten, ones] = match;
  if (ten && ones === '〇') return undefined;
  return (ten ? (tens ? KANJI_DIGITS.indexOf(tens) : 1) * 10 : 0) + (ones ? KANJI_DIGITS.indexOf(ones) : 0);
}

/**
 * A number in figures: "1,000.5" (commas by threes group), "1,5" (any other comma is a decimal comma), "1/2",
 * "1 1/2", "1と1/2". "0,125" is a decimal: no group begins with 0. Undefined for anything else, and for a division by 0.
 */
export function figureNumber(text: string): number | undefined {
  const fraction = /^(?:(\d+)[ と])?(\d+) ?\/ ?(\d+)$/.exec(text);
  if (fraction) {
    const [, whole, above, below] = fraction;
    return Number(below) === 0 ? undefined : Number(whole ?? 0) + Number(above) / Number(below);
  }
  if (/^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return Number(text.replaceAll(',', ''));
  if (/^(?:\d+(?:[.,]\d+)?|[.,]\d+)$/.test(text)) return Number(text.replace(',', '.'));
  return undefined;
}

/** Amounts in words; the longest is tried first. */
export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map([
  ['a', 1],
  ['an', 1],
  ['one', 1],
  ['two', 2],
  ['three', 3],
  ['four', 4],
  ['five', 5],
  ['six', 6],
  ['seven', 7],
  ['eight', 8],
  ['nine', 9],
  ['ten', 10],
  ['eleven', 11],
  ['twelve', 12],
  ['a dozen', 12],
  ['dozen', 12],
  ['half a dozen', 6],
  ['a couple', 2],
  ['couple', 2],
  ['half', 0.5],
  ['a half', 0.5],
  ['one half', 0.5],
  ['half a', 0.5],
  ['half an', 0.5],
  ['one and a half', 1.5],
  ['two and a half', 2.5],
  ['quarter', 0.25],
  ['a quarter', 0.25],
  ['one quarter', 0.25],
  ['three quarters', 0.75],
  ['third', 1 / 3],
  ['a third', 1 / 3],
  ['one third', 1 / 3],
  ['two thirds', 2 / 3],
]);

/** Japanese counting words that hold their own つ. */
export const TSU_WORDS: ReadonlyMap<string, number> = new Map([
  ['ひとつ', 1],
  ['ふたつ', 2],
  ['みっつ', 3],
  ['よっつ', 4],
  ['いつつ', 5],
  ['むっつ', 6],
  ['ななつ', 7],
  ['やっつ', 8],
  ['ここのつ', 9],
]);
