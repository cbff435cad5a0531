import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emit,
  eventValue,
  exposed,
  identity,
  type MetricEvent,
  promClient,
  SPECS,
} from './prom-client.fixture.ts';
import { mergePackedScrapes, packScrapes } from './packed-scrapes.ts';
import { renderBound, type ScrapedSeries, type SeriesOptions } from './scraped-series.ts';
import { ScrapeTally } from './scrapes.ts';

const INTERVAL_MS = 15_000;

const OPTIONS: SeriesOptions = { labels: { env: 'prod' }, gaugeLabels: {}, prometheus: 2 };

interface Event extends MetricEvent {
  readonly atMs: number;
}

const event: fc.Arbitrary<Event> = fc.record({
  // Some at a scrape's very instant, many within one block, some far away.
  atMs: fc.oneof(
    fc.integer({ min: 1, max: 40 }).map((scrape) => scrape * INTERVAL_MS),
    fc.integer({ min: 1, max: 600_000 }),
    fc.integer({ min: 1, max: 40_000_000 }),
  ),
  metric: fc.integer({ min: 0, max: 3 }),
  child: fc.integer({ min: 0, max: 1 }),
  value: eventValue,
});

function tallyOf(events: readonly Event[], keepsValues = false): ScrapeTally {
  const tally = new ScrapeTally(SPECS, { intervalMs: INTERVAL_MS, keepsValues });
  let nowMs = 0;
  const sink = tally.sink({ nowMs: () => nowMs });
  for (const one of events) {
    nowMs = one.atMs;
    emit(sink, one);
  }
  return tally;
}

