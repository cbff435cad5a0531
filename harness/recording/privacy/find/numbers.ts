/**
 * Finds phone numbers, cards and other long numbers, however their digits are grouped: `090-1234-5678`,
 * `0 9 0 1 2 …`, `(03)1234 5678`, 〇九〇ー…. It looks at rows of digit groups and asks of each stretch of groups what it
 * can be, because a text holds amounts, dates and prices that also are digits with something between.
 */
import { DATES_AND_TIMES } from './dates.ts';
import { disjoint, type Found } from './found.ts';
import { type Judged, judge } from './number-judge.ts';
import { rowsOf, type Stretch, stretchesOf } from './number-rows.ts';
import { isBarcode, phoneValue } from './number-shapes.ts';

/** Figures whose digits are part of no other number: decimals and thousands. */
const FIGURES = /(?<![\d.])(?:0|[1-9]\d{0,8})\.\d+(?!\d|\.\d)|(?<![\d,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)/g;

/** International standard book numbers, which are written with hyphens as well. */
const BOOK = /(?<!\d)97[89](?:-?\d){10}(?!\d)/g;

const KANJI_DIGITS = '〇一二三四五六七八九';
const KANJI_NUMBER = /[〇零一二三四五六七八九](?:[\s\-ー.()/・の]{0,3}[〇零一二三四五六七八九]){7,}/g;

/** A number with letters in it that look like digits: O9O-1234-5678. */
const LOOKALIKE = /(?<![a-z\d])[\doil]{2,5}[-ー.][\doil]{2,4}[-ー.][\doil]{4}(?![a-z\d])/gi;

/** Phone numbers, cards, citizen's numbers and other long numbers. */
export function findNumbers(folded: string): readonly Found[] {
  const text = folded.replace(KANJI_NUMBER, inDigits).replace(LOOKALIKE, asDigits);
  if (!/\d(?:\D*\d){6}/.test(text)) return [];
  const blanked = text
    .replace(DATES_AND_TIMES, blank)
    .replace(FIGURES, blank)
    .replace(BOOK, (number) => (isBarcode(number.replace(/\D/g, '')) ? blank(number) : number));
  const readings: (Judged & { readonly stretch: Stretch })[] = [];
  for (const row of rowsOf(blanked)) {
    for (const stretch of stretchesOf(row, blanked)) {
      const judged = judge(stretch);
      if (judged !== null) readings.push({ ...judged, stretch });
    }
  }
  return choose(readings, blanked);
}

/** Nothing goes on across what has been blanked. */
function blank(figure: string): string {
  return '\u0001'.repeat(figure.length);
}

function inDigits(number: string): string {
  return number.replace(/[〇零一二三四五六七八九]/g, (digit) =>
    String(digit === '零' ? 0 : KANJI_DIGITS.indexOf(digit)),
  );
}

function asDigits(number: string): string {
  if ((number.match(/\d/g)?.length ?? 0) < 6) return number;
  return number.replace(/o/gi, '0').replace(/[il]/gi, '1');
}

/** The best reading of each digit: by weight, then the longer, then the earlier. */
function choose(readings: (Judged & { readonly stretch: Stretch })[], text: string): readonly Found[] {
  readings.sort(
    (a, b) =>
      b.weight - a.weight ||
      b.stretch.digits.length - a.stretch.digits.length ||
      a.stretch.start - b.stretch.start,
  );
  const found = readings.map(({ kind, stretch: { digits, start, end } }): Found => {
    const opening = /\(?\+?\s?\(?$/.exec(text.slice(Math.max(0, start - 4), start))?.[0].trimStart() ?? '';
    const value = kind === 'phone' ? phoneValue(digits) : digits;
    return { kind, start: start - opening.length, end, value };
  });
  return disjoint(found, text.length);
}
