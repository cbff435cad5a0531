/**
 * The functions that read labels rather than values: label_replace, label_join, absent and absent_over_time.
 * Each maps a series' labels once and remembers the answer.
 */
import type { Expr } from './ast.ts';
import { compileAnchored, expandTemplate } from './go-regexp.ts';
import { labelsFromPairs, labelValue, METRIC_NAME, withLabels, type Labels } from './labels.ts';

/** label_replace(v, target, replacement, source, pattern) on one label set; without a match it is left as it is. */
export function labelReplacer(
  target: string,
  replacement: string,
  source: string,
  pattern: string,
  dotAll: boolean,
): (labels: Labels) => Labels {
  const regexp = compileAnchored(pattern, { dotAll });
  return (labels) => {
    const match = regexp.exec(labelValue(labels, source));
    return match ? withLabels(labels, [[target, expandTemplate(replacement, match)]]) : labels;
  };
}

/** label_join(v, target, separator, sources…) on one label set. */
export function labelJoiner(
  target: string,
  separator: string,
  sources: readonly string[],
): (labels: Labels) => Labels {
  return (labels) =>
    withLabels(labels, [[target, sources.map((name) => labelValue(labels, name)).join(separator)]]);
}

/** The labels absent() gives: those its selector asks for by equality, once each; none for other expressions. */
export function absentLabels(expr: Expr): Labels {
  const selector = expr.kind === 'matrix-selector' ? expr.selector : expr;
  if (selector.kind !== 'vector-selector') return labelsFromPairs([]);
  const pairs = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, op, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    if (op === '=' && !seen.has(name)) {
      pairs.set(name, value);
      seen.add(name);
    } else {
      pairs.delete(name);
    }
  }
  return labelsFromPairs(pairs);
}
