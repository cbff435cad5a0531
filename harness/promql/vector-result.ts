/**
 * What the parts of a prepared expression hand each other: a vector whose label array keeps its identity while the
 * same series are present, and the time until which it cannot change. Both let the parts above skip their work.
 */
import { PromqlEvaluationError } from './errors.ts';
import type { Labels } from './labels.ts';

/** Valid until the next evaluation of the same part. `labels` and `values` run parallel. */
export interface VectorResult {
  readonly labels: readonly Labels[];
  readonly values: readonly number[];
  /** The result is the same at every evaluation time from this one up to and including `untilMs`. */
  readonly untilMs: number;
}

export interface ScalarResult {
  readonly value: number;
  readonly untilMs: number;
}

/** A part of an expression, prepared over a source. */
export type VectorPart = (tMs: number) => VectorResult;
export type ScalarPart = (tMs: number) => ScalarResult;

/** Answers from the last result as long as it holds. */
export function remember<R extends { readonly untilMs: number }>(
  compute: (tMs: number) => R,
): (tMs: number) => R {
  let last: R | undefined;
  let fromMs = Infinity;
  return (tMs) => {
    if (last !== undefined && tMs >= fromMs && tMs <= last.untilMs) return last;
    last = undefined;
    last = compute(tMs);
    fromMs = tMs;
    return last;
  };
}

/** A vector under construction whose arrays are used again at the next step. */
export interface MutableVector {
  labels: readonly Labels[];
  values: number[];
  untilMs: number;
}

export const emptyVector = (): MutableVector => ({ labels: [], values: [], untilMs: Infinity });

/** Chooses some of the candidates' labels and gives back the same array while the choice is the same. */
export interface Choice {
  readonly kept: number[];
  /** Ends one step's choice; a result that holds one label set twice is an evaluation error. */
  settle(candidates: readonly Labels[]): readonly Labels[];
}

/** Starts with an empty choice: push kept indices, then settle; `kept` is emptied by the caller at each step. */
export function chooseLabels(): Choice {
  const kept: number[] = [];
  let lastCandidates: readonly Labels[] | undefined;
  let lastKept: number[] = [];
  let lastLabels: readonly Labels[] = [];
  const isSame = (candidates: readonly Labels[]): boolean => {
    if (candidates !== lastCandidates || kept.length !== lastKept.length) return false;
    for (let index = 0; index < kept.length; index++) if (kept[index] !== lastKept[index]) return false;
    return true;
  };
  return {
    kept,
    settle(candidates) {
      if (isSame(candidates)) return lastLabels;
      const labels = kept.length === candidates.length ? candidates : kept.map((index) => candidates[index]!);
      refuseDuplicates(labels);
      lastCandidates = candidates;
      lastKept = [...kept];
      lastLabels = labels;
      return labels;
    },
  };
}

/** Throws where one label set stands twice. */
export function refuseDuplicates(labels: readonly Labels[]): void {
  if (labels.length < 2) return;
  const seen = new Set<string>();
  for (const one of labels) {
    if (seen.has(one.key))
      throw new PromqlEvaluationError('vector cannot contain metrics with the same labelset');
    seen.add(one.key);
  }
}

/** Maps label sets and remembers the answer for the whole array, and for each set, by identity. */
export function mapLabels(map: (labels: Labels) => Labels): (labels: readonly Labels[]) => readonly Labels[] {
  const known = new Map<Labels, Labels>();
  let last: readonly Labels[] | undefined;
  let mapped: readonly Labels[] = [];
  return (labels) => {
    if (labels === last) return mapped;
    const result = labels.map((one) => {
      const seen = known.get(one);
      if (seen) return seen;
      const made = map(one);
      known.set(one, made);
      return made;
    });
    refuseDuplicates(result);
    last = labels;
    mapped = result;
    return result;
  };
}
