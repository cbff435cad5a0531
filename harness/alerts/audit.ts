/**
 * The truth audit: each alert of each rule set held against what really happened in a replay, of which the scrapes
 * kept every observed value. A rule is judged by what it reads, not by whether it fired.
 */
import { renderPlace } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Expr } from '../promql/ast.ts';
import type { ScrapeTally } from '../tally/scrapes.ts';
import { placeThreshold, type BucketPlace } from './audit-buckets.ts';
import { findingsOf } from './audit-findings.ts';
import { birthsOf, shownPhases, sweepPhases, type PhaseSweep } from './audit-phases.ts';
import { compareWithTruth, ObservedValues, truthOf } from './audit-truth.ts';
import { instant } from './course.ts';
import { viewScrapes, type ScrapeView } from './emulate.ts';
import { emittedSeries, findUnknownInExpr } from './metric-check.ts';
import { metricsRead, type AlertingRule, type RecordingRule, type RuleGroup } from './rule-file.ts';
import type { AlertPlan } from './rule-sets.ts';
import type { Scrapes } from './scraped-source.ts';
import { quantileWindowOf } from './scraped-window.ts';
import { readThreshold } from './threshold.ts';

/** One thing that keeps a rule from telling the truth. */
export interface AuditFinding {
  readonly code:
    | 'threshold_in_bucket'
    | 'threshold_above_last_edge'
    | 'never_fires'
    | 'hidden_births'
    | 'for_longer_than_data'
    | 'window_longer_than_data'
    | 'never_emitted'
    | 'no_series'
    | 'phase_decides'
    | 'thin'
    | 'false_alarms'
    | 'missed';
  readonly detail: string;
}

/** What one label set of a rule read at its peak, beside what was true. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly at: string;
  readonly reading: number;
  /** The exact quantile, or the increments counted one by one. */
  readonly truth: number;
  /** For a quantile: the bucket that the truth fell in; `upper` is null beyond the last edge. */
  readonly bucket: { readonly lower: number; readonly upper: number | null } | null;
  /** For a quantile: how many observations the window holds. */
  readonly observations: number | null;
  /** For a quantile: what would have been read with an edge at the threshold. */
  readonly reading_mended: number | null;
}

/** How often the rule's comparison agreed with the truth, over the evaluations at which it measured anything. */
export interface Agreement {
  readonly evaluations: number;
  readonly read_over: number;
  readonly truly_over: number;
  /** Read over the threshold while the truth was not. */
  readonly false_alarms: number;
  /** Not read over while the truth was. */
  readonly missed: number;
}

export interface RuleAudit {
  readonly ruleset: string;
  readonly alert: string;
  readonly place: string;
  readonly comparison: string | null;
  readonly threshold: number | null;
  readonly bucket: BucketPlace | null;
  readonly readings: readonly Reading[];
  readonly agreement: Agreement | null;
  /** Series that appeared with a value, and what of it `rate` and `increase` cannot see. */
  readonly births: { readonly series: number; readonly hidden: number; readonly increments: number };
  /** What the shift of the group's evaluations changes. */
  readonly phases: {
    readonly tried: number;
    readonly fires: number;
    readonly earliest: string | null;
    readonly latest: string | null;
    readonly lowest_peak: number | null;
    readonly highest_peak: number | null;
  };
  readonly findings: readonly AuditFinding[];
}

export interface Audit {
  readonly rules: readonly RuleAudit[];
  readonly from: string;
  readonly to: string;
  readonly events_from: string;
  readonly events_to: string;
}

/** What an audit reads besides rules: scrapes, and the tallies behind them with every value kept. */
export interface AuditInput {
  readonly scrapes: Scrapes;
  readonly tallies: ReadonlyMap<string, ScrapeTally>;
}

/** Audits every alert of a plan. */
export function auditRules(
  plan: AlertPlan,
  { scrapes, tallies }: AuditInput,
  migration: Pick<Migration, 'metrics' | 'exposition'>,
): Audit {
  const spans = [...tallies.values()].flatMap((tally) => tally.span() ?? []);
  const span = {
    firstMs: Math.min(...spans.map(({ first }) => first)) * scrapes.intervalMs,
    lastMs: Math.max(...spans.map(({ last }) => last)) * scrapes.intervalMs,
  };
  const view = viewScrapes(scrapes);
  const values = new ObservedValues(scrapes, tallies, migration);
  const rules = plan.sets.flatMap((set) => {
    const phases = sweepPhases(set.groups, view, plan);
    const recordings = set.groups.flatMap((group) => group.rules.filter((rule) => rule.kind === 'record'));
    const recorded = new Set(recordings.map((rule) => rule.name));
    const unknown = (expr: Expr): string[] =>
      findUnknownInExpr(expr, emittedSeries(migration, plan.settings.prometheus), recorded).map(
        ({ reason }) => reason,
      );
    return set.groups.flatMap((group) =>
      group.rules.flatMap((rule) =>
        rule.kind === 'alert'
          ? [
              auditRule({
                ruleset: set.name,
                rule,
                group,
                plan,
                view,
                values,
                span,
                envs: [...tallies.keys()],
                unknown,
                reads: exprsBehind(rule.expr, recordings),
                recorded,
                phases: phases.get(rule)!,
              }),
            ]
          : [],
      ),
    );
  });
  return {
    rules,
    from: instant(scrapes.from * scrapes.intervalMs),
    to: instant(scrapes.to * scrapes.intervalMs),
    events_from: instant(span.firstMs),
    events_to: instant(span.lastMs),
  };
}

/** Everything the parts of an audit read of one rule. */
export interface RuleInput {
  readonly ruleset: string;
  readonly rule: AlertingRule;
  readonly group: RuleGroup;
  readonly plan: AlertPlan;
  readonly view: ScrapeView;
  readonly values: ObservedValues;
  readonly span: { readonly firstMs: number; readonly lastMs: number };
  /** The environments that the replay is of. */
  readonly envs: readonly string[];
  readonly unknown: (expr: Expr) => readonly string[];
  /** The rule's expression and those of the recording rules it reads, directly or through each other. */
  readonly reads: readonly Expr[];
  readonly recorded: ReadonlySet<string>;
  readonly phases: PhaseSweep;
}

function exprsBehind(expr: Expr, recordings: readonly RecordingRule[]): Expr[] {
  const found = new Set([expr]);
  for (const one of found)
    for (const name of metricsRead(one))
      for (const rule of recordings) if (rule.name === name) found.add(rule.expr);
  return [...found];
}

function auditRule(input: RuleInput): RuleAudit {
  const { rule, view, values } = input;
  const threshold = readThreshold(rule.expr);
  const window = quantileWindowOf(rule.expr);
  const bounds = window ? values.boundsOf(window.metric) : [];
  const truth = threshold && truthOf(rule, threshold, window, view.scrapes, values);
  const compared = truth ? compareWithTruth(input, threshold, truth) : null;
  const partial = {
    ruleset: input.ruleset,
    alert: rule.name,
    place: renderPlace(rule.place),
    comparison: threshold?.op ?? null,
    threshold: threshold?.limit ?? null,
    bucket:
      threshold && window && bounds.length > 0
        ? placeThreshold(threshold.limit, bounds, window.quantile)
        : null,
    readings: compared?.readings ?? [],
    agreement: compared?.agreement ?? null,
    births: birthsOf(input.reads, view.scrapes),
    phases: shownPhases(input.phases),
  };
  return { ...partial, findings: findingsOf(partial, input, threshold, window) };
}
