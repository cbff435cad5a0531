/**
 * Judges what a stretch of digits is: a card, a citizen's number, a phone number, another long number, or an amount.
 * The rules of thumb that tell a phone number from a list of amounts stand here, side by side, because each of them
 * is only as good as its neighbours.
 */
import type { PersonalKind } from '../pseudonym.ts';
import type { Stretch } from './number-rows.ts';
import { isBarcode, isCard, isCounting, isMoment, isMyNumber, longestWithCountry } from './number-shapes.ts';

export interface Judged {
  readonly kind: PersonalKind;
  /** Which of two overlapping readings wins. */
  readonly weight: number;
}

/** Behind three numbers with spaces between, these make a list of amounts of them. */
const UNIT = /^\s?(?:(?:k?cal|kj|g|kg|mg|ml|yen|steps)(?![a-z])|[円歩]|カロリー|キロカロリー|グラム|ミリ)/i;

/** Words that say that a number follows by which somebody is known or reached. */
const ANNOUNCED =
  /(?:(?<![a-z])(?:tel|telephone|phone|ph|call|cell|mobile|fax|whatsapp|contact|id|ssn|passport|account|acct|member(?:ship)?)(?![a-z])|電話|携帯|けいたい|ケータイ|連絡先|番号|口座|会員|保険証|免許証|☎|☏|📞|📱)[^\d\n]{0,10}$/iu;

const CARD_SIZES = new Set([
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

/** What a stretch of digits is, or null for an amount, a barcode, a list. The order is that of certainty. */
export function judge(stretch: Stretch): Judged | null {
  return judgeCard(stretch) ?? judgeCitizen(stretch) ?? judgePhone(stretch) ?? judgeLong(stretch);
}

/** Commas part the items of a list; inside a number they stand only between groups that are a number's. */
function isWritten({ soft, uniform, commas, sizes, digits, head }: Stretch): boolean {
  if (commas) return uniform && (CARD_SIZES.has(sizes) || (head >= 2 && digits.startsWith('0')));
  return soft || uniform;
}

function judgeCard(stretch: Stretch): Judged | null {
  const { digits, count } = stretch;
  if (!isCard(digits) || !isWritten(stretch)) return null;
  // Thirteen digits are a product far more often than a card of the kind that was given up.
  if (count === 1) return digits.length === 13 && isBarcode(digits) ? null : { kind: 'card', weight: 100 };
  return { kind: 'card', weight: CARD_SIZES.has(stretch.sizes) ? 98 : 62 };
}

function judgeCitizen(stretch: Stretch): Judged | null {
  const { digits, count, uniform, commas, spaced, singles } = stretch;
  if (digits.length !== 12 || !uniform || commas || !isMyNumber(digits)) return null;
  if (count === 1) return { kind: 'mynumber', weight: 80 };
  if (spaced && UNIT.test(stretch.after)) return null;
  if (stretch.sizes === '4,4,4') return { kind: 'mynumber', weight: 82 };
  return singles || !spaced ? { kind: 'mynumber', weight: 56 } : null;
}

function phone(weight: number): Judged {
  return { kind: 'phone', weight };
}

function judgePhone(stretch: Stretch): Judged | null {
  const { digits } = stretch;
  // International numbers have up to fifteen digits and two for the way out.
  if (digits.length > 17 || !isWritten(stretch)) return null;
  const zero = digits.startsWith('0');
  if (!zero && /\+\s?\(?$/.test(stretch.before)) return judgeWithPlus(stretch);
  if (isCounting(digits)) return judgeAnnounced(stretch);
  const judged = zero
    ? judgeWithTrunkZero(stretch)
    : (judgeNorthAmerican(stretch) ?? judgeWithCountry(stretch));
  return judged ?? judgeAnnounced(stretch);
}

function judgeWithPlus({ digits, trunkInBrackets }: Stretch): Judged | null {
  const most = longestWithCountry(digits) + (trunkInBrackets ? 1 : 0);
  return digits.length >= 8 && digits.length <= most ? phone(95) : null;
}

/** A leading zero begins no amount: what has one and ten or eleven digits is called, not eaten. */
function judgeWithTrunkZero(stretch: Stretch): Judged | null {
  const { digits, count, head, soft, uniform } = stretch;
  const length = digits.length;
  const abroad = /^(?:010|00)(?=[1-9])/.exec(digits)?.[0].length ?? 0;
  const fits = length >= 11 && length <= abroad + longestWithCountry(digits.slice(abroad));
  if (abroad > 0 && fits && head >= 2 && soft) return phone(92);
  if (length === 10 || length === 11) {
    if (count === 1) return phone(88);
    if (head >= 2 && count <= 3) return phone(90);
    if (head >= 2 && (uniform || count === 4)) return phone(72);
    if (stretch.singles && uniform) return phone(58);
    const called = /^(?:0[5789]0\d{8}|0120\d{6,7}|0800\d{6,7}|0570\d{6})$/.test(digits);
    return soft && (called || /(?:^|,)4,4$/.test(stretch.sizes)) ? phone(55) : null;
  }
  const short = length === 9 && count >= 2 && count <= 4 && head >= 2 && head <= 4;
  return short && stretch.tail >= 2 && uniform ? phone(54) : null;
}

function judgeNorthAmerican(stretch: Stretch): Judged | null {
  const { digits, count, sizes, uniform } = stretch;
  if (digits.length < 10 || digits.length > 11) return null;
  const valid = /^1?[2-9]\d{2}[2-9]\d{6}$/.test(digits);
  if (count === 1) return valid ? phone(70) : null;
  if (stretch.spaced && UNIT.test(stretch.after)) return null;
  const usual = sizes === '3,3,4' || sizes === '1,3,3,4';
  if (valid && usual) return phone(75);
  if (valid && stretch.singles && uniform) return phone(50);
  return stretch.tight && (usual || (valid && (sizes === '3,7' || sizes === '6,4'))) ? phone(65) : null;
}

/** A country's code without its plus: Japan's, and China's mobile numbers, which need none. */
function judgeWithCountry({ digits, count, head, sizes }: Stretch): Judged | null {
  if (/^81[1-9]\d{8,9}$/.test(digits) && (count === 1 || head === 2)) return phone(70);
  return sizes === '3,4,4' && /^1[3-9]\d{9}$/.test(digits) ? phone(70) : null;
}

/** Shorter numbers count where words before them say what they are. */
function judgeAnnounced({ digits, count, before, after }: Stretch): Judged | null {
  if (digits.length > 15 || count > 5 || !ANNOUNCED.test(before)) return null;
  return UNIT.test(after) ? null : phone(45);
}

/** Numbers too long to be an amount: whatever they are, they are somebody's. */
function judgeLong(stretch: Stretch): Judged | null {
  const { digits, count } = stretch;
  const number: Judged = { kind: 'number', weight: 20 };
  if (count === 1) {
    if (digits.length < 10) return null;
    const harmless = isBarcode(digits) || isMoment(digits) || isCounting(digits);
    return harmless && !/0[5789]0\d{8}/.test(digits) ? null : number;
  }
  if (!stretch.hyphenated || count < 3 || digits.length < 9 || stretch.leadsOn) return null;
  // "100-200-300 g" is a list of amounts.
  const amounts = stretch.groups.every((group) => group.endsWith('0')) || UNIT.test(stretch.after);
  return amounts ? null : number;
}
