/**
 * The whole run on one screen: recordings go in, each suite is replayed under each setting, its outcomes are
 * compared with golden and with each other, and one report comes out. The only file that knows every stage.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { chooseRules, countRules, emulateReplay, readAlertPlan, type AlertPlan } from './alerts/rule-sets.ts';
import { blindAlerts } from './alerts/sight.ts';
import type { GolemConfig, Suite } from './config.ts';
import { alertReports, checkAlerts, judgesAlerts } from './gate/alert-checks.ts';
import { checkSight } from './gate/alert-sight.ts';
import { checkLimits, checkRunning } from './gate/limit-checks.ts';
import {
  checkConfig,
  checkSuites,
  type GoldenVerdict,
  judgeSuite,
  limitsOf,
  mustFailRow,
  unclaimedRow,
} from './gate/judge.ts';
import { countOf, formatNumber } from './gate/rows.ts';
import type { SettingRun, SuiteRun } from './gate/suite-run.ts';
import type { CurrentDocuments } from './golden/commands.ts';
import { type CaseRecord, type GoldenDocument, goldenDocuments, outcomeShape } from './golden/case.ts';
import type { CaseKey } from './golden/case-key.ts';
import { compareGolden, unclaimedFindings } from './golden/compare.ts';
import { listUnclaimed, readSuite, writePending } from './golden/store.ts';
import type { FlagTexts, ReplayStore, StoreChoice } from './migration.ts';
import { shellQuote } from './recording/look.ts';
import { readRecording } from './recording/read.ts';
import { replay } from './replay/engine.ts';
import type { Replayed } from './replayed.ts';
import { assembleReport, suiteReport } from './report/assemble.ts';
import type { AlertReport, Finding, Report, Row, SuiteReport } from './report/shape.ts';
import { type ScrapeOptions, ScrapeTally } from './tally/scrapes.ts';
import { scrapedMigration } from './tally/scrapes-service.ts';
import { Tally } from './tally/tally.ts';

export interface GateOptions {
  readonly config: GolemConfig;
  /** Folder of the config file. */
  readonly root: string;
  /** Suites to run; all of the config's when empty. */
  readonly suites: readonly string[];
  readonly store: StoreChoice;
  readonly seed: string;
  /** True in continuous integration: nothing is written. */
  readonly ci: boolean;
  readonly progress: (line: string) => void;
}

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

/** The recording of a suite. */
export function recordingOf(config: GolemConfig, root: string, suite: string): string {
  return join(root, config.fixtures, suite, 'recording.ndjson');
}

/** `golem gate`: the suites of the config against their limits and golden files. */
export async function runGate(options: GateOptions): Promise<Report> {
  const { config, root } = options;
  const all = options.suites.length === 0;
  const suites = config.suites.filter(({ name }) => all || options.suites.includes(name));
  const names = suites.map(({ name }) => name);
  const recorded = recordedSuites(config, root).filter((name) => all || names.includes(name));
  const rows: Row[] = [...(all ? checkConfig(config) : []), ...checkSuites(names, recorded)];
  const findings: Finding[] = [];
  const alerts: AlertReport[] = [];
  const reports: SuiteReport[] = [];
  const plan = config.alerts ? readAlertPlan(config.alerts, root) : null;
  const merged = new Tally(config.migration);
  const counts = { records: 0, perSetting: 0, golden: 0, redAsTheyMust: 0 };
  const stores = openStores(options);
  try {
    for (const suite of suites) {
      if (!recorded.includes(suite.name)) continue;
      options.progress(`replaying ${suite.name}`);
      const run = await replaySuite(options, stores, suite, judgesAlerts(suite) ? plan : null);
      const golden = compareWithGolden(options, run);
      const emulated = plan && emulateReplay(plan, scrapesBy([run.base]), config.migration);
      const judgement = judgeSuite(run, golden, limitsOf(suite, config.limits), config.migration, emulated);
      if (emulated) alerts.push(...alertReports(suite, emulated));
      if (suite.must_fail === undefined) {
        rows.push(...judgement.rows, ...sightRows(suite.name, [run.base], plan));
        findings.push(...judgement.findings);
        counts.perSetting += run.base.tally.records;
        counts.records += run.base.tally.records + (run.full?.tally.records ?? 0);
        counts.golden += golden?.matched ?? 0;
        merged.merge(run.base.tally);
      } else {
        const row = mustFailRow(suite, judgement);
        rows.push(row);
        counts.redAsTheyMust += row.passed ? 1 : 0;
      }
      reports.push(...suiteReports(config, run));
    }
    if (all) {
      const unclaimed = unclaimedGolden(options);
      rows.push(unclaimedRow(unclaimed));
      findings.push(...unclaimed);
    }
  } finally {
    await stores.close();
  }
  const settings = counts.perSetting === 0 ? 0 : counts.records / counts.perSetting;
  const red = rows.filter((row) => !row.passed).length;
  return assembleReport({
    migration: config.migration,
    tally: merged,
    records: counts.records,
    suites: reports,
    suiteCount: suites.length,
    rows,
    findings,
    alerts,
    goldenMatched: counts.golden,
    flags: config.settings.base,
    seed: options.seed,
    summary: (verdict) =>
      `golem: ${verdict} · ${countOf(counts.records, 'record')} (${formatNumber(counts.perSetting)} × ` +
      `${settings} settings), ${countOf(merged.userDays, 'user-day')}, ${countOf(counts.golden, 'golden file')}, ` +
      `${plan ? `${countRules(plan)} rules, ` : ''}` +
      `${countOf(counts.redAsTheyMust, 'suite')} red as they must be, ${red} of ${rows.length} checks red`,
    reproduce: ['npm run test:golem', ...(all ? [] : ['--', ...options.suites])].join(' '),
  });
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

/** Recordings under `fixtures`, by their folders' names as suites; one of another name stands by its own. */
function recordedSuites(config: GolemConfig, root: string): string[] {
  const folder = join(root, config.fixtures);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.ndjson(\.gz|\.zst)?$/.test(path))
    .map((path) => path.replace(/\/recording\.ndjson$/, ''))
    .sort();
}

