/**
 * A ramp as paragraphs for a terminal. Apart from the report's page because it is a subject of its own, shown before all
 * else that is green.
 */
import { plainText, wrapText } from './display-text.ts';
import type { Page } from './page.ts';
import {
  alertRiskNote,
  alertRiskTable,
  breachTable,
  cleanNote,
  dayTable,
  rampBasis,
  type RampTable,
  stepNotes,
  stepTable,
} from './ramp-lines.ts';
import type { RampReport } from './shape.ts';
import { type Cell, renderTable } from './table.ts';

/** Columns that hold words; all others hold figures. */
const WORDS: ReadonlySet<string> = new Set(['Verdict', 'By', 'Step', 'Users in breach of']);

/** The ramp's paragraphs in reading order; none without a ramp. */
export function renderRamp(ramp: RampReport | undefined, page: Page): string[] {
  if (!ramp) return [];
  const sections = [
    page.chalk.bold(wrapped(rampBasis(ramp), page)),
    table(stepTable(ramp), page),
    stepNotes(ramp)
      .map((note) => wrapped(note, page))
      .join('\n'),
    table(breachTable(ramp), page),
    wrapped(cleanNote(ramp), page),
    page.verbose ? table(dayTable(ramp), page) : '',
    table(alertRiskTable(ramp), page),
    wrapped(alertRiskNote(ramp), page),
  ];
  return sections.filter((section) => section !== '');
}

function wrapped(text: string, page: Page): string {
  return text === '' ? '' : wrapText(plainText(text), page.width).join('\n');
}

function table({ heads, rows }: RampTable, page: Page): string {
  if (rows.length === 0) return '';
  const columns = heads.map((head, index) => ({
    head,
    align: index === 0 || WORDS.has(head) ? ('left' as const) : ('right' as const),
  }));
  return renderTable(
    columns,
    rows.map((row) => row.map((text) => cell(text, page))),
    page.width,
  );
}

function cell(text: string, { chalk }: Page): Cell {
  if (text === 'go') return { text, paint: chalk.green };
  if (text === 'no-go' || text.endsWith(', over')) return { text, paint: chalk.red };
  if (text === 'not enough evidence' || text.endsWith(', open')) return { text, paint: chalk.yellow };
  return { text };
}
