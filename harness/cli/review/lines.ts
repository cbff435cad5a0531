/**
 * Lines of a screen: pieces of text with a style each, cut or broken to a width and then painted. A file of its own
 * because widths are counted before colours are added, and everything a review shows passes through here, where text
 * from recordings loses what could move the cursor.
 */
import { displayWidth, headOfWidth, plainText } from '../../report/display-text.ts';

/** What a piece of text is; a screen without colours shows all of them alike. */
export type Style =
  | 'plain'
  | 'strong'
  | 'faint'
  | 'added'
  | 'removed'
  | 'changed'
  | 'alarm'
  | 'bar'
  | 'cursor';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/** Select Graphic Rendition, ECMA-48 8.3.117: on and off, so that no style leaks into the next piece. */
const SGR: Readonly<Record<Style, readonly [on: string, off: string] | null>> = {
  plain: null,
  strong: ['1', '22'],
  faint: ['2', '22'],
  added: ['32', '39'],
  removed: ['31', '39'],
  changed: ['33', '39'],
  alarm: ['1;31', '22;39'],
  bar: ['7', '27'],
  cursor: ['1', '22'],
};

/** A piece of text, made harmless. Leading blanks, which `plainText` would take, stay. */
export function span(text: string, style: Style = 'plain'): Span {
  const [blanks = ''] = /^ */.exec(text) ?? [];
  const [trailing = ''] = /(?<=\S) *$/.exec(text) ?? [];
  return { text: blanks + plainText(text) + trailing, style };
}

export function line(...spans: readonly (Span | string)[]): Line {
  return spans.map((one) => (typeof one === 'string' ? span(one) : one));
}

/** Columns a line takes. */
export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** The line in at most `columns` columns; what was cut is marked by an ellipsis. */
export function clipLine(spans: Line, columns: number): Line {
  if (lineWidth(spans) <= columns) return spans;
  const clipped: Span[] = [];
  let room = columns - 1;
  for (const { text, style } of spans) {
    const width = displayWidth(text);
    if (width <= room) {
      clipped.push({ text, style });
      room -= width;
      continue;
    }
    const head = headOfWidth(text, room);
    clipped.push({ text: `${displayWidth(head) <= room ? head : ''}…`, style });
    break;
  }
  return clipped;
}

/**
 * The line as several of at most `columns` columns, broken at blanks where it can be; those after the first are
 * indented by `indent`.
 */
export function wrapLine(spans: Line, columns: number, indent = 4): Line[] {
  if (lineWidth(spans) <= columns) return [spans];
  const hang = Math.min(indent, Math.max(0, columns - 8));
  const lines: Span[][] = [];
  let current: Span[] = [];
  let used = 0;
  const close = (): void => {
    lines.push(current);
    current = hang === 0 ? [] : [{ text: ' '.repeat(hang), style: 'plain' }];
    used = hang;
  };
  for (const { text, style } of spans) {
    let rest = text;
    while (rest !== '') {
      const head = headToBlank(rest, columns - used);
      // A line always takes something, so that even one column ends.
      if (head === '' && used > (lines.length === 0 ? 0 : hang)) {
        close();
        continue;
      }
      const taken = head === '' ? headOfWidth(rest, 1) : head;
      current.push({ text: taken, style });
      used += displayWidth(taken);
      rest = rest.slice(taken.length);
      if (rest !== '') {
        close();
        rest = rest.replace(/^ +/, '');
      }
    }
  }
  return [...lines, current];
}

/** The longest start that fits, ending at a blank if it has one past its indentation; empty where nothing fits. */
function headToBlank(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const head = columns < 1 ? '' : headOfWidth(text, columns);
  if (displayWidth(head) > columns) return '';
  const blank = head.search(/ +\S*$/);
  const isWord = text[head.length] !== ' ' && blank > /^ */.exec(head)![0].length;
  return isWord ? head.slice(0, blank) : head;
}

/** The line as a terminal takes it. */
export function paintLine(spans: Line, color: boolean): string {
  if (!color) return spans.map(({ text }) => text).join('');
  return spans
    .map(({ text, style }) => {
      const sgr = SGR[style];
      return sgr === null || text === '' ? text : `\u001b[${sgr[0]}m${text}\u001b[${sgr[1]}m`;
    })
    .join('');
}
