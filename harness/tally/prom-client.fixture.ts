/**
 * prom-client as the oracle of everything that counts metrics: the same events behind the same sink. Its own file,
 * because the counts of a replay and its scrapes are both held equal to it.
 */
import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import type { MetricSink, MetricSpec } from '../migration.ts';
import type { MetricSample } from './metric-counts.ts';

/** A histogram and a counter, each with a label and without. */
export const SPECS: readonly MetricSpec[] = [
  {
    name: 'diff_abs',
    help: 'h',
    type: 'histogram',
    label: { name: 'field', values: ['a', 'b'] },
    buckets: [0.5, 1, 2, 5],
  },
  {
    name: 'breach_total',
    help: 'h',
    type: 'counter',
    label: { name: 'field', values: ['a', 'b'] },
    buckets: [],
  },
  { name: 'duration_seconds', help: 'h', type: 'histogram', label: null, buckets: [0.01, 1] },
  { name: 'errors_total', help: 'h', type: 'counter', label: null, buckets: [] },
];

/** One event of one of `SPECS`; the child of a metric without a label is ignored. */
export interface MetricEvent {
  readonly metric: number;
  readonly child: number;
  readonly value: number;
}

/** Values of events: every bucket's very edge, which belongs inside, among any others up to above the last. */
export const eventValue: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...SPECS.flatMap(({ buckets }) => buckets)),
  fc.integer({ min: 0, max: 6_000_000 }).map((micro) => micro / 1e6),
);

/** Sends an event to a sink the way its metric takes it. */
export function emit(sink: MetricSink, { metric, child, value }: MetricEvent): void {
  const inside = SPECS[metric]!.label ? child : 0;
  if (SPECS[metric]!.type === 'histogram') sink.observe(metric, inside, value);
  else sink.increment(metric, inside);
}

/** prom-client behind the same sink: the oracle. */
export function promClient(): { sink: MetricSink; registry: Registry } {
  const registry = new Registry();
  const metrics = SPECS.map((spec) => {
    const common = {
      name: spec.name,
      help: spec.help,
      labelNames: spec.label ? [spec.label.name] : [],
      registers: [registry],
    };
    return spec.type === 'histogram'
      ? new Histogram({ ...common, buckets: [...spec.buckets] })
      : new Counter(common);
  });
  const labels = (metric: number, child: number): Record<string, string> => {
    const label = SPECS[metric]!.label;
    return label ? { [label.name]: label.values[child]! } : {};
  };
  return {
    registry,
    sink: {
      observe: (metric, child, value) => (metrics[metric] as Histogram).observe(labels(metric, child), value),
      increment: (metric, child) => (metrics[metric] as Counter).inc(labels(metric, child)),
    },
  };
}

/** Every sample prom-client exposes now. */
export async function exposed(registry: Registry): Promise<MetricSample[]> {
  const samples: MetricSample[] = [];
  for (const metric of await registry.getMetricsAsJSON()) {
    for (const { metricName, labels, value } of metric.values as {
      metricName?: string;
      labels: object;
      value: number;
    }[]) {
      const text = Object.fromEntries(Object.entries(labels).map(([key, inner]) => [key, String(inner)]));
      samples.push({ name: metricName ?? metric.name, labels: text, value });
    }
  }
  return samples;
}

/** What tells one sample from another: its name and its sorted labels. */
export function identity(name: string, labels: object): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
}
