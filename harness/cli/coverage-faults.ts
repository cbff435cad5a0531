/**
 * What is wrong with a coverage requirement of the config. Apart from the config's schema because what may be required
 * is the migration's to say: a mistyped stratum would be empty for ever, or required by nobody.
 */
import { dimensionsOf } from '../coverage/coverage.ts';
import type { Migration } from '../migration.ts';
import { didYouMean } from './nearest.ts';

/** A fault at a path below the requirement, such as `require.guard`. */
export interface CoverageFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Faults of `{ require: … }` as a config gives it; none for one that is not there. */
export function coverageFaults(input: unknown, migration: Pick<Migration, 'coverage'>): CoverageFault[] {
  if (input === undefined) return [];
  const entries = isObject(input) ? Object.entries(input) : null;
  if (entries === null) return [{ path: [], message: 'expected { require: … }' }];
  const unknown = entries.find(([key]) => key !== 'require');
  if (unknown) {
    return [
      { path: [unknown[0]], message: `there is no such setting${didYouMean(unknown[0], ['require'])}` },
    ];
  }
  const required = (input as { require?: unknown }).require;
  if (!isObject(required) || Object.keys(required).length === 0) {
    return [{ path: ['require'], message: 'expected strata by dimension' }];
  }
  const dimensions = dimensionsOf(migration);
  return Object.entries(required).flatMap(([dimension, wanted]) => {
    const path = ['require', dimension];
    if (!Object.hasOwn(dimensions, dimension)) {
      const known = Object.keys(dimensions);
      const message = `no dimension is called "${dimension}"${didYouMean(dimension, known)}; there are ${known.join(', ')}`;
      return [{ path, message }];
    }
    return strataFaults(wanted, dimensions[dimension] ?? null).map((fault) => ({
      ...fault,
      path: [...path, ...fault.path],
    }));
  });
}

/** Faults of a list of strata, or of strata with their least numbers; `known` is null where any text may be one. */
function strataFaults(wanted: unknown, known: readonly string[] | null): CoverageFault[] {
  if (!Array.isArray(wanted) && !isObject(wanted)) {
    return [{ path: [], message: 'expected a list of strata, or strata with their least numbers' }];
  }
  const named: (readonly [string | number, unknown, unknown])[] = Array.isArray(wanted)
    ? wanted.map((value, index) => [index, value, 1] as const)
    : Object.entries(wanted).map(([value, least]) => [value, value, least] as const);
  if (named.length === 0) return [{ path: [], message: 'it requires nothing' }];
  return named.flatMap(([at, value, least]) => {
    const fault = (message: string): CoverageFault[] => [{ path: [at], message }];
    if (typeof value !== 'string' || value === '') return fault('expected the name of a stratum');
    if (known !== null && !known.includes(value)) {
      return fault(
        `no stratum is called "${value}"${didYouMean(value, known)}; there are ${known.join(', ')}`,
      );
    }
    return Number.isSafeInteger(least) && (least as number) > 0
      ? []
      : fault(`${String(least)} is not a whole number of 1 or more`);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
