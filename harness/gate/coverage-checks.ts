/**
 * What the recordings must cover, as rows: one a dimension. A gate whose recordings never reach a guard is green
 * whatever becomes of that guard.
 */
import type { CoverageRequirements } from '../config.ts';
import type { Coverage } from '../coverage/coverage.ts';
import { type RequiredStratum, requiredStrata, thinStrata } from '../coverage/requirements.ts';
import type { Row } from '../report/shape.ts';
import { countOf, formatNumber } from './rows.ts';

/** Rows of one suite or, with `suite` being `gate`, of all that must not fail; `remedy` shows what they cover. */
export function checkCoverage(
  suite: string,
  requirements: CoverageRequirements,
  coverage: Pick<Coverage, 'count' | 'records'>,
  remedy: string,
): Row[] {
  const byDimension = Map.groupBy(requiredStrata(requirements, coverage), ({ dimension }) => dimension);
  return [...byDimension].map(([dimension, strata]) => {
    const thin = thinStrata(strata);
    const passed = thin.length === 0;
    return {
      suite,
      check: `coverage, ${dimension}`,
      expected: strata.every(({ required }) => required === 1)
        ? `at least 1 record in each of ${countNamed(strata)}`
        : `at least ${strata.map(({ value, required }) => `${formatNumber(required)} ${value}`).join(', ')}`,
      actual: passed ? 'each has' : thin.map(describe).join(', '),
      of: countOf(coverage.records, 'record'),
      passed,
      finding: `coverage/${dimension}`,
      remedy: passed ? '' : remedy,
    };
  });
}

function countNamed(strata: readonly RequiredStratum[]): string {
  return strata.length === 1 ? strata[0]!.value : `${strata.length} strata`;
}

function describe({ value, records, required }: RequiredStratum): string {
  return required === 1
    ? `none in ${value}`
    : `${formatNumber(records)} of ${formatNumber(required)} in ${value}`;
}
