/**
 * The answer to a query as a table: a line a series at one time, or a line a time and series over a range.
 */
import type { ApiData } from '../promql/api.ts';
import { labelsOf, renderLabels } from '../promql/labels.ts';
import { plainText } from './display-text.ts';
import { type Cell, renderTable } from './table.ts';

/** Nobody reads more lines than this on a screen. */
const MOST_LINES = 1_000;

/** Renders the answer; an empty one says so, and which of the names asked for (`unknown`) no series bears. */
export function renderAnswer(data: ApiData, width: number, unknown: readonly string[] = []): string {
  const rows = rowsOf(data);
  if (rows.length === 0) {
    const notes = unknown.map(
      (name) => `None is called ${plainText(name)}. Rules that record it are named with --rules.\n`,
    );
    return `No series.\n${notes.join('')}`;
  }
  const shown = rows.slice(0, MOST_LINES);
  const left = rows.length - shown.length;
  const rest = left === 0 ? '' : `… ${left.toLocaleString('en')} more lines; --json gives them all.\n`;
  const columns = [{ head: 'Series' }, { head: 'Time' }, { head: 'Value', align: 'right' as const }];
  const cells = shown.map((row) => row.map((text): Cell => ({ text })));
  return `${renderTable(columns, cells, width)}\n${rest}`;
}

function rowsOf(data: ApiData): (readonly [string, string, string])[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value: [seconds, value] }) => [
        shownSeries(metric),
        time(seconds),
        value,
      ]);
    case 'matrix':
      return data.result.flatMap(({ metric, values }) =>
        values.map(([seconds, value]) => [shownSeries(metric), time(seconds), value] as const),
      );
    default:
      return [[data.resultType, time(data.result[0]), data.result[1]]];
  }
}

const shownSeries = (metric: Readonly<Record<string, string>>): string => renderLabels(labelsOf(metric));

/** Times of a file's series count from its start; a replay's are dates. */
function time(seconds: number): string {
  if (Math.abs(seconds) < 100_000_000) return `${seconds}s`;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
