/**
 * The shape of a parsed PromQL expression: one union by kind, with durations in milliseconds and every literal
 * already a value. A file of its own because parser, checker, renderer, evaluator and audit all speak it.
 */
import type { LabelMatcher } from './matchers.ts';

/** Half-open range of UTF-16 offsets inside the expression's text. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What an expression evaluates to. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** `@ 1609746000`, `@ start()` or `@ end()`. */
export type AtModifier =
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'start' | 'end' };

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}

/** Matchers include the metric name as a matcher on `__name__`. */
export interface VectorSelector {
  readonly kind: 'vector-selector';
  readonly matchers: readonly LabelMatcher[];
  readonly offsetMs: number;
  readonly at: AtModifier | undefined;
  readonly span: Span;
}

export interface MatrixSelector {
  readonly kind: 'matrix-selector';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly span: Span;
}

/** `expr[range:step]`; without a step the default evaluation interval applies. */
export interface Subquery {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly stepMs: number | undefined;
  readonly offsetMs: number;
  readonly at: AtModifier | undefined;
  readonly span: Span;
}

export interface Call {
  readonly kind: 'call';
  readonly func: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export const AGGREGATORS = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
] as const;
export type Aggregator = (typeof AGGREGATORS)[number];

export interface Aggregation {
  readonly kind: 'aggregation';
  readonly op: Aggregator;
  readonly param: Expr | undefined;
  readonly expr: Expr;
  readonly without: boolean;
  readonly grouping: readonly string[];
  readonly span: Span;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** How the two sides of a vector operation find each other. */
export interface VectorMatching {
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly group: 'none' | 'left' | 'right';
  readonly include: readonly string[];
}

export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  readonly matching: VectorMatching | undefined;
  readonly span: Span;
}

export interface Unary {
  readonly kind: 'unary';
  readonly op: '-' | '+';
  readonly expr: Expr;
  readonly span: Span;
}

/** Parentheses leave no node: the tree itself says what binds to what. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary;

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const SET_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

export function isComparison(op: BinaryOperator): op is ComparisonOperator {
  return COMPARISONS.has(op);
}

export function isSetOperator(op: BinaryOperator): op is SetOperator {
  return SET_OPERATORS.has(op);
}

/** Visits an expression and everything inside it, outermost first. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector-selector':
      return;
    case 'matrix-selector':
      walkExpr(expr.selector, visit);
      return;
    case 'subquery':
    case 'unary':
      walkExpr(expr.expr, visit);
      return;
    case 'call':
      for (const arg of expr.args) walkExpr(arg, visit);
      return;
    case 'aggregation':
      if (expr.param) walkExpr(expr.param, visit);
      walkExpr(expr.expr, visit);
      return;
    case 'binary':
      walkExpr(expr.left, visit);
      walkExpr(expr.right, visit);
  }
}
