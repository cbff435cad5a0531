/**
 * What Prometheus would have read at each virtual scrape of a replay: metric events as integer sums per scrape, so that
 * two halves of the users add up to exactly the whole. Users are replayed one after another, so events arrive in any
 * order of time; cells are found by the scrape's number and kept only around activity.
 */
import type { Clock, MetricSink, MetricSpec } from '../migration.ts';
import { BLOCK, ScrapeRows } from './scrape-rows.ts';
import { childSeries, type ScrapedSeries, type SeriesOptions } from './scraped-series.ts';

/** One block of one child: its events by scrape and bucket, and their sums. */
export interface Block {
  /** `counts[scrape × width + bucket]`, not cumulative; one bucket a counter. */
  readonly counts: Uint32Array;
  /** Per scrape, in 1e-6 units; none a counter. */
  readonly sumsMicro: Float64Array;
}

/** The events of one child of one metric, by scrape: its share of the rows of all children. */
export class ChildScrapes {
  readonly width: number;
  readonly #rows: ScrapeRows;
  /** Where its counts begin in a row, and where its sum stands; −1 for a counter, which has none. */
  readonly #from: number;
  readonly #sum: number;
  /** Exact values by scrape, in 1e-6 units; kept only where an audit asks for them. */
  readonly #values: Map<number, number[]> | null;
  /** The scrapes of those values, ascending; an audit asks for one window after the other. */
  #seen = new Float64Array(0);

  constructor(
    rows: ScrapeRows,
    place: { readonly width: number; readonly from: number; readonly sum: number },
    keepsValues: boolean,
  ) {
    this.#rows = rows;
    this.width = place.width;
    this.#from = place.from;
    this.#sum = place.sum;
    this.#values = keepsValues ? new Map() : null;
  }

  /** Counts one event in the row of its scrape. */
  add(scrape: number, bucket: number, micro: number): void {
    const rows = this.#rows;
    rows.make(scrape);
    rows.addCount(this.#from + bucket, 1);
    if (this.#sum >= 0) rows.addSum(this.#sum, micro);
    if (this.#values) this.#keep(scrape, micro);
  }

  /** Takes over the exact values of another tally's child; counts are added row by row. */
  mergeValues(other: ChildScrapes): void {
    for (const [scrape, values] of other.#values ?? [])
      this.#values?.set(scrape, [...(this.#values.get(scrape) ?? []), ...values]);
  }

  /** Its blocks with events in the order of their numbers, copied, for transport; exact values stay behind. */
  blocks(): readonly (readonly [number: number, block: Block])[] {
    if (this.#values) throw new Error('exact values of scrapes are not meant to travel');
    return this.#rows.blocks().flatMap((number) => {
      const block = this.#block(number);
      return block.counts.some((count) => count > 0) ? [[number, block] as const] : [];
    });
  }

  /** Adds a block of other users' events. */
  addBlock(number: number, { counts, sumsMicro }: Block): void {
    const rows = this.#rows;
    for (let at = 0; at < BLOCK; at++) {
      rows.make(number * BLOCK + at);
      for (let bucket = 0; bucket < this.width; bucket++) {
        const count = counts[at * this.width + bucket]!;
        if (count !== 0) rows.addCount(this.#from + bucket, count);
      }
      if (this.#sum >= 0) rows.addSum(this.#sum, sumsMicro[at]!);
    }
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
    const rows = this.#rows;
    const counts = new Array<number>(this.width).fill(0);
    for (const number of rows.blocks()) {
      for (let scrape = number * BLOCK; scrape < (number + 1) * BLOCK; scrape++) {
        rows.find(scrape);
        let isEmpty = true;
        for (let bucket = 0; bucket < this.width; bucket++) {
          const count = rows.countAt(this.#from + bucket);
          counts[bucket] = count;
          if (count !== 0) isEmpty = false;
        }
        if (!isEmpty) visit(scrape, counts, this.#sumHere());
      }
    }
  }

  /** How many events a scrape saw in the buckets up to and including this one. */
  countUpTo(scrape: number, bucket: number): number {
    const rows = this.#rows;
    if (!rows.find(scrape)) return 0;
    let count = 0;
    for (let at = 0; at <= bucket; at++) count += rows.countAt(this.#from + at);
    return count;
  }

  /** The sum of what a scrape saw, in 1e-6 units. */
  sumMicro(scrape: number): number {
    return this.#rows.find(scrape) ? this.#sumHere() : 0;
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

  /** The sum in the row that was gone to last. */
  #sumHere(): number {
    return this.#sum < 0 ? 0 : this.#rows.sumAt(this.#sum);
  }

  #block(number: number): Block {
    const rows = this.#rows;
    const counts = new Uint32Array(BLOCK * this.width);
    const sumsMicro = new Float64Array(BLOCK);
    for (let at = 0; at < BLOCK; at++) {
      rows.find(number * BLOCK + at);
      for (let bucket = 0; bucket < this.width; bucket++)
        counts[at * this.width + bucket] = rows.countAt(this.#from + bucket);
      sumsMicro[at] = this.#sumHere();
    }
    return { counts, sumsMicro };
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
function childPlaces(specs: readonly MetricSpec[]) {
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
  readonly #rows: ScrapeRows;
  readonly #children: readonly (readonly ChildScrapes[])[];

  constructor(specs: readonly MetricSpec[], { intervalMs, keepsValues = false }: ScrapeOptions) {
    if (!(Number.isSafeInteger(intervalMs) && intervalMs > 0))
      throw new RangeError(`a scrape interval of ${intervalMs} ms`);
    this.intervalMs = intervalMs;
    this.specs = specs;
    const places = childPlaces(specs);
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
