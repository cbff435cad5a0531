/**
 * Aggregations over a vector: which sample belongs to which group is worked out once per set of series.
 * topk, bottomk and count_values stand here too, though their labels depend on the values.
 */
import type { Aggregation, Aggregator } from './ast.ts';
import type { PrometheusMajor } from './context.ts';
import { PromqlEvaluationError } from './errors.ts';
import { formatGoFloat } from './go-text.ts';
import { dropLabels, keepLabels, METRIC_NAME, NO_LABELS, withLabels, type Labels } from './labels.ts';
import { meanOf } from './over-time.ts';
import { quantileOf } from './quantile.ts';
import {
  chooseLabels,
  StepVector,
  type ScalarPart,
  type VectorPart,
  type VectorResult,
} from './vector-result.ts';

type Grouping = Pick<Aggregation, 'without' | 'grouping'>;

/** From a sample's labels to its group's, remembered by identity. */
function groupLabels({ without, grouping }: Grouping): (labels: Labels) => Labels {
  const known = new Map<Labels, Labels>();
  const byKey = new Map<string, Labels>();
  const names = new Set(without ? [...grouping, METRIC_NAME] : grouping);
  return (labels) => {
    const seen = known.get(labels);
    if (seen) return seen;
    const made = without
      ? dropLabels(labels, names)
      : names.size === 0
        ? NO_LABELS
        : keepLabels(labels, names);
    const shared = byKey.get(made.key) ?? made;
    byKey.set(shared.key, shared);
    known.set(labels, shared);
    return shared;
  };
}

/** The groups of a vector: for each sample the index of its group, in the order groups first appear. */
interface Groups {
  readonly labels: readonly Labels[];
  readonly of: Int32Array;
}

function grouper(grouping: Grouping): (labels: readonly Labels[]) => Groups {
  const toGroup = groupLabels(grouping);
  let last: readonly Labels[] | undefined;
  let groups: Groups = { labels: [], of: new Int32Array(0) };
  return (labels) => {
    if (labels === last) return groups;
    const index = new Map<Labels, number>();
    const of = new Int32Array(labels.length);
    for (const [at, one] of labels.entries()) {
      const group = toGroup(one);
      let number = index.get(group);
      if (number === undefined) {
        number = index.size;
        index.set(group, number);
      }
      of[at] = number;
    }
    const next = [...index.keys()];
    const same = next.length === groups.labels.length && next.every((one, at) => one === groups.labels[at]);
    groups = { labels: same ? groups.labels : next, of };
    last = labels;
    return groups;
  };
}

/** Reduces the samples of each group to one value: `reduce` gets the group's values in order. */
function eachGroup(
  input: VectorResult,
  groups: Groups,
  reduce: (values: readonly number[]) => number,
  out: StepVector,
): void {
  const members: number[][] = groups.labels.map(() => []);
  for (let at = 0; at < input.values.length; at++) members[groups.of[at]!]!.push(input.values[at]!);
  for (const values of members) out.push(reduce(values));
}

/** Running compensated sums of groups, kept from step to step for their storage. */
interface GroupSums {
  sums: Float64Array;
  compensations: Float64Array;
  seen: Uint8Array;
}

const groupSums = (size: number): GroupSums => ({
  sums: new Float64Array(size),
  compensations: new Float64Array(size),
  seen: new Uint8Array(size),
});

/** Sums each group; the first value starts the sum, so that a lone negative zero stays one. 2.x sums plainly. */
function sumGroups(
  input: VectorResult,
  groups: Groups,
  scratch: GroupSums,
  major: PrometheusMajor,
  out: StepVector,
): void {
  const size = groups.labels.length;
  const { sums, compensations, seen } = scratch;
  seen.fill(0);
  for (let at = 0; at < input.values.length; at++) {
    const group = groups.of[at]!;
    const value = input.values[at]!;
    if (seen[group] === 0) {
      seen[group] = 1;
      sums[group] = value;
      compensations[group] = 0;
      continue;
    }
    const sum = sums[group]!;
    const next = sum + value;
    if (major === 2 || next === Infinity || next === -Infinity) compensations[group] = 0;
    else if (Math.abs(sum) >= Math.abs(value)) compensations[group]! += sum - next + value;
    else compensations[group]! += value - next + sum;
    sums[group] = next;
  }
  for (let group = 0; group < size; group++) out.push(sums[group]! + compensations[group]!);
}

function extreme(values: readonly number[], isBetter: (value: number, best: number) => boolean): number {
  let best = values[0]!;
  for (const value of values) if (isBetter(value, best) || Number.isNaN(best)) best = value;
  return best;
}

/** The variance over the count; in 3.x an infinite or NaN first value makes it NaN, in 2.x a lone one has none. */
function varianceOf(values: readonly number[], major: PrometheusMajor): number {
  let mean = values[0]!;
  let squares = major === 2 || Number.isFinite(mean) ? 0 : Number.NaN;
  for (let at = 1; at < values.length; at++) {
    const delta = values[at]! - mean;
    mean += delta / (at + 1);
    squares += delta * (values[at]! - mean);
  }
  return squares / values.length;
}

/** The mean as 2.x takes it: step by step from the first value on. */
function steppedMeanOf(values: readonly number[]): number {
  let mean = values[0]!;
  for (let at = 1; at < values.length; at++) {
    const value = values[at]!;
    if (Math.abs(mean) === Infinity && (value === mean || Number.isFinite(value))) continue;
    mean += value / (at + 1) - mean / (at + 1);
  }
  return mean;
}

