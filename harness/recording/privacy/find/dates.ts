/**
 * Dates: those of a birth are personal, those of a diary are not. Both stand here because they look alike, and
 * telling them apart is the subject: words about a birth beside them, or a year in which nobody kept this diary.
 */
import { findAll, type Found } from './found.ts';

const MONTH = '(?:0?[1-9]|1[0-2])';
const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const NAME_OF_MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';

/** A whole date with this year, in any order that people write. */
function dateOf(year: string): string {
  return [
    `(?<!\\d|\\d[-/.])${year}\\s?[-/.]\\s?${MONTH}\\s?[-/.]\\s?${DAY}(?!\\d|[-/.]\\d)`,
    `(?<!\\d)${year}\\s?年\\s?${MONTH}\\s?月\\s?${DAY}\\s?日`,
    `(?<!\\d|\\d[-/.])(?:${DAY}\\s?[-/.]\\s?${MONTH}|${MONTH}\\s?[-/.]\\s?${DAY})\\s?[-/.]\\s?${year}(?!\\d|[-/.]\\d)`,
    `(?<!\\d)${DAY}(?:st|nd|rd|th)?\\s(?:of\\s)?${NAME_OF_MONTH}\\.?,?\\s${year}(?!\\d)`,
    `(?<![a-z])${NAME_OF_MONTH}\\.?\\s${DAY}(?:st|nd|rd|th)?,?\\s${year}(?!\\d)`,
  ].join('|');
}

/** The same without any mark between. */
function solidDateOf(year: string): string {
  return `(?<!\\d)${year}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])(?!\\d)`;
}

/** Eras of Japan with the years that lie before 2010. */
const PAST_ERA = String.raw`(?:(?:昭和|大正|明治)\s?(?:\d{1,2}|元)|平成\s?(?:[1-9]|1\d|2[01]|元)|(?<![a-z])[MTS]\s?\d{1,2}|(?<![a-z])H\s?(?:[1-9]|1\d|2[01]))`;
const PAST_ERA_DATE = `${PAST_ERA}(?:\\s?年\\s?${MONTH}\\s?月\\s?${DAY}\\s?日|\\s?[./-]\\s?${MONTH}\\s?[./-]\\s?${DAY}(?!\\d|[-/.]\\d))`;
const ANY_YEAR = "(?:(?:19|20)\\d\\d|'?\\d\\d)";
const PARTIAL = [
  `${MONTH}\\s?月\\s?${DAY}\\s?日`,
  `(?<!\\d)${MONTH}\\s?[/-]\\s?${DAY}(?!\\d)`,
  `${NAME_OF_MONTH}\\.?\\s${DAY}(?!\\d)`,
  `(?<!\\d)${DAY}(?:st|nd|rd|th)?\\s(?:of\\s)?${NAME_OF_MONTH}`,
  '(?:(?:昭和|大正|平成|令和)\\s?(?:\\d{1,2}|元)|(?<!\\d)(?:19|20)?\\d\\d)\\s?年(?:\\s?\\d{1,2}\\s?月)?',
  '(?<!\\d)(?:19|20)\\d\\d(?!\\d)',
].join('|');

const BORN_BEFORE = new RegExp(
  `(?<=(?:生年月日|誕生日|生まれた日|(?<![a-z])(?:dob|d\\.o\\.b\\.|date of birth|birth\\s?(?:date|day)|born(?: on| in)?))\\s?(?:は|が|is|was|:|=|,|-|\\()?\\s?)(?:${dateOf(ANY_YEAR)}|${solidDateOf('(?:19|20)\\d\\d')}|${PAST_ERA_DATE}|${PARTIAL})`,
  'gi',
);
const BORN_BEHIND = new RegExp(
  `(?:${dateOf(ANY_YEAR)}|${PAST_ERA_DATE}|${PARTIAL})\\s?(?=(?:生まれ|うまれ|生れ))`,
  'gi',
);
/** Nobody kept this diary before 2010: a whole date of those years is somebody's or something's birthday. */
const PAST = '(?:19\\d\\d|200\\d)';
const LONG_AGO = new RegExp(`${dateOf(PAST)}|${solidDateOf(PAST)}|${PAST_ERA_DATE}`, 'gi');

const ABOUT_BIRTH = /生|誕|うまれ|birth|born|dob|d\.o\.b/i;
const PAST_YEAR = /19\d\d|200\d|昭和|大正|明治|平成|[MTSH]\s?\d/i;

/** Dates of birth. */
export function findBirths(text: string): Found[] {
  if (!/\d|元/.test(text)) return [];
  const found: Found[] = [];
  if (ABOUT_BIRTH.test(text))
    found.push(...findAll(text, BORN_BEFORE, 'birth'), ...findAll(text, BORN_BEHIND, 'birth'));
  if (PAST_YEAR.test(text)) found.push(...findAll(text, LONG_AGO, 'birth'));
  return found;
}

const DIARY_YEAR = '20[1-4]\\d';
const TIME = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?';

/** Dates of a diary with the time behind them, and times: their digits are part of no other number. */
export const DATES_AND_TIMES = new RegExp(
  `(?:${dateOf(DIARY_YEAR)})(?:[T\\s]${TIME}(?:Z|[+-]\\d{2}:?\\d{2})?)?|(?<![\\d:])${TIME}(?![\\d:])`,
  'gi',
);
