/**
 * What hangs on chance in a rule: series born with a value that no rate can see, and the shift of the group's
 * evaluations within its interval, which production draws from a hash.
 */
import type { Expr } from '../promql/ast.ts';
import { labelValue } from '../promql/labels.ts';
import { selectorsOf } from './activity.ts';
import type { RuleAudit } from './audit.ts';
import { round } from './audit-buckets.ts';
import { instant } from './course.ts';
import { emulateAlerts, type ScrapeView } from './emulate.ts';
import type { AlertingRule, RuleGroup } from './rule-file.ts';
import type { AlertPlan } from './rule-sets.ts';
import { selectScraped, type Scrapes } from './scraped-source.ts';
import { growthInside } from './scraped-window.ts';

/** The births among the series that a rule reads, by its expression or through others, and what they hide. */
export function birthsOf(reads: readonly Expr[], scrapes: Scrapes): RuleAudit['births'] {
  const seen = new Set(
    reads
      .flatMap(selectorsOf)
      .flatMap(({ matchers }) => selectScraped(scrapes, matchers))
      // A histogram's births are its observations', once and not once a bucket.
      .filter(({ labels }) => ['', '+Inf'].includes(labelValue(labels, 'le'))),
  );
  let series = 0;
  let hidden = 0;
  let increments = 0;
  for (const { scraped } of seen) {
    const { at, values } = scraped.changes;
    increments += growthInside(scraped.changes, { after: scrapes.from - 1, upTo: scrapes.to });
    for (const [place, value] of values.entries()) {
      const isBirth = place === 0 || Number.isNaN(values[place - 1]);
      if (!isBirth || !(value > 0) || at[place]! <= scrapes.from) continue;
      series += 1;
      hidden += value;
    }
  }
  return { series, hidden, increments };
}

/** What came of a rule over all phases tried; infinite where it never fired or never measured. */
export interface PhaseSweep {
  tried: number;
  fires: number;
  earliestMs: number;
  latestMs: number;
  lowestPeak: number;
  highestPeak: number;
}

/** At most this many shifts of a group's evaluations are tried. */
const MOST_PHASES = 8;

/** Runs a set's groups at shifts spread over their intervals, each a whole number of scrapes. */
export function sweepPhases(
  groups: readonly RuleGroup[],
  view: ScrapeView,
  plan: AlertPlan,
): Map<AlertingRule, PhaseSweep> {
  const { intervalMs, prometheus, scrapeIntervalMs } = plan.settings;
  const sweeps = new Map<AlertingRule, PhaseSweep>();
  const stepsOf = (group: RuleGroup): number =>
    Math.max(1, Math.floor((group.intervalMs ?? intervalMs) / scrapeIntervalMs));
  const tries = Math.min(MOST_PHASES, Math.max(...groups.map(stepsOf)));
  for (let attempt = 0; attempt < tries; attempt++) {
    const phaseMs = (group: RuleGroup): number =>
      Math.floor((attempt * stepsOf(group)) / tries) * scrapeIntervalMs;
    const { alerts } = emulateAlerts(groups, view, {
      intervalMs,
      prometheus,
      defaultStepMs: intervalMs,
      phaseMs,
    });
    for (const [rule, summaries] of Map.groupBy(alerts, (one) => one.rule)) {
      const sweep = sweeps.get(rule) ?? {
        ...{ tried: 0, fires: 0, earliestMs: Infinity, latestMs: -Infinity },
        ...{ lowestPeak: Infinity, highestPeak: -Infinity },
      };
      sweeps.set(rule, sweep);
      sweep.tried += 1;
      const firing = Math.min(...summaries.map(({ firingAtMs }) => firingAtMs ?? Infinity));
      if (firing < Infinity) {
        sweep.fires += 1;
        sweep.earliestMs = Math.min(sweep.earliestMs, firing);
        sweep.latestMs = Math.max(sweep.latestMs, firing);
      }
      const peaks = summaries.flatMap(({ peak }) => (peak ? [peak.value] : []));
      if (peaks.length === 0) continue;
      sweep.lowestPeak = Math.min(sweep.lowestPeak, Math.max(...peaks));
      sweep.highestPeak = Math.max(sweep.highestPeak, Math.max(...peaks));
    }
  }
  return sweeps;
}

/** A sweep as the audit shows it. */
export function shownPhases(sweep: PhaseSweep): RuleAudit['phases'] {
  return {
    tried: sweep.tried,
    fires: sweep.fires,
    earliest: Number.isFinite(sweep.earliestMs) ? instant(sweep.earliestMs) : null,
    latest: Number.isFinite(sweep.latestMs) ? instant(sweep.latestMs) : null,
    lowest_peak: Number.isFinite(sweep.lowestPeak) ? round(sweep.lowestPeak) : null,
    highest_peak: Number.isFinite(sweep.highestPeak) ? round(sweep.highestPeak) : null,
  };
}
