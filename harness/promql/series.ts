/**
 * The samples an evaluator reads: series over virtual time, and the door through which selectors find them.
 *
 * A stale marker is not a sample here. Prometheus hides it in the bits of a NaN, which JavaScript cannot tell from any
 * other NaN, so `times` and `values` hold real samples only and the markers' times stand in a list of their own.
 */
import { compareLabels, labelValue, METRIC_NAME, type Labels } from './labels.ts';
import { compileMatchers, type LabelMatcher } from './matchers.ts';

/** One series; only the first `length` entries of `times` (ms, strictly ascending) and `values` are samples. */
export interface Series {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly length: number;
  /** When the series was marked stale, ms, ascending; never the time of a sample. */
  readonly staleTimes: readonly number[];
}

/** Where selectors find series. */
export interface SeriesSource {
  /** The series that satisfy all matchers, in the order of their labels. The same series is the same object each time. */
  select(matchers: readonly LabelMatcher[]): readonly Series[];
  /** Whether a later `select` with these matchers may find more series, or those found may get more samples. */
  mayGrow(matchers: readonly LabelMatcher[]): boolean;
  /** Changes whenever a series is added, so that a selection can be kept until then. */
  readonly generation: number;
}

/** A series that grows at its end. */
export class GrowingSeries implements Series {
  readonly labels: Labels;
  times: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  length = 0;
  readonly staleTimes: number[] = [];

  constructor(labels: Labels, capacity = 16) {
    this.labels = labels;
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  /** The time of the newest sample or marker, ms. */
  get newestMs(): number {
    const sampleMs = this.length === 0 ? -Infinity : this.times[this.length - 1]!;
    return Math.max(sampleMs, this.staleTimes.at(-1) ?? -Infinity);
  }

  /** Appends a sample later than all before it; an earlier or equal time is a RangeError. */
  append(atMs: number, value: number): void {
    this.refuseDisorder(atMs);
    if (this.length === this.times.length) this.grow();
    this.times[this.length] = atMs;
    this.values[this.length] = value;
    this.length++;
  }

  /** Marks the series stale from this time until its next sample. */
  markStale(atMs: number): void {
    this.refuseDisorder(atMs);
    this.staleTimes.push(atMs);
  }

  private refuseDisorder(atMs: number): void {
    if (!(atMs > this.newestMs))
      throw new RangeError(`sample at ${atMs} ms is not later than ${this.newestMs} ms`);
  }

  /**
   * Gives the samples' memory back at once; nothing may read the series afterwards. The collector would wait: it sees
   * small objects and not the buffers behind them.
   */
  release(): void {
    this.length = 0;
    this.resize(0);
  }

  private grow(): void {
    this.resize(Math.max(16, Math.ceil(this.times.length * 1.5)));
  }

  /** Moves the samples to larger buffers, without leaving the smaller ones to the collector. */
  private resize(capacity: number): void {
    const bytes = capacity * Float64Array.BYTES_PER_ELEMENT;
    this.times = new Float64Array(this.times.buffer.transfer(bytes));
    this.values = new Float64Array(this.values.buffer.transfer(bytes));
  }
}

/** The metric name that an equality matcher asks for, if one does. */
export function namedMetric(matchers: readonly LabelMatcher[]): string | undefined {
  return matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.op === '=')?.value;
}

/** Series in memory, indexed by metric name. Sealed, it promises that nothing more will come. */
export class MemorySource implements SeriesSource {
  generation = 0;
  private sealed = false;
  private readonly byKey = new Map<string, Series>();
  private readonly byName = new Map<string, Series[]>();

  /** A source over finished series. */
  static of(series: Iterable<Series>): MemorySource {
    const source = new MemorySource();
    for (const one of series) source.add(one);
    source.seal();
    return source;
  }

  /** Adds a series whose label set is not there yet. */
  add(series: Series): void {
    if (this.byKey.has(series.labels.key))
      throw new RangeError(`series ${series.labels.key} is already there`);
    this.byKey.set(series.labels.key, series);
    const name = labelValue(series.labels, METRIC_NAME);
    const siblings = this.byName.get(name);
    if (siblings) siblings.push(series);
    else this.byName.set(name, [series]);
    this.generation++;
  }

  /** The series with exactly these labels. */
  find(labels: Labels): Series | undefined {
    return this.byKey.get(labels.key);
  }

  /** All series, in the order they were added. */
  all(): readonly Series[] {
    return [...this.byKey.values()];
  }

  /** Promises that neither series nor samples will be added. */
  seal(): void {
    this.sealed = true;
  }

  select(matchers: readonly LabelMatcher[]): readonly Series[] {
    const name = namedMetric(matchers);
    const candidates = name === undefined ? this.byKey.values() : (this.byName.get(name) ?? []);
    const test = compileMatchers(matchers);
    return [...candidates]
      .filter((series) => test(series.labels))
      .sort((a, b) => compareLabels(a.labels, b.labels));
  }

  mayGrow(): boolean {
    return !this.sealed;
  }
}

/** Several sources read as one; a label set should stand in one of them only. */
export function joinSources(sources: readonly SeriesSource[]): SeriesSource {
  return {
    get generation() {
      return sources.reduce((sum, source) => sum + source.generation, 0);
    },
    mayGrow: (matchers) => sources.some((source) => source.mayGrow(matchers)),
    select: (matchers) =>
      sources
        .flatMap((source) => [...source.select(matchers)])
        .sort((a, b) => compareLabels(a.labels, b.labels)),
  };
}
