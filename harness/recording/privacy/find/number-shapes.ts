/**
 * What a row of digits can be: a card, a phone, a citizen's number, a barcode. Pure questions about digits and how
 * they are grouped, apart from the search for rows of digits in a text.
 */

/** Luhn's checksum (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    sum += index % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}

/** First digits and lengths of payment cards in use. */
const ISSUERS =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?|35\d{14}|(?:6011|62|64|65|81)\d{10,17}|(?:50|5[6-8]|6[0-9])\d{10,17}|220[0-4]\d{12})$/;

/** A payment card's number: an issuer's first digits, a fitting length, Luhn's checksum. */
export function isCard(digits: string): boolean {
  return digits.length >= 13 && digits.length <= 19 && ISSUERS.test(digits) && passesLuhn(digits);
}

/** Japan's individual number: 11 digits and the check digit of the ordinance of 2014 (no. 85), article 5. */
export function isMyNumber(digits: string): boolean {
  if (digits.length !== 12) return false;
  let sum = 0;
  for (let n = 1; n <= 11; n++) sum += (digits.charCodeAt(11 - n) - 48) * (n <= 6 ? n + 1 : n - 5);
  const rest = sum % 11;
  return digits.charCodeAt(11) - 48 === (rest <= 1 ? 0 : 11 - rest);
}

/** A barcode of a product or a book (GS1's check digit): UPC-A, EAN-13, GTIN-14. */
export function isBarcode(digits: string): boolean {
  if (digits.length < 12 || digits.length > 14) return false;
  let sum = 0;
  for (let index = 1; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    sum += index % 2 === 1 ? digit * 3 : digit;
  }
  return (10 - (sum % 10)) % 10 === digits.charCodeAt(digits.length - 1) - 48;
}

/** A moment written without marks, such as 20250901123000. */
export function isMoment(digits: string): boolean {
  return /^20[1-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?$/.test(
    digits,
  );
}

/** Most digits of a number with its country's code, for those where it is one short step to swallow what follows. */
const WITH_COUNTRY: readonly (readonly [code: string, digits: number])[] = [
  ['1', 11],
  ['7', 11],
  ['33', 11],
  ['34', 11],
  ['44', 12],
  ['61', 11],
  ['65', 10],
  ['66', 11],
  ['81', 12],
  ['82', 12],
  ['84', 11],
  ['91', 12],
  ['852', 11],
  ['886', 12],
];

/** Digits of an international number that begins so, at most; a trunk zero in parentheses may come on top. */
export function longestWithCountry(digits: string): number {
  return WITH_COUNTRY.find(([code]) => digits.startsWith(code))?.[1] ?? 14;
}

/** 1, 2, 3, … or the same digit throughout is counting, not calling. */
export function isCounting(digits: string): boolean {
  return '01234567890123'.includes(digits) || '9876543210'.includes(digits);
}

/** One spelling of a phone number: Japan's code is its trunk zero. */
export function phoneValue(digits: string): string {
  return digits.replace(/^(?:00|010)?81(?:0)?(?=[1-9]\d{8,9}$)/, '0');
}
