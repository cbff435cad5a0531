/**
 * The risk of every alert of a plan over one replay: each by the evidence that fits it. Counts of a sample are no counts
 * of production, so alerts that count are drawn from people; all others are read from the watches recorded.
 */
import type { AlertPlan, AlertRun, RuleSet } from '../../alerts/rule-sets.ts';
import { alertingRules } from '../../alerts/rule-sets.ts';
import { firingSpans } from '../../alerts/firing-spans.ts';
import { windowOf } from '../../alerts/scraped-window.ts';
import type { Migration } from '../../migration.ts';
import { labelValue } from '../../promql/labels.ts';
import { drawnRisk, recordedRisk, type Risk } from './alert-risk.ts';
import { type CountRule, countRules } from './count-rules.ts';
import type { EvidenceTally } from './evidence-tally.ts';
import { type LabelledFiring, provesQuantile } from './sampled-quantile.ts';
import type { WatchModel } from './watch-windows.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A user who was not seen writes as often as the busiest of a hundred days. */
const BUSIEST = 0.99;

/** One alert's risk; `share` is the part of production's traffic that the shadow sees, null where it does not matter. */
export interface AlertRisk {
  readonly ruleset: string;
  readonly alert: string;
  readonly basis: 'recorded' | 'drawn';
  readonly share: number | null;
  readonly risk: Risk;
}

export interface AlertQuestion {
  readonly plan: Pick<AlertPlan, 'sets' | 'settings'>;
  readonly migration: Pick<Migration, 'metrics' | 'exposition'>;
  /** Environments that were recorded. */
  readonly envs: readonly string[];
  /** What the rules made of the replay as it was; null where it had no metrics. */
  readonly run: AlertRun | null;
  readonly tally: EvidenceTally;
  /** The share of users that was replayed. */
  readonly sampled: number;
  /** Shares of production's traffic that the shadow may see; 1 alone where it sees all. */
  readonly shares: readonly number[];
  readonly watchMs: number;
  readonly alpha: number;
  readonly seed: string;
}

/** Every alert's risk for every share, in the order of the plan; none where nothing was replayed. */
export function alertRisks(question: AlertQuestion): AlertRisk[] {
  const { span } = question.tally;
  if (!span) return [];
  const drawn = new Map<string, Risk>();
  return question.plan.sets.flatMap((set) => {
    const firings = firingsOf(set, question);
    const counting = countingRules(set, question);
    return alertingRules(set).flatMap((rule) => {
      const reachMs = (windowOf(rule.expr)?.rangeMs ?? 0) + rule.forMs;
      const fired = firings.get(rule.name) ?? [];
      const recorded = recordedRisk({ ...question, firings: fired, span, reachMs });
      const count = counting.get(rule.name);
      const named = { ruleset: set.name, alert: rule.name };
      // Quantiles and ratios are the same of any fair part of the traffic, but scatter more the smaller it is.
      if (!count) {
        const isProved =
          question.sampled === 1 ||
          (question.run !== null && provesQuantile(rule, fired, question.run.scrapes, question.alpha));
        const risk = isProved ? recorded : { ...recorded, lower: 0 };
        return [{ ...named, share: null, basis: 'recorded' as const, risk }];
      }
      return question.shares.map((share): AlertRisk => {
        const one = { ...named, share };
        const scale = share / question.sampled;
        if (scale === 1) return { ...one, basis: 'recorded', risk: recorded };
        const risk = drawOnce(drawn, count, scale, question);
        // What no draw of people can know is how days differ: that much is left open whatever the draws say.
        return { ...one, basis: 'drawn', risk: { ...risk, upper: Math.max(risk.upper, recorded.upper) } };
      });
    });
  });
}

/** When each alert of a set fired, whatever its labels. */
function firingsOf(set: RuleSet, { run, plan }: AlertQuestion): Map<string, LabelledFiring[]> {
  const emulated = run?.sets.find((one) => one.set.name === set.name)?.emulation;
  const spans = emulated ? firingSpans(emulated, plan.settings.intervalMs) : [];
  return Map.groupBy(spans, ({ labels }) => labelValue(labels, 'alertname'));
}

/** The alerts of a set that count, by name. */
function countingRules(set: RuleSet, { plan, migration, envs }: AlertQuestion): Map<string, CountRule> {
  const found = new Map<string, CountRule>();
  for (const env of envs)
    for (const rule of countRules(set, plan.settings, { ...migration, env }))
      if (!found.has(rule.alert)) found.set(rule.alert, rule);
  return found;
}

/** Rule sets mostly share the alerts that count: the same condition is drawn once. */
function drawOnce(
  drawn: Map<string, Risk>,
  { windowMinutes, forMinutes, least, groups }: CountRule,
  scale: number,
  { tally, watchMs, alpha, seed }: AlertQuestion,
): Risk {
  const rule = { windowMinutes, forMinutes, least, groups };
  const key = JSON.stringify([rule, scale]);
  let risk = drawn.get(key);
  if (!risk) {
    risk = drawnRisk({
      model: watchModel(tally, watchMs),
      users: tally.sketch.users,
      rule,
      scale,
      alpha,
      seed,
    });
    drawn.set(key, risk);
  }
  return risk;
}

function watchModel(tally: EvidenceTally, watchMs: number): WatchModel {
  const { firstMs, lastMs } = tally.span ?? { firstMs: 0, lastMs: 0 };
  return {
    users: tally.sketch.kept(),
    days: Math.max(1, Math.round((lastMs - firstMs) / DAY_MS)),
    watchMinutes: Math.max(1, Math.round(watchMs / MINUTE_MS)),
    hours: tally.hours,
    unseenWrites: busiestDay(tally.writesADay),
  };
}

/** The writes of a day that so many of all days do not exceed; at least 1. */
function busiestDay(writesADay: readonly number[]): number {
  const days = writesADay.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [writes, count] of writesADay.entries()) {
    seen += count;
    if (seen > 0 && seen >= BUSIEST * days) return Math.max(1, writes);
  }
  return 1;
}
