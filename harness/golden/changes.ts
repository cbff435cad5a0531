/**
 * In which values an outcome differs from the accepted one, and whose values these are: legacy's, V2's, or what
 * follows from both. Pure, and a file of its own because findings, causes and the review all speak of these changes.
 */
import { DIFFERENCE_BOUND, type StructuralDifference, structuralDiff } from '../diff/structural.ts';
import { renderCanonical } from './canonical.ts';
import type { GoldenDocument } from './case.ts';
import type { Json } from './json.ts';

/** Whose outcome a part of a record is; `derived` parts, such as differences, follow from both. */
export type ChangedSide = 'legacy' | 'v2' | 'both' | 'derived';

/** One value of one record that is not as accepted. */
export interface OutcomeChange {
  /** Under which flags; what changed alike under both is said of `base` alone. */
  readonly setting: 'base' | 'full';
  /** The record's id; empty where the sequence of records itself changed. */
  readonly record: string;
  /** Path below the record; empty for the record as a whole. */
  readonly path: string;
  readonly side: ChangedSide;
  readonly kind: StructuralDifference['kind'];
  /** Undefined where the accepted outcome has nothing. */
  readonly accepted: unknown;
  /** Undefined where the outcome seen now has nothing. */
  readonly seen: unknown;
}

/** Every change of a case in a stated order, at most `bound` of each setting. */
export function outcomeChanges(
  accepted: GoldenDocument,
  seen: GoldenDocument,
  bound = DIFFERENCE_BOUND,
): readonly OutcomeChange[] {
  const base = structuralDiff(accepted.base, seen.base, bound);
  const known = new Set(base.map(fingerprint));
  const full = structuralDiff(accepted.full, seen.full, bound).filter(
    (each) => !known.has(fingerprint(each)),
  );
  return [
    ...base.map((difference) => changeOf(difference, 'base')),
    ...full.map((difference) => changeOf(difference, 'full')),
  ];
}

/** A JSON value on one line, canonical, because the order of members depends on the store they came from. */
export function oneLine(value: unknown): string {
  return value === undefined
    ? 'nothing'
    : renderCanonical(value as Json)
        .trimEnd()
        .replace(/\n */g, ' ');
}

function fingerprint({ kind, path, expected, actual }: StructuralDifference): string {
  return `${kind} ${path} ${oneLine(expected)} ${oneLine(actual)}`;
}

function changeOf(
  { kind, path, expected, actual }: StructuralDifference,
  setting: 'base' | 'full',
): OutcomeChange {
  const [, step = '', ...steps] = path.split('/');
  return {
    setting,
    record: recordOf(step),
    path: steps.join('/'),
    side: sideOf(steps),
    kind,
    accepted: expected,
    seen: actual,
  };
}

/** The id of the record that a step of a path means: ids that look like numbers are quoted there, slashes escaped. */
function recordOf(step: string): string {
  const id = step
    .replace(/^\[id=(.*)\]$/s, '$1')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
  return id.startsWith('"') ? String(JSON.parse(id)) : id;
}

function sideOf(steps: readonly string[]): ChangedSide {
  switch (steps[0] === 'outcome' ? `outcome/${steps[1]}` : steps[0]) {
    case undefined:
      return 'both';
    case 'v2':
    case 'merged':
    case 'merged_away':
    case 'phase':
    case 'outcome/v2':
      return 'v2';
    case 'difference':
    case 'day':
    case 'breached':
    case 'outcome/day_records':
      return 'derived';
    default:
      return 'legacy';
  }
}
