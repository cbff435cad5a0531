/**
 * Binary operations with a vector in them: a scalar on one side, two vectors matched by labels, and the set operators.
 * Which sample meets which is worked out once per pair of series sets; a step then only computes.
 */
import {
  isComparison,
  type Binary,
  type ComparisonOperator,
  type ArithmeticOperator,
  type VectorMatching,
} from './ast.ts';
import type { PrometheusMajor } from './context.ts';
import { PromqlEvaluationError } from './errors.ts';
import {
  dropLabels,
  dropName,
  keepLabels,
  labelValue,
  METRIC_NAME,
  renderLabels,
  withLabels,
  type Labels,
} from './labels.ts';
import { ARITHMETIC, COMPARISON } from './operators.ts';
import {
  chooseLabels,
  mapLabels,
  StepList,
  StepVector,
  type ScalarPart,
  type VectorPart,
  type VectorResult,
} from './vector-result.ts';

/** Whether an operator's result loses the metric name: arithmetic does, except `atan2` in 2.x. */
const losesName = (node: Binary, major: PrometheusMajor): boolean =>
  !isComparison(node.op) && !(node.op === 'atan2' && major === 2);

const NO_MATCHING: VectorMatching = { on: false, labels: [], group: 'none', include: [] };

/** Prepares an operation between a vector and a scalar; a comparison keeps the vector's value. */
export function vectorWithScalar(
  node: Binary,
  vector: VectorPart,
  scalar: ScalarPart,
  vectorIsLeft: boolean,
  major: PrometheusMajor,
): VectorPart {
  const result = new StepVector();
  const nameless = mapLabels(losesName(node, major) || node.bool ? dropName : (labels) => labels);
  const { op } = node;
  if (!isComparison(op)) {
    const compute = ARITHMETIC[op as ArithmeticOperator];
    return (tMs) => {
      const input = vector(tMs);
      const other = scalar(tMs);
      result.begin();
      for (const value of input.values)
        result.push(vectorIsLeft ? compute(value, other.value) : compute(other.value, value));
      return result.finish(nameless(input.labels), Math.min(input.untilMs, other.untilMs));
    };
  }
  const compare = COMPARISON[op];
  const choice = chooseLabels();
  return (tMs) => {
    const input = vector(tMs);
    const other = scalar(tMs);
    result.begin();
    choice.begin();
    for (let at = 0; at < input.values.length; at++) {
      const value = input.values[at]!;
      const holds = vectorIsLeft ? compare(value, other.value) : compare(other.value, value);
      if (node.bool) result.push(holds ? 1 : 0);
      else if (holds) {
        result.push(value);
        choice.keep(at);
      }
    }
    const labels = node.bool ? nameless(input.labels) : choice.settle(input.labels);
    return result.finish(labels, Math.min(input.untilMs, other.untilMs));
  };
}

/** From a sample's labels to the key by which the other side is looked up, remembered by identity. */
function signature(matching: VectorMatching): (labels: Labels) => string {
  const known = new Map<Labels, string>();
  const names = new Set(matching.on ? matching.labels : [...matching.labels, METRIC_NAME]);
  return (labels) => {
    const seen = known.get(labels);
    if (seen !== undefined) return seen;
    const made = (matching.on ? keepLabels(labels, names) : dropLabels(labels, names)).key;
    known.set(labels, made);
    return made;
  };
}

/** Prepares `and`, `or` and `unless`. */
export function setOperation(node: Binary, left: VectorPart, right: VectorPart): VectorPart {
  const toKey = signature(node.matching ?? NO_MATCHING);
  const result = new StepVector();
  const choice = chooseLabels();
  let lastLeft: readonly Labels[] | undefined;
  let lastRight: readonly Labels[] | undefined;
  let keptLeft: number[] = [];
  let keptRight: number[] = [];
  let candidates: readonly Labels[] = [];
  const plan = (leftLabels: readonly Labels[], rightLabels: readonly Labels[]): void => {
    if (leftLabels === lastLeft && rightLabels === lastRight) return;
    lastLeft = undefined;
    const all = [...leftLabels.keys()];
    if (node.op === 'or') {
      const keys = new Set(leftLabels.map(toKey));
      keptLeft = all;
      keptRight = [...rightLabels.keys()].filter((at) => !keys.has(toKey(rightLabels[at]!)));
    } else {
      const keys = new Set(rightLabels.map(toKey));
      keptLeft = all.filter((at) => keys.has(toKey(leftLabels[at]!)) === (node.op === 'and'));
      keptRight = [];
    }
    candidates = keptRight.length === 0 ? leftLabels : [...leftLabels, ...rightLabels];
    lastLeft = leftLabels;
    lastRight = rightLabels;
  };
  return (tMs) => {
    const leftResult = left(tMs);
    const rightResult = right(tMs);
    plan(leftResult.labels, rightResult.labels);
    result.begin();
    choice.begin();
    for (const at of keptLeft) {
      choice.keep(at);
      result.push(leftResult.values[at]!);
    }
    for (const at of keptRight) {
      choice.keep(leftResult.labels.length + at);
      result.push(rightResult.values[at]!);
    }
    return result.finish(choice.settle(candidates), Math.min(leftResult.untilMs, rightResult.untilMs));
  };
}

/** One pair of samples that meet. `match` numbers the group of equal matching labels. */
interface Pair {
  readonly many: number;
  readonly one: number;
  readonly match: number;
}

interface JoinPlan {
  readonly pairs: readonly Pair[];
  readonly labels: readonly Labels[];
  /** Whether two pairs could clash, so that each step must look. */
  readonly mayClash: boolean;
}

