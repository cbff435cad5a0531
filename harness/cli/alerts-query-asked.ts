/**
 * What `golem alerts query` asks, and when: the series of a replay or of a file, with what rules wrote beside them, and
 * the times its options name.
 */
import { resolve } from 'node:path';
import type { Expr } from '../promql/ast.ts';
import type { EvaluationOptions } from '../promql/evaluate.ts';
import type { SeriesSource } from '../promql/series.ts';
import {
  openAlertContext,
  parseDuration,
  parseInstant,
  prometheusMajor,
  scrapeRecordings,
  type ScrapingOptions,
  splitNames,
} from './alerts-replay.ts';
import type { GlobalOptions, Shell } from './shell.ts';

export interface QueryOptions extends ScrapingOptions {
  readonly recording: readonly string[];
  readonly series?: string;
  readonly rules?: string;
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly step?: string;
  readonly json?: string | true;
}

/** What is asked, and between which times it has samples. */
export interface Asked {
  readonly source: SeriesSource;
  readonly options: Partial<EvaluationOptions>;
  readonly startMs: number;
  readonly endMs: number;
}

/** Between which times there are samples. */
export type Span = Pick<Asked, 'startMs' | 'endMs'>;

/** The times an expression is asked at: one, or a range. */
export async function timesAsked(options: QueryOptions, { startMs, endMs }: Span) {
  const isRange = options.from !== undefined || options.to !== undefined;
  const timeOf = (text: string | undefined, option: string, otherwise: number): Promise<number> =>
    text === undefined ? Promise.resolve(otherwise) : parseTime(text, option, startMs);
  return {
    isRange,
    atMs: await timeOf(options.at, '--at', endMs),
    fromMs: await timeOf(options.from, '--from', startMs),
    toMs: await timeOf(options.to, '--to', endMs),
  };
}

/** Opens what the options name: a replay or a file, through rules where they are read. */
export async function openSeries(
  expr: Expr,
  options: QueryOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<Asked> {
  if (options.series !== undefined) return openSeriesFile(options.series, expr, options, shell);
  const context = await openAlertContext(options, globals, shell);
  const { loaded, settings } = context;
  const { ScrapedSource } = await import('../alerts/scraped-source.ts');
  const { readThroughRules, rulesToRead } = await import('./alerts-query-rules.ts');
  const configured = { rulesets: loaded.config.alerts?.rulesets ?? {}, root: loaded.root };
  const { emittedSeries } = await import('../alerts/metric-check.ts');
  const emitted = emittedSeries(loaded.config.migration, settings.prometheus);
  const isScraped = (name: string): boolean => emitted.has(name);
  const rules = await rulesToRead(expr, splitNames(options.rules), isScraped, configured, shell);
  const { scrapes } = await scrapeRecordings(context, options.recording, options, shell);
  const { intervalMs, from, to } = scrapes;
  const span = { startMs: from * intervalMs, endMs: to * intervalMs };
  const { isRange, atMs, fromMs, toMs } = await timesAsked(options, span);
  const earliestMs = isRange ? fromMs : atMs;
  const latestMs = Math.min(isRange ? toMs : atMs, span.endMs);
  const evaluation = { prometheus: settings.prometheus, defaultStepMs: settings.intervalMs };
  if (rules.length === 0) {
    const runs = await runsAskedFor(expr, { earliestMs, latestMs }, scrapes);
    return { source: new ScrapedSource(scrapes, runs), options: evaluation, ...span };
  }
  // What a rule wrote hangs on all before it, so everything up to the last time asked for is evaluated.
  const last = Math.ceil(latestMs / intervalMs);
  const scraped = new ScrapedSource(scrapes, last < from ? [] : [{ from, to: Math.min(to, last) }]);
  const evaluated = { fromMs: span.startMs, toMs: latestMs };
  const source = await readThroughRules(rules, scraped, evaluated, settings);
  return { source, options: evaluation, ...span };
}

/** The scrapes an expression looks at: those of its windows before the times asked for. */
async function runsAskedFor(
  expr: Expr,
  { earliestMs, latestMs }: { readonly earliestMs: number; readonly latestMs: number },
  { intervalMs, from, to }: { readonly intervalMs: number; readonly from: number; readonly to: number },
): Promise<readonly { readonly from: number; readonly to: number }[]> {
  const { reachOf } = await import('../alerts/activity.ts');
  const { DEFAULT_OPTIONS } = await import('../promql/evaluate.ts');
  const { lookbackMs, defaultStepMs } = DEFAULT_OPTIONS;
  const reachMs = reachOf(expr, { lookbackMs, intervalMs: defaultStepMs });
  if (reachMs === Infinity) return [{ from, to }];
  const first = Math.max(from, Math.floor((earliestMs - reachMs) / intervalMs) - 1);
  const last = Math.min(to, Math.ceil(latestMs / intervalMs));
  return first <= last ? [{ from: first, to: last }] : [];
}

async function openSeriesFile(file: string, expr: Expr, options: QueryOptions, shell: Shell): Promise<Asked> {
  const { parseSeriesFile } = await import('../alerts/series-file.ts');
  const { readText } = await import('../alerts/read-files.ts');
  const { refuseProblems } = await import('../alerts/yaml-source.ts');
  const { MemorySource } = await import('../promql/series.ts');
  const text = readText(resolve(shell.cwd, file), 'read the series', file);
  const { series, problems } = parseSeriesFile(file, text);
  refuseProblems(problems, 'read the series', file);
  const ends = series.flatMap((one) => (one.length === 0 ? [] : [one.times[one.length - 1]!]));
  const span = { startMs: 0, endMs: Math.max(0, ...ends) };
  const settings = {
    prometheus: prometheusMajor(options.prometheus),
    intervalMs:
      options.evaluationInterval === undefined
        ? 60_000
        : await parseDuration(options.evaluationInterval, '--evaluation-interval'),
  };
  const scraped = MemorySource.of(series);
  const evaluation = { prometheus: settings.prometheus, defaultStepMs: settings.intervalMs };
  const { readThroughRules, rulesToRead } = await import('./alerts-query-rules.ts');
  const rules = await rulesToRead(expr, splitNames(options.rules), () => true, null, shell);
  if (rules.length === 0) return { source: scraped, options: evaluation, ...span };
  const { isRange, atMs, toMs } = await timesAsked(options, span);
  const evaluated = { fromMs: 0, toMs: isRange ? toMs : atMs };
  const source = await readThroughRules(rules, scraped, evaluated, settings);
  return { source, options: evaluation, ...span };
}

/** A time as given to `--at`, or as a duration since the start of what is asked. */
async function parseTime(text: string, option: string, startMs: number): Promise<number> {
  const { parseDurationMs } = await import('../promql/durations.ts');
  const sinceMs = /[a-z]$/.test(text) ? parseDurationMs(text) : undefined;
  return sinceMs === undefined ? parseInstant(text, option) : startMs + sinceMs;
}
