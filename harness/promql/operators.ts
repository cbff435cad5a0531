/**
 * The arithmetic of PromQL's operators on two floats, with Go's answers where JavaScript's differ.
 * Apart from the joins, because scalars, vectors and both mixed all compute with it.
 */
import type { ArithmeticOperator, ComparisonOperator } from './ast.ts';
import { power } from './power.ts';

export const ARITHMETIC: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
};

export const COMPARISON: Readonly<Record<ComparisonOperator, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};
