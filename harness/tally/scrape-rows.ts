/**
 * The numbers of all metric children, scrape by scrape. One write's events fall into one scrape, so its numbers stand
 * side by side in one row: kept child by child they lay in some thirty places far apart, and fetching those from memory
 * took longer than all else the tally does.
 */

/** Rows whose memory is taken together; with scrapes every 15 s one block is eight minutes. */
export const BLOCK = 32;

export class ScrapeRows {
  /** Counts of a row, and sums. */
  readonly width: number;
  readonly sums: number;
  /** `counts[row × width + …]`: events by child and bucket, not cumulative. */
  counts = new Uint32Array(0);
  /** `sumsMicro[row × sums + …]`: by histogram child, in 1e-6 units; integers, so that any order adds up to the same. */
  sumsMicro = new Float64Array(0);
  /** Where each block stands. Two arrays for all of them: an object a block took more than its numbers. */
  readonly #places = new Map<number, number>();
  #lastScrape = Number.NaN;
  #lastRow = -1;

  constructor(width: number, sums: number) {
    this.width = width;
    this.sums = sums;
  }

  /** The row of a scrape, made where there is none. It stays the same however many rows are added. */
  rowOf(scrape: number): number {
    if (scrape === this.#lastScrape) return this.#lastRow;
    const number = Math.floor(scrape / BLOCK);
    let place = this.#places.get(number);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(number, place);
      if ((place + 1) * BLOCK * this.width > this.counts.length) this.#grow(Math.ceil((place + 1) * 1.5));
    }
    this.#lastScrape = scrape;
    this.#lastRow = place * BLOCK + scrape - number * BLOCK;
    return this.#lastRow;
  }

  /** The row of a scrape; −1 where there is none. */
  find(scrape: number): number {
    if (scrape === this.#lastScrape) return this.#lastRow;
    const number = Math.floor(scrape / BLOCK);
    const place = this.#places.get(number);
    if (place === undefined) return -1;
    this.#lastScrape = scrape;
    this.#lastRow = place * BLOCK + scrape - number * BLOCK;
    return this.#lastRow;
  }

  /** Numbers of the blocks there are, ascending; block n holds scrapes n × BLOCK and those that follow. */
  blocks(): number[] {
    return [...this.#places.keys()].sort((a, b) => a - b);
  }

  /** The first row of a block, made where there is none. */
  firstRow(block: number): number {
    return this.rowOf(block * BLOCK);
  }

  /** Adds rows of the same children. */
  merge(other: ScrapeRows): void {
    for (const block of other.blocks()) {
      // The row first: making room for it moves the arrays.
      const [row, from] = [this.firstRow(block), other.firstRow(block)];
      addTo(this.counts, other.counts, { row, from, width: this.width });
      addTo(this.sumsMicro, other.sumsMicro, { row, from, width: this.sums });
    }
  }

  /** Gives the memory back at once, which lies outside the heap; no row is left. */
  release(): void {
    this.counts.buffer.transfer(0);
    this.sumsMicro.buffer.transfer(0);
    this.counts = new Uint32Array(0);
    this.sumsMicro = new Float64Array(0);
    this.#places.clear();
    this.#lastScrape = Number.NaN;
  }

  /** Makes room for this many blocks; the smaller arrays are not left to the collector. */
  #grow(blocks: number): void {
    const rows = blocks * BLOCK;
    this.counts = new Uint32Array(
      this.counts.buffer.transfer(rows * this.width * Uint32Array.BYTES_PER_ELEMENT),
    );
    this.sumsMicro = new Float64Array(
      this.sumsMicro.buffer.transfer(rows * this.sums * Float64Array.BYTES_PER_ELEMENT),
    );
  }
}

type Numbers = Uint32Array | Float64Array;

/** Adds the rows of one block. */
function addTo(
  into: Numbers,
  other: Numbers,
  { row, from, width }: { readonly row: number; readonly from: number; readonly width: number },
): void {
  for (let at = 0; at < BLOCK * width; at++) into[row * width + at]! += other[from * width + at]!;
}
