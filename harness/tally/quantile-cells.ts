/**
 * Counts of absolute differences in cells of a fixed width: exact to a cell, mergeable in any order, and as small
 * as the number of distinct values. Sums of floats would depend on the order of adding; counts do not.
 */
/** Cells below this number are counted in an array, which costs a tenth of a map; differences are mostly small. */
const NEAR = 1024;

export class QuantileCells {
  readonly #width: number;
  readonly #near = new Array<number>(NEAR).fill(0);
  readonly #far = new Map<number, number>();
  #total = 0;
  #maxMicro = 0;

  /** `width` is a cell's width in the field's unit. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Adds one absolute value. */
  add(value: number): void {
    this.#count(Math.round(value / this.#width), 1);
    const micro = Math.round(value * 1e6);
    if (micro > this.#maxMicro) this.#maxMicro = micro;
  }

  merge(other: QuantileCells): void {
    for (const [cell, count] of other.entries()) this.#count(cell, count);
    this.#maxMicro = Math.max(this.#maxMicro, other.#maxMicro);
  }

  get total(): number {
    return this.#total;
  }

  /** The largest value added, to 6 decimals; 0 without any. */
  get max(): number {
    return this.#maxMicro / 1e6;
  }

  /** The nearest-rank quantile (the smallest cell whose cumulative count reaches ⌈q·n⌉); 0 without any value. */
  quantile(q: number): number {
    if (this.#total === 0) return 0;
    const rank = Math.max(1, Math.ceil(q * this.#total));
    let seen = 0;
    for (const [cell, count] of this.entries()) {
      seen += count;
      if (seen >= rank) return Math.round(cell * this.#width * 1e6) / 1e6;
    }
    return this.max;
  }

  /** Cells and counts in ascending order, for comparison and transport. */
  entries(): readonly (readonly [number, number])[] {
    const near = this.#near.flatMap((count, cell) => (count === 0 ? [] : [[cell, count] as const]));
    return [...near, ...[...this.#far].sort(([a], [b]) => a - b)];
  }

  /** Everything counted, as plain numbers: the largest value in 1e-6 units, then cell and count in turn. */
  toJSON(): number[] {
    return [this.#maxMicro, ...this.entries().flat()];
  }

  /** What `toJSON` gave, as counts of the same width. */
  static fromJSON(width: number, [maxMicro = 0, ...pairs]: readonly number[]): QuantileCells {
    const cells = new QuantileCells(width);
    cells.#maxMicro = maxMicro;
    for (let at = 0; at + 1 < pairs.length; at += 2) cells.#count(pairs[at]!, pairs[at + 1]!);
    return cells;
  }

  #count(cell: number, by: number): void {
    if (cell < NEAR) this.#near[cell]! += by;
    else this.#far.set(cell, (this.#far.get(cell) ?? 0) + by);
    this.#total += by;
  }
}
