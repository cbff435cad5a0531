/**
 * What a reader must see first: which rows are red, which findings stand behind them, which suites were red as they
 * had to be. One file, so that no two reporters can disagree on what went wrong.
 */
import type { Finding, Report, Row, SuiteReport } from './shape.ts';

/** Findings of one code, over all suites. */
export interface FindingGroup {
  readonly code: string;
  readonly findings: readonly Finding[];
}

/** A suite that must fail, with the finding it must produce and whether it did so and nothing else. */
export interface MustFail {
  readonly suite: string;
  readonly finding: string;
  readonly passed: boolean;
}

/** What passed of a suite that must pass. */
export interface SuiteLine {
  readonly suite: string;
  /** Sizes; null for rows that belong to no suite of recordings, such as those over the whole gate. */
  readonly records: number | null;
  readonly users: number | null;
  readonly userDays: number | null;
  readonly passed: number;
  readonly checks: number;
}

/** How many of a suite's checks are red, in the words of the report's last lines: `18 of 45 red`. */
export function redOf({ passed, checks }: Pick<SuiteLine, 'passed' | 'checks'>): string {
  return `${checks - passed} of ${checks} red`;
}

/** What of a report is judged. */
type Judged = Pick<Report, 'rows' | 'findings' | 'suites'>;

export interface Selection {
  readonly red: readonly Row[];
  readonly green: readonly Row[];
  /** Worst first; findings that a must-fail suite is there to produce are left out. */
  readonly groups: readonly FindingGroup[];
  readonly suites: readonly SuiteLine[];
  readonly mustFail: readonly MustFail[];
}

/** Sorts a report's rows and findings by what a reader needs, keeping the report's own order within each. */
export function select(report: Judged): Selection {
  const mustFail = mustFailSuites(report);
  const expected = new Map(mustFail.map(({ suite, finding }) => [suite, finding]));
  const names = [...new Set([...report.rows, ...report.suites].map(({ suite }) => suite))];
  return {
    red: report.rows.filter(({ passed }) => !passed),
    green: report.rows.filter(({ passed }) => passed),
    groups: groupByCode(report.findings.filter(({ suite, code }) => expected.get(suite) !== code)),
    suites: names.filter((name) => !expected.has(name)).map((name) => suiteLine(report, name)),
    mustFail,
  };
}

/**
 * Whether a finding is part of what a red row stands for: a row may stand for one code, for a family such as
 * `golden` for `golden/missing`, or, where a suite did not fail as it must, for all that was found in it.
 */
export function standsBehind(row: Row, { suite, code }: Finding): boolean {
  if (row.suite !== suite) return false;
  return code === row.finding || code.startsWith(`${row.finding}/`) || row.finding === 'must_fail';
}

function mustFailSuites(report: Judged): MustFail[] {
  const finding = new Map<string, string>();
  for (const { suite, must_fail } of report.suites) if (must_fail !== null) finding.set(suite, must_fail);
  return [...finding].map(([suite, code]) => ({
    suite,
    finding: code,
    passed: report.rows.every((row) => row.suite !== suite || row.passed),
  }));
}

/** A suite's size is that of its largest setting: the same records run under each. */
function suiteLine(report: Judged, suite: string): SuiteLine {
  const runs = report.suites.filter((run) => run.suite === suite);
  const largest = (read: (run: SuiteReport) => number): number | null =>
    runs.length === 0 ? null : Math.max(...runs.map(read));
  const rows = report.rows.filter((row) => row.suite === suite);
  return {
    suite,
    records: largest((run) => run.records),
    users: largest((run) => run.users),
    userDays: largest((run) => run.user_days),
    passed: rows.filter(({ passed }) => passed).length,
    checks: rows.length,
  };
}

/** Findings by code, the worst code first. */
export function groupByCode(findings: readonly Finding[]): FindingGroup[] {
  const byCode = Map.groupBy(findings, ({ code }) => code);
  return [...byCode]
    .map(([code, group]) => ({ code, findings: group }))
    .sort(
      (a, b) => rank(a.code) - rank(b.code) || b.findings.length - a.findings.length || order(a.code, b.code),
    );
}

/** What is lost or broken comes before what is out of limits, and that before what merely moved. */
function rank(code: string): number {
  if (code.startsWith('golden/')) return 2;
  return code.startsWith('breach/') ? 1 : 0;
}

/** Order by code unit, the same under every locale. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
