/**
 * Alertmanager's matchers as routes and inhibition rules write them: `severity="critical"`, `env=~"prod|stg"`, a list in
 * braces. Their quoting is their own, so they are read apart from PromQL's.
 */
import { compileAnchored } from '../promql/go-regexp.ts';
import { labelValue, type Labels } from '../promql/labels.ts';
import type { LabelMatcher, MatchOperator } from '../promql/matchers.ts';

/** A matcher text that cannot be read. */
export class MatcherSyntaxError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'MatcherSyntaxError';
  }
}

/** Reads one text of matchers: one, several with commas, or a list in braces; an empty text holds none. */
export function parseMatchers(text: string): LabelMatcher[] {
  let inside = text;
  if (inside.startsWith('{')) {
    inside = inside.slice(1);
    if (inside.endsWith('}')) inside = inside.slice(0, -1);
  }
  return splitAtCommas(inside)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseMatcher);
}

/** Splits at commas outside quotes. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && quoted) at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (text[at] === ',' && !quoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const MATCHER = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

function parseMatcher(text: string): LabelMatcher {
  const match = MATCHER.exec(text);
  if (!match) throw new MatcherSyntaxError(`bad matcher format: ${text}`);
  const matcher = { name: match[1]!, op: match[2] as MatchOperator, value: readValue(match[3]!) };
  compileAlertMatcher(matcher);
  return matcher;
}

/** A value with or without double quotes; inside, `\"`, `\\` and `\n` are escapes and any other backslash is itself. */
function readValue(raw: string): string {
  const quoted = raw.startsWith('"');
  let value = '';
  let escaped = false;
  let closed = false;
  for (const char of quoted ? raw.slice(1) : raw) {
    if (closed) throw new MatcherSyntaxError(`matcher value contains unescaped double quote: ${raw}`);
    if (escaped) {
      value += char === 'n' ? '\n' : char === '"' || char === '\\' ? char : `\\${char}`;
      escaped = false;
    } else if (char === '\\') escaped = true;
    else if (char === '"') {
      if (!quoted) throw new MatcherSyntaxError(`matcher value contains unescaped double quote: ${raw}`);
      closed = true;
    } else value += char;
  }
  if (escaped) value += '\\';
  if (quoted && !closed)
    throw new MatcherSyntaxError(`matcher value contains unescaped double quote: ${raw}`);
  return value;
}

/** Compiles a matcher as Alertmanager does: anchored, a dot does not meet a line break, a missing label is empty. */
export function compileAlertMatcher(matcher: LabelMatcher): (labels: Labels) => boolean {
  const { name, op, value } = matcher;
  if (op === '=') return (labels) => labelValue(labels, name) === value;
  if (op === '!=') return (labels) => labelValue(labels, name) !== value;
  try {
    const pattern = compileAnchored(value, { dotAll: false });
    const wanted = op === '=~';
    return (labels) => pattern.test(labelValue(labels, name)) === wanted;
  } catch (error) {
    throw new MatcherSyntaxError(`error parsing regexp: ${(error as SyntaxError).message}`);
  }
}

/** Compiles matchers of which all must hold. */
export function compileAlertMatchers(matchers: readonly LabelMatcher[]): (labels: Labels) => boolean {
  const tests = matchers.map(compileAlertMatcher);
  return (labels) => tests.every((test) => test(labels));
}
