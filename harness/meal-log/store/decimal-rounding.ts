/**
 * Rounds a JavaScript number as PostgreSQL's `round(numeric, n)` rounds its decimal text: half away from zero, on the
 * digits, never on the binary fraction. A file of its own because column rules and day sums both stand on it.
 */

/** Beyond this a product with 10^6 no longer tells which side of a half it is on. */
const CLEAR_LIMIT = 1e9;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

/**
 * `value` × 10^`decimals`, rounded half away from zero on the shortest decimal text of `value`, which is what a
 * driver sends. Exact for every finite number; `value` must be finite, `decimals` is 0 or more.
 */
export function scaledExactly(value: number, decimals: number): bigint {
  const match = DECIMAL.exec(String(value));
  if (!match) throw new RangeError(`${value} has no decimal digits`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length + decimals;
  let scaled: bigint;
  if (shift >= 0) {
    scaled = digits * 10n ** BigInt(shift);
  } else {
    const divisor = 10n ** BigInt(-shift);
    // Adding half a divisor and truncating rounds a magnitude's half up, which is away from zero.
    scaled = (digits + divisor / 2n) / divisor;
  }
  return sign === '' ? scaled : -scaled;
}

/**
 * `value` in units of 10^-`decimals` (`factor` is 10^`decimals`), rounded half away from zero; NaN when the result
 * is not a safe integer or `value` is not finite. Never -0.
 */
export function scaledNumber(value: number, factor: number, decimals: number): number {
  if (value < CLEAR_LIMIT && value > -CLEAR_LIMIT) {
    const product = value * factor;
    const rounded = Math.round(product);
    const distance = product - rounded;
    // Far from a half the product's own error (below 0.13) cannot change the answer.
    if (distance < 0.25 && distance > -0.25) return rounded + 0;
  }
  if (!Number.isFinite(value)) return Number.NaN;
  const exact = Number(scaledExactly(value, decimals));
  return Number.isSafeInteger(exact) ? exact : Number.NaN;
}

/** An exact integer in units of 10^-`decimals` as the nearest double. */
export function unscaled(scaled: bigint, decimals: number): number {
  return Number(`${scaled}e-${decimals}`);
}

/** An integer in units of 10^-`from` rounded to 10^-`to`, half away from zero; `from` is not below `to`. */
export function rescaled(scaled: bigint, from: number, to: number): bigint {
  const divisor = 10n ** BigInt(from - to);
  const magnitude = scaled < 0n ? -scaled : scaled;
  const rounded = (magnitude + divisor / 2n) / divisor;
  return scaled < 0n ? -rounded : rounded;
}
