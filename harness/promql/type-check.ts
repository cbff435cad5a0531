/**
 * PromQL's types and arities, which the grammar does not check: `rate(up)` parses and means nothing.
 * Runs once when an expression is read, so that the evaluator may rely on it.
 */
import {
  isComparison,
  isSetOperator,
  type Aggregation,
  type Binary,
  type Call,
  type Expr,
  type ValueType,
} from './ast.ts';
import { PromqlSyntaxError } from './errors.ts';
import { FUNCTIONS } from './functions.ts';
import { compileAnchored } from './go-regexp.ts';

/** The type an expression evaluates to. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vector-selector':
    case 'aggregation':
      return 'vector';
    case 'matrix-selector':
    case 'subquery':
      return 'matrix';
    case 'call':
      return FUNCTIONS.get(expr.func)!.returns;
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
  }
}

/** Prometheus' words for the types. */
export const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};

/** Refuses an expression whose types or arities do not fit, with the place of the fault. */
export function checkTypes(text: string, expr: Expr): void {
  const fail = (at: Expr, reason: string): never => {
    throw new PromqlSyntaxError(reason, text, at.span.from);
  };
  const expectType = (at: Expr, wanted: ValueType, context: string): void => {
    const got = typeOf(at);
    if (got !== wanted) fail(at, `expected type ${TYPE_NAMES[wanted]} in ${context}, got ${TYPE_NAMES[got]}`);
  };
  const check = (node: Expr): void => {
    switch (node.kind) {
      case 'number':
      case 'string':
      case 'vector-selector':
      case 'matrix-selector':
        return;
      case 'unary': {
        check(node.expr);
        const type = typeOf(node.expr);
        if (type !== 'scalar' && type !== 'vector') {
          fail(
            node,
            `unary expression only allowed on expressions of type scalar or instant vector, got ${TYPE_NAMES[type]}`,
          );
        }
        return;
      }
      case 'subquery':
        check(node.expr);
        return;
      case 'aggregation':
        checkAggregation(node, check, expectType);
        return;
      case 'call':
        verifyCall(node, check, expectType, fail);
        return;
      case 'binary':
        check(node.left);
        check(node.right);
        checkBinary(node, fail);
    }
  };
  check(expr);
}

type Check = (expr: Expr) => void;
type ExpectType = (at: Expr, wanted: ValueType, context: string) => void;
type Fail = (at: Expr, reason: string) => never;

function checkAggregation(node: Aggregation, check: Check, expectType: ExpectType): void {
  check(node.expr);
  expectType(node.expr, 'vector', 'aggregation expression');
  if (!node.param) return;
  check(node.param);
  expectType(node.param, node.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
}

function verifyCall(node: Call, check: Check, expectType: ExpectType, fail: Fail): void {
  const signature = FUNCTIONS.get(node.func)!;
  const most = signature.variadic ? Infinity : signature.args.length;
  const fewest = signature.args.length - signature.optional;
  if (node.args.length < fewest || node.args.length > most) {
    const expected =
      most === fewest ? `${fewest}` : most === Infinity ? `at least ${fewest}` : `${fewest} to ${most}`;
    fail(node, `expected ${expected} argument(s) in call to "${node.func}", got ${node.args.length}`);
  }
  for (const [index, arg] of node.args.entries()) {
    check(arg);
    const wanted = signature.args[Math.min(index, signature.args.length - 1)]!;
    expectType(arg, wanted, `call to function "${node.func}"`);
  }
  if (node.func === 'label_replace' || node.func === 'label_join') checkLabelArguments(node, fail);
}

function checkLabelArguments(node: Call, fail: Fail): void {
  const target = node.args[1]!;
  if (target.kind === 'string' && target.value === '')
    fail(target, `invalid destination label name in ${node.func}()`);
  const pattern = node.args[4];
  if (node.func !== 'label_replace' || pattern?.kind !== 'string') return;
  try {
    compileAnchored(pattern.value, { dotAll: true });
  } catch (error) {
    fail(pattern, `invalid regular expression in label_replace(): ${(error as SyntaxError).message}`);
  }
}

function checkBinary(node: Binary, fail: Fail): void {
  const { op, left, right, matching } = node;
  const types = [typeOf(left), typeOf(right)];
  for (const [index, type] of types.entries()) {
    if (type !== 'scalar' && type !== 'vector') {
      fail(index === 0 ? left : right, 'binary expression must contain only scalar and instant vector types');
    }
  }
  if (node.bool && !isComparison(op)) fail(node, 'bool modifier can only be used on comparison operators');
  if (isComparison(op) && !node.bool && types.every((type) => type === 'scalar')) {
    fail(node, 'comparisons between scalars must use BOOL modifier');
  }
  const bothVectors = types.every((type) => type === 'vector');
  if (isSetOperator(op) && !bothVectors)
    fail(node, `set operator "${op}" not allowed in binary scalar expression`);
  if (!matching) return;
  if (!bothVectors) fail(node, 'vector matching only allowed between instant vectors');
  if (matching.group === 'none') return;
  if (isSetOperator(op)) fail(node, `no grouping allowed for "${op}" operation`);
  const twice = matching.on ? matching.include.find((label) => matching.labels.includes(label)) : undefined;
  if (twice !== undefined) fail(node, `label "${twice}" must not occur in ON and GROUP clause at once`);
}
