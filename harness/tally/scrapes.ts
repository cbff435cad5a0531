/**
 * What Prometheus would have read at each virtual scrape of a replay: metric events as integer sums per scrape, so that
 * two halves of the users add up to exactly the whole. Users are replayed one after another, so events arrive in any
 * order of time; cells are found by the scrape's number and kept only around activity.
 */
import type { Clock, MetricSink, MetricSpec } from '../migration.ts';
import { childSeries, type ScrapedSeries, type SeriesOptions } from './scraped-series.ts';

/** Scrapes whose cells are kept together; with scrapes every 15 s one block is eight minutes. */
export const BLOCK = 32;

/** One block of one child: its events by scrape and bucket, and their sums. Valid until the next block is made. */
export interface Block {
  /** `counts[scrape × width + bucket]`, not cumulative; one bucket a counter. */
  readonly counts: Uint32Array;
  /** Per scrape, in 1e-6 units; integers, so that adding in any order gives the same. */
  readonly sumsMicro: Float64Array;
}

/** The events of one child of one metric, by scrape. */
export class ChildScrapes {
  readonly width: number;
  /** Where each block stands in the arrays. Two arrays for all of them: an object a block took more than its numbers. */
  readonly #places = new Map<number, number>();
  #counts = new Uint32Array(0);
  #sumsMicro = new Float64Array(0);
  /** Exact values by scrape, in 1e-6 units; kept only where an audit asks for them. */
  readonly #values: Map<number, number[]> | null;
  /** The scrapes of those values, ascending; an audit asks for one window after the other. */
  #seen = new Float64Array(0);

  constructor(width: number, keepsValues: boolean) {
    this.width = width;
    this.#values = keepsValues ? new Map() : null;
  }

