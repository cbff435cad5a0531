/**
 * One metric child as the series Prometheus stores: production's names and labels, buckets cumulative, and only the
 * scrapes at which a value changed. Apart from the counting because counting runs once per event and this once per run.
 */
import type { MetricSpec } from '../migration.ts';
import type { ChildScrapes } from './scrapes.ts';

/** When a series' value changed: at scrape `at[i]` it became `values[i]`, and NaN says that it is gone from then on. */
export interface Changes {
  readonly at: readonly number[];
  readonly values: readonly number[];
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
  if (spec.type === 'gauge') return [named(spec.name, options.gaugeLabels, { at: [from], values: [1] })];
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

/** Adds a child's events up over time: one step for each scrape at which something changed. */
function accumulate(
  events: ChildScrapes,
  from: number,
  isBornAtStart: boolean,
  restarts: readonly number[],
): History {
  const { width } = events;
  const at: number[] = [];
  const columns = Array.from({ length: width }, (): number[] => []);
  const sums: number[] = [];
  const counts = new Array<number>(width).fill(0);
  const differs = new Array<boolean>(width).fill(false);
  let sumMicro = 0;

  const step = (scrape: number, isGone: boolean): void => {
    const place = at.at(-1) === scrape ? at.length - 1 : at.push(scrape) - 1;
    let cumulative = 0;
    for (let bucket = 0; bucket < width; bucket++) {
      cumulative += counts[bucket]!;
      columns[bucket]![place] = isGone ? Number.NaN : cumulative;
    }
    sums[place] = isGone ? Number.NaN : sumMicro / 1e6;
  };
  const pending = restarts.filter((restart) => restart > from).sort((a, b) => a - b);
  const restartUntil = (scrape: number): void => {
    for (let next = pending[0]; next !== undefined && next <= scrape; next = pending[0]) {
      pending.shift();
      counts.fill(0);
      sumMicro = 0;
      if (at.length > 0) step(next, !isBornAtStart);
    }
  };
  if (isBornAtStart) step(from, false);
  events.each((scrape, seen, seenMicro) => {
    restartUntil(scrape);
    for (let bucket = 0; bucket < width; bucket++) {
      if (seen[bucket]! === 0) continue;
      counts[bucket]! += seen[bucket]!;
      differs[bucket] = true;
    }
    sumMicro += seenMicro;
    step(scrape, false);
  });
  restartUntil(Infinity);

  const buckets: Changes[] = [];
  for (const [bucket, values] of columns.entries())
    buckets.push(bucket > 0 && !differs[bucket] ? buckets[bucket - 1]! : { at, values });
  return { buckets, sum: { at, values: sums } };
}
