/**
 * Builds the report of a run from its tallies and judgements: the one place where counts become the shape that all
 * reporters read. Every number is a count or rounded to six decimals, so that the same run gives the same bytes.
 */
import type { Field, FlagTexts, Migration } from '../migration.ts';
import type { FieldTally, PathCounts, Tally } from '../tally/tally.ts';
import type {
  AlertReport,
  CauseReport,
  ExpectedReport,
  FieldReport,
  Finding,
  PathReport,
  RampReport,
  Report,
  Row,
  SuiteReport,
} from './shape.ts';

function pathReport({ ran, failed, refused }: PathCounts): PathReport {
  return { ran, failed, refused };
}

function pathReports(tally: Tally): SuiteReport['paths'] {
  return { legacy: pathReport(tally.paths.legacy), v2: pathReport(tally.paths.v2) };
}

function fieldReport({ cells, breaches }: FieldTally, expected: number): FieldReport {
  return {
    observations: cells.total,
    max_abs: cells.max,
    p50: cells.quantile(0.5),
    p95: cells.quantile(0.95),
    breaches: breaches - expected,
    expected,
  };
}

/** Breaches that the ledger covers, by level and field. */
type Expected = Readonly<Record<'record' | 'day', readonly number[]>>;

function differences(
  fields: readonly Field[],
  tally: Tally,
  expected: Expected | undefined,
): SuiteReport['differences'] {
  const level = (name: 'record' | 'day') =>
    Object.fromEntries(
      fields.map((field, index) => [
        field.name,
        fieldReport(tally[name][index]!, expected?.[name][index] ?? 0),
      ]),
    );
  return { record: level('record'), day: level('day') };
}

/** One suite under one setting. */
export function suiteReport(input: {
  readonly suite: string;
  readonly setting: string;
  readonly mustFail: string | null;
  readonly tally: Tally;
  readonly expected?: Expected | undefined;
  readonly migration: Migration;
}): SuiteReport {
  const { tally, migration } = input;
  return {
    suite: input.suite,
    setting: input.setting,
    records: tally.records,
    users: tally.users,
    user_days: tally.userDays,
    must_fail: input.mustFail,
    dispositions: tally.dispositions.toObject(),
    paths: pathReports(tally),
    warnings: { ...prefixed('legacy', tally), ...prefixed('v2', tally) },
    differences: differences(migration.fields, tally, input.expected),
  };
}

function prefixed(path: 'legacy' | 'v2', tally: Tally): Record<string, number> {
  const entries = Object.entries(tally.warnings[path].toObject());
  return Object.fromEntries(entries.map(([code, count]) => [`${path}/${code}`, count]));
}

const EXITS = { pass: 0, fail: 1, inconclusive: 2 } as const;

/** The worst of what the rows and the ramp say, in the order pass, inconclusive, fail; without a row it is a fail. */
function verdictOf(rows: readonly Row[], ramp: RampReport | null): Report['verdict'] {
  if (rows.length === 0 || rows.some(({ passed }) => !passed) || ramp?.verdict === 'fail') return 'fail';
  return ramp?.verdict ?? 'pass';
}

/** The report of a whole run. `tally` is the merge over the suites that count, replayed once each. */
export function assembleReport(input: {
  readonly migration: Migration;
  readonly tally: Tally;
  /** Records over all settings whose outcomes are kept. */
  readonly records: number;
  readonly suites: readonly SuiteReport[];
  readonly suiteCount: number;
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
  readonly alerts?: readonly AlertReport[];
  readonly causes?: readonly CauseReport[];
  readonly expected?: Expected | undefined;
  readonly ledger?: readonly ExpectedReport[];
  readonly ramp?: RampReport | null;
  readonly goldenMatched: number;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly summary: (verdict: Report['verdict']) => string;
  readonly reproduce: string;
}): Report {
  const { tally, findings } = input;
  const ramp = input.ramp ?? null;
  const verdict = verdictOf(input.rows, ramp);
  const goldenCount = (...codes: string[]) =>
    findings.filter(({ code }) => codes.some((wanted) => code === `golden/${wanted}`)).length;
  return {
    golem: 'report',
    version: 1,
    verdict,
    exit: EXITS[verdict],
    summary: input.summary(verdict),
    counts: {
      records: input.records,
      users: tally.users,
      user_days: tally.userDays,
      skipped: tally.skipped,
      bad_lines: tally.badLines,
      suites: input.suiteCount,
    },
    flags: input.flags,
    seed: input.seed,
    paths: pathReports(tally),
    differences: differences(input.migration.fields, tally, input.expected),
    golden: {
      matched: input.goldenMatched,
      changed: goldenCount('v2_changed', 'legacy_changed', 'both_changed'),
      missing: goldenCount('missing'),
      orphaned: goldenCount('orphaned'),
      damaged: goldenCount('damaged'),
      pending: goldenCount('pending'),
    },
    alerts: input.alerts ?? [],
    rows: input.rows,
    findings,
    suites: input.suites,
    causes: input.causes ?? [],
    expected: input.ledger ?? [],
    ...(ramp ? { ramp } : {}),
    reproduce: input.reproduce,
  };
}
