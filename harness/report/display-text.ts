/**
 * Text from recordings, rows and files made fit for a terminal: nothing in it can move the cursor, change colours or
 * reorder what stands beside it, and its width in columns is known. Apart from the reporters because all of them
 * print strings that came from outside.
 */
import { stripVTControlCharacters } from 'node:util';

/** Marks that override the direction of writing; they can make a line read as another. */
const DIRECTION_OVERRIDES = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** One line of plain text: escape sequences removed, every run of line breaks and controls one space. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(DIRECTION_OVERRIDES, '')
    .replace(CONTROLS, ' ')
    .trim();
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ZERO_WIDTH = /^[\p{M}\p{Cf}]+$/u;
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;

/** Columns a terminal gives to the text: wide characters of East Asia and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  // Printable ASCII, the common case, is as wide as it is long.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += segmentWidth(segment);
  return width;
}

function segmentWidth(segment: string): number {
  if (ZERO_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

/** Cuts text to `width` columns; what was cut is marked by an ellipsis. */
export function clipToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${headOfWidth(text, Math.max(0, width - 1))}…`;
}

/** Breaks text into lines of at most `width` columns, at spaces where it can and within words where it must. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (displayWidth(line) > width) {
      const head = headOfWidth(line, width);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  lines.push(line);
  return lines;
}

/** The longest start of the text that fits; at least one grapheme, so that a caller's loop ends. */
export function headOfWidth(text: string, width: number): string {
  let head = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += segmentWidth(segment);
    if (used > width && head !== '') break;
    head += segment;
  }
  return head;
}
