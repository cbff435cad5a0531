/**
 * What rules would have written beside the scraped series, for a question that reads it: dashboards ask for recorded
 * series, and on-call people for ALERTS. Apart from the timeline because here alerts are not the answer.
 */
import type { Expr } from '../promql/ast.ts';
import { walkExpr } from '../promql/ast.ts';
import { namedMetric, type SeriesSource } from '../promql/series.ts';
import { STATE_SERIES } from './activity.ts';
import type { RuleFailure } from './evaluate.ts';
import { metricsRead, type Rule, type RuleGroup } from './rule-file.ts';
import { runTimeline, type TimelineOptions } from './timeline.ts';

/** Whether an expression selects series by something else than an equal name, and so perhaps any. */
export function readsAnyName(expr: Expr): boolean {
  let isOpen = false;
  walkExpr(expr, (node) => {
    if (node.kind === 'vector-selector' && namedMetric(node.matchers) === undefined) isOpen = true;
  });
  return isOpen;
}

/**
 * The groups cut down to the rules that write what an expression reads, directly or through each other; all of them
 * where it may read anything, none where it reads nothing that rules write.
 */
export function rulesBehind(expr: Expr, groups: readonly RuleGroup[]): RuleGroup[] {
  const needed = new Set<Rule>();
  const writers = (name: string): Rule[] =>
    groups
      .flatMap((group) => group.rules)
      .filter((rule) => (rule.kind === 'record' ? rule.name === name : STATE_SERIES.has(name)));
  const need = (reader: Expr): void => {
    const found = readsAnyName(reader)
      ? groups.flatMap((group) => group.rules)
      : metricsRead(reader).flatMap(writers);
    for (const rule of found) {
      if (needed.has(rule)) continue;
      needed.add(rule);
      need(rule.expr);
    }
  };
  need(expr);
  return groups.flatMap((group) => {
    const rules = group.rules.filter((rule) => needed.has(rule));
    return rules.length === 0 ? [] : [{ ...group, rules }];
  });
}

/** The scraped series and what the groups wrote between `fromMs` and `toMs`; the failures of rules that could not. */
export function withRecorded(
  groups: readonly RuleGroup[],
  scraped: SeriesSource,
  options: TimelineOptions,
): { readonly source: SeriesSource; readonly failures: readonly RuleFailure[] } {
  const { run, failures } = runTimeline(groups, scraped, options);
  return { source: run.source, failures };
}
