/**
 * What Prometheus would have read at each virtual scrape of a replay: metric events as integer sums per scrape, so that
 * two halves of the users add up to exactly the whole. Users are replayed one after another, so events arrive in any
 * order of time; cells are found by the scrape's number and kept only around activity.
 */
import type { Clock, MetricSink, MetricSpec } from '../migration.ts';
import { BLOCK, type RowBlock, ScrapeRows } from './scrape-rows.ts';
import { childSeries, type ScrapedSeries, type SeriesOptions } from './scraped-series.ts';

/** Where a child's numbers stand in a row: its counts by bucket, and its sum; −1 for a counter, which has none. */
export interface ChildPlace {
  readonly from: number;
  readonly width: number;
  readonly sum: number;
}

/** The events of one child of one metric, by scrape: its share of the rows of all children. */
export class ChildScrapes {
  readonly place: ChildPlace;
  readonly #rows: ScrapeRows;
  /** Exact values by scrape, in 1e-6 units; kept only where an audit asks for them. */
  readonly #values: Map<number, number[]> | null;
  /** The scrapes of those values, ascending; an audit asks for one window after the other. */
  #seen = new Float64Array(0);

  constructor(rows: ScrapeRows, place: ChildPlace, keepsValues: boolean) {
    this.#rows = rows;
    this.place = place;
    this.#values = keepsValues ? new Map() : null;
  }

  get width(): number {
    return this.place.width;
  }

  /** Counts one event in the row of its scrape. */
  add(scrape: number, bucket: number, micro: number): void {
    this.addCount(scrape, bucket, 1);
    this.addSum(scrape, micro);
    if (this.#values) this.#keep(scrape, micro);
  }

  /** Counts events that others have seen. */
  addCount(scrape: number, bucket: number, by: number): void {
    this.#rows.make(scrape);
    this.#rows.addCount(this.place.from + bucket, by);
  }

  addSum(scrape: number, micro: number): void {
    if (this.place.sum < 0) return;
    this.#rows.make(scrape);
    this.#rows.addSum(this.place.sum, micro);
  }

  /** Takes over the exact values of another tally's child; counts are added row by row. */
  mergeValues(other: ChildScrapes): void {
    for (const [scrape, values] of other.#values ?? [])
      this.#values?.set(scrape, [...(this.#values.get(scrape) ?? []), ...values]);
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
    const { from, width, sum } = this.place;
    const rows = this.#rows;
    const row = new Array<number>(width).fill(0);
    for (const { number, firstRow, counts, sumsMicro } of rows.blocks()) {
      for (let at = 0; at < BLOCK; at++) {
        const cells = (firstRow + at) * rows.width + from;
        let isEmpty = true;
        for (let bucket = 0; bucket < width; bucket++) {
          row[bucket] = counts[cells + bucket]!;
          if (row[bucket] !== 0) isEmpty = false;
        }
        if (!isEmpty)
          visit(number * BLOCK + at, row, sum < 0 ? 0 : sumsMicro[(firstRow + at) * rows.sums + sum]!);
      }
    }
  }

  /** How many events a scrape saw in the buckets up to and including this one. */
  countUpTo(scrape: number, bucket: number): number {
    const rows = this.#rows;
    if (!rows.find(scrape)) return 0;
    let count = 0;
    for (let at = 0; at <= bucket; at++) count += rows.countAt(this.place.from + at);
    return count;
  }

  /** The sum of what a scrape saw, in 1e-6 units. */
  sumMicro(scrape: number): number {
    const { sum } = this.place;
    return sum >= 0 && this.#rows.find(scrape) ? this.#rows.sumAt(sum) : 0;
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

  #keep(scrape: number, micro: number): void {
    const values = this.#values!.get(scrape);
    if (values) values.push(micro);
    else this.#values!.set(scrape, [micro]);
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

/** Where each child's numbers stand in a row: all counts of a metric side by side, and sums where there are any. */
function childPlaces(specs: readonly MetricSpec[]): {
  readonly width: number;
  readonly sums: number;
  readonly children: readonly (readonly ChildPlace[])[];
} {
  let [width, sums] = [0, 0];
  const children = specs.map(({ label, type, buckets }) =>
    Array.from({ length: label ? label.values.length : 1 }, () => {
      const place = { width: buckets.length + 1, from: width, sum: type === 'histogram' ? sums : -1 };
      width += place.width;
      if (type === 'histogram') sums += 1;
      return place;
    }),
  );
  return { width, sums, children };
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
  readonly #keepsValues: boolean;
  readonly #rows: ScrapeRows;
  readonly #children: readonly (readonly ChildScrapes[])[];

  constructor(specs: readonly MetricSpec[], { intervalMs, keepsValues = false }: ScrapeOptions) {
    if (!(Number.isSafeInteger(intervalMs) && intervalMs > 0))
      throw new RangeError(`a scrape interval of ${intervalMs} ms`);
    this.intervalMs = intervalMs;
    this.specs = specs;
    const places = childPlaces(specs);
    this.#keepsValues = keepsValues;
    this.#rows = new ScrapeRows(places.width, places.sums);
    this.#children = specs.map((spec, metric) =>
      places.children[metric]!.map(
        (place) => new ChildScrapes(this.#rows, place, keepsValues && spec.type === 'histogram'),
      ),
    );
  }

  /** A sink for a service on this clock: an event at t is seen by the first scrape at or after t. */
  sink(clock: Pick<Clock, 'nowMs'>): MetricSink {
    const { intervalMs, specs } = this;
    const children = this.#children;
    let atMs = Number.NaN;
    let scrape = 0;
    const scrapeNow = (): number => {
      const nowMs = clock.nowMs();
      if (nowMs !== atMs) {
        atMs = nowMs;
        scrape = Math.ceil(nowMs / intervalMs);
      }
      return scrape;
    };
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
    this.#rows.merge(other.#rows);
    for (const [metric, children] of this.#children.entries())
      for (const [index, child] of children.entries()) child.mergeValues(other.#children[metric]![index]!);
  }

  /** Its rows for transport: where each child's numbers stand in one is the child's `place`; exact values stay behind. */
  rows(): { readonly width: number; readonly sums: number; readonly blocks: readonly RowBlock[] } {
    if (this.#keepsValues) throw new Error('exact values of scrapes are not meant to travel');
    const { width, sums } = this.#rows;
    return { width, sums, blocks: this.#rows.blocks() };
  }

  /** Gives the memory of its numbers back at once; no event is left. */
  release(): void {
    this.#rows.release();
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
