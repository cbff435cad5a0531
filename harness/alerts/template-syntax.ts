/**
 * The syntax of Go templates as alert rules use them: text, pipelines, variables, branches, loops and templates defined
 * beside. Parsing is apart from expansion so that a rule file is refused when it is read, not when its alert fires.
 */
import { GoLiteralError, unquoteGo } from '../promql/go-text.ts';
import { TEMPLATE_FUNCTIONS } from './template-functions.ts';
import { type Piece, splitActions, TemplateSyntaxError, type Token } from './template-tokens.ts';

export { TemplateSyntaxError } from './template-tokens.ts';

/** One operand of a command. */
export type TemplateOperand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean; readonly isInteger: boolean }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: TemplatePipeline; readonly path: readonly string[] };

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
    }
  | {
      readonly kind: 'range';
      /** The element's variable, or the key's and the element's. */
      readonly declares: readonly string[];
      readonly pipeline: TemplatePipeline;
      readonly then: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'include'; readonly name: string; readonly pipeline: TemplatePipeline | undefined };

/** A parsed template; `reads` names the variables, fields and query functions it uses. */
export interface Template {
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
  readonly reads: ReadonlySet<string>;
  /** The templates it defines beside itself, by name. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

const VARIABLES: ReadonlySet<string> = new Set(['$labels', '$value', '$externalLabels', '$externalURL', '$']);
const FIELDS: ReadonlySet<string> = new Set(['Labels', 'Value', 'ExternalLabels', 'ExternalURL']);

/** Parses a template; throws TemplateSyntaxError for what Go would refuse or golem does not expand. */
export function parseTemplate(text: string): Template {
  const pieces = splitActions(text);
  const parser: Parser = {
    pieces,
    next: 0,
    variables: new Set(VARIABLES),
    reads: new Set(),
    isRoot: true,
    isInLoop: false,
    defined: new Map(),
    includes: [],
  };
  const nodes = parseNodes(parser, 'top');
  const left = pieces[parser.next];
  if (left?.kind === 'action') throw unexpectedAction(left.tokens[0]!);
  for (const { name, offset } of parser.includes)
    if (!parser.defined.has(name))
      throw new TemplateSyntaxError(`template ${JSON.stringify(name)} not defined`, offset);
  return { text, nodes, reads: parser.reads, defined: parser.defined };
}

const unexpectedAction = (token: Token): TemplateSyntaxError =>
  new TemplateSyntaxError(`unexpected {{${token.text}}}`, token.offset);

interface Parser {
  readonly pieces: readonly Piece[];
  next: number;
  variables: Set<string>;
  readonly reads: Set<string>;
  /** Whether `$` is the alert's data; inside a defined template it is whatever that is given. */
  isRoot: boolean;
  isInLoop: boolean;
  readonly defined: Map<string, readonly TemplateNode[]>;
  readonly includes: { readonly name: string; readonly offset: number }[];
}

/** Reads nodes until `{{end}}` or `{{else}}`, which is left for the caller. */
function parseNodes(parser: Parser, level: 'top' | 'inside' = 'inside'): TemplateNode[] {
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
    if (first.text === 'define' && level !== 'top') throw unexpectedAction(first);
    parser.next++;
    nodes.push(...parseAction(parser, first, piece));
  }
}

function parseAction(
  parser: Parser,
  first: Token,
  { tokens, offset }: Extract<Piece, { kind: 'action' }>,
): TemplateNode[] {
  const rest = tokens.slice(1);
  switch (first.text) {
    case 'if':
    case 'with':
      return [parseBranch(parser, first.text, rest, offset)];
    case 'range':
      return [parseRange(parser, rest, offset)];
    case 'break':
    case 'continue':
      if (!parser.isInLoop || rest.length > 0)
        throw new TemplateSyntaxError(`{{${first.text}}} outside {{range}}`, first.offset);
      return [{ kind: first.text }];
    case 'define':
      parseDefinition(parser, rest, offset);
      return [];
    case 'template':
      return [parseInclude(parser, rest, offset)];
    case 'block': {
      const include = parseInclude(parser, rest, offset);
      parseDefinition(parser, rest.slice(0, 1), offset);
      return [include];
    }
    default:
      return [parseOutput(parser, tokens)];
  }
}

/** Reads a block's nodes and what stands behind its `{{else}}`; its variables end with it. */
function parseBlock(
  parser: Parser,
  offset: number,
  chain: (stop: Extract<Piece, { kind: 'action' }>) => TemplateNode[] | undefined = () => undefined,
): { readonly then: TemplateNode[]; readonly otherwise: TemplateNode[] } {
  const then = parseNodes(parser);
  const stop = takeStop(parser, offset);
  if (stop.tokens[0]!.text === 'end') return { then, otherwise: [] };
  const chained = chain(stop);
  if (chained) return { then, otherwise: chained };
  if (stop.tokens.length > 1) throw new TemplateSyntaxError('unexpected operand in {{else}}', stop.offset);
  const otherwise = parseNodes(parser);
  const end = takeStop(parser, offset);
  if (end.tokens[0]!.text !== 'end') throw unexpectedAction(end.tokens[0]!);
  return { then, otherwise };
}

