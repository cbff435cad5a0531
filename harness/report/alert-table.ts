/**
 * Each rule set's alerts as a table for a terminal. Apart from the report's page because `golem alerts run` shows the
 * same tables under its timeline.
 */
import { ALERT_HEADS, alertCells, alertNotes, type RuleSetLines } from './alert-lines.ts';
import { plainText, wrapText } from './display-text.ts';
import type { Page } from './page.ts';
import { renderTable } from './table.ts';

/** One table a rule set, then what must be known to read them; nothing where there is no rule set. */
export function renderAlerts(sets: readonly RuleSetLines[], page: Page): string[] {
  const tables = sets.map(({ ruleset, lines }) => {
    const columns = [
      { head: `Alerts, ${ruleset}` },
      ...ALERT_HEADS.map((head) => ({
        head,
        align: NUMERIC.has(head) ? ('right' as const) : ('left' as const),
      })),
    ];
    const rows = lines.map((line) => [
      { text: line.alert },
      ...alertCells(line).map((text) => (text === 'firing' ? { text, paint: page.chalk.red } : { text })),
    ]);
    return renderTable(columns, rows, page.width);
  });
  const notes = alertNotes(sets).flatMap((note) => wrapText(plainText(note), page.width));
  return notes.length === 0 ? tables : [...tables, notes.join('\n')];
}

const NUMERIC: ReadonlySet<string> = new Set(['Peak', 'n', 'Limit', 'Room']);
