/**
 * From a tree back to PromQL text, with parentheses only where precedence needs them: reports quote rules with it,
 * and parsing what it writes gives the same tree.
 */
import type { AtModifier, Binary, Expr, VectorSelector } from './ast.ts';
import { renderDurationMs } from './durations.ts';
import { formatGoValue, quoteGo } from './go-text.ts';
import { METRIC_NAME } from './labels.ts';
import type { LabelMatcher } from './matchers.ts';
import { precedenceOf, SIGN_PRECEDENCE } from './parse.ts';

const PRIMARY = 9;

/** Writes an expression as PromQL. */
export function renderExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return renderNumber(expr.value);
    case 'string':
      return quoteGo(expr.value);
    case 'vector-selector':
      return renderSelector(expr) + renderModifiers(expr.offsetMs, expr.at);
    case 'matrix-selector': {
      const { selector } = expr;
      return `${renderSelector(selector)}[${renderDurationMs(expr.rangeMs)}]${renderModifiers(selector.offsetMs, selector.at)}`;
    }
    case 'subquery': {
      const step = expr.stepMs === undefined ? '' : renderDurationMs(expr.stepMs);
      const modified =
        expr.expr.kind === 'vector-selector' && (expr.expr.offsetMs !== 0 || expr.expr.at !== undefined);
      const inner = modified ? `(${renderExpr(expr.expr)})` : renderOperand(expr.expr, PRIMARY);
      return `${inner}[${renderDurationMs(expr.rangeMs)}:${step}]${renderModifiers(expr.offsetMs, expr.at)}`;
    }
    case 'call':
      return `${expr.func}(${expr.args.map(renderExpr).join(', ')})`;
    case 'aggregation': {
      const clause =
        expr.without || expr.grouping.length > 0
          ? ` ${expr.without ? 'without' : 'by'} ${renderNames(expr.grouping)} `
          : '';
      const args = [...(expr.param ? [expr.param] : []), expr.expr].map(renderExpr).join(', ');
      return `${expr.op}${clause}(${args})`;
    }
    case 'unary':
      return expr.op + renderOperand(expr.expr, SIGN_PRECEDENCE + 1);
    case 'binary':
      return renderBinary(expr);
  }
}

function renderBinary(expr: Binary): string {
  const precedence = precedenceOf(expr.op);
  const rightAssociative = expr.op === '^';
  const left = renderOperand(expr.left, rightAssociative ? precedence + 1 : precedence);
  const right = renderOperand(expr.right, rightAssociative ? precedence : precedence + 1);
  return `${left} ${expr.op}${expr.bool ? ' bool' : ''}${renderMatching(expr)} ${right}`;
}

function renderMatching({ matching }: Binary): string {
  if (!matching) return '';
  const group = matching.group === 'none' ? '' : ` group_${matching.group} ${renderNames(matching.include)}`;
  return ` ${matching.on ? 'on' : 'ignoring'} ${renderNames(matching.labels)}${group}`;
}

function renderOperand(expr: Expr, lowest: number): string {
  const text = renderExpr(expr);
  return bindingOf(expr) < lowest ? `(${text})` : text;
}

function bindingOf(expr: Expr): number {
  if (expr.kind === 'binary') return precedenceOf(expr.op);
  if (expr.kind === 'unary') return SIGN_PRECEDENCE;
  if (expr.kind === 'number') return renderNumber(expr.value).startsWith('-') ? SIGN_PRECEDENCE : PRIMARY;
  return PRIMARY;
}

const renderNumber = (value: number): string =>
  value === Infinity ? 'Inf' : value === -Infinity ? '-Inf' : formatGoValue(value);

const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const renderName = (name: string): string => (PLAIN_LABEL.test(name) ? name : quoteGo(name));
const renderNames = (names: readonly string[]): string => `(${names.map(renderName).join(', ')})`;

/** Words that read as something else where a metric name stands. */
const RESERVED =
  /^(inf|nan|bool|on|ignoring|group_left|group_right|offset|by|without|and|or|unless|atan2|sum|avg|min|max|count|group|stddev|stdvar|topk|bottomk|quantile|count_values|limitk|limit_ratio|start|end|smoothed|anchored|fill|fill_left|fill_right)$/i;

function renderSelector(selector: VectorSelector): string {
  const [first, ...rest] = selector.matchers;
  const plainName =
    first?.name === METRIC_NAME &&
    first.op === '=' &&
    /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(first.value) &&
    !RESERVED.test(first.value)
      ? first.value
      : undefined;
  const inside = (plainName === undefined ? selector.matchers : rest).map(renderMatcher).join(', ');
  return inside === '' ? plainName! : `${plainName ?? ''}{${inside}}`;
}

const renderMatcher = (matcher: LabelMatcher): string =>
  `${renderName(matcher.name)}${matcher.op}${quoteGo(matcher.value)}`;

function renderModifiers(offsetMs: number, at: AtModifier | undefined): string {
  let text = '';
  if (at) text += at.kind === 'time' ? ` @ ${formatGoValue(at.atMs / 1000)}` : ` @ ${at.kind}()`;
  if (offsetMs !== 0) text += ` offset ${offsetMs < 0 ? '-' : ''}${renderDurationMs(Math.abs(offsetMs))}`;
  return text;
}
