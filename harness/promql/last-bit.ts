/**
 * Whether two numbers are the same but for the last bit, in which two orders of summation may differ. A file of its
 * own because a rule test's verdict and the words beside a failed one both ask it.
 */

const numbers = new Float64Array(1);
const bits = new BigInt64Array(numbers.buffer);

/** The number's place among all doubles, in their order; both zeros have the same. */
function placeOf(value: number): bigint {
  numbers[0] = value;
  const own = bits[0]!;
  return own >= 0n ? own : -(own & 0x7fff_ffff_ffff_ffffn);
}

/** True for equal numbers and for neighbours among the doubles; never for NaN. */
export function differAtMostInLastBit(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  const distance = placeOf(a) - placeOf(b);
  return distance >= -1n && distance <= 1n;
}
