/**
 * The alerts production would raise over a replay's scrapes: rules evaluated where something can change and nowhere
 * else, with exactly the outcome of evaluating them everywhere.
 */
import { DEFAULT_OPTIONS } from '../promql/evaluate.ts';
import { compareLabels } from '../promql/labels.ts';
import { namedMetric } from '../promql/series.ts';
import { activityOf, asksInLabels, componentsOf, type Activity, type Component } from './activity.ts';
import type { Rule, RuleGroup } from './rule-file.ts';
import { ScrapedSource, type Scrapes } from './scraped-source.ts';
import { runTimeline, type AlertTimeline, type TimelineOptions } from './timeline.ts';

export type EmulationOptions = Omit<TimelineOptions, 'fromMs' | 'toMs' | 'stretches' | 'refillMs'>;

/** A timeline put together from rules that were run apart. */
export type Emulation = Omit<AlertTimeline, 'run'>;

/** Scrapes with the samples already made of them, so that rule sets that read the same share them. */
export interface ScrapeView {
  readonly scrapes: Scrapes;
  /** A source that holds at least these runs; valid until the next call. */
  sourceOver(runs: Activity['runs']): ScrapedSource;
}

/** Samples of more bytes than this are not kept for whoever comes next: making them anew is quicker than swapping. */
const KEPT_BYTES = 4e6;
/** A source serves in place of a smaller one up to this many times its length. */
const LONGER = 1.25;

/** Looks at scrapes; a source is valid until the next one is asked for. */
export function viewScrapes(scrapes: Scrapes, keptBytes: number = KEPT_BYTES): ScrapeView {
  let known: ScrapedSource[] = [];
  return {
    scrapes,
    sourceOver(runs) {
      if (known.reduce((bytes, source) => bytes + source.bytes, 0) > keptBytes) {
        for (const source of known) source.release();
        known = [];
      }
      const length = lengthOf(runs);
      let source = known.find((one) => lengthOf(one.runs) <= LONGER * length && covers(one.runs, runs));
      if (!source) {
        source = new ScrapedSource(scrapes, runs);
        known.push(source);
      }
      return source;
    },
  };
}

const lengthOf = (runs: Activity['runs']): number =>
  runs.reduce((length, { from, to }) => length + to - from + 1, 0);

const covers = (outer: Activity['runs'], inner: Activity['runs']): boolean =>
  inner.every(({ from, to }) => outer.some((run) => run.from <= from && to <= run.to));

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
    const { run, ...part } = runTimeline(component.groups, view.sourceOver(runs), {
      ...options,
      fromMs: scrapes.from * scrapes.intervalMs,
      toMs: scrapes.to * scrapes.intervalMs,
      ...namesRead(component),
      ...(stretches ? { stretches } : {}),
      ...(stretches && component.isChained ? { refillMs: component.reachMs } : {}),
    });
    run.outputs.release();
    return part;
  });
  return inRuleOrder(groups, parts);
}

/** What a component reads of its own rules' series, so that the others need not be kept; all, where a name is open. */
function namesRead({ groups, selectors }: Component): Pick<TimelineOptions, 'readNames'> {
  const names = selectors.map(({ matchers }) => namedMetric(matchers));
  const isOpen = names.includes(undefined) || groups.some(({ rules }) => rules.some(asksInLabels));
  return isOpen ? {} : { readNames: new Set(names.flatMap((name) => name ?? [])) };
}

/** Puts the parts' results in the order of time, rules as given, and labels. */
function inRuleOrder(groups: readonly RuleGroup[], parts: readonly Emulation[]): Emulation {
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