/** The stores of a run: the chosen one, and one in memory for the settings that are only held against it. */
interface Stores {
  readonly memory: Promise<ReplayStore>;
  readonly chosen: Promise<ReplayStore>;
  close(): Promise<void>;
}

/** Starts opening both; a database starts up while the first setting is replayed in memory. */
function openStores({ config, store }: Pick<GateOptions, 'config' | 'store'>): Stores {
  const chosen = config.migration.openStore(store, 'replay');
  const memory = store.kind === 'memory' ? chosen : config.migration.openStore({ kind: 'memory' }, 'replay');
  // A store that cannot be opened is reported where it is first needed, not as an unhandled rejection.
  chosen.catch(() => undefined);
  return {
    memory,
    chosen,
    close: async () => {
      for (const opened of await Promise.allSettled([chosen, memory])) {
        if (opened.status === 'fulfilled') await opened.value.close();
      }
    },
  };
}

/**
 * Replays one suite under every setting it is judged by. What golden files hold comes from the chosen store; legacy
 * alone and the shares are replayed in memory, so comparing them holds the two stores against each other as well.
 */
async function replaySuite(
  options: Pick<GateOptions, 'config' | 'root' | 'seed'>,
  stores: Stores,
  suite: Suite,
  plan: AlertPlan | null,
): Promise<SuiteRun> {
  const { settings } = options.config;
  const file = recordingOf(options.config, options.root, suite.name);
  const under = async (
    setting: string,
    flags: FlagTexts,
    store: Promise<ReplayStore>,
    watched: AlertPlan | null = null,
  ): Promise<SettingRun> =>
    replaySetting({
      ...options,
      store: await store,
      file,
      setting,
      flags,
      defect: suite.defect ?? null,
      onBadLine: 'fail',
      keep: true,
      scraping: watched && { intervalMs: watched.settings.scrapeIntervalMs },
    });
  const alone = await under('alone', settings.alone, stores.memory);
  const shares: SettingRun[] = [];
  if (keepsGolden(suite)) {
    for (const flags of settings.shares) shares.push(await under(shareName(flags), flags, stores.memory));
  }
  const base = await under('base', settings.base, stores.chosen, plan);
  const full = keepsGolden(suite) ? await under('full', settings.full, stores.chosen) : null;
  return { suite, alone, base, full, shares };
}

/** Suites that must fail keep golden files only when that is what they are about. */
function keepsGolden(suite: Suite): boolean {
  return suite.golden ?? suite.must_fail === undefined;
}

/** The text that tells one share from another, such as `10%`. */
function shareName(flags: FlagTexts): string {
  return Object.values(flags).find((text) => text.endsWith('%')) ?? JSON.stringify(flags);
}

async function replaySetting(options: {
  readonly config: GolemConfig;
  readonly store: ReplayStore;
  readonly file: string;
  readonly setting: string;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly defect: string | null;
  readonly onBadLine: 'fail' | 'skip';
  readonly keep: boolean;
  /** Given this, the replay is scraped. */
  readonly scraping: ScrapeOptions | null;
}): Promise<SettingRun> {
  const { config, store, keep, scraping } = options;
  await store.reset();
  const recording = await readRecording(options.file, { onBadLine: options.onBadLine });
  const tally = new Tally(config.migration);
  const replayed: Replayed[] = [];
  const scrapes = scraping && new ScrapeTally(config.migration.metrics, scraping);
  await replay({
    migration: scrapes ? scrapedMigration(config.migration, scrapes) : config.migration,
    store,
    source: recording,
    flags: options.flags,
    seed: options.seed,
    defect: options.defect,
    metrics: tally.metrics,
    keep,
    observer: {
      onReplayed: (one) => {
        tally.onReplayed(one);
        if (keep) replayed.push(one);
      },
      onSkipped: (record, reason) => tally.onSkipped(record, reason),
      onUserEnd: (user, days) => tally.onUserEnd(user, days),
    },
  });
  tally.badLines += recording.badLines().count;
  return {
    setting: options.setting,
    tally,
    census: await store.census(),
    stored: keep ? await store.dump() : null,
    replayed,
    scrapes: scrapes && { env: recording.header.env, tally: scrapes },
  };
}

