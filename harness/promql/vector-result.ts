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

/**
 * A list of numbers filled anew at each step. It keeps its storage: emptying an array by its length gives the storage
 * away, and growing it again at every step of every part was most of the garbage.
 */
export class StepList {
  readonly items: number[] = [];
  private count = 0;

  begin(): void {
    this.count = 0;
  }

  push(item: number): void {
    this.items[this.count] = item;
    this.count++;
  }

  /** Ends the step: `items` holds what was pushed and nothing else. */
  finish(): readonly number[] {
    if (this.items.length !== this.count) this.items.length = this.count;
    return this.items;
  }
}

/** A vector under construction, between `begin` and `finish`. */
export class StepVector implements VectorResult {
  labels: readonly Labels[] = [];
  values: readonly number[] = [];
  untilMs = Infinity;
  private readonly list = new StepList();

  begin(): void {
    this.list.begin();
  }

  push(value: number): void {
    this.list.push(value);
  }

  /** Ends the step with the labels of the values pushed. */
  finish(labels: readonly Labels[], untilMs: number): this {
    this.values = this.list.finish();
    this.labels = labels;
    this.untilMs = untilMs;
    return this;
  }
}

/** Chooses some of the candidates and gives back the same label array while the choice is the same. */
export interface Choice {
  begin(): void;
  keep(index: number): void;
  /** Ends one step's choice; a result that holds one label set twice is an evaluation error. */
  settle(candidates: readonly Labels[]): readonly Labels[];
}

/** Starts with an empty choice: at each step begin, keep indices, settle. */
export function chooseLabels(): Choice {
  const list = new StepList();
  let lastCandidates: readonly Labels[] | undefined;
  let lastKept: readonly number[] = [];
  let lastLabels: readonly Labels[] = [];
  const isSame = (candidates: readonly Labels[], kept: readonly number[]): boolean => {
    if (candidates !== lastCandidates || kept.length !== lastKept.length) return false;
    for (let index = 0; index < kept.length; index++) if (kept[index] !== lastKept[index]) return false;
    return true;
  };
  return {
    begin: () => list.begin(),
    keep: (index) => list.push(index),
    settle(candidates) {
      const kept = list.finish();
      if (isSame(candidates, kept)) return lastLabels;
      const inOrder = kept.length === candidates.length && kept.every((at, index) => at === index);
      const labels = inOrder ? candidates : kept.map((index) => candidates[index]!);
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