const REDUCERS: Partial<Record<Aggregator, (values: readonly number[], major: PrometheusMajor) => number>> = {
  avg: (values, major) => (major === 2 ? steppedMeanOf(values) : meanOf(values, 0, values.length - 1)),
  min: (values) => extreme(values, (value, best) => value < best),
  max: (values) => extreme(values, (value, best) => value > best),
  count: (values) => values.length,
  group: () => 1,
  stdvar: varianceOf,
  stddev: (values, major) => Math.sqrt(varianceOf(values, major)),
};

/** Prepares an aggregation without a parameter. */
export function aggregate(node: Aggregation, input: VectorPart, major: PrometheusMajor): VectorPart {
  const group = grouper(node);
  const result = new StepVector();
  const reducer = REDUCERS[node.op];
  const reduce = reducer && ((values: readonly number[]) => reducer(values, major));
  let scratch = groupSums(0);
  return (tMs) => {
    const vector = input(tMs);
    const groups = group(vector.labels);
    result.begin();
    if (reduce) eachGroup(vector, groups, reduce, result);
    else {
      if (scratch.sums.length < groups.labels.length) scratch = groupSums(groups.labels.length);
      sumGroups(vector, groups, scratch, major, result);
    }
    return result.finish(groups.labels, vector.untilMs);
  };
}

/** Prepares quantile(φ, vector). */
export function aggregateQuantile(node: Aggregation, quantile: ScalarPart, input: VectorPart): VectorPart {
  const group = grouper(node);
  const result = new StepVector();
  return (tMs) => {
    const asked = quantile(tMs);
    const vector = input(tMs);
    const groups = group(vector.labels);
    result.begin();
    eachGroup(vector, groups, (values) => quantileOf(asked.value, values), result);
    return result.finish(groups.labels, Math.min(asked.untilMs, vector.untilMs));
  };
}

/** Prepares topk or bottomk: whole samples, the largest (smallest) of each group first. */
export function aggregateTop(node: Aggregation, size: ScalarPart, input: VectorPart): VectorPart {
  const group = grouper(node);
  const choice = chooseLabels();
  const result = new StepVector();
  const sign = node.op === 'topk' ? 1 : -1;
  return (tMs) => {
    const asked = size(tMs);
    if (!(Math.abs(asked.value) <= 2 ** 63))
      throw new PromqlEvaluationError(`Scalar value ${formatGoFloat(asked.value)} overflows int64`);
    const vector = input(tMs);
    const groups = group(vector.labels);
    const tops: number[][] = groups.labels.map(() => []);
    const limit = Math.trunc(asked.value);
    const rank = (index: number): number => sign * vector.values[index]!;
    if (limit >= 1)
      for (let at = 0; at < vector.values.length; at++) keepBest(tops[groups.of[at]!]!, at, limit, rank);
    choice.begin();
    result.begin();
    for (const top of tops) {
      top.sort((a, b) => descendingNaNLast(rank(a), rank(b)));
      for (const index of top) {
        choice.keep(index);
        result.push(vector.values[index]!);
      }
    }
    return result.finish(choice.settle(vector.labels), Math.min(asked.untilMs, vector.untilMs));
  };
}

const descendingNaNLast = (a: number, b: number): number => {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : b - a;
};

/** A heap of the best `limit` samples, worst at its root: which of equal samples stays follows Go's container/heap. */
function keepBest(heap: number[], candidate: number, limit: number, rank: (index: number) => number): void {
  const isLess = (a: number, b: number): boolean => Number.isNaN(rank(a)) || rank(a) < rank(b);
  if (heap.length < limit) {
    heap.push(candidate);
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (parent === child || !isLess(heap[child]!, heap[parent]!)) break;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      child = parent;
    }
    return;
  }
  const worst = rank(heap[0]!);
  const value = rank(candidate);
  if (!(worst < value || (Number.isNaN(worst) && !Number.isNaN(value)))) return;
  heap[0] = candidate;
  let parent = 0;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && isLess(heap[child + 1]!, heap[child]!)) child++;
    if (!isLess(heap[child]!, heap[parent]!)) return;
    [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
    parent = child;
  }
}

/** Prepares count_values("label", vector): one sample a value and group, its label the value as Go writes it. */
export function aggregateValues(node: Aggregation, label: string, input: VectorPart): VectorPart {
  const grouping = {
    without: node.without,
    grouping: node.without ? node.grouping : [...node.grouping, label],
  };
  const known = new Map<string, Labels>();
  return (tMs) => {
    const vector = input(tMs);
    const counts = new Map<string, { labels: Labels; count: number }>();
    const toGroup = groupLabels(grouping);
    for (let at = 0; at < vector.values.length; at++) {
      const group = toGroup(withLabels(vector.labels[at]!, [[label, formatGoFloat(vector.values[at]!)]]));
      const entry = counts.get(group.key);
      if (entry) entry.count++;
      else counts.set(group.key, { labels: known.get(group.key) ?? group, count: 1 });
    }
    for (const [key, entry] of counts) known.set(key, entry.labels);
    const groups = [...counts.values()];
    return {
      labels: groups.map((entry) => entry.labels),
      values: groups.map((entry) => entry.count),
      untilMs: vector.untilMs,
    };
  };
}
