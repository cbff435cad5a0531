/**
 * Turns a record's `at` into milliseconds and refuses all but the one accepted form. Its own file because it runs
 * once per record, where `Date.parse` would cost more and would take dates that no calendar has.
 */

/** The form every recorded time has, for messages. */
export const AT_FORM = 'a UTC time with milliseconds such as 2025-09-01T07:30:00.000Z';

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Two digits at `index` as a number; anything else makes a value above 99 or below 0. */
function twoDigits(text: string, index: number): number {
  const tens = text.charCodeAt(index) - 48;
  const ones = text.charCodeAt(index + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1000;
}

/**
 * Milliseconds since the Unix epoch of an RFC 3339 time in UTC with exactly three decimals, or NaN when the text has
 * another form or names a day or an hour that does not exist. Days from the proleptic Gregorian calendar's rule.
 */
export function parseAt(text: string): number {
  if (
    text.length !== 24 ||
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(10) !== 84 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58 ||
    text.charCodeAt(19) !== 46 ||
    text.charCodeAt(23) !== 90
  ) {
    return Number.NaN;
  }
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const centisecond = twoDigits(text, 20);
  const lastDigit = text.charCodeAt(22) - 48;
  if (
    century > 99 ||
    yearOfCentury > 99 ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    hour > 23 ||
    minute > 59 ||
    second > 59 ||
    centisecond > 99 ||
    lastDigit < 0 ||
    lastDigit > 9
  ) {
    return Number.NaN;
  }
  const year = century * 100 + yearOfCentury;
  const leap = isLeap(year);
  if (day > DAYS_IN_MONTH[month - 1]! + (leap && month === 2 ? 1 : 0)) {
    return Number.NaN;
  }
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const days = year * 365 + leapDays + DAYS_BEFORE_MONTH[month - 1]! + (leap && month > 2 ? 1 : 0) + day;
  // 719,528 days lie between 0000-01-01, counted as day 0 by the sum above after its one-based day, and 1970-01-01.
  return (
    ((days - 719_528) * 86_400 + hour * 3600 + minute * 60 + second) * 1000 + centisecond * 10 + lastDigit
  );
}
