/**
 * What `golem alerts run`, `audit` and `query` share: a recording or suite is replayed and scraped, under the config's
 * intervals or those given.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { AlertPlan, AlertSettings } from '../alerts/rule-sets.ts';
import type { Scrapes } from '../alerts/scraped-source.ts';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import type { LoadedConfig } from './load-config.ts';
import { startProgress } from './progress.ts';
import { watchReplay } from './replay-progress.ts';
import { parseFlags } from './replay.ts';
import type { GlobalOptions, Shell } from './shell.ts';
import { parseStoreChoice, STORE_HELP } from './store-choice.ts';

export interface ScrapingOptions {
  readonly flags: readonly string[];
  readonly store: string;
  readonly seed?: string;
  readonly scrapeInterval?: string;
  readonly evaluationInterval?: string;
  readonly tail?: string;
  readonly prometheus?: string;
  readonly restart: readonly string[];
}

/** Adds the options by which a replay is made and scraped. */
export function addScrapingOptions(command: Command): Command {
  const collect = (text: string, before: readonly string[]): readonly string[] => [
    ...before,
    ...text.split(','),
  ];
  return command
    .addOption(
      new Option('--flags <name=value>', 'a flag of the migration; may be repeated')
        .argParser(collect)
        .default([], 'the settings.base of the config'),
    )
    .option('--store <store>', STORE_HELP, 'memory')
    .option('--seed <text>', "what the replay's ids are made from (default: the config's)")
    .option('--scrape-interval <duration>', "time between two scrapes (default: the config's, or 15s)")
    .option('--evaluation-interval <duration>', "of groups that name none (default: the config's, or 1m)")
    .option(
      '--tail <duration>',
      "how long scraping goes on after the last event (default: the config's, or 1d2h)",
    )
    .addOption(
      new Option('--restart <time>', 'the service starts anew then: its counters reset; may be repeated')
        .argParser(collect)
        .default([], 'never'),
    )
    .addOption(prometheusOption());
}

export function prometheusOption(): Option {
  return new Option('--prometheus <major>', 'whose window rules to follow (default: 3)').choices(['2', '3']);
}

/** The config, and how it or the options say to scrape and evaluate. */
export interface AlertContext {
  readonly loaded: LoadedConfig;
  readonly settings: AlertSettings;
}

/** Loads the config; apart from the replay, so that rules are read before somebody waits for one. */
export async function openAlertContext(
  options: ScrapingOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<AlertContext> {
  const { loadConfig } = await import('./load-config.ts');
  const loaded = await loadConfig(globals.config, shell.cwd);
  return { loaded, settings: await chooseSettings(loaded.config, options) };
}

/** A replay as Prometheus would have scraped it. */
export interface ScrapedRecordings {
  readonly scrapes: Scrapes;
  readonly tallies: ReadonlyMap<string, import('../tally/scrapes.ts').ScrapeTally>;
  readonly records: number;
}

/** Replays recordings (paths, or names of the config's suites) and scrapes them. One without any event is refused. */
export async function scrapeRecordings(
  { loaded, settings }: AlertContext,
  recordings: readonly string[],
  options: ScrapingOptions,
  shell: Shell,
  keepsValues = false,
): Promise<ScrapedRecordings> {
  const store = parseStoreChoice(options.store);
  const { config, root } = loaded;
  const flags = { ...config.settings.base, ...parseFlags(options.flags, config.migration) };
  const restartsMs = options.restart.map((text) => parseInstant(text, '--restart'));
  const { scrapeReplay } = await import('../run/replay.ts');
  const progress = startProgress(shell);
  try {
    const { tallies, records } = await scrapeReplay({
      config,
      root,
      recordings: await Promise.all(recordings.map((one) => pathOf(one, loaded, shell))),
      flags,
      store,
      seed: options.seed ?? config.seed,
      onBadLine: 'fail',
      scraping: { intervalMs: settings.scrapeIntervalMs, keepsValues },
      // Differences are another command's answer.
      watch: watchReplay({ ...progress, say: () => undefined }, shell),
    });
    const { scrapesOf } = await import('../alerts/rule-sets.ts');
    const scrapes = scrapesOf(tallies, config.migration, settings, restartsMs);
    if (scrapes) return { scrapes, tallies, records };
    throw new GolemError({
      kind: 'data',
      verb: 'scrape',
      subject: recordings.join(', '),
      reason: 'the replay gave no metric event',
    });
  } finally {
    progress.clear();
  }
}

/** A suite's name stands for its recording, unless a file has that name. */
async function pathOf(recording: string, { config, root }: LoadedConfig, shell: Shell): Promise<string> {
  const path = resolve(shell.cwd, recording);
  if (existsSync(path) || !config.suites.some(({ name }) => name === recording)) return path;
  return (await import('../run/suite.ts')).recordingOf(config, root, recording);
}

async function chooseSettings(config: GolemConfig, options: ScrapingOptions): Promise<AlertSettings> {
  const { alertSettings } = await import('../alerts/rule-sets.ts');
  const configured = alertSettings(config.alerts ?? { rulesets: {} });
  return {
    scrapeIntervalMs: await chosenMs(
      options.scrapeInterval,
      '--scrape-interval',
      configured.scrapeIntervalMs,
    ),
    intervalMs: await chosenMs(options.evaluationInterval, '--evaluation-interval', configured.intervalMs),
    tailMs: await chosenMs(options.tail, '--tail', configured.tailMs),
    prometheus:
      options.prometheus === undefined ? configured.prometheus : prometheusMajor(options.prometheus),
  };
}

export function prometheusMajor(text: string | undefined): 2 | 3 {
  return text === '2' ? 2 : 3;
}

async function chosenMs(text: string | undefined, option: string, otherwise: number): Promise<number> {
  if (text === undefined) return otherwise;
  return parseDuration(text, option);
}

/** A Prometheus duration above zero; anything else is a usage error that names the option. */
export async function parseDuration(text: string, option: string): Promise<number> {
  const { parseDurationMs } = await import('../promql/durations.ts');
  const durationMs = parseDurationMs(text);
  if (durationMs) return durationMs;
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: `${option} ${text}`,
    reason: 'expected a duration such as 15s, 5m or 1h30m',
  });
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** A time as `2025-09-01T03:00:00Z`, or in seconds since the Unix epoch; milliseconds. */
export function parseInstant(text: string, option: string): number {
  const ms = RFC3339.test(text)
    ? Date.parse(text)
    : /^-?\d+(\.\d+)?$/.test(text)
      ? Number(text) * 1000
      : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: `${option} ${text}`,
    reason: 'expected a time such as 2025-09-01T03:00:00Z, or seconds since the Unix epoch',
  });
}

