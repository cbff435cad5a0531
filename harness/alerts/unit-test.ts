/**
 * Runs promtool's rule unit tests in-process: groups at each evaluation interval from 0, whatever their own interval,
 * expectations against alerts as of the evaluation at or before their time, and against any expression.
 */
import { evaluateGroup, startRules, type RuleRun, type RunningAlert } from './evaluate.ts';
import { annotationsOf } from './rule-templates.ts';
import { evaluationErrorOf } from './rule-error.ts';
import type { RuleGroup } from './rule-file.ts';
import type {
  AlertTest,
  ExpectedAlert,
  ExpectedSample,
  ExprTest,
  TestGroup,
  UnitTestFile,
} from './unit-test-file.ts';
import { renderPlace } from '../errors.ts';
import { renderDurationMs } from '../promql/durations.ts';
import { PromqlSyntaxError } from '../promql/errors.ts';
import { evaluateInstant, type PrometheusMajor } from '../promql/evaluate.ts';
import { formatGoFloat } from '../promql/go-text.ts';
import { compareLabels, labelRecord, NO_LABELS, type Labels } from '../promql/labels.ts';
import { differAtMostInLastBit } from '../promql/last-bit.ts';
import { parseExpr } from '../promql/parse.ts';
import { MemorySource } from '../promql/series.ts';

/** A sample or an alert as reports show it; values are written as Prometheus' API writes them. */
export interface ShownSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface TestResultBase {
  readonly file: string;
  readonly group: string;
  readonly eval_time_seconds: number;
  readonly expected: readonly ShownSample[];
  readonly got: readonly ShownSample[];
  readonly error: string | null;
  readonly passed: boolean;
}

/** One expectation and what came of it, in the shape of the JSON report. */
export type TestResult = TestResultBase & ({ readonly expr: string } | { readonly alertname: string });

export interface UnitTestReport {
  readonly tests: readonly TestResult[];
  /** Rules that failed while a group ran; its expectations carry the same error. */
  readonly errors: readonly { readonly file: string; readonly group: string; readonly error: string }[];
  /** Alerts of the rule files that no alert test names. */
  readonly untested: readonly string[];
}

/** Runs a unit-test file over its rule groups (those of its rule files, read already). Never throws for a failing test. */
export function runUnitTests(
  file: UnitTestFile,
  rules: readonly RuleGroup[],
  prometheus: PrometheusMajor = 3,
): UnitTestReport {
  const ordered = orderGroups(rules, file.groupOrder);
  const tests: TestResult[] = [];
  const errors: UnitTestReport['errors'][number][] = [];
  for (const group of file.groups) {
    const outcome = runTestGroup(file, group, ordered, prometheus);
    tests.push(...outcome.tests);
    if (outcome.error !== undefined)
      errors.push({ file: file.file, group: group.name, error: outcome.error });
  }
  return { tests, errors, untested: untestedAlerts([file], rules) };
}

/** The alerts of these groups that no alert test of these files names. */
export function untestedAlerts(files: readonly UnitTestFile[], rules: readonly RuleGroup[]): string[] {
  const tested = new Set(
    files.flatMap((file) => file.groups.flatMap((group) => group.alertTests.map((test) => test.alertname))),
  );
  const alerts = rules.flatMap((group) =>
    group.rules.filter((rule) => rule.kind === 'alert').map((rule) => rule.name),
  );
  return [...new Set(alerts)].filter((name) => !tested.has(name));
}

/** Groups named in the order run by it; the others run first, as in promtool, where an unnamed group counts as 0. */
function orderGroups(groups: readonly RuleGroup[], order: readonly string[]): RuleGroup[] {
  const rank = (group: RuleGroup): number => Math.max(0, order.indexOf(group.name));
  return [...groups].sort((a, b) => rank(a) - rank(b));
}

function runTestGroup(
  file: UnitTestFile,
  group: TestGroup,
  rules: readonly RuleGroup[],
  prometheus: PrometheusMajor,
): { readonly tests: readonly TestResult[]; readonly error: string | undefined } {
  const intervalMs = file.evaluationIntervalMs;
  const run = startRules(rules, MemorySource.of(group.series), {
    prometheus,
    defaultStepMs: intervalMs,
    externalLabels: group.externalLabels,
    externalUrl: group.externalUrl,
    keepsAnnotations: true,
  });
  const asked = [...group.alertTests, ...group.exprTests];
  const lastMs = Math.max(0, ...asked.map((test) => test.evalTimeMs));
  const alertResults = new Map<AlertTest, TestResult>();
  let evaluatedMs = group.startMs;
  for (let atMs = 0; atMs <= lastMs; atMs += intervalMs) {
    evaluatedMs = group.startMs + atMs;
    const failures = run.groups.flatMap((running) => evaluateGroup(run, running, evaluatedMs).failures);
    const [failure] = failures;
    if (failure) {
      const error = `rule: ${failure.rule.name} (${renderPlace(failure.rule.place)}), time: ${renderDurationMs(atMs)}, err: ${failure.reason}`;
      return {
        tests: asked.map((test) => alertResults.get(test as AlertTest) ?? failed(file, group, test, error)),
        error,
      };
    }
    for (const test of group.alertTests) {
      if (test.evalTimeMs >= atMs && test.evalTimeMs < atMs + intervalMs)
        alertResults.set(test, judgeAlerts(file, group, test, run));
    }
  }
  const tests = [
    ...group.alertTests.map((test) => alertResults.get(test)!),
    ...group.exprTests.map((test) => judgeExpr(file, group, test, run, evaluatedMs, prometheus)),
  ];
  return { tests, error: undefined };
}

