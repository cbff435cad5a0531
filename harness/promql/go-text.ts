/**
 * Go's way of writing numbers and strings: quoted literals with their escapes, `%v`, `%g`, `%f` and shortest floats.
 * PromQL is Go's dialect in its strings, count_values labels, API values and alert templates alike.
 */
import { roundedDigits, shortestDigits } from './decimal-digits.ts';

/** Reads a Go string literal with its quotes ('…', "…" or `…`); throws a RangeError naming the fault and its offset. */
export function unquoteGo(literal: string): string {
  const quote = literal[0];
  if (literal.length < 2 || literal.at(-1) !== quote)
    throw new GoLiteralError('unterminated quoted string', 0);
  const body = literal.slice(1, -1);
  if (quote === '`') return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let index = 0;
  while (index < body.length) {
    const char = body[index]!;
    if (char === '\n') throw new GoLiteralError('unterminated quoted string', index + 1);
    if (char !== '\\') {
      const point = body.codePointAt(index)!;
      const text = String.fromCodePoint(point);
      bytes.push(...encoder.encode(text));
      index += text.length;
      continue;
    }
    const read = readEscape(body, index, quote!);
    bytes.push(...(read.byte !== undefined ? [read.byte] : encoder.encode(String.fromCodePoint(read.point))));
    index += read.length;
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** A fault inside a Go literal; `offset` counts from the literal's opening quote. */
export class GoLiteralError extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.name = 'GoLiteralError';
    this.offset = offset;
  }
}

interface EscapeRead {
  readonly point: number;
  readonly byte?: number;
  readonly length: number;
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
};
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function readEscape(body: string, index: number, quote: string): EscapeRead {
  const kind = body[index + 1];
  const fault = (reason: string): GoLiteralError => new GoLiteralError(reason, index + 1);
  if (kind === undefined) throw fault('escape sequence not terminated');
  const simple = SIMPLE_ESCAPES[kind] ?? (kind === quote ? quote.charCodeAt(0) : undefined);
  if (simple !== undefined) return { point: simple, length: 2 };
  if (/[0-7]/.test(kind)) {
    const digits = body.slice(index + 1, index + 4);
    if (!/^[0-7]{3}$/.test(digits)) throw fault('octal escape needs three octal digits');
    const byte = Number.parseInt(digits, 8);
    if (byte > 255) throw fault(`octal escape value ${byte} above 255`);
    return { point: byte, byte, length: 4 };
  }
  const size = HEX_ESCAPES[kind];
  if (size === undefined) throw fault(`unknown escape sequence \\${kind}`);
  const digits = body.slice(index + 2, index + 2 + size);
  if (digits.length !== size || !/^[0-9a-fA-F]+$/.test(digits))
    throw fault(`\\${kind} needs ${size} hexadecimal digits`);
  const point = Number.parseInt(digits, 16);
  if (kind === 'x') return { point, byte: point, length: 4 };
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    throw fault('escape is an invalid Unicode code point');
  return { point, length: 2 + size };
}

/** Writes a string as a Go literal in double quotes. */
export function quoteGo(text: string): string {
  let out = '"';
  for (const char of text) {
    const point = char.codePointAt(0)!;
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\t') out += '\\t';
    else if (char === '\r') out += '\\r';
    else if (point < 32 || point === 127) out += `\\x${point.toString(16).padStart(2, '0')}`;
    else out += char;
  }
  return `${out}"`;
}

const special = (value: number): string | undefined =>
  Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : undefined;

const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? '-' : '');

/** Go's FormatFloat(v, 'f', -1, 64): what Prometheus' API and count_values write. */
export function formatGoFloat(value: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  if (value === 0) return `${signOf(value)}0`;
  const [digits, exponent] = shortestDigits(Math.abs(value));
  const point = exponent + 1;
  let text: string;
  if (point <= 0) text = `0.${'0'.repeat(-point)}${digits}`;
  else if (point >= digits.length) text = digits + '0'.repeat(point - digits.length);
  else text = `${digits.slice(0, point)}.${digits.slice(point)}`;
  return signOf(value) + text;
}

const exponentText = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** Go's `%v` (and `%g`) of a float64: shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function formatGoValue(value: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  if (value === 0) return `${signOf(value)}0`;
  const [digits, exponent] = shortestDigits(Math.abs(value));
  if (exponent >= -4 && exponent < 6) return formatGoFloat(value);
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${signOf(value)}${mantissa}${exponentText(exponent)}`;
}

/** Go's `%.<precision>f`. */
export function formatGoFixed(value: number, precision: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  const magnitude = Math.abs(value);
  const integerDigits = magnitude === 0 ? 1 : Number(magnitude.toExponential(100).split('e')[1]) + 1;
  let units = '0';
  if (magnitude !== 0) {
    const keep = integerDigits + precision;
    const [digits, exponent] = roundedDigits(magnitude, keep);
    const scale = exponent - (digits.length - 1) + precision;
    units = keep < 0 || digits === '0' ? '0' : digits + '0'.repeat(Math.max(0, scale));
  }
  const padded = units.padStart(precision + 1, '0');
  const whole = padded.slice(0, padded.length - precision);
  return signOf(value) + (precision === 0 ? whole : `${whole}.${padded.slice(padded.length - precision)}`);
}

/** Go's `%.<precision>e`. */
export function formatGoExponent(value: number, precision: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  const [digits, exponent] =
    value === 0 ? (['0'.repeat(precision + 1), 0] as const) : roundedDigits(Math.abs(value), precision + 1);
  const fraction = precision === 0 ? '' : `.${digits.slice(1)}`;
  return `${signOf(value)}${digits[0]}${fraction}${exponentText(exponent)}`;
}

/** Go's `%.<precision>g`: at most so many significant digits, trailing zeros removed. */
export function formatGoGeneral(value: number, precision: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  if (value === 0) return `${signOf(value)}0`;
  const significant = precision === 0 ? 1 : precision;
  const [rounded, exponent] = roundedDigits(Math.abs(value), significant);
  const digits = rounded.replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= significant) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${signOf(value)}${mantissa}${exponentText(exponent)}`;
  }
  const point = exponent + 1;
  if (point <= 0) return `${signOf(value)}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return signOf(value) + digits + '0'.repeat(point - digits.length);
  return `${signOf(value)}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The text of a bucket's bound as a scrape stores it: 3.x writes floats in full (`50.0`), 2.x as they come (`50`). */
export function formatBucketBound(bound: number, major: 2 | 3): string {
  const text = formatGoValue(bound);
  return major === 3 && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Reads a float as Go's strconv.ParseFloat does, as `le` labels are read; undefined where it is no number. */
export function parseGoFloat(text: string): number | undefined {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word) {
    if (word[2]!.toLowerCase() === 'nan') return word[1] === '' ? Number.NaN : undefined;
    return word[1] === '-' ? -Infinity : Infinity;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
