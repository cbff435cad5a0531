/**
 * Finds phone numbers, cards and other long numbers, however their digits are grouped: `090-1234-5678`,
 * `0 9 0 1 2 …`, `(03)1234 5678`, 〇九〇ー…. It looks at rows of digit groups and asks of each stretch of groups what it
 * can be, because a text holds amounts, dates and prices that also are digits with something between.
 */
import { DATES_AND_TIMES } from './dates.ts';
import type { Found } from './found.ts';
import {
  isBarcode,
  isCard,
  isCounting,
  isMoment,
  isMyNumber,
  longestWithCountry,
  phoneValue,
} from './number-shapes.ts';

/** A group of digits without anything between. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** What stands between this group and the one before in its row. */
  readonly gap: Gap;
}

type Gap = 'none' | 'space' | 'hyphen' | 'bracket' | 'dot' | 'comma' | 'line' | 'other';

/** A stretch of groups. */
interface Stretch {
  readonly groups: readonly Group[];
  readonly digits: string;
  readonly lengths: readonly number[];
  readonly gaps: readonly Gap[];
  /** A plus sign stands before it. */
  readonly plus: boolean;
  readonly before: string;
  readonly after: string;
}

interface Judged {
  readonly kind: Found['kind'];
  /** Which of two overlapping readings wins. */
  readonly weight: number;
}

const GAP = /^[\s\-ー.()/_,·~*|+の]{1,4}$/;
/** Groups looked at together at most: nineteen digits one by one. */
const MOST_GROUPS = 19;
const MOST_DIGITS = 19;

/** Figures whose digits are part of no other number: decimals, thousands, dates, times. */
const FIGURES = /(?<![\d.])(?:0|[1-9]\d{0,8})\.\d+(?!\d|\.\d)|(?<![\d,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)/g;

const KANJI_DIGITS = '〇一二三四五六七八九';
const KANJI_NUMBER = /[〇零一二三四五六七八九](?:[\s\-ー.()/の]{0,3}[〇零一二三四五六七八九]){7,}/g;

/** Behind three numbers with spaces between, these make a list of amounts of them. */
const UNIT = /^\s?(?:(?:k?cal|kj|g|kg|mg|ml|yen|steps)(?![a-z])|[円歩]|カロリー|キロカロリー|グラム|ミリ)/i;
const ANNOUNCED =
  /(?:(?<![a-z])(?:tel|telephone|phone|ph|call|cell|mobile|fax|whatsapp|contact|id|ssn|passport|account|acct|member(?:ship)?)(?![a-z])|電話|携帯|けいたい|ケータイ|連絡先|番号|口座|会員|保険証|免許証|☎|☏|📞|📱)[^\d\n]{0,10}$/iu;

/** Phone numbers, cards, citizen's numbers and other long numbers. */
export function findNumbers(folded: string): Found[] {
  const text = withKanjiDigits(folded);
  if ((text.match(/\d/g)?.length ?? 0) < 7) return [];
  const blanked = text
    .replace(DATES_AND_TIMES, (figure) => '\u0001'.repeat(figure.length))
    .replace(FIGURES, (figure) => '\u0001'.repeat(figure.length));
  const candidates: (Judged & { readonly stretch: Stretch })[] = [];
  for (const row of rowsOf(blanked)) {
    for (const stretch of stretchesOf(row, blanked)) {
      const judged = judge(stretch);
      if (judged !== null) candidates.push({ ...judged, stretch });
    }
  }
  return choose(candidates, blanked);
}

function withKanjiDigits(text: string): string {
  return text.replace(KANJI_NUMBER, (number) =>
    number.replace(/[〇零一二三四五六七八九]/g, (digit) =>
      String(digit === '零' ? 0 : KANJI_DIGITS.indexOf(digit)),
    ),
  );
}

function rowsOf(text: string): Group[][] {
  const rows: Group[][] = [];
  let row: Group[] = [];
  let end = -1;
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    const between = end < 0 ? '' : text.slice(end, index);
    const joined = end >= 0 && GAP.test(between);
    if (!joined) {
      row = [];
      rows.push(row);
    }
    end = index + digits.length;
    row.push({ start: index, end, digits, gap: joined ? gapOf(between) : 'none' });
  }
  return rows;
}

function gapOf(between: string): Gap {
  if (/[()]/.test(between)) return 'bracket';
  const marks = between.replace(/\s/g, '');
  if (marks === '') return between.includes('\n') ? 'line' : 'space';
  if (/^[-ー]$/.test(marks)) return 'hyphen';
  if (marks === ',') return 'comma';
  return marks === '.' ? 'dot' : 'other';
}

