/**
 * Lays rows out in columns without lines or boxes, which read as well in a log and aloud as on a screen. The one
 * user of cli-table3, since its defaults are boxes and its cells know nothing of the page's width.
 */
import Table from 'cli-table3';
import { displayWidth, plainText, wrapText } from './display-text.ts';

/** A cell's text; `paint` colours each of its lines after they were measured. */
export interface Cell {
  readonly text: string;
  readonly paint?: (line: string) => string;
}

export interface TableColumn {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

const GAP = 2;
/** A column is not made narrower than this, even where the table is then wider than the page. */
const NARROWEST = 5;

/** Renders the table at most `width` columns wide, wrapping the widest columns' cells; no trailing newline. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string {
  const heads = columns.map(({ head }): Cell => ({ text: head }));
  const cells = [heads, ...rows].map((row) => row.map((cell) => ({ ...cell, text: plainText(cell.text) })));
  const natural = columns.map((_, index) =>
    Math.max(...cells.map((row) => displayWidth(row[index]?.text ?? ''))),
  );
  const widths = fitWidths(natural, width - GAP * (columns.length - 1));
  const table = new Table({
    chars: { ...NO_LINES, middle: ' '.repeat(GAP) },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: widths,
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  for (const row of cells) table.push(row.map((cell, index) => paintLines(cell, widths[index] ?? NARROWEST)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function paintLines({ text, paint }: Cell, width: number): string {
  return wrapText(text, width)
    .map((line) => (paint === undefined ? line : paint(line)))
    .join('\n');
}

/** Takes columns away from the widest until the sum fits. */
function fitWidths(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let over = widths.reduce((sum, one) => sum + one, 0) - width;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
    over -= 1;
  }
  return widths;
}

const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
};
