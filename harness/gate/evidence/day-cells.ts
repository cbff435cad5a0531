/**
 * Where an absolute difference is counted: cells exact near zero and, beyond, never wider than a thirty-second of
 * their value, so that a field needs a few hundred however large its differences grow.
 */

/** Cells up to here hold one unit each. */
const EXACT = 64;
/** Cells to each doubling beyond. */
const PER_OCTAVE = 32;

/** The cell of an absolute difference; `unit` is the width of the field's own cells. */
export function cellOf(value: number, unit: number): number {
  const units = Math.round(value / unit);
  if (units < EXACT) return units;
  const octave = Math.floor(Math.log2(units)) - 5;
  return EXACT + (octave - 1) * PER_OCTAVE + Math.floor(units / 2 ** octave) - PER_OCTAVE;
}

/** The largest difference that a cell holds, in the field's unit. */
export function cellTop(cell: number, unit: number): number {
  if (cell < EXACT) return Math.round(cell * unit * 1e6) / 1e6;
  const octave = Math.floor((cell - EXACT) / PER_OCTAVE) + 1;
  const first = (((cell - EXACT) % PER_OCTAVE) + PER_OCTAVE) * 2 ** octave;
  return Math.round((first + 2 ** octave - 1) * unit * 1e6) / 1e6;
}
