/**
 * The checks of one replay against its suite's limits: what ran, what failed, what was lost or doubled, and how far
 * each field is off. They read the tally and the census and nothing else.
 */
import type { Limits } from '../config.ts';
import type { Field, Migration } from '../migration.ts';
import type { Row } from '../report/shape.ts';
import type { FieldTally, Level, Tally } from '../tally/tally.ts';
import { atLeastOne, atMost, countOf } from './rows.ts';
import { compareStoredRows, type StoredRows } from './stored-rows.ts';
import type { SettingRun } from './suite-run.ts';

/** Checks every suite gets whatever its limits: a path that ran nothing, or wrote too little or too much, is red. */
export function checkRunning(suite: string, run: SettingRun): Row[] {
  const { tally, census } = run;
  const of = countOf(tally.records + tally.skipped, 'record');
  const stored = compareStoredRows(run) ?? countedRows(tally.claimedRows.toObject(), census);
  const rows = [
    atLeastOne({
      suite,
      check: 'records replayed',
      actual: tally.records,
      noun: 'record',
      of,
      finding: 'empty_suite',
    }),
    atLeastOne({
      suite,
      check: 'legacy ran',
      actual: tally.paths.legacy.ran,
      noun: 'record',
      of,
      finding: 'nothing_ran/legacy',
    }),
    atLeastOne({
      suite,
      check: 'V2 ran',
      actual: tally.paths.v2.ran,
      noun: 'record',
      of,
      finding: 'nothing_ran/v2',
    }),
  ];
  rows.push(
    atMost({
      suite,
      check: 'duplicate writes',
      limit: 0,
      actual: tally.incidents.count('duplicate_write') + stored.surplus,
      of,
      finding: 'duplicate_write',
    }),
    atMost({
      suite,
      check: 'lost writes',
      limit: 0,
      actual: stored.lost,
      of: countOf(stored.named, 'row'),
      finding: 'lost_write',
    }),
    atMost({
      suite,
      check: 'rows not as their outcomes say',
      limit: 0,
      actual: stored.altered.length,
      of: countOf(stored.named, 'row'),
      finding: 'altered_row',
    }),
    atMost({
      suite,
      check: 'keys and buckets not as recorded',
      limit: 0,
      actual: tally.incidents.count('identity_changed'),
      of,
      finding: 'identity_changed',
    }),
  );
  return rows;
}

/** What counts alone can tell, where a replay in volume has forgotten the rows themselves. */
function countedRows(
  claimed: Readonly<Record<string, number>>,
  census: Readonly<Record<string, number>>,
): StoredRows {
  let [named, lost, surplus] = [0, 0, 0];
  for (const [table, count] of Object.entries(claimed)) {
    const inStore = census[table] ?? 0;
    named += count;
    lost += Math.max(0, count - inStore);
    surplus += Math.max(0, inStore - count);
  }
  return { named, lost, surplus, altered: [] };
}

/** Breaches that the ledger expects, by level and field: counted apart, neither as breaches nor as equal. */
export interface ExpectedBreaches extends Readonly<Record<Level, readonly number[]>> {
  /** Which they are, as `breachName` names them; left out where only counts are known. */
  readonly names?: ReadonlySet<string>;
}

/** One breach among all of a suite: its finding's code, its user and its record. */
export function breachName(code: string, user: string, record: string): string {
  return JSON.stringify([code, user, record]);
}

/** Checks against the suite's own limits; an absent limit of failures, refusals, skips or red codes is 0. */
export function checkLimits(
  suite: string,
  run: SettingRun,
  limits: Limits,
  migration: Migration,
  expected: ExpectedBreaches | null = null,
): Row[] {
  const { tally } = run;
  const of = countOf(tally.records + tally.skipped, 'record');
  const rows: Row[] = [
    atMost({
      suite,
      check: 'records skipped',
      limit: limits.skipped ?? 0,
      actual: tally.skipped + tally.badLines,
      of,
      finding: 'skipped',
    }),
  ];
  for (const path of ['legacy', 'v2'] as const) {
    rows.push(
      atMost({
        suite,
        check: `failed writes, ${path === 'v2' ? 'V2' : path}`,
        limit: limits.failed_writes?.[path] ?? 0,
        actual: tally.paths[path].failed,
        of: countOf(tally.paths[path].ran, 'write'),
        finding: failureFinding(path, tally),
      }),
    );
  }
  rows.push(
    atMost({
      suite,
      check: 'refused by V2',
      limit: limits.refused ?? 0,
      actual: tally.paths.v2.refused,
      of: countOf(tally.paths.v2.ran, 'write'),
      finding: 'refused',
    }),
  );
  for (const code of migration.redCodes) {
    rows.push(
      atMost({
        suite,
        check: code,
        limit: limits.red_codes ?? 0,
        actual: tally.incidents.count(code),
        of: countOf(tally.paths.v2.ran, 'write'),
        finding: code,
      }),
    );
  }
  if (limits.swallowed !== undefined) {
    rows.push(
      atMost({
        suite,
        check: 'writes swallowed as repeats',
        limit: limits.swallowed,
        actual: tally.incidents.count('swallowed'),
        of,
        finding: 'swallowed',
      }),
    );
  }
  for (const level of ['record', 'day'] as const) {
    for (const [index, field] of migration.fields.entries()) {
      const covered = expected?.[level][index] ?? 0;
      rows.push(...checkField(suite, level, field, tally[level][index]!, limits, covered));
    }
  }
  return rows;
}

/** `failed_write/v2/exception`: the path and what it failed with, where that is one thing. */
function failureFinding(path: 'legacy' | 'v2', tally: Tally): string {
  const prefix = `failed_write/${path}`;
  const codes = tally.incidents.codes().filter((code) => code.startsWith(`${prefix}/`));
  return codes.length === 1 ? codes[0]! : prefix;
}

function checkField(
  suite: string,
  level: Level,
  field: Field,
  tallied: FieldTally,
  limits: Limits,
  expected: number,
): Row[] {
  const limit = limits[level]?.[field.name] ?? limits[level]?.['*'];
  if (!limit) return [];
  const observations = tallied.cells.total;
  const of = countOf(observations, level === 'day' ? 'running day' : 'record');
  const rows: Row[] = [];
  if (limit.breaches !== undefined) {
    rows.push(
      atMost({
        suite,
        check: `${level} ${field.name} breaches`,
        limit: limit.breaches,
        actual: tallied.breaches - expected,
        expected,
        of,
        finding: `breach/${level}/${field.name}`,
      }),
    );
  }
  if (limit.rate !== undefined) {
    rows.push(
      atMost({
        suite,
        check: `${level} ${field.name} breach rate`,
        limit: limit.rate,
        actual: observations === 0 ? 0 : (tallied.breaches - expected) / observations,
        expected: observations === 0 ? 0 : expected / observations,
        of,
        finding: `breach_rate/${level}/${field.name}`,
      }),
    );
  }
  if (limit.p95 !== undefined) {
    rows.push(
      atMost({
        suite,
        check: `${level} ${field.name} P95`,
        limit: limit.p95,
        actual: tallied.cells.quantile(0.95),
        unit: field.relative ? '' : field.unit,
        of,
        finding: `p95/${level}/${field.name}`,
      }),
    );
  }
  return rows;
}
