/**
 * Rule sets side by side over one replay: which alerts each would raise, how near the others came, who would hear of
 * it. The rule files are those that production loads.
 */
import { join } from 'node:path';
import type { AlertsConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import type { Migration } from '../migration.ts';
import { parseDurationMs } from '../promql/durations.ts';
import { labelRecord, METRIC_NAME } from '../promql/labels.ts';
import { namedMetric } from '../promql/series.ts';
import type { ScrapeTally } from '../tally/scrapes.ts';
import type { AlertmanagerConfig } from './alertmanager-config.ts';
import {
  emulateAlerts,
  viewScrapes,
  type Emulation,
  type EmulationOptions,
  type ScrapeView,
} from './emulate.ts';
import { readAlertmanagerConfig, readRuleFiles } from './read-files.ts';
import { receiversOf } from './routing.ts';
import { findRecordingCycles, type AlertingRule, type RuleGroup } from './rule-file.ts';
import { labelScrapes, selectScraped, type Scrapes } from './scraped-source.ts';
import { mostGrowth, observationsInside, quantileWindowOf, windowOf } from './scraped-window.ts';
import { readThreshold } from './threshold.ts';
import type { AlertSummary } from './timeline.ts';
import { refuseProblems } from './yaml-source.ts';

export interface RuleSet {
  readonly name: string;
  readonly groups: readonly RuleGroup[];
}

/** How a replay is scraped and its rules evaluated, in milliseconds. */
export interface AlertSettings {
  readonly scrapeIntervalMs: number;
  readonly intervalMs: number;
  readonly tailMs: number;
  readonly prometheus: 2 | 3;
}

/** What a config's `alerts` says, with its defaults; null without any. */
export interface AlertPlan {
  readonly settings: AlertSettings;
  readonly sets: readonly RuleSet[];
  readonly alertmanager: AlertmanagerConfig | null;
}

/** Below this many observations a P95 is hardly more than the largest of them. */
export const THIN_BELOW = 20;

/** One alert (a rule and a label set) of one rule set over a replay. */
export interface AlertOutcome {
  readonly ruleset: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AlertSummary['state'];
  readonly pendingAtMs: number | null;
  readonly firingAtMs: number | null;
  readonly resolvedAtMs: number | null;
  readonly peak: { readonly value: number; readonly atMs: number } | null;
  readonly threshold: { readonly op: string; readonly limit: number } | null;
  readonly headroom: number | null;
  readonly receivers: readonly string[];
  /** For a quantile: the observations its window held at the peak; null for other rules or without a peak. */
  readonly observations: number | null;
}

/** A rule that failed, with its first failure. */
export interface RuleFault {
  readonly ruleset: string;
  readonly rule: string;
  readonly atMs: number;
  readonly reason: string;
}

/** All rule sets over one replay. */
export interface AlertRun {
  readonly scrapes: Scrapes;
  readonly sets: readonly { readonly set: RuleSet; readonly emulation: Emulation }[];
  readonly outcomes: readonly AlertOutcome[];
  readonly faults: readonly RuleFault[];
}

/** Reads the settings of a config's `alerts`; texts were checked with the config. */
export function alertSettings(config: AlertsConfig): AlertSettings {
  const ms = (text: string): number => parseDurationMs(text) ?? 0;
  return {
    scrapeIntervalMs: ms(config.scrape_interval ?? '15s'),
    intervalMs: ms(config.evaluation_interval ?? '1m'),
    tailMs: ms(config.tail ?? '1d2h'),
    prometheus: config.prometheus ?? 3,
  };
}

/** Reads the rule files and routes a config names. Rejects with a data error that holds every fault of the files. */
export function readAlertPlan(config: AlertsConfig, root: string): AlertPlan {
  return {
    settings: alertSettings(config),
    sets: Object.entries(config.rulesets).map(([name, files]) =>
      readRuleSet(
        name,
        files.map((file) => join(root, file)),
      ),
    ),
    alertmanager:
      config.alertmanager === undefined ? null : readAlertmanagerConfig(join(root, config.alertmanager)),
  };
}

/** Reads one rule set. A set without an alert, or with a circle of recording rules, is refused. */
export function readRuleSet(name: string, files: readonly string[]): RuleSet {
  const groups = readRuleFiles(files);
  refuseProblems(findRecordingCycles(groups), 'use the rule set', name);
  if (alertingRules({ name, groups }).length === 0)
    throw new GolemError({
      kind: 'data',
      verb: 'use the rule set',
      subject: name,
      reason: 'it holds no alert',
    });
  return { name, groups };
}

/** The alerts of a set, in the order of its files. */
export function alertingRules(set: RuleSet): AlertingRule[] {
  return set.groups.flatMap((group) => group.rules.filter((rule) => rule.kind === 'alert'));
}

/**
 * The scrapes of services by their environment: from one scrape before the first event until the tail has passed; null
 * where nothing happened.
 */
export function scrapesOf(
  tallies: ReadonlyMap<string, ScrapeTally>,
  migration: Pick<Migration, 'exposition'>,
  settings: AlertSettings,
  restartsMs: readonly number[] = [],
): Scrapes | null {
  const spans = [...tallies.values()].flatMap((tally) => tally.span() ?? []);
  if (spans.length === 0) return null;
  const intervalMs = settings.scrapeIntervalMs;
  const from = Math.min(...spans.map(({ first }) => first)) - 1;
  const to = Math.max(...spans.map(({ last }) => last)) + Math.ceil(settings.tailMs / intervalMs);
  const series = [...tallies].flatMap(([env, tally]) =>
    tally.series(from, {
      labels: migration.exposition?.labels(env) ?? { env },
      gaugeLabels: migration.exposition?.gaugeLabels ?? {},
      prometheus: settings.prometheus,
      restarts: restartsMs.map((atMs) => Math.ceil(atMs / intervalMs)),
    }),
  );
  return labelScrapes(series, { intervalMs, from, to });
}

/** Runs every rule set of a plan over scrapes. */
export function emulateRuleSets(
  plan: AlertPlan,
  scrapes: Scrapes,
  options: Pick<EmulationOptions, 'phaseMs'> = {},
): AlertRun {
  const view: ScrapeView = viewScrapes(scrapes);
  const { intervalMs, prometheus } = plan.settings;
  const sets = plan.sets.map((set) => ({
    set,
    emulation: emulateAlerts(set.groups, view, {
      ...options,
      intervalMs,
      prometheus,
      defaultStepMs: intervalMs,
    }),
  }));
  return {
    scrapes,
    sets,
    outcomes: sets.flatMap(({ set, emulation }) =>
      emulation.alerts.map((summary) => outcomeOf(set.name, summary, scrapes, plan.alertmanager)),
    ),
    faults: sets.flatMap(({ set, emulation }) =>
      emulation.failures.map(({ rule, atMs, reason }) => ({
        ruleset: set.name,
        rule: rule.name,
        atMs,
        reason,
      })),
    ),
  };
}

function outcomeOf(
  ruleset: string,
  summary: AlertSummary,
  scrapes: Scrapes,
  alertmanager: AlertmanagerConfig | null,
): AlertOutcome {
  const { rule, labels, peak, threshold } = summary;
  const window = quantileWindowOf(rule.expr);
  const given = new Set(['alertname', ...rule.labels.map(({ name }) => name)]);
  return {
    ruleset,
    alert: rule.name,
    labels: labelRecord(labels),
    state: summary.state,
    pendingAtMs: summary.pendingAtMs ?? null,
    firingAtMs: summary.firingAtMs ?? null,
    resolvedAtMs: summary.resolvedAtMs ?? null,
    peak: peak ?? null,
    threshold: threshold ?? null,
    headroom: summary.headroom ?? null,
    receivers: alertmanager ? [...new Set(receiversOf(alertmanager, labels))] : [],
    observations: window && peak ? observationsInside(window, scrapes, labels, peak.atMs, given) : null,
  };
}

/** What a dry run is judged by: the most increments of a counter within an alert's window, against its threshold. */
export interface DryRun {
  readonly ruleset: string;
  readonly alert: string;
  readonly metric: string;
  readonly threshold: number;
  readonly windowMs: number;
  /** The most increments of one child, counted one by one, its birth included. */
  readonly increments: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** The dry run of each rule set that has the alert. */
export function dryRunsOf(run: AlertRun, dryRun: NonNullable<Migration['dryRun']>): DryRun[] {
  return run.sets.flatMap(({ set }) => {
    const rule = alertingRules(set).find(({ name }) => name === dryRun.alert);
    const limit = rule && readThreshold(rule.expr)?.limit;
    const window = rule && windowOf(rule.expr);
    if (limit === undefined || !window) return [];
    const { matchers } = window.selector;
    const asked =
      namedMetric(matchers) === dryRun.metric
        ? matchers
        : [{ name: METRIC_NAME, op: '=' as const, value: dryRun.metric }];
    const children = selectScraped(run.scrapes, asked).map((one) => ({
      increments: mostGrowth(one.scraped.changes, window.rangeMs / run.scrapes.intervalMs),
      labels: one.scraped.labels,
    }));
    const worst = children.reduce((most, one) => (one.increments > most.increments ? one : most), {
      increments: 0,
      labels: {},
    });
    return [{ ruleset: set.name, ...dryRun, threshold: limit, windowMs: window.rangeMs, ...worst }];
  });
}

/** What a plan says of a replay's scrapes; null where no event was scraped. */
export function emulateReplay(
  plan: AlertPlan,
  tallies: ReadonlyMap<string, ScrapeTally>,
  migration: Pick<Migration, 'exposition' | 'dryRun'>,
): { readonly run: AlertRun; readonly dryRuns: readonly DryRun[]; readonly thinBelow: number } | null {
  const scrapes = scrapesOf(tallies, migration, plan.settings);
  if (!scrapes) return null;
  const run = emulateRuleSets(plan, scrapes);
  return { run, dryRuns: migration.dryRun ? dryRunsOf(run, migration.dryRun) : [], thinBelow: THIN_BELOW };
}

/** How many alerts each rule set holds, such as `5+5`. */
export function countRules(plan: AlertPlan): string {
  return plan.sets.map((set) => alertingRules(set).length).join('+');
}

/** The plan with only the rule sets named, in that order; all of them where none is named. An unknown one is refused. */
export function chooseRules(
  plan: AlertPlan,
  names: readonly string[] | undefined,
  next = 'golem replay --help',
): AlertPlan {
  if (!names) return plan;
  const sets = names.map((name) => {
    const set = plan.sets.find((one) => one.name === name);
    if (set) return set;
    const known = plan.sets.map((one) => one.name).join(', ');
    const reason = `the config has no such rule set; it has ${known}`;
    throw new GolemError({ kind: 'usage', verb: 'use the rule set', subject: name, reason, next });
  });
  return { ...plan, sets };
}
