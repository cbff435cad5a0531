/**
 * The decimal digits of a double: the shortest that tell it from its neighbours, or so many of its exact ones, rounded as
 * Go rounds. Apart from the formats that Go makes of them.
 */

/** Digits of a number and the decimal exponent of the first: 1234 is `['1234', 3]`. */
export type Digits = readonly [digits: string, exponent: number];

/** Shortest decimal digits of a finite positive number. */
export function shortestDigits(value: number): Digits {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return [mantissa.replace('.', ''), Number(exponent)];
}

/** Digits that `toExponential` gives exactly, with the one before the point. */
const EXACT = 100;

/**
 * `keep` decimal digits of a finite positive number, rounded half to even on its exact value, as Go rounds (JavaScript
 * rounds ties up); a `keep` of 0 or less says whether the first digit rounds up to one before it.
 */
export function roundedDigits(value: number, keep: number): Digits {
  const [exact, exponent] = keep > EXACT ? allDigits(value) : firstDigits(value);
  if (keep < 0) return ['0', exponent];
  if (keep >= exact.length) return [exact.padEnd(keep, '0'), exponent];
  const kept = exact.slice(0, keep);
  const rest = exact.slice(keep);
  const half = `5${'0'.repeat(rest.length - 1)}`;
  const lastKept = keep === 0 ? 0 : Number(kept.at(-1));
  const up = rest > half || (rest === half && lastKept % 2 === 1);
  if (!up) return [keep === 0 ? '0' : kept, exponent];
  const raised = (BigInt(kept === '' ? '0' : kept) + 1n).toString();
  return raised.length > keep
    ? [raised.slice(0, Math.max(keep, 1)), exponent + 1]
    : [raised.padStart(keep, '0'), exponent];
}

function firstDigits(value: number): Digits {
  const [mantissa, exponent] = value.toExponential(EXACT).split('e') as [string, string];
  return [mantissa.replace('.', ''), Number(exponent)];
}

const numbers = new Float64Array(1);
const bits = new BigUint64Array(numbers.buffer);

/** Every digit: a double is a whole number times a power of two, and that a whole number over a power of ten. */
function allDigits(value: number): Digits {
  numbers[0] = value;
  const biased = (bits[0]! >> 52n) & 0x7ffn;
  const fraction = bits[0]! & 0xf_ffff_ffff_ffffn;
  const whole = biased === 0n ? fraction : fraction | (1n << 52n);
  const power = (biased === 0n ? 1n : biased) - 1075n;
  const digits = power >= 0n ? (whole << power).toString() : (whole * 5n ** -power).toString();
  const exponent = digits.length - 1 + Number(power < 0n ? power : 0n);
  return [digits, exponent];
}
