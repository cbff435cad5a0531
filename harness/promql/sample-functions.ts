/**
 * The functions that map each sample's value by itself, with the names of the language.
 * A table, because they differ in one line each.
 */

const GO_SIGN = (value: number): number => (value < 0 ? -1 : value > 0 ? 1 : value);

export const SAMPLE_MATH: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: GO_SIGN,
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
};

/** Rounds to the nearest multiple, halves upwards. */
export function roundTo(value: number, multiple: number): number {
  const inverse = 1 / multiple;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** Go's math.Max and math.Min let an infinity win over NaN. */
const goMax = (a: number, b: number): number =>
  a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
const goMin = (a: number, b: number): number =>
  a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);

/** Holds a value between two limits. */
export function clampTo(value: number, lowest: number, highest: number): number {
  return goMax(lowest, goMin(highest, value));
}
