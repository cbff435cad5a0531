/**
 * A ramp as paragraphs for a terminal: its answer, which stands before all else, then what it stands on. Apart from the
 * report's page because it is a subject of its own.
 */
import type { CauseBlock } from './cause-lines.ts';
import { plainText, wrapText } from './display-text.ts';
import { decimal, INDENT, indent, labelled, labelledCommand, type Page } from './page.ts';
import { type RampAnswer, rampAdvice, rampAnswers } from './ramp-answer.ts';
import {
  alertRiskNotes,
  alertRiskTable,
  breachNote,
  breachTable,
  cleanNote,
  dayTable,
  rampBasis,
  type RampTable,
  stepTable,
} from './ramp-lines.ts';
import type { RampReport, Report } from './shape.ts';
import { type Cell, renderTable } from './table.ts';

/** Columns that hold words; all others hold figures. */
const WORDS: ReadonlySet<string> = new Set(['Verdict', 'Watches', 'Result']);

/** As wide as the other marks that paragraphs open with. */
const MARKS: Readonly<Record<RampAnswer['verdict'], string>> = {
  go: 'GO',
  'no-go': 'NO-GO',
  'not enough evidence': 'OPEN',
};

/**
 * The first thing read: each verdict with its steps and why, then the causes of breaches and what to do next. None
 * without a ramp, or where no step was asked for.
 */
export function renderAnswer(
  report: Pick<Report, 'ramp' | 'next'>,
  causes: readonly CauseBlock[],
  page: Page,
): string[] {
  const { ramp } = report;
  if (!ramp || ramp.steps.length === 0) return [];
  const lines = [
    ...rampAnswers(ramp).flatMap((answer) => answerLines(answer, page)),
    ...causes.filter(({ kind }) => kind === 'breach').flatMap((block) => causeLines(block, page)),
    ...nextLines(report, page),
  ];
  return [lines.filter((line) => line !== '').join('\n')];
}

/** What to do about a ramp's answer, and the commands for it; none without a ramp. */
export function nextLines({ ramp, next = [] }: Pick<Report, 'ramp' | 'next'>, page: Page): string[] {
  if (!ramp) return [];
  const lines = [
    ...next.map(({ to, command }) => labelledCommand(to, command, page)),
    labelled('next', rampAdvice(ramp), page),
  ];
  return lines.filter((line) => line !== '');
}

function answerLines({ verdict, headlines, why }: RampAnswer, page: Page): string[] {
  const { chalk } = page;
  const mark = paintOf(verdict, page)(MARKS[verdict].padEnd(INDENT - 1));
  // The mark has said it: NO-GO for 10%.
  const told = headlines.map((text) => text.replace(/^(Go|No-go) /, ''));
  return [
    ...told.map((text) => `${mark} ${chalk.bold(indent(text, page, INDENT).trimStart())}`),
    ...why.map((text) => labelled('why', text, page)),
  ];
}

/** Causes that the answer names; the block of causes has them all. */
const CAUSES_NAMED = 3;

function causeLines({ causes }: CauseBlock, page: Page): string[] {
  const more = causes.length - CAUSES_NAMED;
  const named = causes.slice(0, CAUSES_NAMED).map(({ label, count, users }) => {
    const whose = users === undefined ? '' : ` of ${decimal(users)} user${users === 1 ? '' : 's'}`;
    return `${decimal(count)} ${count === 1 ? 'record or running day' : 'records and running days'}${whose}: ${label}`;
  });
  const texts = more > 0 ? [...named, `and ${decimal(more)} more, below`] : named;
  return texts.map((text) => labelled('cause', text, page));
}

function paintOf(verdict: RampAnswer['verdict'], { chalk }: Page): (text: string) => string {
  return { go: chalk.green, 'no-go': chalk.red, 'not enough evidence': chalk.yellow }[verdict];
}

/** Whom the steps speak of, and the steps; none where no step was asked for. */
export function renderSteps(ramp: RampReport | undefined, page: Page): string[] {
  return ramp && ramp.steps.length > 0 ? [basis(ramp, page), table(stepTable(ramp), page)] : [];
}

function basis(ramp: RampReport, page: Page): string {
  return page.chalk.bold(wrapped(rampBasis(ramp), page));
}

/** What the verdicts of the steps stand on: users in breach and alerts; none without a ramp. */
export function renderEvidence(ramp: RampReport | undefined, page: Page): string[] {
  if (!ramp) return [];
  const sections = [
    ramp.steps.length === 0 ? basis(ramp, page) : '',
    table(breachTable(ramp), page),
    wrapped(breachNote(ramp), page),
    wrapped(cleanNote(ramp), page),
    page.verbose ? table(dayTable(ramp), page) : '',
    table(alertRiskTable(ramp), page),
    alertRiskNotes(ramp)
      .map((note) => wrapped(note, page))
      .join('\n'),
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
  if (text === 'over' || text.startsWith('no-go')) return { text, paint: chalk.red };
  if (text === 'not enough evidence' || text.startsWith('open')) return { text, paint: chalk.yellow };
  return { text };
}