  add(scrape: number, bucket: number, micro: number): void {
    const number = Math.floor(scrape / BLOCK);
    const cell = this.#place(number) * BLOCK + scrape - number * BLOCK;
    this.#counts[cell * this.width + bucket]! += 1;
    this.#sumsMicro[cell]! += micro;
    if (!this.#values) return;
    const values = this.#values.get(scrape);
    if (values) values.push(micro);
    else this.#values.set(scrape, [micro]);
  }

  merge(other: ChildScrapes): void {
    for (const [number, place] of other.#places) {
      const from = other.#blockIn(place);
      const into = this.blockAt(number);
      for (let cell = 0; cell < from.counts.length; cell++) into.counts[cell]! += from.counts[cell]!;
      for (let at = 0; at < BLOCK; at++) into.sumsMicro[at]! += from.sumsMicro[at]!;
    }
    for (const [scrape, values] of other.#values ?? [])
      this.#values?.set(scrape, [...(this.#values.get(scrape) ?? []), ...values]);
  }

  /** Its blocks in the order of their numbers, for transport; exact values stay behind. */
  blocks(): readonly (readonly [number: number, block: Block])[] {
    if (this.#values) throw new Error('exact values of scrapes are not meant to travel');
    return this.#numbers().map((number) => [number, this.blockAt(number)]);
  }

  /** The block of this number to add to, empty if it was not there. */
  blockAt(number: number): Block {
    return this.#blockIn(this.#place(number));
  }

  /** The first and last scrape that saw an event; null without any. */
  span(): { readonly first: number; readonly last: number } | null {
    let first = Infinity;
    let last = -Infinity;
    this.each((scrape) => {
      first = Math.min(first, scrape);
      last = scrape;
    });
    return first > last ? null : { first, last };
  }

  /** Visits every scrape with events in ascending order, with its counts by bucket (valid during the visit). */
  each(visit: (scrape: number, counts: ArrayLike<number>, sumMicro: number) => void): void {
    const row = new Array<number>(this.width).fill(0);
    for (const number of this.#numbers()) {
      const { counts, sumsMicro } = this.blockAt(number);
      for (let at = 0; at < BLOCK; at++) {
        let isEmpty = true;
        for (let bucket = 0; bucket < this.width; bucket++) {
          row[bucket] = counts[at * this.width + bucket]!;
          if (row[bucket] !== 0) isEmpty = false;
        }
        if (!isEmpty) visit(number * BLOCK + at, row, sumsMicro[at]!);
      }
    }
  }

  /** How many events a scrape saw in the buckets up to and including this one. */
  countUpTo(scrape: number, bucket: number): number {
    const cell = this.#cellOf(scrape);
    if (cell === undefined) return 0;
    let count = 0;
    for (let at = cell * this.width; at <= cell * this.width + bucket; at++) count += this.#counts[at]!;
    return count;
  }

  /** The sum of what a scrape saw, in 1e-6 units. */
  sumMicro(scrape: number): number {
    const cell = this.#cellOf(scrape);
    return cell === undefined ? 0 : this.#sumsMicro[cell]!;
  }

  /** The exact values that scrapes `first` to `last` saw, ascending, in 1e-6 units; none unless values are kept. */
  valuesMicro(first: number, last: number): number[] {
    if (!this.#values) return [];
    if (this.#seen.length !== this.#values.size) this.#seen = Float64Array.from(this.#values.keys()).sort();
    const found: number[] = [];
    for (let at = firstFrom(this.#seen, first); at < this.#seen.length && this.#seen[at]! <= last; at++)
      for (const value of this.#values.get(this.#seen[at]!)!) found.push(value);
    return found.sort((a, b) => a - b);
  }

  #numbers(): number[] {
    return [...this.#places.keys()].sort((a, b) => a - b);
  }

  #cellOf(scrape: number): number | undefined {
    const number = Math.floor(scrape / BLOCK);
    const place = this.#places.get(number);
    return place === undefined ? undefined : place * BLOCK + scrape - number * BLOCK;
  }

  #blockIn(place: number): Block {
    const size = BLOCK * this.width;
    return {
      counts: this.#counts.subarray(place * size, (place + 1) * size),
      sumsMicro: this.#sumsMicro.subarray(place * BLOCK, (place + 1) * BLOCK),
    };
  }

  #place(number: number): number {
    let place = this.#places.get(number);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(number, place);
      if ((place + 1) * BLOCK > this.#sumsMicro.length) this.#grow(Math.ceil((place + 1) * 1.5));
    }
    return place;
  }

  /** Makes room for this many blocks; the smaller arrays are not left to the collector. */
  #grow(blocks: number): void {
    const sums = blocks * BLOCK * Float64Array.BYTES_PER_ELEMENT;
    const counts = blocks * BLOCK * this.width * Uint32Array.BYTES_PER_ELEMENT;
    this.#sumsMicro = new Float64Array(this.#sumsMicro.buffer.transfer(sums));
    this.#counts = new Uint32Array(this.#counts.buffer.transfer(counts));
  }
}

/** The index of the first number that is at least `from`. */
function firstFrom(ascending: Float64Array, from: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface ScrapeOptions {
  readonly intervalMs: number;
  /** Keeps every observed value beside its bucket, for audits that hold quantiles against the truth. */
  readonly keepsValues?: boolean;
}

/** The scrapes of one service, without the labels that its environment adds. */
export class ScrapeTally {
  readonly intervalMs: number;
  readonly specs: readonly MetricSpec[];
  readonly #children: readonly (readonly ChildScrapes[])[];

  constructor(specs: readonly MetricSpec[], { intervalMs, keepsValues = false }: ScrapeOptions) {
    if (!(Number.isSafeInteger(intervalMs) && intervalMs > 0))
      throw new RangeError(`a scrape interval of ${intervalMs} ms`);
    this.intervalMs = intervalMs;
    this.specs = specs;
    this.#children = specs.map((spec) =>
      Array.from(
        { length: spec.label ? spec.label.values.length : 1 },
        () => new ChildScrapes(spec.buckets.length + 1, keepsValues && spec.type === 'histogram'),
      ),
    );
  }

  /** A sink for a service on this clock: an event at t is seen by the first scrape at or after t. */
  sink(clock: Pick<Clock, 'nowMs'>): MetricSink {
    const { intervalMs, specs } = this;
    const children = this.#children;
    const scrapeNow = (): number => Math.ceil(clock.nowMs() / intervalMs);
    return {
      observe(metric, child, value) {
        const { buckets } = specs[metric]!;
        let bucket = 0;
        while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
        children[metric]![child]!.add(scrapeNow(), bucket, Math.round(value * 1e6));
      },
      increment: (metric, child) => children[metric]![child]!.add(scrapeNow(), 0, 0),
    };
  }

  /** Adds another tally of the same service and interval, of other users. */
  merge(other: ScrapeTally): void {
    if (other.intervalMs !== this.intervalMs)
      throw new RangeError(`scrapes every ${other.intervalMs} ms do not add to every ${this.intervalMs} ms`);
    for (const [metric, children] of this.#children.entries())
      for (const [index, child] of children.entries()) child.merge(other.#children[metric]![index]!);
  }

  /** The first and last scrape that saw an event; null without any. */
  span(): { readonly first: number; readonly last: number } | null {
    const spans = this.#children.flat().flatMap((child) => child.span() ?? []);
    if (spans.length === 0) return null;
    return {
      first: Math.min(...spans.map(({ first }) => first)),
      last: Math.max(...spans.map(({ last }) => last)),
    };
  }

  /** Every child's events, metric by metric. */
  children(): readonly ChildScrapes[] {
    return this.#children.flat();
  }

  /** One child's events; `metric` and `child` as in `MetricSink`. */
  child(metric: number, child: number): ChildScrapes {
    return this.#children[metric]![child]!;
  }

  /** Every series the service exposes from scrape `from` on, in the order of its metrics. */
  series(from: number, options: SeriesOptions): ScrapedSeries[] {
    return this.specs.flatMap((spec, metric) =>
      this.#children[metric]!.flatMap((child, index) =>
        childSeries(spec, { metric, child: index }, child, from, options),
      ),
    );
  }
}
