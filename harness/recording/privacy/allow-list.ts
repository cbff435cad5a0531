/**
 * An allow-list at work: a JSON value goes in, what the migration listed of it comes out, each part as its kind. A
 * file of its own because here it is decided that nothing unlisted gets through, whatever its shape.
 */
import { isKeyedDigest, isPseudonym, type Pseudonyms } from './pseudonym.ts';
import type { Kept, KeptByPattern } from './rules.ts';
import type { Scrubber } from './scrub.ts';

/** Figures believed where the rules say nothing: shorter than any phone number. */
const DEFAULT_MOST = 10_000_000;

/** The prefix of pseudonyms of images. */
const IMAGE_PREFIX = 'img';
/** The prefix of pseudonyms of idempotency keys. */
export const KEY_PREFIX = 'k';

/** What makes values harmless. */
export interface Means {
  readonly pseudonyms: Pseudonyms;
  readonly scrubber: Scrubber;
  /** The SHA-256 of a key in lower-case hexadecimal, as recordings carry it. */
  keyDigest(key: string): string;
}

/**
 * Filters a value. `trusted` is true in a recording that says it is anonymised: pseudonyms and tags in it are what
 * they look like.
 */
export type Filter = (value: unknown, trusted: boolean) => unknown;

interface Branch {
  kept: Kept | null;
  readonly children: Map<string, Branch>;
  elements: Branch | null;
}

/** Compiles patterns such as `items[].name` into a filter. Throws a `TypeError` for a pattern that is none. */
export function compileFilter(patterns: KeptByPattern, means: Means): Filter {
  const root = branch();
  for (const [pattern, kept] of Object.entries(patterns)) {
    let at = root;
    for (const step of stepsOf(pattern)) {
      if (step === '[]') {
        at.elements ??= branch();
        at = at.elements;
      } else {
        let child = at.children.get(step);
        if (child === undefined) {
          child = branch();
          at.children.set(step, child);
        }
        at = child;
      }
    }
    at.kept = kept;
  }
  return (value, trusted) => filterValue(value, root, means, trusted);
}

function branch(): Branch {
  return { kept: null, children: new Map(), elements: null };
}

function stepsOf(pattern: string): string[] {
  const steps = pattern.match(/\[\]|[^.[\]]+/g) ?? [];
  if (steps.join('.').replaceAll('.[]', '[]') !== pattern)
    throw new TypeError(`"${pattern}" is no pattern such as items[].name`);
  return steps;
}

/**
 * The listed part of a value, in the order of the list. Where the rules expect another type, the type stays, since a
 * write path may refuse it for that, and the content goes.
 */
function filterValue(value: unknown, at: Branch, means: Means, trusted: boolean): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (typeof value !== 'object')
    return at.kept === null ? emptied(value, means, trusted) : asKept(value, at.kept, means, trusted);
  if (Array.isArray(value)) {
    const { elements } = at;
    return elements === null ? [] : value.map((element) => filterValue(element, elements, means, trusted));
  }
  const kept: [string, unknown][] = [];
  for (const [name, child] of at.children) {
    if (!Object.hasOwn(value, name)) continue;
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    if (inner !== undefined) kept.push([name, filterValue(inner, child, means, trusted)]);
  }
  // fromEntries defines keys, so that one named `__proto__` stays an ordinary key.
  return Object.fromEntries(kept);
}

/** A value of a type that was not expected: the type without the content. */
function emptied(value: unknown, { pseudonyms }: Means, trusted: boolean): unknown {
  if (typeof value !== 'string') return 0;
  return value === '' || (trusted && OTHER.test(value)) ? value : pseudonyms.tag('other', value);
}

const OTHER = /^\[other:[a-f][0-9a-f]{7}\]$/;

/** A text or a number as the kind that the rules say it is. */
export function asKept(value: unknown, kept: Kept, means: Means, trusted: boolean): unknown {
  if (typeof value === 'number') {
    if (kept.kind !== 'number') return 0;
    return boundedFigure(value, kept.most ?? DEFAULT_MOST);
  }
  if (typeof value !== 'string') return emptied(value, means, trusted);
  switch (kept.kind) {
    case 'text':
      return scrubWithin(value, kept.most, means, trusted);
    case 'id':
      return pseudonymOf(value, kept.prefix, value, means, trusted);
    case 'key':
      return keyPseudonym(value, means, trusted);
    case 'image':
      return pseudonymOf(value, IMAGE_PREFIX, value, means, trusted);
    case 'word':
      return kept.of.includes(value) ? value : emptied(value, means, trusted);
    case 'shape': {
      const match = kept.shape.exec(value);
      const matched = match?.index === 0 ? match[0] : '';
      // A shape says what a value looks like, not that it holds nothing.
      const harmless = matched !== '' && means.scrubber.scrub(matched, trusted) === matched;
      return harmless ? matched : emptied(value, means, trusted);
    }
    default:
      return emptied(value, means, trusted);
  }
}

/** A figure that is believed, else the next whole number over the bound: paths that refuse it still do. */
function boundedFigure(value: number, most: number): number {
  if (Math.abs(value) <= most) return value;
  return value > 0 ? Math.floor(most) + 1 : -Math.floor(most) - 1;
}

function pseudonymOf(
  value: string,
  prefix: string,
  source: string,
  { pseudonyms }: Means,
  trusted: boolean,
): string {
  if (value === '' || (trusted && isPseudonym(value, prefix))) return value;
  return pseudonyms.id(prefix, source);
}

/**
 * The pseudonym of an idempotency key is made from the key's SHA-256, because that is all a recording's
 * `request_key` has of it: so the header, the body, the answer and `request_key` of one key are one pseudonym.
 */
export function keyPseudonym(key: string, means: Means, trusted: boolean): string {
  return pseudonymOf(key, KEY_PREFIX, means.keyDigest(key), means, trusted);
}

/** The pseudonym of a recording's `request_key`. */
export function requestKeyPseudonym(requestKey: string, means: Means, trusted: boolean): string {
  return pseudonymOf(requestKey, KEY_PREFIX, requestKey, means, trusted);
}

/** A keyed digest in place of a plain one; keyed ones stay, they are known by their end. */
export function keyedDigest(digest: string, { pseudonyms }: Means): string {
  return isKeyedDigest(digest) ? digest : pseudonyms.digest(digest);
}

/**
 * A scrubbed text on the same side of `most` as it was: a write path that refuses long names must not begin to do so
 * because a tag is longer than what it stands for, nor stop.
 */
function scrubWithin(text: string, most: number | undefined, means: Means, trusted: boolean): string {
  const scrubbed = means.scrubber.scrub(text, trusted);
  if (most === undefined || scrubbed === text || isOver(scrubbed, most) === isOver(text, most))
    return scrubbed;
  if (isOver(text, most)) return `${scrubbed}${'…'.repeat(most + 1 - [...scrubbed].length)}`;
  // Half a tag would be no tag, and half a number another number: what is left is looked at again.
  const cut = [...scrubbed]
    .slice(0, most)
    .join('')
    .replace(/\[[a-z]{0,8}(?::[0-9a-f]{0,8})?$/, '');
  const again = means.scrubber.scrub(cut, true);
  return again === cut ? cut : means.pseudonyms.tag('other', text).slice(0, most);
}

/** Whether a text has more than `most` characters; pairs of surrogates count once, as validators count them. */
function isOver(text: string, most: number): boolean {
  return text.length > most && [...text].length > most;
}
