/**
 * Whether a secret can still be read in what was written, asked in a way of its own: not with the scrubber's
 * expressions but by what a reader would do, who passes over spaces, marks and invisible characters and knows the
 * digits of other scripts.
 */
import { type Planted, plain } from './planted.ts';

/** Every text in a value, keys included. */
export function textsOf(value: unknown, into: string[] = []): string[] {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'number') into.push(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      into.push(key);
      textsOf(inner, into);
    }
  }
  return into;
}

/** A written value as a reader knows it: its digits alone, and its words without spaces and case. */
export interface Readable {
  readonly digits: string;
  readonly text: string;
}

const KANJI = '〇一二三四五六七八九';

function digitsOf(text: string): string {
  let digits = '';
  for (const character of text.normalize('NFKD')) {
    const code = character.codePointAt(0)!;
    if (code >= 0x30 && code <= 0x39) digits += character;
    else if (code >= 0x660 && code <= 0x669) digits += String(code - 0x660);
    else if (KANJI.includes(character)) digits += String(KANJI.indexOf(character));
  }
  return digits;
}

/** Tags and pseudonyms say nothing; they are taken out before the digits around them could join. */
const SAYS_NOTHING = /\[[a-z]+:[0-9a-f]{8}\]/g;

/** What can be read in the texts, each apart from the others. */
export function readable(texts: readonly string[]): Readable {
  const bare = texts.map((text) => text.replace(SAYS_NOTHING, '|'));
  return { digits: bare.map(digitsOf).join('|'), text: bare.map(plain).join('|') };
}

/** Secrets of a planted value that can still be read; none is what everybody wants. */
export function survivors(planted: Planted, seen: Readable): readonly string[] {
  return planted.secrets
    .filter(({ as, value }) => (as === 'digits' ? seen.digits : seen.text).includes(value))
    .map(({ value }) => value);
}
