/**
 * The syntax of Go templates as alert rules use them: text, pipelines, variables, `if` and `with`. Parsing is apart from
 * expansion so that a rule file is refused when it is read, not when its alert fires.
 */
import { GoLiteralError, unquoteGo } from '../promql/go-text.ts';

/** One operand of a command. */
export type TemplateOperand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean; readonly isInteger: boolean }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: TemplatePipeline };

/** Commands joined by `|`: each is a function with arguments, or one operand. */
export type TemplatePipeline = readonly (readonly TemplateOperand[])[];

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipeline: TemplatePipeline }
  | {
      readonly kind: 'assign';
      readonly name: string;
      readonly declares: boolean;
      readonly pipeline: TemplatePipeline;
    }
  | {
      readonly kind: 'if' | 'with';
      readonly declares: string | undefined;
      readonly pipeline: TemplatePipeline;
      readonly then: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** A parsed template; `reads` names the variables and fields it uses. */
export interface Template {
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
  readonly reads: ReadonlySet<string>;
}

/** A template that does not parse; `offset` counts from its first character. */
export class TemplateSyntaxError extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.name = 'TemplateSyntaxError';
    this.offset = offset;
  }
}

/** The functions a template may call, with the fewest and most arguments. */
export const TEMPLATE_FUNCTIONS: Readonly<Record<string, readonly [fewest: number, most: number]>> = {
  printf: [1, Infinity],
  print: [0, Infinity],
  humanize: [1, 1],
  humanize1024: [1, 1],
  humanizeDuration: [1, 1],
  humanizePercentage: [1, 1],
  humanizeTimestamp: [1, 1],
  parseDuration: [1, 1],
  title: [1, 1],
  toUpper: [1, 1],
  toLower: [1, 1],
  stripPort: [1, 1],
  match: [2, 2],
  reReplaceAll: [3, 3],
  externalURL: [0, 0],
  eq: [2, Infinity],
  ne: [2, 2],
  lt: [2, 2],
  le: [2, 2],
  gt: [2, 2],
  ge: [2, 2],
  and: [1, Infinity],
  or: [1, Infinity],
  not: [1, 1],
};

const VARIABLES: ReadonlySet<string> = new Set(['$labels', '$value', '$externalLabels', '$externalURL', '$']);
const FIELDS: ReadonlySet<string> = new Set(['Labels', 'Value', 'ExternalLabels', 'ExternalURL']);

interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'char' | 'field' | 'variable' | 'punctuation';
  readonly text: string;
  readonly offset: number;
  /** Whether white space stands before it: `.a.b` is one operand, `.a .b` two. */
  readonly spaced: boolean;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly offset: number };

/** Parses a template; throws TemplateSyntaxError for what Go would refuse or golem does not expand. */
export function parseTemplate(text: string): Template {
  const pieces = splitActions(text);
  const parser = { pieces, next: 0, variables: new Set(VARIABLES), reads: new Set<string>(), depth: 0 };
  const nodes = parseNodes(parser);
  const left = pieces[parser.next];
  if (left?.kind === 'action')
    throw new TemplateSyntaxError(`unexpected {{${left.tokens[0]?.text}}}`, left.offset);
  return { text, nodes, reads: parser.reads };
}

function splitActions(text: string): Piece[] {
  const pieces: Piece[] = [];
  let index = 0;
  let trimNext = false;
  while (index <= text.length) {
    const open = text.indexOf('{{', index);
    let plain = text.slice(index, open < 0 ? undefined : open);
    if (trimNext) plain = plain.trimStart();
    const trimsBefore = open >= 0 && /^\{\{-\s/.test(text.slice(open));
    if (trimsBefore) plain = plain.trimEnd();
    if (plain !== '') pieces.push({ kind: 'text', text: plain });
    if (open < 0) break;
    const start = open + (trimsBefore ? 3 : 2);
    const comment = /^\s*\/\*[\s\S]*?\*\/\s*-?\}\}/.exec(text.slice(start));
    if (comment) {
      index = start + comment[0].length;
      trimNext = comment[0].endsWith('-}}');
      continue;
    }
    const { tokens, end, trimsAfter } = readTokens(text, start);
    pieces.push({ kind: 'action', tokens, offset: open });
    index = end;
    trimNext = trimsAfter;
  }
  return pieces;
}

const TOKEN =
  /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'|[+-]?(?:0x[0-9a-fA-F]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|\$\w*|\.\w+|\w+|:=|[.|()=,]/y;

