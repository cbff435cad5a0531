/**
 * What production's metrics would hold after a replay: a count per bucket and a sum in 1e-6 units, all integers, so
 * that two halves add up to exactly the whole. Stands in for prom-client in the hot loop and is held equal to it by
 * test.
 */
import type { MetricSink, MetricSpec } from '../migration.ts';

interface Child {
  /** Observations per bucket, not cumulative, the last for +Inf; a single count for counters. */
  readonly counts: number[];
  sumMicro: number;
  /** prom-client creates a labelled child at its first use; an unlabelled one exists from the start. */
  born: boolean;
}

/** Counts as plain numbers, by metric and child. */
export type MetricCountsJson = readonly (readonly (readonly number[])[])[];

/** One exposed sample, as a scrape would read it. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class MetricCounts implements MetricSink {
  readonly #specs: readonly MetricSpec[];
  readonly #children: readonly (readonly Child[])[];

  constructor(specs: readonly MetricSpec[]) {
    this.#specs = specs;
    this.#children = specs.map((spec) =>
      Array.from({ length: spec.label ? spec.label.values.length : 1 }, () => ({
        counts: new Array<number>(spec.buckets.length + 1).fill(0),
        sumMicro: 0,
        born: spec.label === null && spec.type !== 'gauge',
      })),
    );
  }

  observe(metric: number, child: number, value: number): void {
    const { buckets } = this.#specs[metric]!;
    const into = this.#children[metric]![child]!;
    let bucket = 0;
    while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
    into.counts[bucket]! += 1;
    into.sumMicro += Math.round(value * 1e6);
    into.born = true;
  }

  increment(metric: number, child: number): void {
    const into = this.#children[metric]![child]!;
    into.counts[0]! += 1;
    into.born = true;
  }

  merge(other: MetricCounts): void {
    for (const [metric, children] of this.#children.entries()) {
      for (const [index, child] of children.entries()) {
        const from = other.#children[metric]![index]!;
        for (let bucket = 0; bucket < child.counts.length; bucket++)
          child.counts[bucket]! += from.counts[bucket]!;
        child.sumMicro += from.sumMicro;
        child.born ||= from.born;
      }
    }
  }

  /** By metric and child: 1 where it is born, the sum in 1e-6 units, then the counts by bucket. */
  toJSON(): MetricCountsJson {
    return this.#children.map((children) =>
      children.map(({ born, sumMicro, counts }) => [born ? 1 : 0, sumMicro, ...counts]),
    );
  }

  /** What `toJSON` gave, as counts of the same metrics. */
  static fromJSON(specs: readonly MetricSpec[], json: MetricCountsJson): MetricCounts {
    const metrics = new MetricCounts(specs);
    for (const [metric, children] of metrics.#children.entries()) {
      for (const [index, child] of children.entries()) {
        const [born = 0, sumMicro = 0, ...counts] = json[metric]?.[index] ?? [];
        child.born ||= born === 1;
        child.sumMicro = sumMicro;
        for (let bucket = 0; bucket < child.counts.length; bucket++)
          child.counts[bucket] = counts[bucket] ?? 0;
      }
    }
    return metrics;
  }

  /** The value of a counter's child by its label value (any for a counter without a label). */
  counter(name: string, labelValue: string | null): number {
    const metric = this.#specs.findIndex((spec) => spec.name === name);
    const child = labelValue === null ? 0 : (this.#specs[metric]?.label?.values.indexOf(labelValue) ?? -1);
    return this.#children[metric]?.[child]?.counts[0] ?? 0;
  }

  /** Every sample a scrape would read, buckets cumulative with their `le`, gauges left out. */
  samples(): MetricSample[] {
    const samples: MetricSample[] = [];
    for (const [metric, spec] of this.#specs.entries()) {
      if (spec.type === 'gauge') continue;
      for (const [index, child] of this.#children[metric]!.entries()) {
        if (!child.born) continue;
        const labels = spec.label ? { [spec.label.name]: spec.label.values[index]! } : {};
        if (spec.type === 'counter') {
          samples.push({ name: spec.name, labels, value: child.counts[0]! });
          continue;
        }
        let cumulative = 0;
        for (const [bucket, count] of child.counts.entries()) {
          cumulative += count;
          const le = bucket < spec.buckets.length ? String(spec.buckets[bucket]) : '+Inf';
          samples.push({ name: `${spec.name}_bucket`, labels: { ...labels, le }, value: cumulative });
        }
        samples.push({ name: `${spec.name}_sum`, labels, value: child.sumMicro / 1e6 });
        samples.push({ name: `${spec.name}_count`, labels, value: cumulative });
      }
    }
    return samples;
  }
}
