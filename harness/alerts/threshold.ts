/**
 * What an alert's expression measures and where it draws the line: `rate(x[1h]) > 5` measures `rate(x[1h])`.
 * Reports need both to say how far an alert was from firing, and the audit to say in which bucket the line lies.
 */
import { isComparison, type ComparisonOperator, type Expr } from '../promql/ast.ts';
import { COMPARISON } from '../promql/operators.ts';
import { typeOf } from '../promql/type-check.ts';

/** A comparison of a vector with a number. */
export interface Threshold {
  /** The vector compared. */
  readonly measured: Expr;
  /** The operator as if the vector stood on the left. */
  readonly op: ComparisonOperator;
  readonly limit: number;
  /** Whether a value satisfies the comparison. */
  readonly holds: (value: number) => boolean;
  /** Whether a value is nearer to satisfying it (or further beyond) than another. */
  readonly isNearer: (value: number, than: number) => boolean;
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '==': '==',
  '!=': '!=',
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
};

/** Reads an expression as a comparison of a vector with a literal number; undefined where it is something else. */
export function readThreshold(expr: Expr): Threshold | undefined {
  if (expr.kind !== 'binary' || !isComparison(expr.op) || expr.bool) return undefined;
  const vectorIsLeft = typeOf(expr.left) === 'vector';
  const measured = vectorIsLeft ? expr.left : expr.right;
  const other = vectorIsLeft ? expr.right : expr.left;
  if (typeOf(measured) !== 'vector' || other.kind !== 'number') return undefined;
  const op = vectorIsLeft ? expr.op : MIRRORED[expr.op];
  const limit = other.value;
  const compare = COMPARISON[op];
  return {
    measured,
    op,
    limit,
    holds: (value) => compare(value, limit),
    isNearer: (value, than) => {
      if (op === '>' || op === '>=') return value > than;
      if (op === '<' || op === '<=') return value < than;
      const closer = Math.abs(value - limit) < Math.abs(than - limit);
      return op === '==' ? closer : !closer && value !== than;
    },
  };
}
