/**
 * The alerts production would raise over a replay's scrapes: rules evaluated where something can change and nowhere
 * else, with exactly the outcome of evaluating them everywhere.
 */
import { DEFAULT_OPTIONS } from '../promql/evaluate.ts';
import { compareLabels } from '../promql/labels.ts';
import { namedMetric } from '../promql/series.ts';
import { activityOf, componentsOf, type Activity, type Component } from './activity.ts';
import type { Rule, RuleGroup } from './rule-file.ts';
import { ScrapedSource, type Scrapes } from './scraped-source.ts';
import { runTimeline, type AlertTimeline, type TimelineOptions } from './timeline.ts';

export type EmulationOptions = Omit<TimelineOptions, 'fromMs' | 'toMs' | 'stretches' | 'refillMs'>;

/** A timeline put together from rules that were run apart. */
export type Emulation = Omit<AlertTimeline, 'run'>;

/** Scrapes with the samples already made of them, so that rule sets that read the same share them. */
export interface ScrapeView {
  readonly scrapes: Scrapes;
  sourceOver(runs: Activity['runs']): ScrapedSource;
}

export function viewScrapes(scrapes: Scrapes): ScrapeView {
  const known = new Map<string, ScrapedSource>();
  return {
    scrapes,
    sourceOver(runs) {
      const key = runs.map(({ from, to }) => `${from}-${to}`).join();
      let source = known.get(key);
      if (!source) {
        source = new ScrapedSource(scrapes, runs);
        known.set(key, source);
      }
      return source;
    },
  };
}

/** Runs rule groups over scrapes, from the first to the last of them. */
export function emulateAlerts(
  groups: readonly RuleGroup[],
  view: ScrapeView,
  options: EmulationOptions,
): Emulation {
  const { scrapes } = view;
  const activityOptions = {
    lookbackMs: options.lookbackMs ?? DEFAULT_OPTIONS.lookbackMs,
    intervalMs: options.intervalMs,
  };
  const parts = componentsOf(groups, activityOptions).map((component) => {
    const { stretches, runs } = activityOf(component, scrapes, activityOptions);
    return runTimeline(component.groups, view.sourceOver(runs), {
      ...options,
      fromMs: scrapes.from * scrapes.intervalMs,
      toMs: scrapes.to * scrapes.intervalMs,
      ...namesRead(component),
      ...(stretches ? { stretches } : {}),
      ...(stretches && component.isChained ? { refillMs: component.reachMs } : {}),
    });
  });
  return inRuleOrder(groups, parts);
}

/** What a component reads of its own rules' series, so that the others need not be kept; all, where a name is open. */
function namesRead({ selectors }: Component): Pick<TimelineOptions, 'readNames'> {
  const names = selectors.map(({ matchers }) => namedMetric(matchers));
  return names.includes(undefined) ? {} : { readNames: new Set(names.flatMap((name) => name ?? [])) };
}

/** Puts the parts' results in the order of time, rules as given, and labels. */
function inRuleOrder(groups: readonly RuleGroup[], parts: readonly AlertTimeline[]): Emulation {
  const places = new Map<Rule, { readonly order: number; readonly group: RuleGroup }>();
  for (const group of groups) for (const rule of group.rules) places.set(rule, { order: places.size, group });
  const byRule = (a: { readonly rule: Rule }, b: { readonly rule: Rule }): number =>
    places.get(a.rule)!.order - places.get(b.rule)!.order;
  const regrouped = <T extends { readonly rule: Rule; readonly group: RuleGroup }>(one: T): T => ({
    ...one,
    group: places.get(one.rule)!.group,
  });
  return {
    entries: parts
      .flatMap((part) => part.entries.map(regrouped))
      .sort((a, b) => a.atMs - b.atMs || byRule(a, b) || compareLabels(a.labels, b.labels)),
    failures: parts.flatMap((part) => part.failures.map(regrouped)).sort(byRule),
    failing: parts.flatMap((part) => part.failing).sort((a, b) => a.fromMs - b.fromMs || byRule(a, b)),
    alerts: parts
      .flatMap((part) => part.alerts.map(regrouped))
      .sort((a, b) => byRule(a, b) || compareLabels(a.labels, b.labels)),
    evaluations: parts.reduce((sum, part) => sum + part.evaluations, 0),
  };
}