/** For each environment that was scraped, whether the rules can see it. */
function sightRows(suite: string, runs: readonly SettingRun[], plan: AlertPlan | null): Row[] {
  if (!plan) return [];
  const envs = new Set(runs.flatMap(({ scrapes }) => (scrapes ? [scrapes.env] : [])));
  return [...envs].sort().map((env) => checkSight(suite, env, blindAlerts(plan.sets, env)));
}

/** The scrapes of all runs, those of one environment added up. */
function scrapesBy(runs: readonly SettingRun[]): ReadonlyMap<string, ScrapeTally> {
  const byEnv = new Map<string, ScrapeTally>();
  for (const { scrapes } of runs) {
    if (!scrapes) continue;
    const known = byEnv.get(scrapes.env);
    if (known) known.merge(scrapes.tally);
    else byEnv.set(scrapes.env, scrapes.tally);
  }
  return byEnv;
}

/** Outcomes of one suite as golden documents, by case. */
function documentsOf(config: GolemConfig, run: SuiteRun): ReadonlyMap<CaseKey, GoldenDocument> {
  const shape = outcomeShape(config.migration);
  const base = byUser(run.base.replayed);
  const full = byUser(run.full?.replayed ?? []);
  const documents = new Map<CaseKey, GoldenDocument>();
  for (const [user, records] of base) {
    const input = { suite: run.suite.name, user, base: records, full: full.get(user) ?? [] };
    for (const [key, document] of goldenDocuments(input, shape)) documents.set(key, document);
  }
  return documents;
}

function byUser(replayed: readonly Replayed[]): Map<string, CaseRecord[]> {
  return Map.groupBy(
    replayed.map(({ record, result, issued }) => ({
      id: record.id,
      at: record.at,
      result,
      issued,
      user: record.user,
    })),
    ({ user }) => user,
  );
}

/** Compares a suite with its golden files; outside CI what was seen is left beside those that differ. */
function compareWithGolden(options: GateOptions, run: SuiteRun): GoldenVerdict | null {
  if (!run.full) return null;
  const place = { root: options.root, goldenDir: options.config.golden };
  const suite = run.suite.name;
  const documents = documentsOf(options.config, run);
  const stored = readSuite(place, suite);
  const comparison = compareGolden({ suite, goldenDir: place.goldenDir, ...stored, documents });
  if (run.suite.must_fail === undefined) {
    for (const key of comparison.unaccepted.keys()) {
      const document = documents.get(key);
      if (document) writePending(place, suite, key, document, options.ci);
    }
  }
  return { matched: comparison.matched, cases: documents.size, findings: comparison.findings };
}

/** Golden files of no suite, such as those of one that the config no longer lists. */
function unclaimedGolden({ config, root }: GateOptions): readonly Finding[] {
  const owners = config.suites.filter((suite) => keepsGolden(suite) || suite.must_fail !== undefined);
  const place = { root, goldenDir: config.golden };
  return unclaimedFindings(
    place.goldenDir,
    listUnclaimed(
      place,
      owners.map(({ name }) => name),
    ),
  );
}

/** Replays suites as the gate does, for the commands that show or accept golden files. */
export function currentDocuments(options: Omit<GateOptions, 'suites'>): CurrentDocuments {
  return async (names) => {
    const stores = openStores(options);
    const documents = new Map<string, ReadonlyMap<CaseKey, GoldenDocument>>();
    try {
      for (const suite of options.config.suites) {
        if (!names.includes(suite.name)) continue;
        options.progress(`replaying ${suite.name}`);
        const recorded = existsSync(recordingOf(options.config, options.root, suite.name));
        const run = recorded ? await replaySuite(options, stores, suite, null) : null;
        documents.set(suite.name, run ? documentsOf(options.config, run) : new Map());
      }
    } finally {
      await stores.close();
    }
    return documents;
  };
}

function suiteReports(config: GolemConfig, run: SuiteRun): SuiteReport[] {
  return [run.base, ...(run.full ? [run.full] : [])].map((setting) =>
    suiteReport({
      suite: run.suite.name,
      setting: setting.setting,
      mustFail: run.suite.must_fail ?? null,
      tally: setting.tally,
      migration: config.migration,
    }),
  );
}
