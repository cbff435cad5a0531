/**
 * Finds everything personal in a text, in the order in which the finders may take it: what has a syntax of its own
 * first, bare numbers later, names last. Scrubbing and checking both ask here, so that the check refuses exactly what
 * scrubbing would have taken out.
 */
import { findAddresses, findPostalCodes } from './find/address.ts';
import { findCoordinates } from './find/coordinates.ts';
import { findBirths } from './find/dates.ts';
import type { Finder, Found } from './find/found.ts';
import { findIbans } from './find/iban.ts';
import { findNumbers } from './find/numbers.ts';
import { findHandles, findOnline } from './find/online.ts';
import { type FoldedText, foldText } from './folded-text.ts';
import { type PersonalKind, TAG } from './pseudonym.ts';

/** A personal value in a text as it was written; offsets count UTF-16 units, `end` exclusive. */
export interface PersonalSpan {
  readonly kind: PersonalKind;
  readonly start: number;
  readonly end: number;
  /** The value in its one spelling. */
  readonly value: string;
}

const FINDERS: readonly Finder[] = [
  findOnline,
  findIbans,
  findCoordinates,
  findBirths,
  findAddresses,
  findNumbers,
  findPostalCodes,
  findHandles,
];

/** Stands in for what has been found already: for private use, no letter, digit or space, so nothing goes on across it. */
const TAKEN = '\ue000';

/** Kana, ideographs without numerals, and their punctuation: nothing in such a text but a listed name is personal. */
const PLAIN_JAPANESE = /^[\s\u3001-\u3003\u3041-\u30ff\uff01\uff0c\uff1f、。!?]*$/;
const PLAIN_WORDS = /^(?=.{0,23}$)[a-z ,'()&!?]*$/i;

/** Personal values in the order of the text; tags that stand in it already are passed over. */
export function findPersonal(text: string, names: Finder | null): PersonalSpan[] {
  if (names === null && (PLAIN_JAPANESE.test(text) || PLAIN_WORDS.test(text))) return [];
  const folded = foldText(text.replace(TAG, taken));
  let left = folded.text;
  const spans: PersonalSpan[] = [];
  for (const find of names === null ? FINDERS : [...FINDERS, names]) {
    for (const found of withoutOverlaps(find(left))) {
      left = left.slice(0, found.start) + TAKEN.repeat(found.end - found.start) + left.slice(found.end);
      spans.push(inOriginal(found, folded));
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}

function taken(part: string): string {
  return TAKEN.repeat(part.length);
}

/** Of values that overlap the longer stays. */
function withoutOverlaps(found: readonly Found[]): readonly Found[] {
  if (found.length < 2) return found;
  const kept: Found[] = [];
  for (const one of [...found].sort((a, b) => b.end - b.start - (a.end - a.start))) {
    if (kept.every((other) => one.start >= other.end || one.end <= other.start)) kept.push(one);
  }
  return kept;
}

function inOriginal({ kind, start, end, value }: Found, { starts, ends }: FoldedText): PersonalSpan {
  return { kind, value, start: starts?.[start] ?? start, end: ends?.[end - 1] ?? end };
}
