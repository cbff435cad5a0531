/**
 * Busy traffic for the bench of the alerts: two weeks in which the service's metrics move nearly every minute, scraped
 * each minute, with the rule files that production loads. One file, so that golem and promtool read the same values.
 */
import { join } from 'node:path';
import { readRuleFiles } from '../../harness/alerts/read-files.ts';
import type { RuleGroup } from '../../harness/alerts/rule-file.ts';
import { alertSettings, scrapesOf } from '../../harness/alerts/rule-sets.ts';
import { ScrapedSource, type Scrapes } from '../../harness/alerts/scraped-source.ts';
import { mealLog } from '../../harness/meal-log/index.ts';
import { METRIC } from '../../harness/meal-log/metrics.ts';
import { formatGoFloat } from '../../harness/promql/go-text.ts';
import { labelValue, renderLabels } from '../../harness/promql/labels.ts';
import { ScrapeTally } from '../../harness/tally/scrapes.ts';
import { Random } from '../traffic/random.ts';

const MINUTE_MS = 60_000;
/** A whole minute, so that promtool's minutes from zero are those of the scrapes. */
const START_MS = Date.UTC(2025, 8, 1);

export const settings = alertSettings({
  rulesets: {},
  scrape_interval: '1m',
  evaluation_interval: '1m',
  tail: '1m',
  prometheus: 2,
});

const prometheus = join(import.meta.dirname, '../../observability/prometheus');
export const RULE_FILES = [
  'shadow-diff-alerts.yml',
  'shadow-diff-alerts.proposed.yml',
  'shadow-diff-recording-rules.yml',
  'shadow-diff-burn-rate.yml',
].map((name) => join(prometheus, name));

/** Every rule, in groups without an interval of their own: promtool evaluates all of them each minute. */
export function benchGroups(): readonly RuleGroup[] {
  return readRuleFiles(RULE_FILES).map((group) => ({ ...group, intervalMs: undefined }));
}

/** Observations of all seven fields at random, for `activeShare` of the days, from the first on. */
export function benchTally(days: number, activeShare = 1): ScrapeTally {
  const tally = new ScrapeTally(mealLog.metrics, { intervalMs: MINUTE_MS });
  const random = new Random('bench-alerts');
  let nowMs = START_MS;
  const sink = tally.sink({ nowMs: () => nowMs });
  const minutes = Math.floor(days * 1440 * activeShare);
  for (let minute = 0; minute < minutes; minute++) {
    nowMs = START_MS + minute * MINUTE_MS;
    for (let records = random.whole(0, 2); records > 0; records--) {
      for (let field = 0; field < 7; field++) {
        const isRatio = field >= 4;
        // Spread over the buckets by magnitude, so that every bucket has its own course.
        const value = (isRatio ? 2 : 1000) * 10 ** -random.between(0, 3);
        sink.observe(isRatio ? METRIC.diffRel : METRIC.diffAbs, isRatio ? field - 4 : field, value);
        sink.observe(isRatio ? METRIC.dailyDiffRel : METRIC.dailyDiffAbs, isRatio ? field - 4 : field, value);
        if (random.chance(0.1)) sink.increment(METRIC.diffBreach, field);
        if (random.chance(0.1)) sink.increment(METRIC.dailyDiffBreach, field);
      }
    }
  }
  nowMs = START_MS + (days * 1440 - 2) * MINUTE_MS;
  sink.increment(METRIC.idempotency, 0);
  return tally;
}

export function benchScrapes(tally: ScrapeTally): Scrapes {
  return scrapesOf(new Map([['prod', tally]]), mealLog, settings)!;
}

/** The same as a promtool unit test. */
export function benchUnitTest(scrapes: Scrapes): string {
  const source = new ScrapedSource(scrapes, [{ from: scrapes.from, to: scrapes.to }]);
  const base = scrapes.from * scrapes.intervalMs;
  const read = new Set(
    benchGroups().flatMap((group) =>
      group.rules.flatMap((rule) => rule.exprText.match(/meal_log\w+/g) ?? []),
    ),
  );
  const input_series = source.select([]).flatMap((series) => {
    if (!read.has(labelValue(series.labels, '__name__'))) return [];
    const lead = (series.times[0]! - base) / scrapes.intervalMs;
    const values = Array.from(series.values.subarray(0, series.length), formatGoFloat).join(' ');
    return [{ series: renderLabels(series.labels), values: `${lead > 0 ? `_x${lead} ` : ''}${values}` }];
  });
  const last = scrapes.to - scrapes.from;
  return JSON.stringify({
    rule_files: RULE_FILES,
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series,
        promql_expr_test: [
          { expr: 'vector(1)', eval_time: `${last}m`, exp_samples: [{ labels: '{}', value: 1 }] },
        ],
      },
    ],
  });
}
