/**
 * `^` as Prometheus computes it. Whole exponents are squared and multiplied as Go does, because JavaScript's power
 * differs from it in the last bits, and a rule's unit test compares exactly.
 */

/** Beyond this the fraction of a double is gone, and so is any use of squaring on. */
const MOST_EXPONENT = 2 ** 63;

/** Go's math.Pow: by squaring for whole exponents, JavaScript's own for all others. */
export function power(base: number, exponent: number): number {
  const special = specialPower(base, exponent);
  if (special !== undefined) return special;
  if (!Number.isInteger(exponent) || Math.abs(exponent) >= MOST_EXPONENT) return base ** exponent;
  // The base as a fraction in [0.5, 1) times a power of two, so that nothing overflows on the way.
  let [fraction, twos] = splitExponent(base);
  let result = 1;
  let resultTwos = 0;
  for (let left = BigInt(Math.abs(exponent)); left !== 0n; left >>= 1n) {
    // What no double holds anyway: Infinity or zero, with the sign that an odd exponent leaves.
    if (twos < -4096 || twos > 4096) {
      resultTwos += twos;
      break;
    }
    if ((left & 1n) === 1n) {
      result *= fraction;
      resultTwos += twos;
    }
    fraction *= fraction;
    twos *= 2;
    if (fraction < 0.5) {
      fraction += fraction;
      twos -= 1;
    }
  }
  return exponent < 0 ? scale(1 / result, -resultTwos) : scale(result, resultTwos);
}

/** The cases that have a law of their own; of those JavaScript and Go disagree in one: 1 to any power is 1. */
function specialPower(base: number, exponent: number): number | undefined {
  if (exponent === 0 || base === 1) return 1;
  if (exponent === 1) return base;
  if (base === -1 && Math.abs(exponent) === Infinity) return 1;
  if (base === 0 || !Number.isFinite(base) || !Number.isFinite(exponent)) return base ** exponent;
  if (exponent === 0.5) return Math.sqrt(base);
  if (exponent === -0.5) return 1 / Math.sqrt(base);
  return undefined;
}

const numbers = new Float64Array(1);
const words = new BigUint64Array(numbers.buffer);

/** A finite number that is not zero as a fraction in [0.5, 1), with its sign, and a power of two. */
function splitExponent(value: number): [fraction: number, twos: number] {
  const isTiny = Math.abs(value) < 2 ** -1022;
  numbers[0] = isTiny ? value * 2 ** 52 : value;
  const twos = Number((words[0]! >> 52n) & 0x7ffn) - 1022 - (isTiny ? 52 : 0);
  words[0] = (words[0]! & ~(0x7ffn << 52n)) | (1022n << 52n);
  return [numbers[0]!, twos];
}

/** A number times a power of two, rounded once. */
function scale(value: number, twos: number): number {
  const [fraction, own] = splitExponent(value);
  const all = own + twos;
  if (all > 1024) return Math.sign(value) * Infinity;
  if (all < -1075) return Math.sign(value) * 0;
  return all < -1021 ? fraction * 2 ** (all + 1021) * 2 ** -1021 : fraction * 2 ** (all - 1) * 2;
}
