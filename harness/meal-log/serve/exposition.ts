/**
 * The service's metrics as Prometheus scrapes them. prom-client stands behind the same door as a replay's tally, so
 * the write paths observe once and do not know who listens. Each server has a registry of its own.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricSink, MetricSpec } from '../../migration.ts';

export interface ExpositionOptions {
  /** On every series. */
  readonly defaultLabels: Readonly<Record<string, string>>;
  /** Labels of the gauges, whose value is always 1. */
  readonly buildLabels: Readonly<Record<string, string>>;
}

export interface Exposition {
  readonly sink: MetricSink;
  readonly contentType: string;
  /** The exposition text of all series. */
  render(): Promise<string>;
}

/**
 * Registers `metrics` and returns the sink that feeds them. A labelled child appears with its first observation, as
 * prom-client has it in production: alerts are judged over exactly the series that a scrape would have seen.
 */
export function createExposition(metrics: readonly MetricSpec[], options: ExpositionOptions): Exposition {
  const registry = new Registry();
  registry.setDefaultLabels(options.defaultLabels);
  const children = metrics.map((spec) => register(spec, registry, options.buildLabels));
  return {
    sink: {
      observe: (metric, child, value) => children[metric]?.[child]?.observe?.(value),
      increment: (metric, child) => children[metric]?.[child]?.increment?.(),
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

interface Child {
  readonly observe?: (value: number) => void;
  readonly increment?: () => void;
}

function register(
  spec: MetricSpec,
  registry: Registry,
  buildLabels: Readonly<Record<string, string>>,
): readonly Child[] {
  const { name, help, label } = spec;
  const labelNames = label ? [label.name] : [];
  const labelSets = label ? label.values.map((value) => ({ [label.name]: value })) : [{}];
  switch (spec.type) {
    case 'histogram': {
      const histogram = new Histogram({
        name,
        help,
        labelNames,
        buckets: [...spec.buckets],
        registers: [registry],
      });
      return labelSets.map((labels) => ({ observe: (value) => histogram.observe(labels, value) }));
    }
    case 'counter': {
      const counter = new Counter({ name, help, labelNames, registers: [registry] });
      return labelSets.map((labels) => ({ increment: () => counter.inc(labels) }));
    }
    case 'gauge': {
      const gauge = new Gauge({ name, help, labelNames: Object.keys(buildLabels), registers: [registry] });
      gauge.set({ ...buildLabels }, 1);
      return [];
    }
  }
}
