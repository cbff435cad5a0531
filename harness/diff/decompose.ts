/**
 * Takes a write's difference apart: what each stage of either path adds to it, measure by measure, in whole millionths
 * so that the parts sum to the difference exactly. Pure; `golem explain` shows it and the causes of breaches start
 * from it.
 */
import type { Change, Field, Migration, SourcePart, TraceEntry, WriteResult } from '../migration.ts';
import { compareTotals } from './fields.ts';

/** What decomposing needs to know of a migration. */
export type Comparison = Pick<Migration, 'measures' | 'fields' | 'explain'>;

/** One path at one stage. */
export interface PathStage {
  readonly stage: string;
  /** Totals after it; null where the path counts nothing. */
  readonly totals: readonly number[] | null;
  readonly changes: readonly Change[];
}

/** What one part of the source, such as one item, adds to the first stage's difference. */
export interface SourceShare {
  /** Null for what no part accounts for, such as rounding. */
  readonly part: SourcePart | null;
  /** By measure, in millionths. */
  readonly added: readonly number[];
}

/** One step: a stage of both paths, or of the one that has it. */
export interface Step {
  readonly legacy: PathStage | null;
  readonly v2: PathStage | null;
  /** What the step adds to V2 − legacy, by measure, in millionths. */
  readonly added: readonly number[];
  /** The first step's parts, which sum to what it adds; empty where the migration tells none. */
  readonly shares: readonly SourceShare[];
}

export interface Decomposition {
  readonly steps: readonly Step[];
  /** V2 − legacy by measure, in millionths: the sum of the steps. Null where there is no difference to explain. */
  readonly whole: readonly number[] | null;
  /** Legacy's totals, to which ratios relate. */
  readonly legacy: readonly number[] | null;
  /** Index of the first step that adds anything; null where none does. */
  readonly partsAt: number | null;
}

const MILLION = 1e6;

function millionths(value: number): number {
  return Math.round(value * MILLION);
}

/** Takes a result apart. Paths that left no difference still show their stages. */
export function decompose(result: WriteResult, comparison: Comparison): Decomposition {
  const count = comparison.measures.length;
  const pairs = alignStages(result.legacy?.trace ?? [], result.v2?.trace ?? []);
  const whole = wholeDifference(result, comparison);
  if (pairs.length === 0 && whole) pairs.push({ legacy: null, v2: null });
  let legacy: readonly number[] = new Array<number>(count).fill(0);
  let v2 = legacy;
  let before = legacy;
  const steps = pairs.map((pair, index): Step => {
    if (pair.legacy) legacy = pair.legacy.totals ?? zeros(count);
    if (pair.v2) v2 = pair.v2.totals ?? zeros(count);
    const isLast = index === pairs.length - 1;
    const after = isLast && whole ? whole : v2.map((each, i) => millionths(each) - millionths(legacy[i]!));
    const added = after.map((each, i) => each - before[i]!);
    before = after;
    const parts = index === 0 && whole ? (comparison.explain?.sources(result) ?? []) : [];
    return { ...pair, added, shares: sharesOf(parts, added) };
  });
  const partsAt = steps.findIndex(({ added }) => added.some((each) => each !== 0));
  return {
    steps,
    whole,
    legacy: result.legacy?.totals ?? null,
    partsAt: whole === null || partsAt < 0 ? null : partsAt,
  };
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

/** The difference as the service stored it, by measure; a path that counts nothing counts 0. */
function wholeDifference(result: WriteResult, { measures }: Comparison): readonly number[] | null {
  if (result.record === null || !result.legacy?.totals) return null;
  const v2 = result.v2?.totals ?? zeros(measures.length);
  return result.legacy.totals.map((legacy, i) => millionths(v2[i]! - legacy));
}

/** Pairs the first stages, then stages of one name, in order; the others stand by themselves. */
function alignStages(
  legacy: readonly TraceEntry[],
  v2: readonly TraceEntry[],
): { readonly legacy: PathStage | null; readonly v2: PathStage | null }[] {
  const pairs: { legacy: PathStage | null; v2: PathStage | null }[] = [];
  let left = 0;
  let right = 0;
  if (legacy.length > 0 && v2.length > 0) pairs.push({ legacy: legacy[left++]!, v2: v2[right++]! });
  while (left < legacy.length || right < v2.length) {
    const [one, other] = [legacy[left], v2[right]];
    const metLater = one !== undefined && v2.slice(right).some(({ stage }) => stage === one.stage);
    if (one !== undefined && one.stage === other?.stage) {
      pairs.push({ legacy: one, v2: other });
      left++;
      right++;
    } else if (one === undefined || (metLater && other !== undefined)) {
      pairs.push({ legacy: null, v2: other! });
      right++;
    } else {
      pairs.push({ legacy: one, v2: null });
      left++;
    }
  }
  return pairs;
}

/** Each part's share of what the first step adds. Rounded as running sums, so that no share drifts; the rest is told. */
function sharesOf(parts: readonly SourcePart[], added: readonly number[]): SourceShare[] {
  if (parts.length === 0) return [];
  const legacy = zeros(added.length);
  const v2 = zeros(added.length);
  let before: readonly number[] = zeros(added.length);
  const shares = parts.map((part): SourceShare => {
    const after = added.map((_, i) => {
      legacy[i]! += part.legacy[i]!;
      v2[i]! += part.v2[i]!;
      return millionths(v2[i]!) - millionths(legacy[i]!);
    });
    const share = after.map((each, i) => each - before[i]!);
    before = after;
    return { part, added: share };
  });
  const rest = added.map((each, i) => each - before[i]!);
  return rest.every((each) => each === 0) ? shares : [...shares, { part: null, added: rest }];
}

/**
 * What each step adds to one field, in millionths of its unit; for a ratio, of legacy's amount. Null for a ratio whose
 * legacy amount is 0. The parts sum to the field's difference exactly.
 */
export function partsOfField(
  { steps, legacy, whole }: Decomposition,
  field: Field,
): readonly number[] | null {
  if (whole === null || legacy === null) return null;
  if (!field.relative) return steps.map(({ added }) => added[field.measure]!);
  const base = legacy[field.measure]!;
  if (base === 0) return null;
  let sum = 0;
  let before = 0;
  return steps.map(({ added }) => {
    sum += added[field.measure]!;
    const after = millionths(sum / MILLION / base);
    const part = after - before;
    before = after;
    return part;
  });
}

/** The difference by field as `compareTotals` has it, in millionths: what the parts are to sum to. */
export function fieldDifferences(result: WriteResult, fields: readonly Field[]): readonly (number | null)[] {
  if (!result.legacy?.totals) return fields.map(() => null);
  const { totals } = result.legacy;
  const { values } = compareTotals(fields, totals, result.v2?.totals ?? zeros(totals.length));
  return values.map((value) => (value === null ? null : millionths(value)));
}
