/**
 * What a finder gives back, and the one way to run an expression over a text. Apart from the finders, because all of
 * them share it and none knows another.
 */
import type { PersonalKind } from '../pseudonym.ts';

/** A personal value in a folded text; offsets count UTF-16 units, `end` exclusive. */
export interface Found {
  readonly kind: PersonalKind;
  readonly start: number;
  readonly end: number;
  /** The value in its one spelling: equal values have equal tags, however they were written. */
  readonly value: string;
}

/** Looks for personal values of some kinds in a folded text. */
export type Finder = (text: string) => readonly Found[];

/** Letter case and spaces make no other value. */
export function oneSpelling(text: string): string {
  return text.toLowerCase().replace(/[\s-]+/g, '');
}

/** Matches of an expression as found values; `refine` may refuse one or narrow it. */
export function findAll(
  text: string,
  expression: RegExp,
  kind: PersonalKind,
  refine: (match: RegExpExecArray) => { readonly from?: number; readonly length: number } | null = (
    match,
  ) => ({
    length: match[0].length,
  }),
): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(expression)) {
    const kept = refine(match);
    if (kept === null || kept.length === 0) continue;
    const start = match.index + (kept.from ?? 0);
    const end = start + kept.length;
    found.push({ kind, start, end, value: oneSpelling(text.slice(start, end)) });
  }
  return found;
}

/** Those of the values that overlap none before them, in the order given; `length` is that of the text. */
export function disjoint<T extends { readonly start: number; readonly end: number }>(
  inOrder: readonly T[],
  length: number,
): T[] {
  const covered = new Uint8Array(length);
  return inOrder.filter(({ start, end }) => {
    for (let at = start; at < end; at++) if (covered[at] === 1) return false;
    covered.fill(1, start, end);
    return true;
  });
}
