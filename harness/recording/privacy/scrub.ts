/**
 * Takes personal values out of a text and leaves a keyed tag in place of each. A file of its own because it holds the
 * promise that scrubbing a scrubbed text changes nothing.
 */
import type { Search } from './find-personal.ts';
import { type PersonalKind, type Pseudonyms, TAG } from './pseudonym.ts';

export interface Scrubber {
  /** The text with tags in place of what was personal; `trusted` when tags in it are known to be tags already. */
  scrub(text: string, trusted: boolean): string;
  /** Values taken out so far, by kind. */
  readonly counts: ReadonlyMap<PersonalKind, number>;
  /** Texts that had something taken out of them so far. */
  readonly texts: number;
}

/** Texts of at most this length are remembered: names of things repeat, whole messages seldom do. */
const REMEMBERED_LENGTH = 120;
const REMEMBERED_TEXTS = 8192;

/**
 * Longest text that is looked through, in UTF-16 code units; services refuse far shorter ones. A longer one becomes a
 * tag whole, so that nobody can keep a capture busy with one message.
 */
export const LONGEST_TEXT = 32_768;

/** Each pass takes something out; what is left after so many would be golem's own fault. */
const MOST_PASSES = 16;

/** Makes a scrubber that takes out what `search` finds and leaves tags of `pseudonyms`. */
export function createScrubber(pseudonyms: Pick<Pseudonyms, 'tag'>, search: Search): Scrubber {
  /** Texts with nothing in them. */
  const clean = new Set<string>();
  const counts = new Map<PersonalKind, number>();
  let texts = 0;

  /** Taking a value out can join or part what stood around it, so it goes on until nothing is found. */
  function scrubFully(text: string): string {
    if (text.length > LONGEST_TEXT) return pseudonyms.tag('other', text);
    let left = text;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      const spans = search(left);
      if (spans.length === 0) return left;
      let next = '';
      let at = 0;
      for (const { kind, start, end, value } of spans) {
        if (start < at) continue;
        next += left.slice(at, start) + pseudonyms.tag(kind, value);
        at = end;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      left = next + left.slice(at);
    }
    return pseudonyms.tag('other', text);
  }

  return {
    scrub(text, trusted) {
      if (clean.has(text)) return text;
      // Somebody may have typed what looks like a tag: then it is their text and gets a tag of its own.
      const typed = trusted ? text : text.replace(TAG, (tag) => pseudonyms.tag('tag', tag));
      const scrubbed = scrubFully(typed);
      if (scrubbed !== text) texts += 1;
      else if (text.length <= REMEMBERED_LENGTH) {
        if (clean.size >= REMEMBERED_TEXTS) clean.clear();
        clean.add(text);
      }
      return scrubbed;
    },
    counts,
    get texts() {
      return texts;
    },
  };
}
