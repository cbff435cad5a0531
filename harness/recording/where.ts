/**
 * `--where`: a comparison of one fact of a request with a pattern or a number. Small on purpose: no expression is ever
 * evaluated, and a pattern cannot take longer than its length times the text's.
 */
import type { RecordedWrite } from './format.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** One comparison, as plain values. */
export interface Clause {
  readonly field: 'user' | 'method' | 'path' | 'bucket' | 'header';
  /** The header's name in lower case; empty for other fields. */
  readonly header: string;
  readonly operator: Operator;
  /** A pattern with `*` and `?`, or a whole number for `bucket`. */
  readonly value: string;
}

export const WHERE_FORM =
  'user, method, path, header.NAME = or != a pattern with * and ?, or bucket = != < <= > >= a number';

/** Reads a clause as a person types it, such as `header.user-agent=*iPhone*`; null where it is none. */
export function parseClause(text: string): Clause | null {
  const found = /^(user|method|path|bucket|header\.([A-Za-z0-9-]+))\s*(<=|>=|!=|=|<|>)\s*(.*)$/s.exec(text);
  if (!found) return null;
  const [, name = '', header = '', operator = '', value = ''] = found;
  const field = (header === '' ? name : 'header') as Clause['field'];
  // Methods are written in capitals, whoever types them.
  const wanted = field === 'method' ? value.toUpperCase() : value;
  const isValid = field === 'bucket' ? /^\d{1,4}$/.test(value) : operator === '=' || operator === '!=';
  return isValid && value !== ''
    ? { field, header: header.toLowerCase(), operator: operator as Operator, value: wanted }
    : null;
}

/** A clause as it is typed. */
export function renderClause({ field, header, operator, value }: Clause): string {
  return `${field === 'header' ? `header.${header}` : field}${operator}${value}`;
}

/** Whether a user's name satisfies a clause about users. */
export function userMatches(clause: Clause, user: string): boolean {
  return textMatches(clause, user);
}

/** Whether a record satisfies a clause. */
export function recordMatches(clause: Clause, record: RecordedWrite): boolean {
  const { request } = record;
  switch (clause.field) {
    case 'user':
      return textMatches(clause, record.user);
    case 'method':
      return textMatches(clause, request.method);
    case 'path':
      return textMatches(clause, request.path);
    case 'header':
      return textMatches(
        clause,
        Object.hasOwn(request.headers, clause.header) ? request.headers[clause.header] : undefined,
      );
    case 'bucket':
      return compares(record.rollout_bucket, clause.operator, Number(clause.value));
  }
}

function textMatches({ operator, value }: Clause, text: string | undefined): boolean {
  const isLike = text !== undefined && matchesPattern(value, text);
  return operator === '=' ? isLike : !isLike;
}

function compares(left: number, operator: Operator, right: number): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** Whether the whole text is like the pattern; on a mismatch only the last `*` takes one character more. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern++;
      starAt = at;
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      inPattern = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
