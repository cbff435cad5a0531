/**
 * The Poisson bootstrap of the days' differences: beside each count of days, the same count in replicates in which
 * every user weighs a Poisson number of mean 1 (N. Chamandy et al., "Estimating Uncertainty for Massive Data Streams",
 * 2012). Weights come from the user, not from an order, so replicates of two halves add up to those of the whole.
 */
import type { Field } from '../../migration.ts';
import { cellOf, cellTop } from './day-cells.ts';
import { keyedBits, poissonOf } from './keyed-user.ts';
import type { UserDay } from './user-evidence.ts';

/** Replicates kept: their spread is then known to a fourteenth, 1 ÷ √(2 · 100). */
export const REPLICATES = 100;

/** Counts of one cell: as they are, then in each replicate. */
type CellCounts = readonly number[];
/** By field: cells in ascending order with their counts. */
export type DayReplicatesJson = readonly (readonly (readonly [cell: number, counts: CellCounts])[])[];

export class DayReplicates {
  readonly #units: readonly number[];
  readonly #cells: readonly Map<number, Float64Array>[];
  /** The replicates that have the user under way, and the user's weight in each. */
  readonly #places = new Int32Array(REPLICATES);
  readonly #weights = new Float64Array(REPLICATES);

  constructor(fields: readonly Pick<Field, 'cell'>[]) {
    this.#units = fields.map(({ cell }) => cell);
    this.#cells = fields.map(() => new Map());
  }

  /** Adds one user's days; `stream` is what the user's weights are drawn from. */
  add(stream: number, days: readonly Pick<UserDay, 'differences'>[]): void {
    const weighed = this.#draw(stream);
    for (let field = 0; field < this.#cells.length; field++) {
      const cells: number[] = [];
      for (const { differences } of days) {
        const value = differences[field];
        if (value !== null && value !== undefined) cells.push(cellOf(Math.abs(value), this.#units[field]!));
      }
      // People repeat themselves: most of their days share a cell, which is then added to once.
      cells.sort((a, b) => a - b);
      for (let from = 0; from < cells.length; ) {
        const cell = cells[from]!;
        let to = from + 1;
        while (cells[to] === cell) to++;
        this.#addTo(this.#counts(field, cell), weighed, to - from);
        from = to;
      }
    }
  }

  /** Draws a user's weights; returns how many replicates have the user at all. */
  #draw(stream: number): number {
    let weighed = 0;
    for (let replicate = 1; replicate <= REPLICATES; replicate++) {
      const weight = poissonOf(keyedBits(stream, replicate));
      if (weight === 0) continue;
      this.#places[weighed] = replicate;
      this.#weights[weighed++] = weight;
    }
    return weighed;
  }

  #addTo(counts: Float64Array, weighed: number, days: number): void {
    const places = this.#places;
    const weights = this.#weights;
    counts[0]! += days;
    for (let at = 0; at < weighed; at++) counts[places[at]!]! += weights[at]! * days;
  }

  merge(other: DayReplicates): void {
    for (const [field, cells] of other.#cells.entries()) {
      for (const [cell, from] of cells) {
        const into = this.#counts(field, cell);
        for (let at = 0; at <= REPLICATES; at++) into[at]! += from[at]!;
      }
    }
  }

  /** One field's cells in ascending order: the largest difference in each, and its counts (0 the real one). */
  tail(field: number): readonly { readonly top: number; readonly counts: ArrayLike<number> }[] {
    return [...this.#cells[field]!]
      .sort(([a], [b]) => a - b)
      .map(([cell, counts]) => ({ top: cellTop(cell, this.#units[field]!), counts }));
  }

  toJSON(): DayReplicatesJson {
    return this.#cells.map((cells) =>
      [...cells].sort(([a], [b]) => a - b).map(([cell, counts]) => [cell, [...counts]] as const),
    );
  }

  /** What `toJSON` gave, for the same fields. */
  static fromJSON(fields: readonly Pick<Field, 'cell'>[], json: DayReplicatesJson): DayReplicates {
    const replicates = new DayReplicates(fields);
    for (const [field, cells] of json.entries())
      for (const [cell, counts] of cells) replicates.#counts(field, cell).set(counts);
    return replicates;
  }

  #counts(field: number, cell: number): Float64Array {
    let counts = this.#cells[field]!.get(cell);
    if (!counts) {
      counts = new Float64Array(REPLICATES + 1);
      this.#cells[field]!.set(cell, counts);
    }
    return counts;
  }
}
