/**
 * Label matchers: the four ways a selector (or an Alertmanager route) asks for a label's value.
 * A missing label reads as the empty string, and a regular expression must match the whole value.
 */
import { compileAnchored } from './go-regexp.ts';
import { labelValue, type Labels } from './labels.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface LabelMatcher {
  readonly name: string;
  readonly op: MatchOperator;
  readonly value: string;
}

/** Tells whether one value satisfies a matcher. */
export type ValueTest = (value: string) => boolean;

/** Compiles a matcher's test of a value; throws a SyntaxError for a bad regular expression. */
export function compileMatcher(matcher: LabelMatcher, dotAll = true): ValueTest {
  switch (matcher.op) {
    case '=':
      return (value) => value === matcher.value;
    case '!=':
      return (value) => value !== matcher.value;
    case '=~':
    case '!~': {
      const pattern = compileAnchored(matcher.value, { dotAll });
      const wanted = matcher.op === '=~';
      return (value) => pattern.test(value) === wanted;
    }
  }
}

/** Compiles matchers into one test of a whole label set. */
export function compileMatchers(
  matchers: readonly LabelMatcher[],
  dotAll = true,
): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => [matcher.name, compileMatcher(matcher, dotAll)] as const);
  return (labels) => tests.every(([name, test]) => test(labelValue(labels, name)));
}
