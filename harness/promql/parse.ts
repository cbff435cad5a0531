/**
 * From PromQL text to a checked tree. The official grammar reads the text; this file refuses every error node it
 * recovered from, takes the operator chains apart and binds them again by PromQL's real precedence, and turns
 * literals into values. It stays in one file because a chain is one subject, read from top to bottom.
 */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import {
  AGGREGATORS,
  type Aggregator,
  type AtModifier,
  type Binary,
  type BinaryOperator,
  type Expr,
  type Span,
  type VectorMatching,
  type VectorSelector,
} from './ast.ts';
import { parseDurationMs } from './durations.ts';
import { PromqlSyntaxError } from './errors.ts';
import { FUNCTIONS, UNSUPPORTED } from './functions.ts';
import { GoLiteralError, unquoteGo } from './go-text.ts';
import { METRIC_NAME } from './labels.ts';
import { compileMatcher, type LabelMatcher, type MatchOperator } from './matchers.ts';
import { checkTypes, typeOf } from './type-check.ts';

/**
 * Parses and type-checks an expression.
 * @throws PromqlSyntaxError with line and column inside the expression, naming the function where one is refused.
 */
export function parseExpr(text: string): Expr {
  const tree = parser.parse(text);
  const root = tree.topNode;
  refuseErrorNodes(text, root);
  const inner = root.firstChild;
  if (!inner) throw new PromqlSyntaxError('no expression found in input', text, 0);
  const expr = readExpr({ text }, inner);
  checkTypes(text, expr);
  return expr;
}

interface Source {
  readonly text: string;
}

const slice = (source: Source, node: SyntaxNode): string => source.text.slice(node.from, node.to);
const spanOf = (node: SyntaxNode): Span => ({ from: node.from, to: node.to });

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

function refuseErrorNodes(text: string, root: SyntaxNode): void {
  let first: { from: number; to: number } | undefined;
  root.cursor().iterate((node) => {
    if (node.type.isError && (first === undefined || node.from < first.from))
      first = { from: node.from, to: node.to };
  });
  if (first === undefined) return;
  refuseUnknownFunction(text, first.from);
  const found = text.slice(first.from, first.to);
  if (text.trim() === '') throw new PromqlSyntaxError('no expression found in input', text, 0);
  if (first.from >= text.trimEnd().length)
    throw new PromqlSyntaxError('unexpected end of input', text, first.from);
  const shown = found === '' ? (/^\s*(\w+|\S)/.exec(text.slice(first.from))?.[1] ?? '') : found;
  throw new PromqlSyntaxError(`unexpected ${JSON.stringify(shown)}`, text, first.from);
}

/** The grammar knows functions by name, so a call of another one is an error node at its parenthesis. */
function refuseUnknownFunction(text: string, offset: number): void {
  const call = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*$/.exec(text.slice(0, offset));
  if (!call || !/^\s*\(/.test(text.slice(offset))) return;
  const name = call[1]!;
  const at = offset - call[0].length;
  refuseUnsupported(text, name, at);
  throw new PromqlSyntaxError(`unknown function with name ${JSON.stringify(name)}`, text, at);
}

function refuseUnsupported(text: string, name: string, offset: number): void {
  const reason = UNSUPPORTED.get(name);
  if (reason === undefined) return;
  throw new PromqlSyntaxError(`function ${JSON.stringify(name)} is not supported: ${reason}`, text, offset);
}

// --- operator chains -------------------------------------------------------------------------------------------

type ChainItem =
  | { readonly kind: 'operand'; readonly expr: Expr; readonly parenthesised: boolean }
  | { readonly kind: 'sign'; readonly op: '-' | '+'; readonly span: Span }
  | { readonly kind: 'postfix'; readonly node: SyntaxNode; readonly span: Span }
  | { readonly kind: 'operator'; readonly operator: Operator };

interface Operator {
  readonly op: BinaryOperator;
  readonly bool: boolean;
  readonly matching: VectorMatching | undefined;
  readonly span: Span;
}

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 7,
};
/** How tightly each binary operator binds; a sign stands between the products and the power. */
export const precedenceOf = (op: BinaryOperator): number => PRECEDENCE[op];
/** The precedence of a sign. */
export const SIGN_PRECEDENCE = 6;

