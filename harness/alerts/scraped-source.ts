/**
 * A replay's scrapes as the series an evaluator reads. Between changes a scraped value stands still, so samples are
 * made only for the stretches that somebody will look at: two weeks at one scrape every 15 s stay small.
 */
import { GolemError } from '../errors.ts';
import { labelsOf, METRIC_NAME, type Labels } from '../promql/labels.ts';
import { compileMatchers, type LabelMatcher } from '../promql/matchers.ts';
import { compareLabels } from '../promql/labels.ts';
import { namedMetric, type Series, type SeriesSource } from '../promql/series.ts';
import type { Changes, ScrapedSeries } from '../tally/scraped-series.ts';

/** The scrapes of a service from number `from` to number `to`, one every `intervalMs` from the Unix epoch on. */
export interface Scrapes {
  readonly intervalMs: number;
  readonly from: number;
  readonly to: number;
  readonly series: readonly LabelledSeries[];
}

/** A scraped series under the label set that selectors match. */
export interface LabelledSeries {
  readonly labels: Labels;
  readonly scraped: ScrapedSeries;
}

/** A run of scrapes, both ends included. */
export interface ScrapeRun {
  readonly from: number;
  readonly to: number;
}

/** Gives scraped series their label sets, in the order of labels. */
export function labelScrapes(series: readonly ScrapedSeries[], scrapes: Omit<Scrapes, 'series'>): Scrapes {
  const labelled = series.map((scraped) => ({
    labels: labelsOf({ ...scraped.labels, [METRIC_NAME]: scraped.name }),
    scraped,
  }));
  return { ...scrapes, series: labelled.sort((a, b) => compareLabels(a.labels, b.labels)) };
}

/** The scraped series that satisfy all matchers, in the order of their labels. */
export function selectScraped(scrapes: Scrapes, matchers: readonly LabelMatcher[]): LabelledSeries[] {
  const name = namedMetric(matchers);
  const test = compileMatchers(matchers);
  return scrapes.series.filter(
    ({ labels, scraped }) => (name === undefined || scraped.name === name) && test(labels),
  );
}

/** More bytes of samples than this are refused: an engineer's machine should not start to swap. */
const MOST_BYTES = 1.5e9;

/** Where a run's samples stand among those of all runs. */
interface Placed extends ScrapeRun {
  readonly start: number;
}

/** The series sampled at the scrapes of the given runs (ascending, disjoint) and nowhere else. */
export class ScrapedSource implements SeriesSource {
  readonly generation = 1;
  readonly runs: readonly ScrapeRun[];
  readonly #scrapes: Scrapes;
  readonly #runs: readonly Placed[];
  readonly #times: Float64Array;
  readonly #known = new Map<LabelledSeries, Series>();
  /** Series that never differ share their samples. */
  readonly #samples = new Map<Changes, Omit<Series, 'labels'>>();

  constructor(scrapes: Scrapes, runs: readonly ScrapeRun[]) {
    this.#scrapes = scrapes;
    this.runs = runs;
    let length = 0;
    this.#runs = runs.map((run) => {
      const start = length;
      length += run.to - run.from + 1;
      return { ...run, start };
    });
    refuseTooMuch(length, scrapes);
    this.#times = new Float64Array(length);
    for (const { from, to, start } of this.#runs)
      for (let scrape = from; scrape <= to; scrape++)
        this.#times[start + scrape - from] = scrape * scrapes.intervalMs;
  }

  /** What the samples made so far take. */
  get bytes(): number {
    return 8 * this.#times.length * (1 + this.#samples.size);
  }

  /**
   * Gives the samples' memory back at once; nothing may read the source or its series afterwards. The collector would
   * wait: it sees small objects and not the buffers behind them.
   */
  release(): void {
    for (const { values } of this.#samples.values()) (values.buffer as ArrayBuffer).transfer(0);
    (this.#times.buffer as ArrayBuffer).transfer(0);
    this.#samples.clear();
    this.#known.clear();
  }

  mayGrow(): boolean {
    return false;
  }

  select(matchers: readonly LabelMatcher[]): readonly Series[] {
    return selectScraped(this.#scrapes, matchers).map((one) => {
      let series = this.#known.get(one);
      if (!series) {
        series = { labels: one.labels, ...this.#samplesOf(one.scraped.changes) };
        this.#known.set(one, series);
      }
      return series;
    });
  }

  #samplesOf(changes: Changes): Omit<Series, 'labels'> {
    let samples = this.#samples.get(changes);
    if (!samples) {
      samples = this.#sample(changes);
      this.#samples.set(changes, samples);
    }
    return samples;
  }

  #sample({ at, values }: Changes): Omit<Series, 'labels'> {
    const { intervalMs } = this.#scrapes;
    const sampled = new Float64Array(this.#times.length);
    const staleTimes: number[] = [];
    let change = -1;
    let value = Number.NaN;
    let birth = -1;
    let hasGaps = false;
    for (const { from, to, start } of this.#runs) {
      for (let scrape = from; scrape <= to; scrape++) {
        if (change + 1 < at.length && at[change + 1]! <= scrape) {
          while (change + 1 < at.length && at[change + 1]! <= scrape) change++;
          value = values[change]!;
          if (Number.isNaN(value) && at[change] === scrape) staleTimes.push(scrape * intervalMs);
        }
        const place = start + scrape - from;
        sampled[place] = value;
        if (birth < 0 && !Number.isNaN(value)) birth = place;
        hasGaps ||= birth >= 0 && Number.isNaN(value);
      }
    }
    if (birth < 0) return { times: this.#times, values: sampled, length: 0, staleTimes };
    // One that is only born late keeps the common times.
    const times = this.#times.subarray(birth);
    const present = sampled.subarray(birth);
    if (!hasGaps) return { times, values: present, length: present.length, staleTimes };
    return { ...withoutGaps(times, present), staleTimes };
  }
}

/** Leaves out the scrapes at which the series was absent. */
function withoutGaps(times: Float64Array, values: Float64Array): Pick<Series, 'times' | 'values' | 'length'> {
  const isPresent = (place: number): boolean => !Number.isNaN(values[place]);
  const kept = values.filter((value) => !Number.isNaN(value));
  return { times: times.filter((_, place) => isPresent(place)), values: kept, length: kept.length };
}

function refuseTooMuch(length: number, scrapes: Scrapes): void {
  const distinct = new Set(scrapes.series.map(({ scraped }) => scraped.changes)).size;
  const bytes = 8 * length * (distinct + 1);
  if (bytes <= MOST_BYTES) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'evaluate rules over',
    subject: `${length} scrapes of ${scrapes.series.length} series`,
    reason: `their samples would take ${(bytes / 1e9).toFixed(1)} GB at one scrape every ${scrapes.intervalMs / 1000} s`,
    next: 'golem alerts run --scrape-interval 1m',
  });
}