function* stretchesOf(row: readonly Group[], text: string): Generator<Stretch> {
  for (let first = 0; first < row.length; first++) {
    let digits = '';
    const before = text.slice(Math.max(0, row[first]!.start - 24), row[first]!.start);
    const plus = /\+\s?\(?$/.test(before);
    for (let last = first; last < row.length && last - first < MOST_GROUPS; last++) {
      digits += row[last]!.digits;
      if (digits.length > MOST_DIGITS && last > first) break;
      if (digits.length < 7) continue;
      const groups = row.slice(first, last + 1);
      yield {
        groups,
        digits,
        lengths: groups.map(({ digits: own }) => own.length),
        gaps: groups.slice(1).map(({ gap }) => gap),
        plus,
        before,
        after: text.slice(row[last]!.end, row[last]!.end + 12),
      };
    }
  }
}

/** What a stretch of digits is, or null for an amount, a barcode, a list. The order is that of certainty. */
function judge(stretch: Stretch): Judged | null {
  return judgeCard(stretch) ?? judgeCitizen(stretch) ?? judgePhone(stretch) ?? judgeLong(stretch);
}

/** All gaps of one kind; brackets go with hyphens and spaces. */
function isUniform(gaps: readonly Gap[]): boolean {
  return new Set(gaps.filter((gap) => gap !== 'bracket')).size <= 1;
}

/** Gaps as people make them in numbers to be read aloud, freely mixed. */
function isSoft(gaps: readonly Gap[]): boolean {
  return gaps.every((gap) => gap === 'space' || gap === 'hyphen' || gap === 'bracket');
}

/** Commas part the items of a list; inside a number they stand only between groups that are a number's. */
function isWritten({ gaps, lengths, digits }: Stretch): boolean {
  if (!isSoft(gaps) && !isUniform(gaps)) return false;
  return (
    !gaps.includes('comma') || CARD_GROUPS.has(lengths.join()) || /^0\d/.test(digits.slice(0, lengths[0]))
  );
}

function isSpaced({ gaps }: Stretch): boolean {
  return gaps.length > 0 && gaps.every((gap) => gap === 'space');
}

function isSolid({ lengths }: Stretch): boolean {
  return lengths.length === 1;
}

function isSingles({ lengths }: Stretch): boolean {
  return lengths.length > 1 && lengths.every((length) => length === 1);
}

const CARD_GROUPS = new Set([
  '4,4,4,4',
  '4,6,5',
  '4,6,4',
  '4,4,4,4,3',
  '4,4,5',
  '4,3,3,3',
  '6,13',
  '8,8',
  '4,4,4,1',
]);

function judgeCard(stretch: Stretch): Judged | null {
  if (!isCard(stretch.digits) || !isWritten(stretch)) return null;
  // Thirteen digits are a product far more often than a card of the kind that was given up.
  if (isSolid(stretch) && stretch.digits.length === 13 && isBarcode(stretch.digits)) return null;
  if (isSolid(stretch)) return { kind: 'card', weight: 100 };
  return { kind: 'card', weight: CARD_GROUPS.has(stretch.lengths.join()) ? 98 : 62 };
}

function judgeCitizen(stretch: Stretch): Judged | null {
  if (!isMyNumber(stretch.digits) || !isUniform(stretch.gaps) || stretch.gaps.includes('comma')) return null;
  if (isSolid(stretch)) return { kind: 'mynumber', weight: 80 };
  if (isSpaced(stretch) && UNIT.test(stretch.after)) return null;
  if (stretch.lengths.join() === '4,4,4') return { kind: 'mynumber', weight: 82 };
  return isSingles(stretch) || !isSpaced(stretch) ? { kind: 'mynumber', weight: 56 } : null;
}

const phone = (weight: number): Judged => ({ kind: 'phone', weight });

function judgePhone(stretch: Stretch): Judged | null {
  const { digits } = stretch;
  if (!isWritten(stretch) || isCounting(digits)) return null;
  if (stretch.plus && /^[1-9]/.test(digits)) return judgeWithPlus(stretch);
  const judged = digits.startsWith('0')
    ? judgeWithTrunkZero(stretch)
    : (judgeNorthAmerican(stretch) ?? judgeWithCountry(stretch));
  return judged ?? judgeAnnounced(stretch);
}

function judgeWithPlus({ digits, groups }: Stretch): Judged | null {
  const trunk = groups.some(({ digits: own, gap }) => own === '0' && gap === 'bracket') ? 1 : 0;
  return digits.length >= 8 && digits.length <= longestWithCountry(digits) + trunk ? phone(95) : null;
}

/** A leading zero begins no amount: what has one and ten or eleven digits is called, not eaten. */
function judgeWithTrunkZero(stretch: Stretch): Judged | null {
  const { digits, lengths, gaps } = stretch;
  const count = digits.length;
  const [head = 0] = lengths;
  if (/^(?:00|010)[1-9]/.test(digits) && count >= 11 && count <= 17 && head >= 2 && isSoft(gaps))
    return phone(85);
  if (count === 10 || count === 11) {
    if (isSolid(stretch)) return phone(88);
    if (head >= 2 && lengths.length <= 3) return phone(90);
    if (head >= 2 && (isUniform(gaps) || lengths.length === 4)) return phone(60);
    if (isSingles(stretch) && isUniform(gaps)) return phone(58);
    const called = /^(?:0[5789]0\d{8}|0120\d{6,7}|0800\d{6,7}|0570\d{6})$/.test(digits);
    const pairOfFours = lengths.slice(-2).join() === '4,4';
    return isSoft(gaps) && (called || pairOfFours) ? phone(55) : null;
  }
  const short = count === 9 && lengths.length >= 2 && lengths.length <= 4 && head >= 2 && head <= 4;
  return short && (lengths.at(-1) ?? 0) >= 2 && isUniform(gaps) ? phone(54) : null;
}

function judgeNorthAmerican(stretch: Stretch): Judged | null {
  const { digits, lengths, gaps } = stretch;
  const groups = lengths.join();
  const valid = /^1?[2-9]\d{2}[2-9]\d{6}$/.test(digits);
  if (isSolid(stretch)) return valid ? phone(70) : null;
  if (isSpaced(stretch) && UNIT.test(stretch.after)) return null;
  if (valid && (groups === '3,3,4' || groups === '1,3,3,4')) return phone(75);
  if (valid && isSingles(stretch) && isUniform(gaps)) return phone(50);
  const tight = gaps.every((gap) => gap === 'hyphen' || gap === 'bracket' || gap === 'dot');
  const grouped =
    groups === '3,3,4' || groups === '1,3,3,4' || (valid && (groups === '3,7' || groups === '6,4'));
  return tight && grouped ? phone(65) : null;
}

/** A country's code without its plus: Japan's, and China's mobile numbers, which need none. */
function judgeWithCountry(stretch: Stretch): Judged | null {
  const { digits, lengths } = stretch;
  if (/^81[1-9]\d{8,9}$/.test(digits) && (isSolid(stretch) || lengths[0] === 2)) return phone(70);
  return /^1[3-9]\d{9}$/.test(digits) && lengths.join() === '3,4,4' ? phone(70) : null;
}

/** Shorter numbers count where words before them say what they are. */
function judgeAnnounced(stretch: Stretch): Judged | null {
  const { digits, lengths, before, after } = stretch;
  if (digits.length < 7 || digits.length > 15 || lengths.length > 5 || !ANNOUNCED.test(before)) return null;
  return UNIT.test(after) ? null : phone(68);
}

/** Numbers too long to be an amount: whatever they are, they are somebody's. */
function judgeLong(stretch: Stretch): Judged | null {
  const { digits, lengths, gaps } = stretch;
  const number: Judged = { kind: 'number', weight: 20 };
  if (isSolid(stretch)) {
    const harmless = isBarcode(digits) || isMoment(digits) || isCounting(digits);
    return digits.length < 10 || (harmless && !/0[5789]0\d{8}/.test(digits)) ? null : number;
  }
  const tight = lengths.length >= 3 && gaps.every((gap) => gap === 'hyphen') && digits.length >= 9;
  const book = /^97[89]/.test(digits) && isBarcode(digits);
  return tight && !book ? number : null;
}

/** The best reading of each digit: by weight, then the longer, then the earlier. */
function choose(candidates: (Judged & { readonly stretch: Stretch })[], text: string): Found[] {
  candidates.sort(
    (a, b) =>
      b.weight - a.weight ||
      b.stretch.digits.length - a.stretch.digits.length ||
      a.stretch.groups[0]!.start - b.stretch.groups[0]!.start,
  );
  const found: Found[] = [];
  for (const { kind, stretch } of candidates) {
    const opening = /\+?\s?\(?$/.exec(
      text.slice(Math.max(0, stretch.groups[0]!.start - 3), stretch.groups[0]!.start),
    );
    const start = stretch.groups[0]!.start - (opening?.[0].trimStart().length ?? 0);
    const end = stretch.groups.at(-1)!.end;
    if (found.some((other) => start < other.end && end > other.start)) continue;
    const value = kind === 'phone' ? phoneValue(stretch.digits) : stretch.digits;
    found.push({ kind, start, end, value });
  }
  return found;
}