function readExpr(source: Source, node: SyntaxNode): Expr {
  const chain: ChainItem[] = [];
  flatten(source, node, chain);
  const reader = { source, chain, next: 0 };
  return readBinary(reader, 1);
}

const POSTFIX_NODES: ReadonlySet<string> = new Set([
  'OffsetExpr',
  'StepInvariantExpr',
  'MatrixSelector',
  'SubqueryExpr',
]);

/** Writes the node's operands, signs, operators and postfixes in the order they stand in the text. */
function flatten(source: Source, node: SyntaxNode, chain: ChainItem[]): void {
  const children = childrenOf(node);
  if (node.name === 'BinaryExpr') {
    flatten(source, children[0]!, chain);
    chain.push({ kind: 'operator', operator: readOperator(source, children.slice(1, -1)) });
    flatten(source, children.at(-1)!, chain);
  } else if (node.name === 'UnaryExpr') {
    const sign = children[0]!;
    chain.push({ kind: 'sign', op: slice(source, sign) as '-' | '+', span: spanOf(sign) });
    flatten(source, children[1]!, chain);
  } else if (POSTFIX_NODES.has(node.name)) {
    flatten(source, children[0]!, chain);
    chain.push({ kind: 'postfix', node, span: { from: children[0]!.to, to: node.to } });
  } else if (node.name === 'AnchoredExpr' || node.name === 'SmoothedExpr') {
    const modifier = children[1]!;
    const word = slice(source, modifier);
    throw new PromqlSyntaxError(
      `modifier ${JSON.stringify(word)} is not supported: it is experimental in Prometheus`,
      source.text,
      modifier.from,
    );
  } else if (node.name === 'NumberDurationLiteral') {
    const text = slice(source, node);
    const sign = /^[+-]/.exec(text)?.[0] as '-' | '+' | undefined;
    if (sign) chain.push({ kind: 'sign', op: sign, span: { from: node.from, to: node.from + 1 } });
    const value = readNumber(source, text.replace(/^[+-]\s*/, ''), node.from);
    chain.push({
      kind: 'operand',
      expr: { kind: 'number', value, span: spanOf(node) },
      parenthesised: false,
    });
  } else {
    chain.push({
      kind: 'operand',
      expr: readOperand(source, node),
      parenthesised: node.name === 'ParenExpr',
    });
  }
}

interface ChainReader {
  readonly source: Source;
  readonly chain: readonly ChainItem[];
  next: number;
}

function readBinary(reader: ChainReader, lowest: number): Expr {
  let left = readSigned(reader);
  for (;;) {
    const item = reader.chain[reader.next];
    if (item?.kind !== 'operator') return left;
    const { operator } = item;
    const precedence = PRECEDENCE[operator.op];
    if (precedence < lowest) return left;
    reader.next++;
    const right = readBinary(reader, operator.op === '^' ? precedence : precedence + 1);
    left = {
      kind: 'binary',
      ...operator,
      left,
      right,
      span: { from: left.span.from, to: right.span.to },
    } satisfies Binary;
  }
}

function readSigned(reader: ChainReader): Expr {
  const item = reader.chain[reader.next];
  if (item?.kind === 'sign') {
    reader.next++;
    const expr = readBinary(reader, SIGN_PRECEDENCE + 1);
    const span = { from: item.span.from, to: expr.span.to };
    if (expr.kind === 'number') return { ...expr, value: item.op === '-' ? -expr.value : expr.value, span };
    return { kind: 'unary', op: item.op, expr, span };
  }
  if (item?.kind !== 'operand')
    throw new PromqlSyntaxError(
      'expected an operand',
      reader.source.text,
      item?.kind === 'postfix' ? item.span.from : 0,
    );
  reader.next++;
  let operand = { expr: item.expr, parenthesised: item.parenthesised };
  for (;;) {
    const postfix = reader.chain[reader.next];
    if (postfix?.kind !== 'postfix') return operand.expr;
    reader.next++;
    operand = {
      expr: applyPostfix(reader.source, operand, postfix.node, postfix.span),
      parenthesised: false,
    };
  }
}

