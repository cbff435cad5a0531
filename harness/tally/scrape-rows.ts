/**
 * The numbers of all metric children, scrape by scrape. One write's events fall into one scrape, so its numbers stand
 * side by side in one row: kept child by child they lay in some thirty places far apart, and fetching those from memory
 * took longer than all else the tally does.
 */

/** Rows that are looked up together; with scrapes every 15 s one block is eight minutes. */
export const BLOCK = 32;
/** Blocks whose memory is taken together: about a megabyte, so that little of it stays unused and none is ever moved. */
const CHUNK_BLOCKS = 64;

/** Counts rarely pass 65,535 in one scrape; a chunk in which one does takes twice the room. */
type CellCounts = Uint16Array | Uint32Array;

interface Chunk {
  counts: CellCounts;
  readonly sumsMicro: Float64Array;
}

/** One block's rows as they lie in memory, to be read at once; valid until the next event. */
export interface RowBlock {
  readonly number: number;
  /** `counts[(firstRow + n) × width + …]` of scrape `number × BLOCK + n`, and sums alike. */
  readonly firstRow: number;
  readonly counts: CellCounts;
  readonly sumsMicro: Float64Array;
}

export class ScrapeRows {
  /** Counts of a row, and sums. */
  readonly width: number;
  readonly sums: number;
  readonly #chunks: Chunk[] = [];
  /** Where each block stands. A few arrays for all of them: an object a block took more than its numbers. */
  readonly #places = new Map<number, number>();
  #scrape = Number.NaN;
  #chunk: Chunk | null = null;
  #row = 0;

  constructor(width: number, sums: number) {
    this.width = width;
    this.sums = sums;
  }

  /** Goes to the row of a scrape; false where there is none. The methods below read the row gone to last. */
  find(scrape: number): boolean {
    if (scrape === this.#scrape) return true;
    const number = Math.floor(scrape / BLOCK);
    const place = this.#places.get(number);
    if (place === undefined) return false;
    this.#go(scrape, place, scrape - number * BLOCK);
    return true;
  }

  /** Goes to the row of a scrape, made where there is none. */
  make(scrape: number): void {
    if (this.find(scrape)) return;
    const number = Math.floor(scrape / BLOCK);
    const place = this.#places.size;
    this.#places.set(number, place);
    if (place % CHUNK_BLOCKS === 0) {
      const rows = CHUNK_BLOCKS * BLOCK;
      this.#chunks.push({
        counts: new Uint16Array(rows * this.width),
        sumsMicro: new Float64Array(rows * this.sums),
      });
    }
    this.#go(scrape, place, scrape - number * BLOCK);
  }

  /** Events counted at a place of the row, not cumulative. */
  countAt(at: number): number {
    return this.#chunk!.counts[this.#row * this.width + at]!;
  }

  /** The sum at a place of the row, in 1e-6 units; an integer, so that any order adds up to the same. */
  sumAt(at: number): number {
    return this.#chunk!.sumsMicro[this.#row * this.sums + at]!;
  }

  addCount(at: number, by: number): void {
    const chunk = this.#chunk!;
    const cell = this.#row * this.width + at;
    const count = chunk.counts[cell]! + by;
    chunk.counts[cell] = count;
    if (chunk.counts[cell] === count) return;
    chunk.counts = Uint32Array.from(chunk.counts);
    chunk.counts[cell] = count;
  }

  addSum(at: number, byMicro: number): void {
    this.#chunk!.sumsMicro[this.#row * this.sums + at]! += byMicro;
  }

  /** All blocks, ascending; block n holds scrapes n × BLOCK and those that follow. */
  blocks(): RowBlock[] {
    return [...this.#places]
      .sort(([a], [b]) => a - b)
      .map(([number, place]) => ({
        number,
        firstRow: (place % CHUNK_BLOCKS) * BLOCK,
        ...this.#chunks[Math.floor(place / CHUNK_BLOCKS)]!,
      }));
  }

  /** Adds rows of the same children. */
  merge(other: ScrapeRows): void {
    for (const { number, firstRow, counts, sumsMicro } of other.blocks()) {
      for (let row = 0; row < BLOCK; row++) {
        this.make(number * BLOCK + row);
        const cells = (firstRow + row) * this.width;
        for (let at = 0; at < this.width; at++) {
          const count = counts[cells + at]!;
          if (count !== 0) this.addCount(at, count);
        }
        for (let at = 0; at < this.sums; at++) this.addSum(at, sumsMicro[(firstRow + row) * this.sums + at]!);
      }
    }
  }

  /** Gives the memory back at once, which lies outside the heap; no row is left. */
  release(): void {
    for (const { counts, sumsMicro } of this.#chunks)
      for (const { buffer } of [counts, sumsMicro]) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
    this.#chunks.length = 0;
    this.#places.clear();
    this.#scrape = Number.NaN;
    this.#chunk = null;
  }

  #go(scrape: number, place: number, row: number): void {
    this.#scrape = scrape;
    this.#chunk = this.#chunks[Math.floor(place / CHUNK_BLOCKS)]!;
    this.#row = (place % CHUNK_BLOCKS) * BLOCK + row;
  }
}
