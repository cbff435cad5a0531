/**
 * A pre-rollout replay: recordings under given flags, judged by the config's limits, and the same recordings for their
 * scrapes alone.
 */
import { basename, isAbsolute } from 'node:path';
import { chooseRules, countRules, emulateReplay, readAlertPlan } from '../alerts/rule-sets.ts';
import type { GolemConfig, Suite } from '../config.ts';
import { alertReports, checkAlerts } from '../gate/alert-checks.ts';
import { checkLimits, checkRunning } from '../gate/limit-checks.ts';
import { countOf, formatNumber } from '../gate/rows.ts';
import type { SettingRun } from '../gate/suite-run.ts';
import type { FlagTexts, StoreChoice } from '../migration.ts';
import { shellQuote } from '../recording/look.ts';
import { assembleReport, suiteReport } from '../report/assemble.ts';
import type { Report, Row, SuiteReport } from '../report/shape.ts';
import type { ScrapeOptions, ScrapeTally } from '../tally/scrapes.ts';
import { Tally } from '../tally/tally.ts';
import { replaySetting, scrapesBy } from './setting.ts';
import { sightRows } from './sight.ts';

export interface ReplayOptions {
  readonly config: GolemConfig;
  readonly root: string;
  readonly recordings: readonly string[];
  readonly flags: FlagTexts;
  readonly store: StoreChoice;
  readonly seed: string;
  readonly onBadLine: 'fail' | 'skip';
  /** Rule sets to emulate; all of the config's when left out. */
  readonly rules?: readonly string[];
  readonly progress: (line: string) => void;
}

/** `golem replay`: recordings under given flags, judged by the config's limits. */
export async function runReplay(options: ReplayOptions): Promise<Report> {
  const { config } = options;
  const rows: Row[] = [];
  const again = (row: Row): Row => (row.passed ? row : { ...row, remedy: replayCommand(options) });
  const reports: SuiteReport[] = [];
  const runs: SettingRun[] = [];
  const plan = config.alerts ? chooseRules(readAlertPlan(config.alerts, options.root), options.rules) : null;
  const merged = new Tally(config.migration);
  const store = await config.migration.openStore(options.store, 'replay');
  try {
    for (const recording of options.recordings) {
      options.progress(`replaying ${recording}`);
      const run = await replaySetting({
        ...options,
        store,
        file: recording,
        setting: 'replay',
        defect: null,
        keep: false,
        scraping: plan && { intervalMs: plan.settings.scrapeIntervalMs },
      });
      runs.push(run);
      const suite = shownPath(recording);
      const judged = [
        ...checkRunning(suite, run),
        ...checkLimits(suite, run, config.limits, config.migration),
      ];
      rows.push(...judged.map(again));
      reports.push(
        suiteReport({
          suite,
          setting: 'replay',
          mustFail: null,
          tally: run.tally,
          migration: config.migration,
        }),
      );
      merged.merge(run.tally);
    }
  } finally {
    await store.close();
  }
  const emulated = plan && emulateReplay(plan, scrapesBy(runs), config.migration);
  const whole: Suite = { name: options.recordings.map(shownPath).join(' ') };
  if (emulated)
    rows.push(...[...checkAlerts(whole, emulated), ...sightRows(whole.name, runs, plan)].map(again));
  const breaches = [...merged.record, ...merged.day].reduce((sum, field) => sum + field.breaches, 0);
  return assembleReport({
    migration: config.migration,
    tally: merged,
    records: merged.records,
    suites: reports,
    suiteCount: options.recordings.length,
    rows,
    findings: [],
    alerts: emulated ? alertReports(whole, emulated) : [],
    goldenMatched: 0,
    flags: options.flags,
    seed: options.seed,
    summary: (verdict) =>
      `golem: ${verdict} · ${countOf(merged.records, 'record')}, ${countOf(merged.users, 'user')}, ` +
      `${countOf(merged.userDays, 'user-day')}, ${plan ? `${countRules(plan)} rules, ` : ''}` +
      `${formatNumber(breaches)} breaches, ` +
      `${formatNumber(merged.skipped + merged.badLines)} skipped`,
    reproduce: replayCommand(options),
  });
}

export interface ScrapeReplayOptions extends Omit<ReplayOptions, 'rules'> {
  readonly scraping: ScrapeOptions;
}

/** Recordings as Prometheus would have scraped them, by environment. */
export interface ScrapedReplay {
  readonly tallies: ReadonlyMap<string, ScrapeTally>;
  readonly records: number;
}

/** Replays recordings for their scrapes alone: what `golem alerts` looks at. */
export async function scrapeReplay(options: ScrapeReplayOptions): Promise<ScrapedReplay> {
  const runs: SettingRun[] = [];
  const store = await options.config.migration.openStore(options.store, 'replay');
  try {
    for (const recording of options.recordings) {
      options.progress(`replaying ${recording}`);
      const run = { ...options, store, file: recording, setting: 'replay', defect: null, keep: false };
      runs.push(await replaySetting(run));
    }
  } finally {
    await store.close();
  }
  return { tallies: scrapesBy(runs), records: runs.reduce((sum, { tally }) => sum + tally.records, 0) };
}

/** A recording's path as a report may carry it: as given, but never an absolute one. */
function shownPath(path: string): string {
  return isAbsolute(path) ? basename(path) : path;
}

/** The command that repeats a replay from the folder it was given in; stores do not change a report. */
function replayCommand(options: ReplayOptions): string {
  const flags = Object.entries(options.flags).map(([name, text]) => `--flags ${name}=${text}`);
  const badLines = options.onBadLine === 'skip' ? ['--on-bad-line skip'] : [];
  const recordings = options.recordings.map((path) => shellQuote(shownPath(path)));
  const seed = `--seed ${shellQuote(options.seed)}`;
  const rules = options.rules ? [`--rules ${options.rules.join()}`] : [];
  return ['npm run replay --', ...recordings, ...flags, seed, ...rules, ...badLines].join(' ');
}