function readOperator(source: Source, nodes: readonly SyntaxNode[]): Operator {
  const op = slice(source, nodes[0]!).toLowerCase();
  const span = spanOf(nodes[0]!);
  if (!Object.hasOwn(PRECEDENCE, op)) {
    throw new PromqlSyntaxError(
      `operator "${op}" is not supported: it trims native histograms`,
      source.text,
      span.from,
    );
  }
  let bool = false;
  let matching: VectorMatching | undefined;
  for (const node of nodes.slice(1)) {
    if (node.name === 'BoolModifier') bool = true;
    else if (node.name === 'MatchingModifierClause') matching = readMatching(source, node);
    else {
      throw new PromqlSyntaxError(
        `modifier ${JSON.stringify(slice(source, node))} is not supported: it is experimental in Prometheus`,
        source.text,
        node.from,
      );
    }
  }
  return { op: op as BinaryOperator, bool, matching, span };
}

function readMatching(source: Source, node: SyntaxNode): VectorMatching {
  const children = childrenOf(node);
  const grouping = children.find((child) => child.name === 'GroupLeft' || child.name === 'GroupRight');
  const lists = children.filter((child) => child.name === 'GroupingLabels');
  return {
    on: children[0]!.name === 'On',
    labels: readGroupingLabels(source, lists[0]!),
    group: grouping === undefined ? 'none' : grouping.name === 'GroupLeft' ? 'left' : 'right',
    include: lists[1] ? readGroupingLabels(source, lists[1]) : [],
  };
}

function readGroupingLabels(source: Source, node: SyntaxNode): string[] {
  return childrenOf(node).map((child) =>
    child.name === 'QuotedLabelName' ? readString(source, child) : slice(source, child),
  );
}

// --- postfixes -------------------------------------------------------------------------------------------------

