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
  readonly #scrapes: Scrapes;
  readonly #runs: readonly Placed[];
  readonly #times: Float64Array;
  readonly #known = new Map<LabelledSeries, Series>();
  /** Series that never differ share their samples. */
  readonly #samples = new Map<Changes, Omit<Series, 'labels'>>();

  constructor(scrapes: Scrapes, runs: readonly ScrapeRun[]) {
    this.#scrapes = scrapes;
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
    const sampled = new Float64Array(this.#times.length);
    const staleTimes: number[] = [];
    let absent = false;
    let change = 0;
    for (const { from, to, start } of this.#runs) {
      while (change + 1 < at.length && at[change + 1]! <= from) change++;
      let scrape = from;
      while (scrape <= to) {
        const isBorn = at[change] !== undefined && at[change]! <= scrape;
        const value = isBorn ? values[change]! : Number.NaN;
        if (Number.isNaN(value)) absent = true;
        if (isBorn && Number.isNaN(value) && at[change] === scrape)
          staleTimes.push(scrape * this.#scrapes.intervalMs);
        const nextChange = isBorn ? at[change + 1] : at[change];
        const end = Math.min(to, (nextChange ?? Infinity) - 1);
        sampled.fill(value, start + scrape - from, start + end - from + 1);
        scrape = end + 1;
        if (isBorn && nextChange !== undefined && scrape >= nextChange) change++;
      }
    }
    if (!absent) return { times: this.#times, values: sampled, length: sampled.length, staleTimes };
    return { ...this.#present(sampled), staleTimes };
  }

  /** Leaves out the scrapes at which the series was absent; one that is only born late keeps the common times. */
  #present(sampled: Float64Array): Pick<Series, 'times' | 'values' | 'length'> {
    const birth = sampled.findIndex((value) => !Number.isNaN(value));
    if (birth < 0) return { times: this.#times, values: sampled, length: 0 };
    const times = this.#times.subarray(birth);
    const values = sampled.subarray(birth);
    if (!values.some(Number.isNaN)) return { times, values, length: values.length };
    const kept = [...values.keys()].filter((place) => !Number.isNaN(values[place]!));
    return {
      times: Float64Array.from(kept, (place) => times[place]!),
      values: Float64Array.from(kept, (place) => values[place]!),
      length: kept.length,
    };
  }
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