function readTokens(text: string, start: number): { tokens: Token[]; end: number; trimsAfter: boolean } {
  const tokens: Token[] = [];
  let index = start;
  for (;;) {
    const space = /^\s*/.exec(text.slice(index))![0].length;
    const spaced = space > 0 || tokens.length === 0;
    index += space;
    if (text.startsWith('}}', index)) return { tokens, end: index + 2, trimsAfter: false };
    if (space > 0 && text.startsWith('-}}', index)) return { tokens, end: index + 3, trimsAfter: true };
    if (index >= text.length) throw new TemplateSyntaxError('unclosed action', start - 2);
    TOKEN.lastIndex = index;
    const match = TOKEN.exec(text);
    if (!match) {
      const quote = /^["'`]/.test(text.slice(index));
      const reason = quote
        ? 'unterminated quoted string'
        : `unexpected ${JSON.stringify(text[index])} in operand`;
      throw new TemplateSyntaxError(reason, index);
    }
    tokens.push({ kind: tokenKind(match[0]), text: match[0], offset: index, spaced });
    index += match[0].length;
  }
}

function tokenKind(text: string): Token['kind'] {
  if (/^["`]/.test(text)) return 'string';
  if (text.startsWith("'")) return 'char';
  if (text.startsWith('$')) return 'variable';
  if (/^\.[A-Za-z_]/.test(text)) return 'field';
  if (/^[+-]?\.?\d/.test(text)) return 'number';
  if (/^\w/.test(text)) return 'word';
  return 'punctuation';
}

interface Parser {
  readonly pieces: readonly Piece[];
  next: number;
  readonly variables: Set<string>;
  readonly reads: Set<string>;
  depth: number;
}

const UNSUPPORTED_ACTIONS: ReadonlySet<string> = new Set([
  'range',
  'define',
  'template',
  'block',
  'break',
  'continue',
]);

/** Reads nodes until `{{end}}` or `{{else}}`, which is left for the caller. */
function parseNodes(parser: Parser): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  for (;;) {
    const piece = parser.pieces[parser.next];
    if (!piece) return nodes;
    if (piece.kind === 'text') {
      nodes.push(piece);
      parser.next++;
      continue;
    }
    const [first] = piece.tokens;
    if (!first) throw new TemplateSyntaxError('missing value for command', piece.offset);
    if (first.text === 'end' || first.text === 'else') return nodes;
    if (UNSUPPORTED_ACTIONS.has(first.text)) {
      throw new TemplateSyntaxError(`action {{${first.text}}} is not supported`, first.offset);
    }
    parser.next++;
    if (first.text === 'if' || first.text === 'with')
      nodes.push(parseBranch(parser, first.text, piece.tokens.slice(1), piece.offset));
    else nodes.push(parseOutput(parser, piece.tokens));
  }
}

function parseBranch(
  parser: Parser,
  kind: 'if' | 'with',
  tokens: readonly Token[],
  offset: number,
): TemplateNode {
  const before = new Set(parser.variables);
  const head = parseOutput(parser, tokens, offset);
  const then = parseNodes(parser);
  let otherwise: TemplateNode[] = [];
  const stop = parser.pieces[parser.next];
  if (stop?.kind !== 'action') throw new TemplateSyntaxError('unexpected EOF: {{end}} is missing', offset);
  parser.next++;
  if (stop.tokens[0]!.text === 'else') {
    const chained = stop.tokens[1];
    if (chained && (chained.text === 'if' || chained.text === 'with')) {
      otherwise = [parseBranch(parser, chained.text, stop.tokens.slice(2), stop.offset)];
    } else {
      otherwise = parseNodes(parser);
      const end = parser.pieces[parser.next];
      if (end?.kind !== 'action' || end.tokens[0]!.text !== 'end') {
        throw new TemplateSyntaxError('unexpected EOF: {{end}} is missing', stop.offset);
      }
      parser.next++;
    }
  }
  for (const name of parser.variables) if (!before.has(name)) parser.variables.delete(name);
  const pipeline = head.kind === 'output' || head.kind === 'assign' ? head.pipeline : [];
  return { kind, declares: head.kind === 'assign' ? head.name : undefined, pipeline, then, otherwise };
}

function parseOutput(
  parser: Parser,
  tokens: readonly Token[],
  offset = tokens[0]?.offset ?? 0,
): TemplateNode {
  const [first, second] = tokens;
  if (first?.kind === 'variable' && (second?.text === ':=' || second?.text === '=')) {
    const pipeline = parsePipeline(parser, tokens.slice(2), offset);
    if (second.text === '=' && !parser.variables.has(first.text)) throw undefinedVariable(first);
    parser.variables.add(first.text);
    return { kind: 'assign', name: first.text, declares: second.text === ':=', pipeline };
  }
  return { kind: 'output', pipeline: parsePipeline(parser, tokens, offset) };
}

const undefinedVariable = (token: Token): TemplateSyntaxError =>
  new TemplateSyntaxError(`undefined variable ${JSON.stringify(token.text)}`, token.offset);

function parsePipeline(parser: Parser, tokens: readonly Token[], offset: number): TemplatePipeline {
  const commands: TemplateOperand[][] = [[]];
  let index = 0;
  while (index < tokens.length) {
    const token = tokens[index]!;
    if (token.text === '|') {
      if (commands.at(-1)!.length === 0)
        throw new TemplateSyntaxError('missing value for command', token.offset);
      commands.push([]);
      index++;
      continue;
    }
    const read = parseOperand(parser, tokens, index);
    commands.at(-1)!.push(read.operand);
    index = read.next;
  }
  if (commands.at(-1)!.length === 0) throw new TemplateSyntaxError('missing value for command', offset);
  for (const [at, command] of commands.entries()) checkCommand(command, at > 0, tokens[0]?.offset ?? offset);
  return commands;
}

function checkCommand(command: readonly TemplateOperand[], isPiped: boolean, offset: number): void {
  const [head] = command;
  if (head?.kind !== 'call') {
    if (command.length > 1 || isPiped)
      throw new TemplateSyntaxError('an operand that is no function is given arguments', offset);
    return;
  }
  const [fewest, most] = TEMPLATE_FUNCTIONS[head.name]!;
  const count = command.length - 1 + (isPiped ? 1 : 0);
  if (count < fewest || count > most) {
    const wanted = fewest === most ? `${fewest}` : `at least ${fewest}`;
    throw new TemplateSyntaxError(
      `wrong number of args for ${head.name}: want ${wanted} got ${count}`,
      offset,
    );
  }
}

function parseOperand(
  parser: Parser,
  tokens: readonly Token[],
  index: number,
): { operand: TemplateOperand; next: number } {
  const token = tokens[index]!;
  const path = (from: number): string[] => {
    const names: string[] = [];
    for (let at = from; tokens[at]?.kind === 'field' && !tokens[at]!.spaced; at++)
      names.push(tokens[at]!.text.slice(1));
    return names;
  };
  switch (token.kind) {
    case 'string':
      return { operand: { kind: 'literal', value: readLiteral(token), isInteger: false }, next: index + 1 };
    case 'number':
      return { operand: readNumber(token), next: index + 1 };
    case 'variable': {
      if (!parser.variables.has(token.text)) throw undefinedVariable(token);
      parser.reads.add(token.text);
      const names = path(index + 1);
      if (token.text === '$') checkField(parser, names[0], token.offset);
      return { operand: { kind: 'variable', name: token.text, path: names }, next: index + 1 + names.length };
    }
    case 'field': {
      const names = [token.text.slice(1), ...path(index + 1)];
      parser.reads.add(`.${names[0]}`);
      return { operand: { kind: 'field', path: names }, next: index + names.length };
    }
    case 'word':
      return { operand: readWord(token), next: index + 1 };
    case 'punctuation':
      if (token.text === '.') {
        parser.reads.add('.');
        return { operand: { kind: 'field', path: [] }, next: index + 1 };
      }
      if (token.text === '(') return parseParenthesised(parser, tokens, index);
      break;
    case 'char':
      break;
  }
  throw new TemplateSyntaxError(`unexpected ${JSON.stringify(token.text)} in operand`, token.offset);
}

function checkField(parser: Parser, name: string | undefined, offset: number): void {
  if (name === undefined) return;
  if (!FIELDS.has(name)) throw new TemplateSyntaxError(`there is no field .${name}`, offset);
  parser.reads.add(`.${name}`);
}

function parseParenthesised(
  parser: Parser,
  tokens: readonly Token[],
  index: number,
): { operand: TemplateOperand; next: number } {
  let depth = 0;
  for (let at = index; at < tokens.length; at++) {
    if (tokens[at]!.text === '(') depth++;
    if (tokens[at]!.text === ')') depth--;
    if (depth > 0) continue;
    const pipeline = parsePipeline(parser, tokens.slice(index + 1, at), tokens[index]!.offset);
    return { operand: { kind: 'pipeline', pipeline }, next: at + 1 };
  }
  throw new TemplateSyntaxError('unclosed left paren', tokens[index]!.offset);
}

function readLiteral(token: Token): string {
  try {
    return unquoteGo(token.text);
  } catch (error) {
    if (error instanceof GoLiteralError)
      throw new TemplateSyntaxError(error.message, token.offset + error.offset);
    throw error;
  }
}

function readNumber(token: Token): TemplateOperand {
  const value = Number(token.text.replaceAll('_', ''));
  if (Number.isNaN(value))
    throw new TemplateSyntaxError(`bad number syntax: ${JSON.stringify(token.text)}`, token.offset);
  return { kind: 'literal', value, isInteger: /^[+-]?(0x[0-9a-fA-F]+|[\d_]+)$/.test(token.text) };
}

function readWord(token: Token): TemplateOperand {
  if (token.text === 'true' || token.text === 'false')
    return { kind: 'literal', value: token.text === 'true', isInteger: false };
  if (Object.hasOwn(TEMPLATE_FUNCTIONS, token.text)) return { kind: 'call', name: token.text };
  throw new TemplateSyntaxError(
    `function ${JSON.stringify(token.text)} not defined or not supported`,
    token.offset,
  );
}
