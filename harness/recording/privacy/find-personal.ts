/**
 * Finds everything personal in a text, in the order in which the finders may take it: what has a syntax of its own
 * first, bare numbers later, names last. Scrubbing and checking both ask here, so that the check refuses exactly what
 * scrubbing would have taken out.
 */
import { findAddresses, findPostalCodes } from './find/address.ts';
import { findCoordinates } from './find/coordinates.ts';
import { findBirths } from './find/dates.ts';
import { disjoint, type Finder, type Found } from './find/found.ts';
import { findIbans } from './find/iban.ts';
import { nameFinder } from './find/names.ts';
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

/** Kana and their punctuation: nothing in such a text but a listed name is personal. */
const PLAIN_JAPANESE = /^[\s\u3001-\u3003\u3041-\u30ff\uff01\uff0c\uff1f、。!?]*$/;
/** Words too short for a token, without a word that announces a secret or spells an address out. */
const PLAIN_WORDS = /^(?=.{0,14}$)(?!.* (?:dot|is) )[a-z ,'&!?]*$/i;

export interface SearchOptions {
  /** Names to look for; see `nameFinder`. */
  readonly names?: readonly string[];
  /** Phrases that are passed over; see `PrivacyRules.harmless`. */
  readonly harmless?: readonly RegExp[];
}

/** Gives the personal values of a text in its order; tags that stand in it already are passed over. */
export type Search = (text: string) => readonly PersonalSpan[];

/** Makes a search. */
export function createSearch(options: SearchOptions = {}): Search {
  const names = nameFinder(options.names ?? []);
  const finders = names === null ? FINDERS : [...FINDERS, names];
  const harmless = (options.harmless ?? []).map(
    (phrase) => new RegExp(phrase.source, phrase.flags.replace('y', '').replace('g', '').concat('g')),
  );
  return (text) => {
    if (names === null && (PLAIN_JAPANESE.test(text) || PLAIN_WORDS.test(text))) return NOTHING;
    const folded = foldText(text.replace(TAG, taken));
    let left = folded.text;
    for (const phrase of harmless) left = left.replace(phrase, taken);
    const spans: PersonalSpan[] = [];
    for (const find of finders) {
      const found = withoutOverlaps(find(left), left.length);
      if (found.length === 0) continue;
      let next = '';
      let at = 0;
      for (const one of found) {
        next += left.slice(at, one.start) + TAKEN.repeat(one.end - one.start);
        at = one.end;
        spans.push(inOriginal(one, folded));
      }
      left = next + left.slice(at);
    }
    return spans.sort((a, b) => a.start - b.start);
  };
}

const NOTHING: readonly PersonalSpan[] = [];

function taken(part: string): string {
  return TAKEN.repeat(part.length);
}

/** In the order of the text; of values that overlap the longer stays. */
function withoutOverlaps(found: readonly Found[], length: number): readonly Found[] {
  if (found.length < 2) return found;
  const longestFirst = [...found].sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  return disjoint(longestFirst, length).sort((a, b) => a.start - b.start);
}

function inOriginal({ kind, start, end, value }: Found, { starts, ends }: FoldedText): PersonalSpan {
  return { kind, value, start: starts?.[start] ?? start, end: ends?.[end - 1] ?? end };
}
