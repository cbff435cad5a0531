/**
 * Whether a sample is large enough to say of a quantile that it was over its threshold. Production sees more than the
 * sample in each window, and a quantile of few observations is nearly their largest: that it fires is then no proof.
 */
import type { AlertingRule } from '../../alerts/rule-file.ts';
import type { Scrapes } from '../../alerts/scraped-source.ts';
import { growthInside, quantileWindowOf, scrapesInside, seriesBehind } from '../../alerts/scraped-window.ts';
import { readThreshold } from '../../alerts/threshold.ts';
import { type Labels, labelValue } from '../../promql/labels.ts';
import { lowerBound } from './binomial.ts';

/** One firing of one alert, ms; the end may be Infinity. */
export interface LabelledFiring {
  readonly labels: Labels;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** Moments looked at while an alert fired, shared by all its firings. */
const LOOKS = 16;

/**
 * True where the observations in a window at which the alert fired prove the quantile q over its limit: the lower bound
 * on the share of those beyond the limit is over 1 − q, at error `alpha` shared by all looks. False for any other
 * condition.
 */
export function provesQuantile(
  rule: AlertingRule,
  firings: readonly LabelledFiring[],
  scrapes: Scrapes,
  alpha: number,
): boolean {
  const window = quantileWindowOf(rule.expr);
  const threshold = readThreshold(rule.expr);
  if (!window || !threshold || (threshold.op !== '>' && threshold.op !== '>=')) return false;
  const given = new Set(['alertname', ...rule.labels.map(({ name }) => name)]);
  return [...looksAt(firings, scrapes)].some(([labels, momentsMs]) => {
    const windows = momentsMs.map((atMs) => scrapesInside(window.matrix, scrapes, atMs));
    const buckets = seriesBehind(window.matrix, scrapes, labels, given).map((one) => ({
      bound: boundOf(labelValue(one.labels, 'le')),
      // Values are worked out anew each time they are read: once for all looks.
      changes: { at: one.scraped.changes.at, values: one.scraped.changes.values },
    }));
    return windows.some((inside) => {
      const cumulative = new Map<number, number>();
      for (const { bound, changes } of buckets)
        cumulative.set(bound, (cumulative.get(bound) ?? 0) + growthInside(changes, inside));
      const all = cumulative.get(Infinity) ?? 0;
      const beyond = Math.floor(all - countedUpTo(threshold.limit, cumulative));
      return all > 0 && lowerBound(beyond, all, alpha / LOOKS) > 1 - window.quantile;
    });
  });
}

/** Moments spread evenly over the time in which an alert fired, by the labels it fired with. */
function looksAt(firings: readonly LabelledFiring[], scrapes: Scrapes): Map<Labels, number[]> {
  const lastMs = scrapes.to * scrapes.intervalMs;
  const ended = firings.map((one) => ({ ...one, endsAtMs: Math.min(one.endsAtMs, lastMs) }));
  const fullMs = ended.reduce((sum, { startsAtMs, endsAtMs }) => sum + endsAtMs - startsAtMs, 0);
  const looks = new Map<Labels, number[]>();
  let passedMs = 0;
  let look = 0;
  for (const { labels, startsAtMs, endsAtMs } of ended) {
    for (; look < LOOKS; look++) {
      const intoMs = ((look + 0.5) / LOOKS) * fullMs - passedMs;
      if (intoMs > endsAtMs - startsAtMs) break;
      looks.set(labels, [...(looks.get(labels) ?? []), startsAtMs + intoMs]);
    }
    passedMs += endsAtMs - startsAtMs;
  }
  return looks;
}

/** Observations up to a value, interpolated inside its bucket as `histogram_quantile` does. */
function countedUpTo(value: number, cumulative: ReadonlyMap<number, number>): number {
  const bounds = [...cumulative.keys()].sort((a, b) => a - b);
  const above = bounds.find((bound) => bound >= value) ?? Infinity;
  const below = bounds.findLast((bound) => bound < value) ?? 0;
  const upTo = cumulative.get(below) ?? 0;
  const inBucket = (cumulative.get(above) ?? upTo) - upTo;
  return above === Infinity ? upTo : upTo + (inBucket * (value - below)) / (above - below);
}

const boundOf = (le: string): number => (le === '+Inf' ? Infinity : Number(le));
