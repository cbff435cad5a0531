/**
 * Lets scrapes listen to a migration's service beside whoever listens already. Scrapes need the service's clock, which
 * the replay makes for each run, so the listening begins where the service is made.
 */
import type { MetricSink, Migration, ReplayStore } from '../migration.ts';
import type { ScrapeTally } from './scrapes.ts';

/** The migration, each of whose services also reports to the scrapes. */
export function scrapedMigration<Store extends ReplayStore>(
  migration: Migration<Store>,
  scrapes: ScrapeTally,
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
