/**
 * `golem alerts query`: any PromQL over a replay or over series in a file, at one time or over a range, as a table or
 * in the shape of Prometheus' HTTP API.
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { Expr } from '../promql/ast.ts';
import type { EvaluationOptions } from '../promql/evaluate.ts';
import type { SeriesSource } from '../promql/series.ts';
import {
  addScrapingOptions,
  openAlertContext,
  parseDuration,
  parseInstant,
  prometheusMajor,
  publishJson,
  scrapeRecordings,
  type ScrapingOptions,
  splitNames,
} from './alerts-replay.ts';
import type { CommandContext } from './commands.ts';
import { type GlobalOptions, type Shell, textWidth } from './shell.ts';

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

export function defineQuery(command: Command, context: CommandContext): void {
  command
    .description('Evaluates a PromQL expression. Exit code 65 for an expression that cannot be evaluated.')
    .argument('<expr>', 'the expression')
    .addOption(
      new Option('--recording <file>', 'ask the replay of this recording or suite; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .option('--series <file>', "ask these series, in promtool's notation (input_series)")
    .option(
      '--rules <names>',
      'evaluate these rule sets or rule files first, so that what they record and ALERTS can be asked for; comma ' +
        "between them (default: the config's, where the expression names what they write)",
    )
    .option('--at <time>', 'when; for --series also as time since its start, such as 5m (default: the end)')
    .option('--from <time>', 'first time of a range')
    .option('--to <time>', 'last time of a range')
    .option('--step <duration>', 'between two times of a range (default: 1m)')
    .option(
      '--json [file]',
      "write the answer in the shape of Prometheus' HTTP API (default: to standard output)",
    );
  addScrapingOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ golem alerts query \'count by (__name__) ({env="prod"})\' --recording everyday' +
        '\n  $ golem alerts query ALERTS --recording noisy --rules legacy --at 2025-08-31T22:00:00Z' +
        "\n  $ golem alerts query 'rate(a[5m])' --series series.yml --from 0s --to 1h --step 5m --json",
    )
    .action(async (expr: string, options: QueryOptions) => {
      context.finish(await runQuery(expr, options, context.globals(), context.shell));
    });
}

/** What is asked, and between which times it has samples. */
interface Asked {
  readonly source: SeriesSource;
  readonly options: Partial<EvaluationOptions>;
  readonly startMs: number;
  readonly endMs: number;
}

/** Evaluates and shows; resolves to the exit code. */
export async function runQuery(
  text: string,
  options: QueryOptions,
  globals: GlobalOptions,
  shell: Shell,
): Promise<number> {
  refuseAmbiguous(options);
  const { parseExpr } = await import('../promql/parse.ts');
  const { evaluateInstant, evaluateRange } = await import('../promql/evaluate.ts');
  const { instantResponse, rangeResponse } = await import('../promql/api.ts');
  const expr = await refusingBadExpr(text, () => parseExpr(text));
  const asked = await openSeries(expr, options, globals, shell);
  const { atMs, fromMs, toMs, isRange } = await timesAsked(options, asked);
  const stepMs = options.step === undefined ? 60_000 : await parseDuration(options.step, '--step');
  if (isRange) refuseEndless(fromMs, toMs, stepMs);
  const response = await refusingBadExpr(text, () =>
    isRange
      ? rangeResponse(evaluateRange(expr, asked.source, fromMs, toMs, stepMs, asked.options))
      : instantResponse(evaluateInstant(expr, asked.source, atMs, asked.options), atMs),
  );
  if (options.json !== undefined) {
    await publishJson(response, options.json === true ? '-' : options.json, shell);
    return EXIT.pass;
  }
  const { renderAnswer } = await import('../report/query-answer.ts');
  shell.stdout.write(
    renderAnswer(
      response.data,
      textWidth(shell.stdout, shell.env),
      options.rules === undefined ? await unknownNames(expr, asked.source) : [],
    ),
  );
  return EXIT.pass;
}

/** The names an expression selects by that no series bears. */
async function unknownNames(expr: Expr, source: SeriesSource): Promise<string[]> {
  const { metricsRead } = await import('../alerts/rule-file.ts');
  const { METRIC_NAME } = await import('../promql/labels.ts');
  return [...new Set(metricsRead(expr))].filter(
    (value) => source.select([{ name: METRIC_NAME, op: '=', value }]).length === 0,
  );
}

function refuse(reason: string): never {
  throw new GolemError({
    kind: 'usage',
    verb: 'run',
    subject: 'golem alerts query',
    reason,
    next: 'golem alerts query --help',
  });
}

/** As many points of a series as Prometheus' API gives. */
const MOST_POINTS = 11_000;

function refuseEndless(fromMs: number, toMs: number, stepMs: number): void {
  if (toMs < fromMs) refuse('--to is before --from');
  const points = Math.floor((toMs - fromMs) / stepMs) + 1;
  if (points > MOST_POINTS) {
    const [many, most] = [points, MOST_POINTS].map((count) => count.toLocaleString('en'));
    refuse(`it would have ${many} points, at most ${most} are possible: choose a longer --step`);
  }
}

function refuseAmbiguous(options: QueryOptions): void {
  if (options.recording.length === 0 && options.series === undefined)
    refuse('it needs --recording or --series');
  if (options.recording.length > 0 && options.series !== undefined)
    refuse('--recording and --series exclude each other');
  const isRange = options.from !== undefined || options.to !== undefined;
  if (isRange && options.at !== undefined) refuse('--at excludes --from and --to');
  if (!isRange && options.step !== undefined) refuse('--step needs --from or --to');
}

/** Between which times there are samples. */
type Span = Pick<Asked, 'startMs' | 'endMs'>;

/** The times an expression is asked at: one, or a range. */
async function timesAsked(options: QueryOptions, { startMs, endMs }: Span) {
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

async function openSeries(
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

/** Turns what PromQL refuses into a data error with its place in the expression. */
async function refusingBadExpr<T>(text: string, evaluate: () => T): Promise<T> {
  const { PromqlEvaluationError, PromqlSyntaxError } = await import('../promql/errors.ts');
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof PromqlSyntaxError) {
      const place = { file: 'expression', line: error.line, column: error.column };
      throw new GolemError({
        kind: 'data',
        verb: 'read the expression',
        subject: text,
        reason: error.reason,
        place,
      });
    }
    if (error instanceof PromqlEvaluationError)
      throw new GolemError({ kind: 'data', verb: 'evaluate', subject: text, reason: error.message });
    throw error;
  }
}
