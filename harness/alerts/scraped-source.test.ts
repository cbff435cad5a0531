import { describe, expect, it } from 'vitest';
import type { LabelMatcher } from '../promql/matchers.ts';
import type { ScrapedSeries } from '../tally/scraped-series.ts';
import { labelScrapes, ScrapedSource, type ScrapeRun } from './scraped-source.ts';

const MINUTE_MS = 60_000;
const NAMED: readonly LabelMatcher[] = [{ name: '__name__', op: '=', value: 'hits' }];

/** A series that becomes each value at its scrape; NaN means that it is gone. */
const scraped = (changes: readonly (readonly [at: number, value: number])[]): ScrapedSeries => ({
  name: 'hits',
  labels: {},
  changes: {
    at: Float64Array.from(changes, ([at]) => at),
    values: Float64Array.from(changes, ([, value]) => value),
  },
  metric: 0,
  child: 0,
});

function samples(changes: Parameters<typeof scraped>[0], runs: readonly ScrapeRun[]) {
  const scrapes = labelScrapes([scraped(changes)], { intervalMs: MINUTE_MS, from: 0, to: 100 });
  const [series] = new ScrapedSource(scrapes, runs).select(NAMED);
  const { times, values, length, staleTimes } = series!;
  return {
    points: Array.from({ length }, (_, at) => [times[at]! / MINUTE_MS, values[at]]),
    stale: staleTimes.map((ms) => ms / MINUTE_MS),
  };
}

describe('a scraped series as samples', () => {
  // Born at 3, restarted and gone at 6, born again at 8.
  const course = [
    [3, 1],
    [5, 2],
    [6, Number.NaN],
    [8, 1],
  ] as const;

  it('holds its value at every scrape from its birth on', () => {
    expect(samples(course.slice(0, 2), [{ from: 0, to: 6 }])).toEqual({
      points: [
        [3, 1],
        [4, 1],
        [5, 2],
        [6, 2],
      ],
      stale: [],
    });
  });

  it('has no sample where it is gone, and a stale marker at the first of those scrapes', () => {
    expect(samples(course, [{ from: 4, to: 9 }])).toEqual({
      points: [
        [4, 1],
        [5, 2],
        [8, 1],
        [9, 1],
      ],
      stale: [6],
    });
  });

  it('takes up in each run what it had become in between', () => {
    expect(
      samples(course, [
        { from: 4, to: 4 },
        { from: 7, to: 8 },
      ]),
    ).toEqual({
      points: [
        [4, 1],
        [8, 1],
      ],
      stale: [],
    });
  });

  it('has none before its birth, and none in no run', () => {
    expect(samples(course, [{ from: 0, to: 2 }])).toEqual({ points: [], stale: [] });
    expect(samples(course, [])).toEqual({ points: [], stale: [] });
  });
});

it('refuses samples that would fill the memory, and says what they would take', () => {
  const long = { intervalMs: 15_000, from: 0, to: 99_999_999 };
  const scrapes = labelScrapes([scraped([[0, 1]])], long);
  expect(() => new ScrapedSource(scrapes, [long])).toThrow(
    /^Failed to evaluate rules over "100000000 scrapes of 1 series": their samples would take 1\.6 GB at one scrape every 15 s\. /,
  );
});
