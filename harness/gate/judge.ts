/**
 * From what a suite's replays left to rows and findings, and from all suites to one verdict. Pure: the disk, the
 * store and the screen are elsewhere.
 */
import type { GolemConfig, Limits, Suite } from '../config.ts';
import type { ChangedCase } from '../diff/golden-causes.ts';
import type { Migration } from '../migration.ts';
import type { Finding, Row } from '../report/shape.ts';
import { type AlertVerdict, checkAlerts, firingTimes, judgesAlerts } from './alert-checks.ts';
import { breachName, checkLimits, checkRunning, type ExpectedBreaches } from './limit-checks.ts';
import { countOf, showAgain } from './rows.ts';
import { checkAnswers, checkLiveRows, checkMetrics, checkPhases, checkShares } from './setting-checks.ts';
import type { SettingRun, SuiteRun } from './suite-run.ts';

/** How a suite's outcomes compare with its golden files; null for suites that keep none. */
export interface GoldenVerdict {
  readonly matched: number;
  readonly cases: number;
  readonly findings: readonly Finding[];
  /** What changed in each case that has both an accepted and a current outcome, by its name. */
  readonly changed: ReadonlyMap<string, ChangedCase>;
}

export interface Judgement {
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
  /** When each alert that fired first did so, by its code. */
  readonly firingTimes: ReadonlyMap<string, string>;
}

/** The limits a suite is judged by: its own over the config's; a suite that must fail stands by its own alone. */
export function limitsOf(suite: Suite, defaults: Limits): Limits {
  if (suite.must_fail !== undefined) return suite.limits ?? {};
  const own = suite.limits ?? {};
  return {
    ...defaults,
    ...own,
    record: { ...defaults.record, ...own.record },
    day: { ...defaults.day, ...own.day },
    failed_writes: { ...defaults.failed_writes, ...own.failed_writes },
  };
}

/**
 * Judges one suite. Every red row's incidents become findings that name records. `expected` breaches are those that the
 * ledger covers in the base run.
 */
export function judgeSuite(
  run: SuiteRun,
  golden: GoldenVerdict | null,
  limits: Limits,
  migration: Migration,
  alerts: AlertVerdict | null = null,
  expected: ExpectedBreaches | null = null,
): Judgement {
  const suite = run.suite.name;
  const rows = [...checkRunning(suite, run.base)];
  if (run.full) rows.push(...checkRunning(suite, run.full).map(underFull));
  rows.push(...checkLimits(suite, run.base, limits, migration, expected));
  rows.push(...checkAnswers(run), ...checkPhases(run), ...checkShares(run));
  rows.push(...checkLiveRows(run, migration.mergedColumns), ...checkMetrics(run));
  const findings: Finding[] = [];
  if (alerts && judgesAlerts(run.suite)) rows.push(...checkAlerts(run.suite, alerts));
  if (golden) {
    rows.push(goldenRow(suite, golden));
    findings.push(...golden.findings);
  }
  const named = expected?.names ?? new Set();
  for (const row of rows) if (!row.passed) findings.push(...incidentFindings(row, run.base, named));
  return { rows, findings, firingTimes: alerts ? firingTimes(alerts.run) : new Map() };
}

/** A row of the full setting, told from the same check under base. */
function underFull(row: Row): Row {
  return { ...row, check: `${row.check}, under full` };
}

function goldenRow(suite: string, golden: GoldenVerdict): Row {
  const count = golden.findings.length;
  return {
    suite,
    check: 'golden files',
    expected: 'every case matches',
    actual: count === 0 ? 'every case matches' : `${count} of them do not`,
    of: countOf(golden.cases, 'case'),
    passed: count === 0,
    finding: 'golden',
    // One case has its own command; many are decided by cause.
    remedy: count > 1 ? 'npx golem golden review' : (golden.findings[0]?.remedy ?? ''),
  };
}

