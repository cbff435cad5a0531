/**
 * `golem alerts query`: any PromQL over a replay or over series in a file, at one time or over a range, as a table or
 * in the shape of Prometheus' HTTP API.
 */
import { type Command, Option } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import type { Expr } from '../promql/ast.ts';
import type { SeriesSource } from '../promql/series.ts';
import { openSeries, type QueryOptions, timesAsked } from './alerts-query-asked.ts';
import { addScrapingOptions, parseDuration, publishJson } from './alerts-replay.ts';
import type { CommandContext } from './commands.ts';
import { type GlobalOptions, type Shell, textWidth } from './shell.ts';

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