/**
 * The rule sets to evaluate: those of the config by name (all, where none is named), or rule files by path, which are
 * a set each.
 */
export async function chooseRuleSets(
  wanted: readonly string[] | undefined,
  { loaded, settings }: AlertContext,
  alertmanagerFile: string | undefined,
  shell: Shell,
): Promise<AlertPlan> {
  const { readAlertPlan, readRuleSet } = await import('../alerts/rule-sets.ts');
  const { readAlertmanagerConfig } = await import('../alerts/read-files.ts');
  const { config, root } = loaded;
  const known = Object.keys(config.alerts?.rulesets ?? {});
  const names = [...new Set(wanted ?? known)];
  if (names.length === 0) {
    const reason = 'the config names no rule set';
    throw new GolemError({
      kind: 'usage',
      verb: 'choose',
      subject: 'rules',
      reason,
      next: 'golem alerts run --help',
    });
  }
  const chosen = Object.fromEntries(
    names.filter((name) => known.includes(name)).map((name) => [name, config.alerts!.rulesets[name]!]),
  );
  const plan = readAlertPlan({ ...config.alerts, rulesets: chosen }, root);
  const sets = names.map((name) => {
    const configured = plan.sets.find((set) => set.name === name);
    if (configured) return configured;
    if (existsSync(resolve(shell.cwd, name))) return readRuleSet(name, [resolve(shell.cwd, name)]);
    throw new GolemError({
      kind: 'usage',
      verb: 'use the rules',
      subject: name,
      reason: `there is no such file, and the config has ${known.length === 0 ? 'no rule set' : `the rule sets ${known.join(', ')}`}`,
    });
  });
  const alertmanager =
    alertmanagerFile === undefined
      ? plan.alertmanager
      : readAlertmanagerConfig(resolve(shell.cwd, alertmanagerFile));
  return { settings, sets, alertmanager };
}

/** Names given with commas between them; an empty one is refused. */
export function splitNames(text: string | undefined): string[] | undefined {
  const names = text?.split(',').map((name) => name.trim());
  if (!names?.includes('')) return names;
  const reason = 'expected names of rule sets or files with a comma between them';
  throw new GolemError({ kind: 'usage', verb: 'read', subject: `--rules ${text}`, reason });
}

/** Alerts that watch no environment of the recordings: what they do not see, they cannot say. */
export async function blindRules(
  { sets }: AlertPlan,
  { tallies }: ScrapedRecordings,
): Promise<{ readonly envs: readonly string[]; readonly alerts: readonly string[] }> {
  const { blindAlerts } = await import('../alerts/sight.ts');
  const envs = [...tallies.keys()];
  const blind = envs.map((env) => new Set(blindAlerts(sets, env).blind));
  return { envs, alerts: [...(blind[0] ?? [])].filter((name) => blind.every((own) => own.has(name))) };
}

/** Writes JSON where `--json` says: `-` is standard output, which then carries nothing else. */
export async function publishJson(value: unknown, file: string, shell: Shell): Promise<void> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (file === '-') {
    shell.stdout.write(text);
    return;
  }
  const { writeAside } = await import('./write-aside.ts');
  await writeAside(resolve(shell.cwd, file), text, file);
}