/** The first few records behind a red row, as findings of their own; not those whose breach is expected. */
function incidentFindings(row: Row, run: SettingRun, expected: ReadonlySet<string>): Finding[] {
  const { incidents } = run.tally;
  const codes = incidents
    .codes()
    .filter((code) => code === row.finding || code.startsWith(`${row.finding}/`));
  return codes
    .flatMap((code) =>
      incidents.examples(code).filter(({ user, record }) => !expected.has(breachName(code, user, record))),
    )
    .map((incident) => ({
      suite: row.suite,
      code: row.finding,
      subject: `${incident.user} ${incident.record}`,
      detail: `${row.check}: ${incident.detail} at ${incident.at}`,
      remedy: row.remedy,
      file: '',
    }));
}

/** Codes a judgement is red for, sorted: those of its red rows, golden mismatches by their own. */
export function redCodes(judgement: Judgement): string[] {
  const codes = new Set<string>();
  for (const row of judgement.rows) if (!row.passed && row.finding !== 'golden') codes.add(row.finding);
  for (const finding of judgement.findings) codes.add(finding.code);
  return [...codes].sort();
}

/**
 * The one row of a suite that must fail: green only when it is red for its stated reason and for no other, and at its
 * stated time where it states one.
 */
export function mustFailRow(suite: Suite, judgement: Judgement): Row {
  const timed = (code: string, at: string | undefined): string =>
    at === undefined ? code : `${code} at ${at}`;
  const expected = timed(suite.must_fail ?? '', suite.fires_at);
  const actual = redCodes(judgement).map((code) =>
    timed(code, suite.fires_at === undefined ? undefined : judgement.firingTimes.get(code)),
  );
  const passed = actual.length === 1 && actual[0] === expected;
  return {
    suite: suite.name,
    check: 'must fail',
    expected,
    actual: actual.join(', ') || 'nothing red',
    of: countOf(judgement.rows.length, 'check'),
    passed,
    finding: 'must_fail',
    remedy: passed ? '' : showAgain(suite.name),
  };
}

/** The row of golden files that belong to no suite, given their findings. */
export function unclaimedRow(unclaimed: readonly Finding[]): Row {
  const passed = unclaimed.length === 0;
  return {
    suite: 'gate',
    check: 'golden files of no suite',
    expected: 'none',
    actual: passed ? 'none' : countOf(unclaimed.length, 'file'),
    of: 'the golden folder',
    passed,
    finding: 'golden/orphaned',
    remedy: unclaimed[0]?.remedy ?? '',
  };
}

/** Rows for suites that the config lists without a recording, and for recordings that no suite lists. */
export function checkSuites(listed: readonly string[], recorded: readonly string[]): Row[] {
  const withoutFixtures = listed.filter((name) => !recorded.includes(name));
  const withoutSuite = recorded.filter((name) => !listed.includes(name));
  const row = (check: string, finding: string, names: readonly string[], remedy: string): Row => ({
    suite: 'gate',
    check,
    expected: 'none',
    actual: names.length === 0 ? 'none' : names.join(', '),
    of: countOf(listed.length, 'suite'),
    passed: names.length === 0,
    finding,
    remedy: names.length === 0 ? '' : remedy,
  });
  const rows = [
    row('suites without a recording', 'suite_without_fixtures', withoutFixtures, 'git status fixtures'),
    row('recordings without a suite', 'fixtures_without_suite', withoutSuite, '$EDITOR golem.config.ts'),
  ];
  return rows;
}

/** Rows of the config as a whole: what it leaves out no suite can show. */
export function checkConfig({ suites, settings }: GolemConfig): Row[] {
  const row = (check: string, count: number, finding: string): Row => ({
    suite: 'gate',
    check,
    expected: 'at least 1',
    actual: String(count),
    of: 'the config',
    passed: count > 0,
    finding,
    remedy: count > 0 ? '' : '$EDITOR golem.config.ts',
  });
  return [
    row('suites', suites.length, 'empty_gate'),
    row('shares among the settings', settings.shares.length, 'no_share'),
  ];
}