function applyPostfix(
  source: Source,
  operand: { readonly expr: Expr; readonly parenthesised: boolean },
  node: SyntaxNode,
  span: Span,
): Expr {
  const { expr } = operand;
  const whole = { from: expr.span.from, to: span.to };
  const fail = (reason: string): never => {
    throw new PromqlSyntaxError(reason, source.text, span.from);
  };
  const children = childrenOf(node);
  if (node.name === 'MatrixSelector') {
    if (expr.kind !== 'vector-selector' || operand.parenthesised)
      return fail('ranges only allowed for vector selectors');
    if (expr.offsetMs !== 0) return fail('no offset modifiers allowed before range');
    if (expr.at) return fail('no @ modifiers allowed before range');
    return { kind: 'matrix-selector', selector: expr, rangeMs: readRange(source, children[1]!), span: whole };
  }
  if (node.name === 'SubqueryExpr') {
    if (typeOf(expr) !== 'vector') {
      return fail(`subquery is only allowed on instant vector, got ${describeType(expr)} instead`);
    }
    const durations = children.slice(1).filter((child) => child.name === 'DurationExpr');
    const stepMs = durations[1] ? readRange(source, durations[1]) : undefined;
    return {
      kind: 'subquery',
      expr,
      rangeMs: readRange(source, durations[0]!),
      stepMs,
      offsetMs: 0,
      at: undefined,
      span: whole,
    };
  }
  const modifiable =
    !operand.parenthesised &&
    (expr.kind === 'vector-selector' || expr.kind === 'matrix-selector' || expr.kind === 'subquery');
  const word = node.name === 'OffsetExpr' ? 'offset' : '@';
  if (!modifiable) {
    return fail(
      `${word} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    );
  }
  const target = expr.kind === 'matrix-selector' ? expr.selector : expr;
  const change: { offsetMs: number } | { at: AtModifier } =
    word === 'offset'
      ? { offsetMs: readOffset(source, children.at(-1)!) }
      : { at: readAt(source, children.slice(1)) };
  if ('offsetMs' in change ? target.offsetMs !== 0 : target.at !== undefined)
    return fail(`${word} may not be set multiple times`);
  if (expr.kind === 'matrix-selector')
    return { ...expr, selector: { ...expr.selector, ...change }, span: whole };
  return { ...expr, ...change, span: whole };
}

const describeType = (expr: Expr): string => {
  const type = typeOf(expr);
  return type === 'vector' ? 'instant vector' : type === 'matrix' ? 'range vector' : type;
};

function readAt(source: Source, nodes: readonly SyntaxNode[]): AtModifier {
  const value = nodes.find(
    (node) => node.name === 'NumberDurationLiteral' || node.name === 'AtModifierPreprocessors',
  )!;
  if (value.name === 'AtModifierPreprocessors')
    return { kind: value.firstChild!.name === 'AtStart' ? 'start' : 'end' };
  const text = slice(source, value);
  const seconds =
    readNumber(source, text.replace(/^[+-]\s*/, ''), value.from) * (text.startsWith('-') ? -1 : 1);
  if (!Number.isFinite(seconds) || Math.abs(seconds) >= 9e15) {
    throw new PromqlSyntaxError(`timestamp out of bounds for @ modifier: ${text}`, source.text, value.from);
  }
  return { kind: 'time', atMs: Math.round(seconds * 1000) };
}

function readRange(source: Source, node: SyntaxNode): number {
  const literal = plainDuration(source, node);
  const durationMs = readDuration(source, literal);
  if (durationMs <= 0) throw new PromqlSyntaxError('duration must be greater than 0', source.text, node.from);
  return durationMs;
}

function readOffset(source: Source, node: SyntaxNode): number {
  const children = childrenOf(node);
  if (children[0]?.name === 'UnaryOp') {
    const inner = readOffset(source, children[1]!);
    return slice(source, children[0]) === '-' ? -inner : inner;
  }
  return readDuration(source, plainDuration(source, node));
}

/** The literal inside a duration; arithmetic on durations is experimental in Prometheus and refused. */
function plainDuration(source: Source, node: SyntaxNode): SyntaxNode {
  const child = node.firstChild;
  if (child?.name === 'NumberDurationLiteralInDurationContext' && !child.nextSibling) return child;
  throw new PromqlSyntaxError(
    'duration expressions are not supported: they are experimental in Prometheus',
    source.text,
    node.from,
  );
}

function readDuration(source: Source, node: SyntaxNode): number {
  const seconds = readNumber(source, slice(source, node), node.from);
  if (!Number.isFinite(seconds)) throw new PromqlSyntaxError('duration out of range', source.text, node.from);
  return Math.round(seconds * 1000);
}

/** Reads an unsigned number: decimal, hexadecimal, octal (leading 0), with underscores, a duration in seconds, Inf or NaN. */
function readNumber(source: Source, text: string, offset: number): number {
  if (/^inf$/i.test(text)) return Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^0x/i.test(text)) return Number(text);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  const plain = Number(text.replaceAll('_', ''));
  if (!Number.isNaN(plain)) return plain;
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined)
    throw new PromqlSyntaxError(
      `bad number or duration syntax: ${JSON.stringify(text)}`,
      source.text,
      offset,
    );
  return durationMs / 1000;
}

// --- operands --------------------------------------------------------------------------------------------------

function readOperand(source: Source, node: SyntaxNode): Expr {
  switch (node.name) {
    case 'ParenExpr':
      return readExpr(source, node.firstChild!);
    case 'StringLiteral':
      return { kind: 'string', value: readString(source, node), span: spanOf(node) };
    case 'VectorSelector':
      return readSelector(source, node);
    case 'FunctionCall':
      return readCall(source, node);
    case 'AggregateExpr':
      return readAggregation(source, node);
    default:
      throw new PromqlSyntaxError(
        `unexpected ${JSON.stringify(slice(source, node))}`,
        source.text,
        node.from,
      );
  }
}

function readString(source: Source, node: SyntaxNode): string {
  try {
    return unquoteGo(slice(source, node));
  } catch (error) {
    if (!(error instanceof GoLiteralError)) throw error;
    throw new PromqlSyntaxError(error.message, source.text, node.from + error.offset);
  }
}

function readCall(source: Source, node: SyntaxNode): Expr {
  const [identifier, body] = childrenOf(node) as [SyntaxNode, SyntaxNode];
  const func = slice(source, identifier);
  refuseUnsupported(source.text, func, node.from);
  if (!FUNCTIONS.has(func)) {
    throw new PromqlSyntaxError(`unknown function with name ${JSON.stringify(func)}`, source.text, node.from);
  }
  return {
    kind: 'call',
    func,
    args: childrenOf(body).map((arg) => readExpr(source, arg)),
    span: spanOf(node),
  };
}

const WITH_PARAM: ReadonlySet<string> = new Set(['topk', 'bottomk', 'quantile', 'count_values']);

function readAggregation(source: Source, node: SyntaxNode): Expr {
  const children = childrenOf(node);
  const op = slice(source, children[0]!).toLowerCase();
  refuseUnsupported(source.text, op, node.from);
  if (!(AGGREGATORS as readonly string[]).includes(op)) {
    throw new PromqlSyntaxError(`unknown aggregation ${JSON.stringify(op)}`, source.text, node.from);
  }
  const body = children.find((child) => child.name === 'FunctionCallBody')!;
  const modifier = children.find((child) => child.name === 'AggregateModifier');
  const args = childrenOf(body).map((arg) => readExpr(source, arg));
  const wanted = WITH_PARAM.has(op) ? 2 : 1;
  if (args.length !== wanted) {
    const reason = `wrong number of arguments for aggregate expression "${op}": expected ${wanted}, got ${args.length}`;
    throw new PromqlSyntaxError(reason, source.text, node.from);
  }
  return {
    kind: 'aggregation',
    op: op as Aggregator,
    param: wanted === 2 ? args[0] : undefined,
    expr: args.at(-1)!,
    without: modifier?.firstChild?.name === 'Without',
    grouping: modifier ? readGroupingLabels(source, modifier.lastChild!) : [],
    span: spanOf(node),
  };
}

function readSelector(source: Source, node: SyntaxNode): VectorSelector {
  const children = childrenOf(node);
  const matchers: LabelMatcher[] = [];
  const identifier = children.find((child) => child.name === 'Identifier');
  if (identifier) matchers.push({ name: METRIC_NAME, op: '=', value: slice(source, identifier) });
  const braces = children.find((child) => child.name === 'LabelMatchers');
  for (const child of braces ? childrenOf(braces) : []) {
    const matcher = readMatcher(source, child);
    const named = matchers.some((other) => other.name === METRIC_NAME && other.op === '=');
    if (matcher.name === METRIC_NAME && matcher.op === '=' && named && identifier) {
      throw new PromqlSyntaxError('metric name must not be set twice', source.text, child.from);
    }
    matchers.push(matcher);
  }
  if (matchers.every((matcher) => testMatcher(source, matcher, node)(''))) {
    throw new PromqlSyntaxError(
      'vector selector must contain at least one non-empty matcher',
      source.text,
      node.from,
    );
  }
  return { kind: 'vector-selector', matchers, offsetMs: 0, at: undefined, span: spanOf(node) };
}

function testMatcher(source: Source, matcher: LabelMatcher, node: SyntaxNode): (value: string) => boolean {
  try {
    return compileMatcher(matcher);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PromqlSyntaxError(`error parsing regexp: ${error.message}`, source.text, node.from);
  }
}

function readMatcher(source: Source, node: SyntaxNode): LabelMatcher {
  if (node.name === 'QuotedLabelName') return { name: METRIC_NAME, op: '=', value: readString(source, node) };
  const [name, op, value] = childrenOf(node) as [SyntaxNode, SyntaxNode, SyntaxNode];
  const matcher = {
    name: name.name === 'QuotedLabelName' ? readString(source, name) : slice(source, name),
    op: slice(source, op) as MatchOperator,
    value: readString(source, value),
  };
  testMatcher(source, matcher, value);
  return matcher;
}

/** Parses a series' name and labels as promtool's `input_series` and `exp_samples` write them. */
export function parseMetric(text: string): readonly (readonly [string, string])[] {
  if (/^\s*\{\s*\}\s*$/.test(text)) return [];
  const root = parser.parse(text).topNode;
  refuseErrorNodes(text, root);
  const node = root.firstChild;
  if (node?.name !== 'VectorSelector')
    throw new PromqlSyntaxError('expected a metric name and labels', text, 0);
  const source = { text };
  const identifier = node.getChild('Identifier');
  const braces = node.getChild('LabelMatchers');
  const pairs: [string, string][] = identifier ? [[METRIC_NAME, slice(source, identifier)]] : [];
  for (const child of braces ? childrenOf(braces) : []) {
    const matcher = readMatcher(source, child);
    if (matcher.op !== '=')
      throw new PromqlSyntaxError(`unexpected "${matcher.op}", expected "="`, text, child.from);
    if (pairs.some(([name]) => name === matcher.name))
      throw new PromqlSyntaxError(`label ${JSON.stringify(matcher.name)} is given twice`, text, child.from);
    pairs.push([matcher.name, matcher.value]);
  }
  return pairs;
}
