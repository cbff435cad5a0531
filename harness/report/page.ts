/**
 * The paragraphs that terminal output is made of: labelled lines, commands, groups of findings, at a page's width and
 * in its colours. Apart from the reports that use them so that a finding reads the same in each.
 */
import { Chalk, type ChalkInstance } from 'chalk';
import { plainText, wrapText } from './display-text.ts';
import type { FindingGroup } from './selection.ts';
import type { Finding } from './shape.ts';
import type { Cell } from './table.ts';

export interface PageOptions {
  /** Columns to stay within. */
  readonly width: number;
  readonly color: boolean;
  /** Everything, not only what is red and the first of each kind. */
  readonly verbose: boolean;
}

export interface Page extends PageOptions {
  readonly chalk: ChalkInstance;
}

/** Columns that stand free before what belongs to a heading. */
export const INDENT = 6;
/** Columns of a label and the gap behind it. */
export const LABEL_WIDTH = 10;
/** Findings of a kind that are named before the rest is counted. */
const SUBJECTS_SHOWN = 5;

export function openPage(options: PageOptions): Page {
  return { ...options, chalk: new Chalk({ level: options.color ? 1 : 0 }) };
}

/** One kind of finding: its code, what was found, and the command; one for all where they share it. */
export function renderGroup({ code, findings }: FindingGroup, page: Page): string {
  const shown = page.verbose ? findings : findings.slice(0, SUBJECTS_SHOWN);
  const more = findings.length - shown.length;
  const number = findings.length === 1 ? '1 finding' : `${decimal(findings.length)} findings`;
  const remedies = new Set(findings.map(({ remedy }) => remedy));
  const shared = remedies.size === 1 ? findings[0]?.remedy : undefined;
  const lines = [`${page.chalk.red('FOUND')} ${page.chalk.bold(plainText(code))}, ${number}`];
  for (const one of shown) {
    lines.push(indent(`${subjectOf(one)}: ${one.detail}`, page, INDENT));
    if (shared === undefined) lines.push(command(one.remedy, page));
  }
  if (more > 0) lines.push(indent(`and ${decimal(more)} more; --verbose shows them`, page, INDENT));
  if (shared !== undefined) lines.push(command(shared, page));
  return lines.filter((line) => line !== '').join('\n');
}

/** A finding's suite and subject; a subject that is a path below its suite says both. */
export function subjectOf({ suite, subject }: Finding): string {
  return subject === suite || subject.startsWith(`${suite}/`) ? subject : `${suite} ${subject}`;
}

/** A fact with its name before it; empty for an empty text. */
export function labelled(label: string, text: string, page: Page): string {
  if (text === '') return '';
  const body = indent(text, page, INDENT + LABEL_WIDTH);
  return `${' '.repeat(INDENT)}${label.padEnd(LABEL_WIDTH)}${body.trimStart()}`;
}

/** A command stays on one line however long it is: one that was broken cannot be copied. */
export function command(remedy: string, page: Page): string {
  return labelledCommand('run', remedy, page);
}

/** A command behind another word than "run"; empty without one. */
export function labelledCommand(label: string, text: string, { chalk }: Page): string {
  if (text === '') return '';
  return `${' '.repeat(INDENT)}${label.padEnd(LABEL_WIDTH)}${chalk.cyan(plainText(text))}`;
}

/** Text from data, wrapped within the page behind `by` free columns. */
export function indent(text: string, page: Page, by: number): string {
  return wrapText(plainText(text), Math.max(20, page.width - by))
    .map((line) => `${' '.repeat(by)}${line}`)
    .join('\n');
}

/** A cell that says PASS or FAIL in a word and only then in a colour. */
export function result(passed: boolean, detail: string, { chalk }: Page): Cell {
  return { text: `${passed ? 'PASS' : 'FAIL'} ${detail}`, paint: passed ? chalk.green : chalk.red };
}

/** A whole number with commas between thousands, under every locale. */
export function decimal(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
