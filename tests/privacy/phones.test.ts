/** The scrubber against a library that knows every country's numbers, as people there write them. */
import { createRequire } from 'node:module';
import {
  type CountryCode,
  type Examples,
  getCountries,
  getExampleNumber,
  type PhoneNumber,
} from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { createSearch } from '../../harness/recording/privacy/find-personal.ts';

const examples = createRequire(import.meta.url)('libphonenumber-js/examples.mobile.json') as Examples;
const search = createSearch();

/** Digits of the text that were not found. */
function digitsLeft(text: string): string {
  const left = search(text).reduceRight(
    (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
    text,
  );
  return left.replace(/\D/g, '');
}

/** What people dial before a number of their own country may stay: it is the same for all. */
const MOST_LEFT = 1;

/** Fewer digits than this are an amount as easily as a number. */
const FEWEST_DIGITS = 8;

const numbers = getCountries()
  .map((country) => getExampleNumber(country, examples))
  .filter((number): number is PhoneNumber => number !== undefined)
  .filter((number) => number.number.length - 1 >= FEWEST_DIGITS);

describe('a mobile number of any country', () => {
  it('is found in its international forms, in texts with spaces and without', () => {
    const missed = numbers.flatMap((number) =>
      [
        number.formatInternational(),
        number.number,
        number.getURI(),
        number.format('IDD', { fromCountry: 'JP' as CountryCode }) ?? '',
      ]
        .flatMap((written) => [`電話は${written}です`, `call me at ${written} after lunch`])
        .filter((text) => digitsLeft(text) !== ''),
    );
    expect(numbers.length).toBeGreaterThan(235);
    expect(missed).toEqual([]);
  });

  it('is found as people there write it, wherever that has at least eight digits', () => {
    const missed = numbers
      .map((number) => number.formatNational())
      .filter((written) => written.replace(/\D/g, '').length >= FEWEST_DIGITS)
      .map((written) => `my phone is ${written}, ok`)
      .filter((text) => digitsLeft(text).length > MOST_LEFT);
    expect(missed).toEqual([]);
  });
});