function takeStop(parser: Parser, offset: number): Extract<Piece, { kind: 'action' }> {
  const stop = parser.pieces[parser.next];
  if (stop?.kind !== 'action') throw new TemplateSyntaxError('unexpected EOF: {{end}} is missing', offset);
  parser.next++;
  return stop;
}

/** Runs with the variables known here; those declared on the way are forgotten. */
function inOwnScope<T>(parser: Parser, parse: () => T): T {
  const before = parser.variables;
  parser.variables = new Set(before);
  const result = parse();
  parser.variables = before;
  return result;
}

function parseBranch(
  parser: Parser,
  kind: 'if' | 'with',
  tokens: readonly Token[],
  offset: number,
): TemplateNode {
  return inOwnScope(parser, () => {
    const head = parseOutput(parser, tokens, offset);
    const { then, otherwise } = parseBlock(parser, offset, (stop) => {
      const chained = stop.tokens[1]?.text;
      if (chained !== 'if' && chained !== 'with') return undefined;
      return [parseBranch(parser, chained, stop.tokens.slice(2), stop.offset)];
    });
    const pipeline = head.kind === 'output' || head.kind === 'assign' ? head.pipeline : [];
    return { kind, declares: head.kind === 'assign' ? head.name : undefined, pipeline, then, otherwise };
  });
}

function parseRange(parser: Parser, tokens: readonly Token[], offset: number): TemplateNode {
  return inOwnScope(parser, () => {
    const at = tokens.findIndex((token) => token.text === ':=');
    const names = tokens.slice(0, Math.max(0, at)).filter((token) => token.text !== ',');
    if (names.length > 2 || names.some((name) => name.kind !== 'variable'))
      throw new TemplateSyntaxError('range can only initialize variables, at most two', offset);
    const pipeline = parsePipeline(parser, tokens.slice(at + 1), offset);
    for (const name of names) parser.variables.add(name.text);
    const wasInLoop = parser.isInLoop;
    parser.isInLoop = true;
    const { then, otherwise } = parseBlock(parser, offset);
    parser.isInLoop = wasInLoop;
    return { kind: 'range', declares: names.map((name) => name.text), pipeline, then, otherwise };
  });
}

function parseDefinition(parser: Parser, tokens: readonly Token[], offset: number): void {
  const name = readName(tokens, offset);
  if (tokens.length > 1) throw new TemplateSyntaxError('unexpected operand in {{define}}', tokens[1]!.offset);
  const { variables, isRoot, isInLoop } = parser;
  Object.assign(parser, { variables: new Set(['$']), isRoot: false, isInLoop: false });
  const nodes = parseNodes(parser);
  const end = takeStop(parser, offset);
  if (end.tokens[0]!.text !== 'end') throw unexpectedAction(end.tokens[0]!);
  Object.assign(parser, { variables, isRoot, isInLoop });
  parser.defined.set(name, nodes);
}

function parseInclude(parser: Parser, tokens: readonly Token[], offset: number): TemplateNode {
  const name = readName(tokens, offset);
  parser.includes.push({ name, offset });
  const rest = tokens.slice(1);
  return {
    kind: 'include',
    name,
    pipeline: rest.length === 0 ? undefined : parsePipeline(parser, rest, offset),
  };
}

function readName(tokens: readonly Token[], offset: number): string {
  const [name] = tokens;
  if (name?.kind !== 'string')
    throw new TemplateSyntaxError('expected the name of a template', name?.offset ?? offset);
  return readLiteral(name);
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
  const { fewest, most } = TEMPLATE_FUNCTIONS[head.name]!;
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
      if (token.text === '$' && parser.isRoot) checkField(parser, names[0], token.offset);
      return { operand: { kind: 'variable', name: token.text, path: names }, next: index + 1 + names.length };
    }
    case 'field': {
      const names = [token.text.slice(1), ...path(index + 1)];
      parser.reads.add(`.${names[0]}`);
      return { operand: { kind: 'field', path: names }, next: index + names.length };
    }
    case 'word':
      return { operand: readWord(parser, token), next: index + 1 };
    case 'punctuation':
      if (token.text === '.') {
        parser.reads.add('.');
        return { operand: { kind: 'field', path: [] }, next: index + 1 };
      }
      if (token.text === '(') {
        const { pipeline, next } = parseParenthesised(parser, tokens, index);
        const names = path(next);
        return { operand: { kind: 'pipeline', pipeline, path: names }, next: next + names.length };
      }
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
): { readonly pipeline: TemplatePipeline; readonly next: number } {
  let depth = 0;
  for (let at = index; at < tokens.length; at++) {
    if (tokens[at]!.text === '(') depth++;
    if (tokens[at]!.text === ')') depth--;
    if (depth > 0) continue;
    const pipeline = parsePipeline(parser, tokens.slice(index + 1, at), tokens[index]!.offset);
    return { pipeline, next: at + 1 };
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

function readWord(parser: Parser, token: Token): TemplateOperand {
  if (token.text === 'true' || token.text === 'false')
    return { kind: 'literal', value: token.text === 'true', isInteger: false };
  if (Object.hasOwn(TEMPLATE_FUNCTIONS, token.text)) {
    if (token.text === 'query') parser.reads.add('query');
    return { kind: 'call', name: token.text };
  }
  throw new TemplateSyntaxError(
    `function ${JSON.stringify(token.text)} not defined or not supported`,
    token.offset,
  );
}