/** Prepares arithmetic and comparison between two vectors. */
export function joinVectors(
  node: Binary,
  left: VectorPart,
  right: VectorPart,
  major: PrometheusMajor,
): VectorPart {
  const matching = node.matching ?? NO_MATCHING;
  const manyIsRight = matching.group === 'right';
  const comparing = isComparison(node.op);
  const compare = comparing ? COMPARISON[node.op as ComparisonOperator] : undefined;
  const compute = comparing ? undefined : ARITHMETIC[node.op as ArithmeticOperator];
  const toKey = signature(matching);
  const toResult = resultLabels(node, matching, losesName(node, major));
  const choice = chooseLabels();
  const kept = new StepList();
  const result = new StepVector();
  let lastMany: readonly Labels[] | undefined;
  let lastOne: readonly Labels[] | undefined;
  let plan: JoinPlan = { pairs: [], labels: [], mayClash: false };
  return (tMs) => {
    const leftResult = left(tMs);
    const rightResult = right(tMs);
    const many = manyIsRight ? rightResult : leftResult;
    const one = manyIsRight ? leftResult : rightResult;
    if (many.labels !== lastMany || one.labels !== lastOne) {
      lastMany = undefined;
      plan = planJoin(many, one, matching, toKey, toResult);
      lastMany = many.labels;
      lastOne = one.labels;
    }
    result.begin();
    choice.begin();
    kept.begin();
    for (let at = 0; at < plan.pairs.length; at++) {
      const pair = plan.pairs[at]!;
      const manyValue = many.values[pair.many]!;
      const oneValue = one.values[pair.one]!;
      const leftValue = manyIsRight ? oneValue : manyValue;
      const rightValue = manyIsRight ? manyValue : oneValue;
      if (compute) {
        choice.keep(at);
        if (plan.mayClash) kept.push(at);
        result.push(compute(leftValue, rightValue));
        continue;
      }
      const holds = compare!(leftValue, rightValue);
      if (!holds && !node.bool) continue;
      choice.keep(at);
      if (plan.mayClash) kept.push(at);
      result.push(node.bool ? (holds ? 1 : 0) : leftValue);
    }
    if (plan.mayClash) refuseClashes(plan, kept.finish(), matching);
    return result.finish(choice.settle(plan.labels), Math.min(leftResult.untilMs, rightResult.untilMs));
  };
}

function planJoin(
  many: VectorResult,
  one: VectorResult,
  matching: VectorMatching,
  toKey: (labels: Labels) => string,
  toResult: (many: Labels, one: Labels) => Labels,
): JoinPlan {
  if (many.labels.length === 0 || one.labels.length === 0) return { pairs: [], labels: [], mayClash: false };
  const ones = new Map<string, number>();
  for (const [at, labels] of one.labels.entries()) {
    const key = toKey(labels);
    const other = ones.get(key);
    if (other !== undefined) refuseManyToMany(labels, one.labels[other]!, matching);
    ones.set(key, at);
  }
  const pairs: Pair[] = [];
  const labels: Labels[] = [];
  const matches = new Set<number>();
  let mayClash = false;
  for (const [at, manyLabels] of many.labels.entries()) {
    const match = ones.get(toKey(manyLabels));
    if (match === undefined) continue;
    mayClash ||= matches.has(match);
    matches.add(match);
    pairs.push({ many: at, one: match, match });
    labels.push(toResult(manyLabels, one.labels[match]!));
  }
  return { pairs, labels, mayClash };
}

function refuseManyToMany(labels: Labels, other: Labels, matching: VectorMatching): never {
  const side = matching.group === 'right' ? 'left' : 'right';
  const names = new Set(matching.on ? matching.labels : [...matching.labels, METRIC_NAME]);
  const group = matching.on ? keepLabels(labels, names) : dropLabels(labels, names);
  throw new PromqlEvaluationError(
    `found duplicate series for the match group ${renderLabels(group)} on the ${side} hand-side of the operation: ` +
      `[${renderLabels(labels)}, ${renderLabels(other)}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

/** Among the pairs that are left: one-to-one allows one a match, grouping allows one a match and result label set. */
function refuseClashes(plan: JoinPlan, kept: readonly number[], matching: VectorMatching): void {
  const seen = new Set<string>();
  for (const at of kept) {
    const { match } = plan.pairs[at]!;
    const key = matching.group === 'none' ? `${match}` : `${match} ${plan.labels[at]!.key}`;
    if (seen.has(key)) {
      throw new PromqlEvaluationError(
        matching.group === 'none'
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      );
    }
    seen.add(key);
  }
}

/** The labels of a joined sample, remembered by the identities of both sides. */
function resultLabels(
  node: Binary,
  matching: VectorMatching,
  nameless: boolean,
): (many: Labels, one: Labels) => Labels {
  const known = new Map<Labels, Map<Labels, Labels>>();
  const names = new Set(matching.labels);
  const make = (many: Labels, one: Labels): Labels => {
    let labels = nameless ? dropName(many) : many;
    if (matching.group === 'none')
      labels = matching.on ? keepLabels(labels, names) : dropLabels(labels, names);
    if (matching.include.length > 0) {
      labels = withLabels(
        labels,
        matching.include.map((name) => [name, labelValue(one, name)] as const),
      );
    }
    return node.bool ? dropName(labels) : labels;
  };
  return (many, one) => {
    let byOne = known.get(many);
    if (!byOne) {
      byOne = new Map();
      known.set(many, byOne);
    }
    const seen = byOne.get(one);
    if (seen) return seen;
    const made = make(many, one);
    byOne.set(one, made);
    return made;
  };
}
