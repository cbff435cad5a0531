/**
 * Random expressions over random series: golem under `prometheus: 2` against promtool 2.42.
 * Run it with seeds to see a failing scenario again: `node scripts/prometheus/compare-expressions.ts <seed>…`.
 */
import { PromqlEvaluationError, PromqlSyntaxError } from '../../harness/promql/errors.ts';
import { evaluateInstant } from '../../harness/promql/evaluate.ts';
import { compareLabels, NO_LABELS, renderLabels, type Labels } from '../../harness/promql/labels.ts';
import { parseExpr } from '../../harness/promql/parse.ts';
import { parseNotatedSeries } from '../../harness/promql/series-notation.ts';
import { MemorySource, type SeriesSource } from '../../harness/promql/series.ts';
import { seededDice } from './dice.ts';
import { askPromtool, type OracleAnswer, type OracleGroup } from './promtool.ts';
import { randomVector } from './random-expr.ts';
import { randomSeries, SCRAPE_INTERVALS_S } from './random-series.ts';

const EVALUATION_INTERVAL_S = 60;
export const QUERIES_A_SCENARIO = 20;

/** One scenario: a set of series and the expressions asked of it. */
interface Scenario extends OracleGroup {
  readonly seed: number;
  readonly intervalSeconds: number;
  readonly evalSeconds: readonly number[];
}

export function scenarioOf(seed: number): Scenario {
  const dice = seededDice(seed);
  const intervalSeconds = dice.pick(SCRAPE_INTERVALS_S);
  const length = 20 + dice.below(60);
  const inputSeries = randomSeries(dice, length);
  const lastMinute = Math.floor(((length - 1) * intervalSeconds) / 60);
  const queries = Array.from({ length: QUERIES_A_SCENARIO }, () => {
    const expr = randomVector(dice, dice.below(4));
    return { expr, evalSeconds: 60 * dice.below(lastMinute + 8) };
  });
  return {
    seed,
    intervalSeconds,
    interval: `${intervalSeconds}s`,
    inputSeries,
    queries: queries.map((query) => ({ expr: query.expr, evalTime: `${query.evalSeconds}s` })),
    evalSeconds: queries.map((query) => query.evalSeconds),
  };
}

function answerOf(expr: string, source: SeriesSource, atMs: number): OracleAnswer {
  try {
    const options = { prometheus: 2, defaultStepMs: EVALUATION_INTERVAL_S * 1000 } as const;
    const result = evaluateInstant(parseExpr(expr), source, atMs, options);
    if (result.type === 'vector') return { kind: 'samples', samples: result.samples };
    if (result.type === 'scalar')
      return { kind: 'samples', samples: [{ labels: NO_LABELS, value: result.value }] };
    return { kind: 'error', reason: 'not a vector' };
  } catch (error) {
    if (!(error instanceof PromqlEvaluationError || error instanceof PromqlSyntaxError)) throw error;
    return { kind: 'error', reason: error.message };
  }
}

/** Equal to 1e-9 relative; what is left of a difference of large equal numbers counts as nothing. */
export function isClose(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  const difference = Math.abs(a - b);
  return difference <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) || difference < 1e-11;
}

const byLabels = (a: { labels: Labels; value: number }, b: { labels: Labels; value: number }): number =>
  compareLabels(a.labels, b.labels) || a.value - b.value;

/** Whether two answers agree: both an error, or the same samples whatever their order. */
export function answersAgree(ours: OracleAnswer, theirs: OracleAnswer): boolean {
  if (ours.kind === 'error' || theirs.kind === 'error') return ours.kind === theirs.kind;
  if (ours.samples.length !== theirs.samples.length) return false;
  const mine = [...ours.samples].sort(byLabels);
  const other = [...theirs.samples].sort(byLabels);
  return mine.every(
    (sample, at) => sample.labels.key === other[at]!.labels.key && isClose(sample.value, other[at]!.value),
  );
}

const show = (answer: OracleAnswer): string =>
  answer.kind === 'error'
    ? `error: ${answer.reason}`
    : [...answer.samples]
        .sort(byLabels)
        .map((sample) => `${renderLabels(sample.labels)} ${sample.value}`)
        .join('\n          ') || 'nothing';

export interface Comparison {
  readonly compared: number;
  readonly errors: number;
  readonly empty: number;
  readonly disagreements: readonly string[];
}

/** Compares the scenarios of these seeds, in one call of promtool. */
export function compareExpressions(seeds: readonly number[]): Comparison {
  const scenarios = seeds.map(scenarioOf);
  const theirs = askPromtool(scenarios, `${EVALUATION_INTERVAL_S}s`);
  const disagreements: string[] = [];
  let at = 0;
  let errors = 0;
  let empty = 0;
  for (const scenario of scenarios) {
    const series = scenario.inputSeries.map((one) =>
      parseNotatedSeries(one.series, one.values, scenario.intervalSeconds * 1000),
    );
    // Samples are loaded up to the last evaluation only, so that nothing later can be seen.
    const source = MemorySource.of(series);
    for (const [index, query] of scenario.queries.entries()) {
      const expected = theirs[at]!;
      at++;
      const ours = answerOf(query.expr, source, scenario.evalSeconds[index]! * 1000);
      if (expected.kind === 'error') errors++;
      else if (expected.samples.length === 0) empty++;
      if (answersAgree(ours, expected)) continue;
      disagreements.push(
        `seed ${scenario.seed}: ${query.expr}\n  at ${query.evalTime}\n  golem   ${show(ours)}\n  promtool ${show(expected)}\n` +
          `  see it again: node scripts/prometheus/compare-expressions.ts ${scenario.seed}`,
      );
    }
  }
  return { compared: at, errors, empty, disagreements };
}

if (import.meta.main) {
  const seeds = process.argv.slice(2).map(Number);
  const { compared, errors, empty, disagreements } = compareExpressions(seeds.length > 0 ? seeds : [1]);
  for (const disagreement of disagreements) console.log(`${disagreement}\n`);
  console.log(
    `${compared} expressions compared (${errors} errors, ${empty} empty), ${disagreements.length} disagree`,
  );
  process.exitCode = disagreements.length > 0 ? 1 : 0;
}