/** A series' value at a scrape; undefined where it is absent. */
function valueAt(series: ScrapedSeries, scrape: number): number | undefined {
  const place = series.changes.at.findLastIndex((at) => at <= scrape);
  const value = place < 0 ? undefined : series.changes.values[place];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

describe('ScrapeTally', () => {
  it('holds at each scrape what prom-client would have exposed then: sums to 1e-9, all else exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 40 }), async (events) => {
        const series = tallyOf(events).series(0, OPTIONS);
        const { sink, registry } = promClient();
        const inOrder = events.toSorted((a, b) => a.atMs - b.atMs);
        const scrapes = new Set(
          inOrder.flatMap(({ atMs }) => [
            0,
            Math.ceil(atMs / INTERVAL_MS) - 1,
            Math.ceil(atMs / INTERVAL_MS),
          ]),
        );
        let fed = 0;
        for (const scrape of [...scrapes].sort((a, b) => a - b)) {
          while (fed < inOrder.length && inOrder[fed]!.atMs <= scrape * INTERVAL_MS)
            emit(sink, inOrder[fed++]!);
          const theirs = new Map(
            (await exposed(registry)).map(({ name, labels, value }) => [
              identity(name, { ...labels, env: 'prod' }),
              value,
            ]),
          );
          const ours = new Map(
            series.flatMap((one) => {
              const value = valueAt(one, scrape);
              return value === undefined ? [] : [[identity(one.name, one.labels), value] as const];
            }),
          );
          expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
          for (const [key, value] of theirs) {
            if (key.includes('_sum ')) expect(ours.get(key)).toBeCloseTo(value, 9);
            else expect(`${key} ${ours.get(key)}`).toBe(`${key} ${value}`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('merges in any order and grouping into exactly the whole, and an empty tally changes nothing', () => {
    const events = fc.array(event, { maxLength: 25 });
    fc.assert(
      fc.property(events, events, events, (one, two, three) => {
        const shown = (tally: ScrapeTally) => [tally.series(0, OPTIONS), tally.span()];
        const merged = (...parts: ScrapeTally[]): ScrapeTally => {
          const into = tallyOf([], true);
          for (const part of parts) into.merge(part);
          return into;
        };
        const whole = shown(tallyOf([...one, ...two, ...three]));
        const [a, b, c] = [one, two, three].map((part) => tallyOf(part, true)) as [
          ScrapeTally,
          ScrapeTally,
          ScrapeTally,
        ];
        expect(shown(merged(a, b, c))).toEqual(whole);
        expect(shown(merged(c, merged(b, a)))).toEqual(whole);
        const values = merged(c, a, b).child(0, 0).valuesMicro(0, Infinity);
        expect(values).toEqual(
          tallyOf([...one, ...two, ...three], true)
            .child(0, 0)
            .valuesMicro(0, Infinity),
        );
      }),
    );
  });

  it('gives the exact values of a window of scrapes, ascending, wherever they came from', () => {
    const at = (scrape: number, value: number): Event => ({
      atMs: scrape * INTERVAL_MS,
      metric: 0,
      child: 1,
      value,
    });
    const events = [at(9, 0.3), at(2, 5), at(40, 1), at(2, 0.5), at(5, 2)];
    const child = (tally: ScrapeTally) => tally.child(0, 1);
    const one = tallyOf(events.slice(0, 2), true);
    expect(child(one).valuesMicro(0, 99)).toEqual([300_000, 5_000_000]);
    one.merge(tallyOf(events.slice(2), true));
    expect(child(one).valuesMicro(0, 99)).toEqual([300_000, 500_000, 1_000_000, 2_000_000, 5_000_000]);
    expect(child(one).valuesMicro(2, 9)).toEqual([300_000, 500_000, 2_000_000, 5_000_000]);
    expect(child(one).valuesMicro(3, 8)).toEqual([2_000_000]);
    expect(child(one).valuesMicro(10, 39)).toEqual([]);
    expect(child(tallyOf(events)).valuesMicro(0, 99)).toEqual([]);
  });

  it('counts on beyond what two bytes hold, in events and in merges, and leaves its neighbours as they were', () => {
    const busy = (events: number): ScrapeTally => {
      const tally = new ScrapeTally(SPECS, { intervalMs: INTERVAL_MS });
      const sink = tally.sink({ nowMs: () => INTERVAL_MS });
      for (let event = 0; event < events; event++) sink.increment(1, 0);
      sink.increment(1, 1);
      return tally;
    };
    const counts = (tally: ScrapeTally) => [0, 1].map((child) => tally.child(1, child).countUpTo(1, 0));
    expect(counts(busy(65_537))).toEqual([65_537, 1]);
    const merged = busy(40_000);
    merged.merge(busy(40_000));
    expect(counts(merged)).toEqual([80_000, 2]);
    mergePackedScrapes(merged, packScrapes(busy(100_000)));
    expect(counts(merged)).toEqual([180_000, 3]);
  });

  it('keeps scrapes that lie far apart, each in its place', () => {
    const tally = tallyOf(
      Array.from({ length: 5_000 }, (_, number) => ({
        atMs: ((number * 7_919) % 5_000) * 40 * INTERVAL_MS,
        metric: 1,
        child: 0,
        value: 0,
      })),
    );
    const seen: number[] = [];
    tally.child(1, 0).each((scrape, counts) => seen.push(scrape * counts[0]!));
    expect(seen).toEqual(Array.from({ length: 5_000 }, (_, number) => number * 40));
  });

  it('gives its memory back and holds nothing after that', () => {
    const tally = tallyOf([{ atMs: 15_000, metric: 0, child: 0, value: 1 }]);
    tally.release();
    expect([tally.span(), tally.child(0, 0).countUpTo(1, 0)]).toEqual([null, 0]);
  });

  it('gives an event to the first scrape at or after it, also when events come out of order', () => {
    const at = (atMs: number): Event => ({ atMs, metric: 1, child: 0, value: 0 });
    const [counter] = tallyOf([at(30_001), at(30_000), at(15_001)]).series(0, OPTIONS);
    expect(counter!.changes).toEqual({ at: Float64Array.of(2, 3), values: Float64Array.of(2, 3) });
  });

  it('starts anew at a restart: counts from zero, labelled children unborn until their next event', () => {
    const tally = tallyOf([
      { atMs: 15_000, metric: 1, child: 0, value: 0 },
      { atMs: 15_000, metric: 3, child: 0, value: 0 },
      { atMs: 60_000, metric: 1, child: 0, value: 0 },
    ]);
    const shown = Object.fromEntries(
      tally.series(0, { ...OPTIONS, restarts: [3, 9] }).map((one) => [one.name, one.changes]),
    );
    expect(shown.breach_total).toEqual({
      at: Float64Array.of(1, 3, 4, 9),
      values: Float64Array.of(1, Number.NaN, 1, Number.NaN),
    });
    expect(shown.errors_total).toEqual({
      at: Float64Array.of(0, 1, 3, 9),
      values: Float64Array.of(0, 1, 0, 0),
    });
  });

  it('lets buckets without observations of their own share the one below', () => {
    const series = tallyOf([{ atMs: 15_000, metric: 0, child: 0, value: 0.7 }]).series(0, OPTIONS);
    const buckets = series.filter((one) => one.name === 'diff_abs_bucket').map((one) => one.changes);
    expect(buckets.map((one) => one === buckets[1])).toEqual([false, true, true, true, true]);
  });

  it('refuses to add scrapes of another interval', () => {
    const other = new ScrapeTally(SPECS, { intervalMs: 30_000 });
    expect(() => tallyOf([]).merge(other)).toThrow(RangeError);
  });
});

it.each([
  [50, 2, '50'],
  [50, 3, '50.0'],
  [0.5, 3, '0.5'],
  [1280, 3, '1280.0'],
] as const)('writes the bound %d for Prometheus %d as %s', (bound, major, text) => {
  expect(renderBound(bound, major)).toBe(text);
});
