/**
 * A template's text cut into plain text and actions, and actions into tokens, with white space trimmed as Go trims it.
 * Apart from the parser because here alone positions in the text are made.
 */

/** A template that does not parse; `offset` counts from its first character. */
export class TemplateSyntaxError extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.name = 'TemplateSyntaxError';
    this.offset = offset;
  }
}

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'char' | 'field' | 'variable' | 'punctuation';
  readonly text: string;
  readonly offset: number;
  /** Whether white space stands before it: `.a.b` is one operand, `.a .b` two. */
  readonly spaced: boolean;
}

/** A stretch of text, or an action between braces. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly offset: number };

/** Cuts a template into text and actions; throws TemplateSyntaxError for what is no token. */
export function splitActions(text: string): Piece[] {
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
