import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { MetricSink, MetricSpec } from '../migration.ts';
import { MetricCounts, type MetricSample } from './metric-counts.ts';

const SPECS: readonly MetricSpec[] = [
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

type Event = { readonly metric: number; readonly child: number; readonly value: number };

/** prom-client behind the same sink: the oracle. */
function promClient(): { sink: MetricSink; registry: Registry } {
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

async function exposed(registry: Registry): Promise<MetricSample[]> {
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

const event: fc.Arbitrary<Event> = fc.record({
  metric: fc.integer({ min: 0, max: 3 }),
  child: fc.integer({ min: 0, max: 1 }),
  value: fc.integer({ min: 0, max: 6_000_000 }).map((micro) => micro / 1e6),
});

function feed(sink: MetricSink, events: readonly Event[]): void {
  for (const { metric, child, value } of events) {
    const inside = SPECS[metric]!.label ? child : 0;
    if (SPECS[metric]!.type === 'histogram') sink.observe(metric, inside, value);
    else sink.increment(metric, inside);
  }
}

function byIdentity(samples: readonly MetricSample[]): Map<string, number> {
  return new Map(
    samples.map(({ name, labels, value }) => [
      `${name} ${JSON.stringify(Object.entries(labels).sort())}`,
      value,
    ]),
  );
}

describe('MetricCounts', () => {
  it('exposes what prom-client exposes for the same events: sums to 1e-9, all else exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const counts = new MetricCounts(SPECS);
        feed(counts, events);
        const { sink, registry } = promClient();
        feed(sink, events);
        const ours = byIdentity(counts.samples());
        const theirs = byIdentity(await exposed(registry));
        expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
        for (const [identity, value] of theirs) {
          if (identity.includes('_sum ')) expect(ours.get(identity)).toBeCloseTo(value, 9);
          else expect(`${identity} ${ours.get(identity)}`).toBe(`${identity} ${value}`);
        }
      }),
    );
  });

  it('merges two halves into exactly the whole', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (one, other) => {
        const whole = new MetricCounts(SPECS);
        feed(whole, [...one, ...other]);
        const merged = new MetricCounts(SPECS);
        feed(merged, other);
        const half = new MetricCounts(SPECS);
        feed(half, one);
        merged.merge(half);
        expect(merged.samples()).toEqual(whole.samples());
      }),
    );
  });
});
