/**
 * One metric child as the series Prometheus stores: production's names and labels, buckets cumulative, and only the
 * scrapes at which a value changed. Apart from the counting because counting runs once per event and this once per run.
 */
import type { MetricSpec } from '../migration.ts';
import type { ChildScrapes } from './scrapes.ts';

/**
 * When a series' value changed: at scrape `at[i]` it became `values[i]`, and NaN says that it is gone from then on.
 * `values` may be worked out anew each time it is read. Typed arrays: two weeks of them outside of the heap leave the
 * collector nothing to copy.
 */
export interface Changes {
  readonly at: Float64Array;
  readonly values: Float64Array;
}

/** One series; buckets that never differ share one `Changes` object. */
export interface ScrapedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly changes: Changes;
  /** What it was counted from: indexes into the metrics and their children. */
  readonly metric: number;
  readonly child: number;
}

export interface SeriesOptions {
  /** Labels on every series, such as the environment. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the gauges, whose value is always 1. */
  readonly gaugeLabels: Readonly<Record<string, string>>;
  /** How `le` is stored: Prometheus 3 writes a float (`50.0`), 2 keeps what the service wrote (`50`). */
  readonly prometheus: 2 | 3;
  /** Scrapes before which the service was started anew: counts begin at zero and labelled children are unborn again. */
  readonly restarts?: readonly number[];
}

/**
 * The series of one child. As prom-client does it, a labelled child is absent until its first event, in which it
 * appears with its first value; one without a label is there from scrape `from` on, at zero.
 */
export function childSeries(
  spec: MetricSpec,
  place: { readonly metric: number; readonly child: number },
  events: ChildScrapes,
  from: number,
  options: SeriesOptions,
): ScrapedSeries[] {
  const own = spec.label ? { [spec.label.name]: spec.label.values[place.child]! } : {};
  const named = (name: string, extra: Readonly<Record<string, string>>, changes: Changes): ScrapedSeries => ({
    name,
    labels: { ...options.labels, ...own, ...extra },
    changes,
    ...place,
  });
  if (spec.type === 'gauge')
    return [named(spec.name, options.gaugeLabels, { at: Float64Array.of(from), values: Float64Array.of(1) })];
  const history = accumulate(events, from, spec.label === null, options.restarts ?? []);
  if (history.sum.at.length === 0) return [];
  if (spec.type === 'counter') return [named(spec.name, {}, history.buckets[0]!)];
  const bounds = [...spec.buckets.map((bound) => renderBound(bound, options.prometheus)), '+Inf'];
  return [
    ...bounds.map((le, bucket) => named(`${spec.name}_bucket`, { le }, history.buckets[bucket]!)),
    named(`${spec.name}_sum`, {}, history.sum),
    named(`${spec.name}_count`, {}, history.buckets.at(-1)!),
  ];
}

/** A bucket's bound as the label that Prometheus stores. */
export function renderBound(bound: number, prometheus: 2 | 3): string {
  const text = String(bound);
  return prometheus === 2 || /[e.]/.test(text) ? text : `${text}.0`;
}

interface History {
  /** Cumulative by bucket; a bucket without events of its own is the one below it. */
  readonly buckets: readonly Changes[];
  readonly sum: Changes;
}

/**
 * Adds a child's events up over time: one step for each scrape at which something changed. Values are added up when
 * they are asked for and not kept: most series are looked at once, and many never.
 */
function accumulate(
  events: ChildScrapes,
  from: number,
  isBornAtStart: boolean,
  restarts: readonly number[],
): History {
  const { width } = events;
  const seen: number[] = [];
  const differs = new Array<boolean>(width).fill(false);
  events.each((scrape, counts) => {
    seen.push(scrape);
    for (let bucket = 0; bucket < width; bucket++) if (counts[bucket]! > 0) differs[bucket] = true;
  });
  const bornAt = isBornAtStart ? from : (seen[0] ?? Infinity);
  const resets = new Set(restarts.filter((restart) => restart > Math.max(from, bornAt)));
  const unseen = [...resets, ...(isBornAtStart ? [from] : [])].filter(
    (scrape) => events.countUpTo(scrape, width - 1) === 0,
  );
  const at = Float64Array.from(unseen.length === 0 ? seen : [...unseen, ...seen]).sort();
  const changesOf = (read: (scrape: number) => number, unit: number): Changes => ({
    at,
    get values() {
      const values = new Float64Array(at.length);
      let total = 0;
      for (let place = 0; place < at.length; place++) {
        const scrape = at[place]!;
        const isReset = resets.has(scrape);
        if (isReset) total = 0;
        total += read(scrape);
        const isGone = isReset && !isBornAtStart && events.countUpTo(scrape, width - 1) === 0;
        values[place] = isGone ? Number.NaN : total / unit;
      }
      return values;
    },
  });
  const buckets: Changes[] = [];
  for (let bucket = 0; bucket < width; bucket++) {
    const isLikeBelow = bucket > 0 && !differs[bucket];
    buckets.push(
      isLikeBelow ? buckets[bucket - 1]! : changesOf((scrape) => events.countUpTo(scrape, bucket), 1),
    );
  }
  return { buckets, sum: changesOf((scrape) => events.sumMicro(scrape), 1e6) };
}
