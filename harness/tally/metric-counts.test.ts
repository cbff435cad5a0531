import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricSink } from '../migration.ts';
import { MetricCounts, type MetricSample } from './metric-counts.ts';
import {
  emit,
  eventValue,
  exposed,
  identity,
  type MetricEvent,
  promClient,
  SPECS,
} from './prom-client.fixture.ts';

const event: fc.Arbitrary<MetricEvent> = fc.record({
  metric: fc.integer({ min: 0, max: 3 }),
  child: fc.integer({ min: 0, max: 1 }),
  value: eventValue,
});

function feed(sink: MetricSink, events: readonly MetricEvent[]): void {
  for (const one of events) emit(sink, one);
}

function byIdentity(samples: readonly MetricSample[]): Map<string, number> {
  return new Map(samples.map(({ name, labels, value }) => [identity(name, labels), value]));
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
        for (const [sample, value] of theirs) {
          if (sample.includes('_sum ')) expect(ours.get(sample)).toBeCloseTo(value, 9);
          else expect(`${sample} ${ours.get(sample)}`).toBe(`${sample} ${value}`);
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
