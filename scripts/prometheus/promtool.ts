/**
 * Debian's promtool (2.42) as an oracle: writes a unit-test file whose expectations are wrong on purpose and reads what
 * promtool "got". Used by tests and by the commands that repeat them; a machine without promtool is told so.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unquoteGo } from '../../harness/promql/go-text.ts';
import { labelsFromPairs, type Labels } from '../../harness/promql/labels.ts';

/** Whether a tool can be run; says loudly that it is missing, and is an error where `CI` is set. */
export function toolIsMissing(tool: 'promtool' | 'amtool'): boolean {
  const found = spawnSync(tool, ['--version'], { encoding: 'utf8' }).error === undefined;
  if (found) return false;
  const debianPackage = tool === 'promtool' ? 'prometheus' : 'prometheus-alertmanager';
  const message = `${tool} is not on PATH: the comparison with it does not run. Install Debian's ${debianPackage}.`;
  if (process.env.CI) throw new Error(message);
  console.warn(`\n*** ${message} ***\n`);
  return true;
}

/** What a tool answered. */
export interface ToolRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool over files given by name and content, in a directory of their own. */
export function runTool(
  tool: 'promtool' | 'amtool',
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): ToolRun {
  const folder = mkdtempSync(join(tmpdir(), 'golem-oracle-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const run = spawnSync(tool, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.error) throw run.error;
    return { status: run.status ?? -1, stdout: run.stdout, stderr: run.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface OracleSample {
  readonly labels: Labels;
  readonly value: number;
}

/** What promtool made of one expression. */
export type OracleAnswer =
  | { readonly kind: 'samples'; readonly samples: readonly OracleSample[] }
  | { readonly kind: 'error'; readonly reason: string };

/** One group of a unit-test file, with the expressions asked in it. */
export interface OracleGroup {
  readonly interval: string;
  readonly inputSeries: readonly { readonly series: string; readonly values: string }[];
  readonly queries: readonly { readonly expr: string; readonly evalTime: string }[];
}

/** An expectation that no query can meet. */
const WRONG_SAMPLES = [{ labels: '{nobody_expects="this"}', value: 1 }];

/** Asks promtool for every query of every group, in one call; answers stand in the order of the queries. */
export function askPromtool(groups: readonly OracleGroup[], evaluationInterval: string): OracleAnswer[] {
  const file = {
    rule_files: [],
    evaluation_interval: evaluationInterval,
    tests: groups.map((group) => ({
      interval: group.interval,
      input_series: group.inputSeries,
      promql_expr_test: group.queries.map((query) => ({
        expr: query.expr,
        eval_time: query.evalTime,
        exp_samples: WRONG_SAMPLES,
      })),
    })),
  };
  // JSON is YAML, and leaves no doubt about quoting.
  const run = runTool('promtool', ['test', 'rules', 'test.yml'], { 'test.yml': JSON.stringify(file) });
  const answers = run.stderr
    .split(/^ {4}expr: /m)
    .slice(1)
    .map(readAnswer);
  const asked = groups.reduce((sum, group) => sum + group.queries.length, 0);
  if (answers.length !== asked) {
    throw new Error(`promtool answered ${answers.length} of ${asked} queries:\n${run.stderr.slice(0, 2000)}`);
  }
  return answers;
}

function readAnswer(chunk: string): OracleAnswer {
  const got = /\n {8}got: ([^\n]*)/.exec(chunk);
  if (got) return { kind: 'samples', samples: readSamples(got[1]!) };
  return { kind: 'error', reason: /err: ([^\n]*)/.exec(chunk)?.[1] ?? chunk.trim() };
}

/** Reads `{a="b"} 1E+00, {a="c"} NaN`, or `nil`. */
export function readSamples(text: string): OracleSample[] {
  if (text.trim() === 'nil') return [];
  const samples: OracleSample[] = [];
  const pattern = /\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (\S+?)(?:, |$)/g;
  for (const match of text.matchAll(pattern)) {
    samples.push({ labels: readLabels(match[1]!), value: readFloat(match[2]!) });
  }
  return samples;
}

/** Reads the inside of a label set as Go prints it: `a="b", c="d"`. */
export function readLabels(inside: string): Labels {
  const pairs = [...inside.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)=("(?:[^"\\]|\\.)*")/g)];
  return labelsFromPairs(pairs.map((pair) => [pair[1]!, unquoteGo(pair[2]!)] as const));
}

const readFloat = (text: string): number =>
  /Inf$/.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
