/**
 * What PostgreSQL does to a value on its way into a column, for the memory store. The quick questions come first: is
 * this row plain, so that it is stored as it is but for rounding? Only a row that is not plain walks through the
 * rules, in the server's order: parameters one by one, then the numeric scales, then the missing values.
 */
import type { Column } from './columns.ts';
import { type Json, StoreRefusal, type Totals } from './contract.ts';
import { scaledExactly } from './decimal-rounding.ts';
import { notFinite } from './refusals.ts';

const INT4_MAX = 2_147_483_647;
/** numeric(8,2) in hundredths: eight digits. */
const HUNDREDTHS_LIMIT = 100_000_000;
/** What `uuid_in` takes: any case, a hyphen after any four digits, braces around. */
const ANY_UUID = /^(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}$/i;
const INSTANT_LENGTH = '2000-01-01T00:00:00.000Z'.length;

/** True for text that is stored as it is. */
export function isPlainText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

/** Column names, codes and JSON keys come round again: those found plain are not read twice. */
const knownPlain = new Set<string>();
/** Keys may come from outside, so the memory of them has an end. */
const KNOWN_LIMIT = 2_000;

/** `isPlainText` for text of which there are few kinds. */
export function isPlainWord(value: string): boolean {
  if (knownPlain.has(value)) return true;
  if (!isPlainText(value)) return false;
  if (knownPlain.size < KNOWN_LIMIT) knownPlain.add(value);
  return true;
}

/** True for a number whose JSON text gives back the same number: finite, and not -0. */
function isPlainNumber(value: number): boolean {
  return value === 0 ? 1 / value > 0 : value - value === 0;
}

/** True for totals that are stored as they are. */
export function isPlainTotals(totals: Totals): boolean {
  return (
    isPlainNumber(totals.calories) &&
    isPlainNumber(totals.protein_g) &&
    isPlainNumber(totals.fat_g) &&
    isPlainNumber(totals.carbs_g)
  );
}

/** True for a value whose JSON text PostgreSQL takes and gives back as the same value. */
export function isPlainJson(value: Json): boolean {
  if (typeof value === 'string') return isPlainText(value);
  if (typeof value === 'number') return isPlainNumber(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!isPlainJson(value[index])) return false;
    }
    return true;
  }
  const fields = value as { readonly [key: string]: Json };
  for (const key in fields) {
    if (!isPlainWord(key) || !isPlainJson(fields[key]!)) return false;
  }
  return true;
}

/** 1 for a lower-case hexadecimal digit, else 0. */
const HEX = new Uint8Array(128);
for (const digit of '0123456789abcdef') HEX[digit.charCodeAt(0)] = 1;
const HYPHEN = 45;

/** True for a UUID in the form the server gives back: 32 lower-case digits, hyphens in their places. */
export function isPlainUuid(value: string): boolean {
  if (
    value.length !== 36 ||
    value.charCodeAt(8) !== HYPHEN ||
    value.charCodeAt(13) !== HYPHEN ||
    value.charCodeAt(18) !== HYPHEN ||
    value.charCodeAt(23) !== HYPHEN
  ) {
    return false;
  }
  let digits = 0;
  for (let index = 0; index < 36; index++) digits += HEX[value.charCodeAt(index)] ?? 0;
  return digits === 32;
}

/** True for RFC 3339 in UTC with milliseconds, the form the server's answer is selected in. */
export function isPlainInstant(value: string): boolean {
  return value.length === INSTANT_LENGTH && value.charCodeAt(INSTANT_LENGTH - 1) === 90;
}

export function isInteger(value: number): boolean {
  return Number.isInteger(value) && value <= INT4_MAX && value >= -INT4_MAX - 1;
}

/**
 * `value` at two decimals as numeric(8,2) stores it, or NaN where only the exact rules can tell (too large, near a
 * half, not finite).
 */
export function quickHundredths(value: number): number {
  const product = value * 100;
  const rounded = Math.round(product);
  const distance = product - rounded;
  if (distance >= 0.49 || distance <= -0.49 || rounded >= HUNDREDTHS_LIMIT || rounded <= -HUNDREDTHS_LIMIT) {
    return Number.NaN;
  }
  // Adding 0 turns -0, which numeric does not have, into 0.
  return rounded / 100 + 0;
}

/**
 * Text as the server stores it: a lone surrogate reaches it as U+FFFD, since UTF-8 has none. Throws for a NUL.
 */