const head = (file: UnitTestFile, group: TestGroup, test: AlertTest | ExprTest) => ({
  file: file.file,
  group: group.name,
  ...(test.kind === 'alert' ? { alertname: test.alertname } : { expr: test.expr }),
  eval_time_seconds: test.evalTimeMs / 1000,
});

const showSample = (sample: ExpectedSample): ShownSample => ({
  labels: labelRecord(sample.labels),
  value: formatGoFloat(sample.value),
});
const showAlert = (alert: ExpectedAlert & { readonly value?: number }): ShownSample => ({
  labels: labelRecord(alert.labels),
  ...(alert.value === undefined ? {} : { value: formatGoFloat(alert.value) }),
  annotations: labelRecord(alert.annotations),
});

function failed(file: UnitTestFile, group: TestGroup, test: AlertTest | ExprTest, error: string): TestResult {
  const expected = test.kind === 'alert' ? test.expected.map(showAlert) : test.expected.map(showSample);
  return { ...head(file, group, test), expected, got: [], error, passed: false } as TestResult;
}

function judgeAlerts(file: UnitTestFile, group: TestGroup, test: AlertTest, run: RuleRun): TestResult {
  const running = run.groups
    .flatMap((one) => one.rules)
    .filter((one): one is RunningAlert => 'active' in one && one.rule.name === test.alertname);
  const got = running
    .flatMap((one) =>
      [...one.active.values()]
        .filter((alert) => alert.state === 'firing')
        .map((alert) => ({
          labels: alert.labels,
          annotations: annotationsOf(one.rule, alert, run),
          value: alert.value,
        })),
    )
    .sort(byLabels);
  const expected = [...test.expected].sort(byLabels);
  const passed =
    got.length === expected.length &&
    got.every(
      (alert, at) =>
        alert.labels.key === expected[at]!.labels.key &&
        (test.ignoresAnnotations || alert.annotations.key === expected[at]!.annotations.key),
    );
  return {
    ...head(file, group, test),
    expected: expected.map(showAlert),
    got: got.map(showAlert),
    error: null,
    passed,
  } as TestResult;
}

const byLabels = (
  a: { labels: Labels; annotations?: Labels },
  b: { labels: Labels; annotations?: Labels },
): number =>
  compareLabels(a.labels, b.labels) || compareLabels(a.annotations ?? NO_LABELS, b.annotations ?? NO_LABELS);

function judgeExpr(
  file: UnitTestFile,
  group: TestGroup,
  test: ExprTest,
  run: RuleRun,
  evaluatedMs: number,
  prometheus: PrometheusMajor,
): TestResult {
  let got: ExpectedSample[];
  try {
    // promtool loads samples up to the last evaluation only.
    const options = { prometheus, defaultStepMs: file.evaluationIntervalMs, horizon: evaluatedMs };
    const result = evaluateInstant(
      parseExpr(test.expr),
      run.source,
      group.startMs + test.evalTimeMs,
      options,
    );
    if (result.type === 'scalar') got = [{ labels: NO_LABELS, value: result.value }];
    else if (result.type === 'vector') got = [...result.samples].sort(byLabels);
    else return failed(file, group, test, 'rule result is not a vector or scalar');
  } catch (error) {
    if (error instanceof PromqlSyntaxError) {
      return failed(file, group, test, `${renderPlace(test.placeInExpr(error.offset))}: ${error.reason}`);
    }
    return failed(file, group, test, evaluationErrorOf(error));
  }
  const expected = [...test.expected].sort(byLabels);
  // As promtool compares: exactly, so that NaN equals nothing; with fuzzy_compare, but for the last bit.
  const isSame = file.fuzzyCompare ? differAtMostInLastBit : (a: number, b: number): boolean => a === b;
  const passed =
    got.length === expected.length &&
    got.every(
      (sample, at) =>
        sample.labels.key === expected[at]!.labels.key && isSame(sample.value, expected[at]!.value),
    );
  return {
    ...head(file, group, test),
    expected: expected.map(showSample),
    got: got.map(showSample),
    error: null,
    passed,
  } as TestResult;
}
