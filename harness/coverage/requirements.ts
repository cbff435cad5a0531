/**
 * What recordings must cover, held against what they do. Apart from counting, because the same requirement is a row
 * of the gate and a line of a report.
 */
import type { CoverageRequirements } from '../config.ts';
import type { Coverage } from './coverage.ts';

/** A stratum that must hold some records. */
export interface RequiredStratum {
  readonly dimension: string;
  readonly value: string;
  readonly required: number;
  readonly records: number;
}

/** Every stratum that is required, in the order of the requirements, with the records it has. */
export function requiredStrata(
  requirements: CoverageRequirements,
  coverage: Pick<Coverage, 'count'>,
): RequiredStratum[] {
  return Object.entries(requirements).flatMap(([dimension, wanted]) =>
    minimumsOf(wanted).map(([value, required]) => ({
      dimension,
      value,
      required,
      records: coverage.count(dimension, value),
    })),
  );
}

/** Those of them that hold too few; a count that is no number is never enough. */
export function thinStrata(strata: readonly RequiredStratum[]): RequiredStratum[] {
  return strata.filter(({ records, required }) => !(records >= required));
}

/** A list asks for one record each. */
function minimumsOf(wanted: CoverageRequirements[string]): readonly (readonly [string, number])[] {
  return isList(wanted) ? wanted.map((value) => [value, 1] as const) : Object.entries(wanted);
}

function isList(wanted: CoverageRequirements[string]): wanted is readonly string[] {
  return Array.isArray(wanted);
}
