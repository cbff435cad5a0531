/**
 * Lets scrapes listen to a migration's service beside whoever listens already. Scrapes need the service's clock, which
 * the replay makes for each run, so the listening begins where the service is made.
 */
import type { Clock, MetricSink, Migration, ReplayStore } from '../migration.ts';

/** Who wants to hear a service's metrics on the service's clock, as scrapes do. */
export interface MetricListener {
  sink(clock: Pick<Clock, 'nowMs'>): MetricSink;
}

/** The migration, each of whose services also reports to the scrapes. */
export function scrapedMigration<Store extends ReplayStore>(
  migration: Migration<Store>,
  scrapes: MetricListener,
): Migration<Store> {
  return {
    ...migration,
    createService: (environment) =>
      migration.createService({
        ...environment,
        metrics: both(environment.metrics, scrapes.sink(environment.clock)),
      }),
  };
}

function both(one: MetricSink, other: MetricSink): MetricSink {
  return {
    observe(metric, child, value) {
      one.observe(metric, child, value);
      other.observe(metric, child, value);
    },
    increment(metric, child) {
      one.increment(metric, child);
      other.increment(metric, child);
    },
  };
}
