/**
 * The line at which a reason is typed. A file of its own because editing a line is a subject of its own: text goes in
 * and comes out whole characters at a time, in any script.
 */
import type { Key } from './keys.ts';

/** The text before and after the cursor. */
export interface Typed {
  readonly before: string;
  readonly after: string;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The line after a key; keys that edit nothing leave it as it is. */
export function typeKey({ before, after }: Typed, key: Key): Typed {
  switch (key.name) {
    case 'backspace':
      return { before: withoutLast(before), after };
    case 'delete':
      return { before, after: withoutFirst(after) };
    case 'left':
      return { before: withoutLast(before), after: lastOf(before) + after };
    case 'right':
      return { before: before + firstOf(after), after: withoutFirst(after) };
    case 'home':
    case 'ctrl-a':
      return { before: '', after: before + after };
    case 'end':
    case 'ctrl-e':
      return { before: before + after, after: '' };
    case 'ctrl-u':
      return { before: '', after };
    case 'ctrl-k':
      return { before, after: '' };
    case 'ctrl-w':
      return { before: before.replace(/\S*\s*$/, ''), after };
    default:
      return { before: before + key.text, after };
  }
}

/** The whole text. */
export function typedText({ before, after }: Typed): string {
  return before + after;
}

function lastOf(text: string): string {
  return Array.from(graphemes.segment(text)).at(-1)?.segment ?? '';
}

function firstOf(text: string): string {
  return graphemes.segment(text)[Symbol.iterator]().next().value?.segment ?? '';
}

function withoutLast(text: string): string {
  return text.slice(0, text.length - lastOf(text).length);
}

function withoutFirst(text: string): string {
  return text.slice(firstOf(text).length);
}
