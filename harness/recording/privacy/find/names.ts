/**
 * Finds names, those of a given list only: no rule tells a person's name from a dish, a town or a brand. What this
 * file knows is the forms a listed name takes: with a title, in either order, in any width, case and spacing. The
 * names are kept in a tree, so that thousands of them cost little more than ten, and never in an expression, whose
 * error messages would quote them.
 */
import { foldText } from '../folded-text.ts';
import type { Finder, Found } from './found.ts';

/** Titles behind a name; what follows them in a dish's name is no title: 長崎ちゃんぽん. */
const HONORIFIC =
  /\s?(?:さん|サン|さま|サマ|様|殿|氏|君|くん|クン|ちゃん(?!ぽん)|チャン(?!ポン)|先生|せんせい|-?(?:san|sama|kun|chan|sensei|senpai)(?![a-z]))/iy;
const TITLE = /(?<![a-z])(?:mr|mrs|ms|miss|mx|dr|prof)\.?\s$/i;
const JAPANESE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const KANA = /^[\p{sc=Hiragana}\p{sc=Katakana}ー]+$/u;
const SEPARATOR = /[\s\-=.,_・(]/;
const LETTER = /\p{L}/u;
const LATIN = /[\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}]/u;

/** Separators between two words of a name at most. */
const MOST_SEPARATORS = 3;
/** Stands in the tree where words meet. */
const MEETING = ' ';

/** How much it takes to believe that a name is meant: nothing more, a title, or a title or standing alone. */
type Needs = 'nothing' | 'title' | 'title or room';

interface Node {
  readonly next: Map<string, Node>;
  end: { readonly needs: Needs; readonly value: string } | null;
}

/**
 * A finder for these names, or null when there are none. A name of several words is found whole in both orders;
 * each of its words by itself only beside a title. A Japanese name of one character, or of two in kana, needs a title
 * or must stand alone: 林 is also in 林檎.
 */
export function nameFinder(names: readonly string[]): Finder | null {
  const root: Node = { next: new Map(), end: null };
  for (const name of names) {
    const value = wordsOf(name).join(MEETING).toLowerCase();
    // Who types O'Malley in haste leaves the apostrophe out.
    const spellings = new Set([name, foldText(name).text.replaceAll("'", '')]);
    for (const { words, needs } of [...spellings].flatMap(formsOf)) add(root, words, needs, value);
  }
  return root.next.size === 0 ? null : (text) => findNames(text, root);
}

function wordsOf(name: string): string[] {
  const folded = foldText(name).text.trim();
  return folded.split(JAPANESE.test(folded) ? /[\s=・-]+/ : /[\s-]+/).filter((word) => word !== '');
}

function formsOf(name: string): { readonly words: readonly string[]; readonly needs: Needs }[] {
  const words = wordsOf(name);
  const [only] = words;
  if (only === undefined) return [];
  if (words.length === 1) {
    const length = [...only].length;
    const short = JAPANESE.test(only) && (length === 1 || (length === 2 && KANA.test(only)));
    return [{ words, needs: short ? 'title or room' : 'nothing' }];
  }
  const orders = [words, [...words.slice(1), only], [words.at(-1)!, ...words.slice(0, -1)]];
  return [
    ...orders.map((order) => ({ words: order, needs: 'nothing' as const })),
    ...words.map((word) => ({ words: [word], needs: 'title' as const })),
  ];
}

function add(root: Node, words: readonly string[], needs: Needs, value: string): void {
  let at = root;
  for (const character of words.join(MEETING).toLowerCase()) {
    let next = at.next.get(character);
    if (next === undefined) {
      next = { next: new Map(), end: null };
      at.next.set(character, next);
    }
    at = next;
  }
  // A name listed by itself counts for more than the same word as a part of another.
  if (at.end === null || needs === 'nothing') at.end = { needs, value };
}

function findNames(text: string, root: Node): Found[] {
  const lower = (text.toLowerCase().length === text.length ? text.toLowerCase() : text).replaceAll('`', "'");
  const found: Found[] = [];
  for (let at = 0; at < lower.length; at++) {
    if (!root.next.has(lower.charAt(at)) || !mayBegin(lower, at)) continue;
    const name = longestFrom(lower, at, at, root);
    if (name === null) continue;
    const title = TITLE.exec(lower.slice(Math.max(0, at - 6), at))?.[0] ?? '';
    const closes = lower.slice(at, name.end).includes('(') && lower.charAt(name.end) === ')';
    const end = closes ? name.end + 1 : name.end;
    found.push({ kind: 'name', start: at - title.length, end, value: name.value });
    at = end - 1;
  }
  return found;
}

/** Names in letters with words between them begin with a word; Japanese has no such place. */
function mayBegin(text: string, at: number): boolean {
  return !LATIN.test(text.charAt(at)) || !LATIN.test(text.charAt(at - 1));
}

/** The longest name that goes on from `at` below `node`; null when none ends as it has to. */
function longestFrom(
  text: string,
  start: number,
  at: number,
  node: Node,
): { readonly end: number; readonly value: string } | null {
  const child = node.next.get(text.charAt(at));
  let longest = child ? longestFrom(text, start, at + 1, child) : null;
  const meeting = node.next.get(MEETING);
  const spaces = gapAt(text, at, meeting ? MOST_SEPARATORS : 1);
  if (meeting) {
    longest = longer(longest, longestFrom(text, start, at + spaces, meeting));
  } else if (spaces === 1 && at > start && JAPANESE.test(text.charAt(at - 1)) && /\s/.test(text.charAt(at))) {
    // Between the characters of a Japanese name a space may stand.
    const spaced = node.next.get(text.charAt(at + 1));
    if (spaced) longest = longer(longest, longestFrom(text, start, at + 2, spaced));
  }
  return longer(longest, endingAt(text, start, at, node));
}

function longer<T extends { readonly end: number }>(a: T | null, b: T | null): T | null {
  return a !== null && (b === null || a.end >= b.end) ? a : b;
}

function gapAt(text: string, at: number, most: number): number {
  let count = 0;
  while (count < most && SEPARATOR.test(text.charAt(at + count))) count += 1;
  return count;
}

/** The name that ends here with its title, or null where none does or it takes more to believe it. */
function endingAt(
  text: string,
  start: number,
  at: number,
  { end: known }: Node,
): { readonly end: number; readonly value: string } | null {
  if (known === null) return null;
  HONORIFIC.lastIndex = at;
  const honorific = HONORIFIC.exec(text)?.[0] ?? '';
  const behind = at + honorific.length;
  const possessive = text.startsWith("'s", behind) ? 2 : 0;
  const latin = LATIN.test(text.charAt(at - 1));
  if (latin && LATIN.test(text.charAt(behind + possessive))) return null;
  const end = behind + (latin ? possessive : 0);
  const titled = honorific !== '' || TITLE.test(text.slice(Math.max(0, start - 6), start));
  const alone = !LETTER.test(text.charAt(start - 1)) && !LETTER.test(text.charAt(at));
  const believed = known.needs === 'nothing' || titled || (known.needs === 'title or room' && alone);
  return believed ? { end, value: known.value } : null;
}
