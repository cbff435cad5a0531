/**
 * How two sets of figures of one thing relate: one is the other times a power of ten, or has two of its measures
 * exchanged. A file of its own because such a shape says more than whatever the figures are of: slips of a decimal point
 * and of a column strike at any entry, and are one cause however many entries they strike.
 */
import type { Comparison } from './decompose.ts';

export type FigureShape =
  /** V2's figures are legacy's times this power of ten, up or down. */
  | { readonly kind: 'scaled'; readonly factor: number }
  /** Measures whose figures stand in each other's place, sorted by name. */
  | { readonly kind: 'exchanged'; readonly measures: readonly [string, string] };

/** Figures are alike that differ by less than this share: sources round, and err by a tenth. */
const ALIKE = 0.15;
/** Figures under this share of a measure's own limit say nothing: they are rounded away. */
const TELLING = 0.05;
/** Figures must be further apart than this factor for an exchange to be told from noise. */
const APART = 1.5;
/** The furthest a decimal point is thought to slip: grams for kilograms. */
const MOST_DECIMALS = 3;

type Shaped = Pick<Comparison, 'measures' | 'fields'>;

/**
 * The shape of a part's figures, each in the order of the measures; null where there is none. A scale needs two measures
 * that agree on it and none that does not, an exchange two measures of one unit that swapped and all others alike.
 */
export function figureShape(
  legacy: readonly number[],
  v2: readonly number[],
  comparison: Shaped,
): FigureShape | null {
  return scaled(legacy, v2, comparison) ?? exchanged(legacy, v2, comparison);
}

function scaled(legacy: readonly number[], v2: readonly number[], comparison: Shaped): FigureShape | null {
  let decimals = 0;
  let agreeing = 0;
  for (const [measure, one] of legacy.entries()) {
    const other = v2[measure]!;
    if (Math.max(Math.abs(one), Math.abs(other)) <= smallest(measure, comparison)) continue;
    const own = Math.round(Math.log10(other / one));
    if (!Number.isFinite(own) || own === 0 || Math.abs(own) > MOST_DECIMALS) return null;
    if (agreeing > 0 && own !== decimals) return null;
    // The smaller of both is the rounded one: half a step of it is more than a tenth where it is small.
    const [less, more] = own > 0 ? [one, other] : [other, one];
    if (!isAlike(less, more / 10 ** Math.abs(own), smallest(measure, comparison))) return null;
    decimals = own;
    agreeing += 1;
  }
  return agreeing < 2 ? null : { kind: 'scaled', factor: Number(`1e${decimals}`) };
}

function exchanged(legacy: readonly number[], v2: readonly number[], comparison: Shaped): FigureShape | null {
  const { measures } = comparison;
  const isSame = (measure: number): boolean =>
    isAlike(legacy[measure]!, v2[measure]!, smallest(measure, comparison));
  const moved = measures.flatMap((_, measure) => (isSame(measure) ? [] : [measure]));
  const [one, other] = moved;
  if (moved.length !== 2 || one === undefined || other === undefined) return null;
  if (measures[one]!.unit !== measures[other]!.unit) return null;
  const noise = Math.max(smallest(one, comparison), smallest(other, comparison));
  const crossed = isAlike(legacy[one]!, v2[other]!, noise) && isAlike(legacy[other]!, v2[one]!, noise);
  const [less, more] = [legacy[one]!, legacy[other]!].map(Math.abs).sort((a, b) => a - b);
  if (!crossed || more! <= APART * less! || more! - less! <= noise) return null;
  const names = [measures[one]!.name, measures[other]!.name].sort();
  return { kind: 'exchanged', measures: [names[0]!, names[1]!] };
}

function isAlike(one: number, other: number, noise: number): boolean {
  const apart = Math.abs(one - other);
  return apart <= noise || apart <= ALIKE * Math.max(Math.abs(one), Math.abs(other));
}

function smallest(measure: number, { fields }: Shaped): number {
  const field = fields.find((one) => one.measure === measure && !one.relative);
  return TELLING * (field?.limit.floor ?? 0);
}