export function storedText(value: string): string {
  if (value.includes('\0')) {
    throw new StoreRefusal('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8": 0x00');
  }
  return value.toWellFormed();
}

/** A UUID as the server stores it: lower case, hyphens in their places. Throws for anything else. */
export function storedUuid(value: string): string {
  storedText(value);
  const bare = value.startsWith('{') && value.endsWith('}') ? value.slice(1, -1) : value;
  if (!ANY_UUID.test(bare)) {
    throw new StoreRefusal('invalid_text_representation', `invalid input syntax for type uuid: "${value}"`);
  }
  const digits = bare.replaceAll('-', '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The row of `columns` as the server would store it; throws the `StoreRefusal` it would answer with. For rows that
 * are not plain, so it may take its time.
 */
export function storedRow<T>(columns: readonly Column[], row: object): T {
  const given = row as Readonly<Record<string, unknown>>;
  const stored: Record<string, unknown> = {};
  for (const { name, type } of columns) {
    const value = given[name];
    if (type === 'double precision' && typeof value === 'number' && !Number.isFinite(value)) {
      throw notFinite(name, value);
    }
  }
  for (const { name, type } of columns) stored[name] = asParameter(type, given[name] ?? null);
  for (const { name, type } of columns) {
    if (type === 'numeric(8,2)') stored[name] = storedNumeric(stored[name] as number | null);
  }
  for (const { name, nullable } of columns) {
    if (!nullable && stored[name] === null) {
      throw new StoreRefusal(
        'not_null_violation',
        `null value in column "${name}" violates not-null constraint`,
      );
    }
  }
  return stored as T;
}

function asParameter(type: Column['type'], value: unknown): unknown {
  if (value === null) return null;
  switch (type) {
    case 'uuid':
      return storedUuid(value as string);
    case 'text':
      return storedText(value as string);
    case 'timestamptz':
      return storedInstant(value as string);
    case 'integer':
      return storedInteger(value as number);
    case 'jsonb':
      return storedJson(value as Json);
    case 'double precision':
      return (value as number) + 0;
    default:
      return value;
  }
}

/** An instant as the server's answer gives it. Throws for text that is none. */
export function storedInstant(value: string): string {
  const ms = Date.parse(storedText(value));
  if (Number.isNaN(ms)) {
    throw new StoreRefusal(
      'sqlstate_22007',
      `invalid input syntax for type timestamp with time zone: "${value}"`,
    );
  }
  return new Date(ms).toISOString();
}

/** An integer column reads the number's text: a fraction or an exponent is no integer, whatever its size. */
function storedInteger(value: number): number {
  if (!/^-?\d+$/.test(String(value))) {
    throw new StoreRefusal(
      'invalid_text_representation',
      `invalid input syntax for type integer: "${value}"`,
    );
  }
  if (!isInteger(value)) {
    throw new StoreRefusal('numeric_value_out_of_range', `value "${value}" is out of range for type integer`);
  }
  return value + 0;
}

function storedNumeric(value: number | null): number | null {
  // NaN is a numeric value of any scale.
  if (value === null || Number.isNaN(value)) return value;
  const hundredths = Number.isFinite(value) ? Number(scaledExactly(value, 2)) : value;
  if (hundredths >= HUNDREDTHS_LIMIT || hundredths <= -HUNDREDTHS_LIMIT) {
    throw new StoreRefusal('numeric_value_out_of_range', 'numeric field overflow: precision 8, scale 2');
  }
  return hundredths / 100 + 0;
}

/** The first escape jsonb refuses: a NUL, or a surrogate without its other half (`JSON.stringify` escapes only such). */
const REFUSED_ESCAPE = /(?:^|[^\\])(?:\\\\)*\\u(0000|d[89a-f][0-9a-f]{2})/;

/** JSON as the server stores it. Throws for a NUL or a lone surrogate in any string or key. */
export function storedJson(value: Json): Json {
  if (isPlainJson(value)) return value;
  const text = JSON.stringify(value);
  const refused = REFUSED_ESCAPE.exec(text);
  if (refused) {
    throw refused[1] === '0000'
      ? new StoreRefusal('untranslatable_character', 'unsupported Unicode escape sequence: \\u0000')
      : new StoreRefusal(
          'invalid_text_representation',
          `invalid input syntax for type json: \\u${refused[1]}`,
        );
  }
  // Numbers that JSON cannot carry become null, -0 becomes 0, as on the way through text.
  return JSON.parse(text);
}
