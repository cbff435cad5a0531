/**
 * Red checks for a reader at a terminal. One fault is red in many fields at once, so checks that differ only in what they
 * are about share a paragraph, the worst first; told one by one they would hide the cause that stands below them.
 */
import { displayWidth, plainText } from './display-text.ts';
import { command, decimal, INDENT, indent, LABEL_WIDTH, labelled, type Page } from './page.ts';
import type { Row } from './shape.ts';

/** So many alike share a paragraph. */
const ALIKE = 2;

/**
 * A paragraph for each row, or for rows alike, in the order of the first of them; under --verbose each has its own. The
 * command that repeats the whole run, `again`, stands at the report's end and not in each of them.
 */
export function renderRed(rows: readonly Row[], again: string, page: Page): string[] {
  const groups = page.verbose ? rows.map((row) => [row]) : [...Map.groupBy(rows, likeness).values()];
  return groups.flatMap((group) =>
    group.length >= ALIKE
      ? [renderAlike(group, again, page)]
      : group.map((row) => renderRow(row, again, page)),
  );
}

/** One check with its facts. */
export function renderRow(row: Row, again: string, page: Page): string {
  const facts = [
    labelled('expected', row.expected, page),
    labelled('actual', row.actual, page),
    labelled('out of', row.of, page),
  ];
  if (!row.passed) facts.push(labelled('finding', row.finding, page), remedyLine(row, again, page));
  return [heading(row, row.check, page), ...facts].filter((line) => line !== '').join('\n');
}

function remedyLine({ remedy }: Row, again: string, page: Page): string {
  return remedy === again ? '' : command(remedy, page);
}

/** What rows alike have in common: all but what their findings name. */
function likeness({ suite, check, expected, remedy, finding }: Row): string {
  const [family = '', ...about] = finding.split('/');
  const skeleton = about.reduce((text, word) => text.replaceAll(word, ''), check);
  return JSON.stringify([suite, family, skeleton, expected, remedy]);
}

function renderAlike(rows: readonly Row[], again: string, page: Page): string {
  const first = rows[0]!;
  const shared = sharedStart(rows.map(({ of }) => of.split(', '))).join(', ');
  const own = ({ of }: Row): string => {
    if (shared === '') return `, out of ${of}`;
    return of.slice(shared.length);
  };
  const seen = worstFirst(rows, own).map((row) => ({
    finding: plainText(row.finding),
    actual: plainText(`${row.actual}${own(row)}`),
  }));
  return [
    heading(first, `${decimal(rows.length)} checks: ${sharedName(rows.map(({ check }) => check))}`, page),
    labelled('expected', `${first.expected}, each`, page),
    ...actualLines(seen, page),
    labelled('out of', shared, page),
    remedyLine(first, again, page),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

interface Seen {
  readonly finding: string;
  readonly actual: string;
}

/** What was seen of each finding: in columns where they fit, and once where it is the same of all. */
function actualLines(seen: readonly Seen[], page: Page): string[] {
  const [{ actual }] = seen as [Seen];
  const free = INDENT + LABEL_WIDTH;
  if (seen.every((one) => one.actual === actual)) {
    const findings = seen.map(({ finding }) => indent(finding, page, free));
    return [labelled('actual', `${actual}, each`, page), ...under('findings', findings)];
  }
  const width = Math.max(...seen.map(({ finding }) => displayWidth(finding)));
  const columns = seen.map((one) => `${padded(one.finding, width)}  ${one.actual}`);
  const fits = columns.every((text) => free + displayWidth(text) <= page.width);
  const lines = fits
    ? columns.map((text) => `${' '.repeat(free)}${text}`)
    : seen.map((one) => indent(`${one.finding}: ${one.actual}`, page, free));
  return under('actual', lines);
}

/** Lines that stand free for a label, with the label before the first. */
function under(label: string, [first = '', ...others]: readonly string[]): string[] {
  return [`${' '.repeat(INDENT)}${label.padEnd(LABEL_WIDTH)}${first.trimStart()}`, ...others];
}

function padded(text: string, width: number): string {
  return `${text}${' '.repeat(width - displayWidth(text))}`;
}

/**
 * Rows in the order of the figure that each opens with, the largest first where the most is limited, and among equals in
 * the order of what it is of: 471 users out of as many before 443.
 */
function worstFirst(rows: readonly Row[], own: (row: Row) => string): readonly Row[] {
  const first = (text: string): number =>
    Number.parseFloat(/\d[\d,.]*/.exec(text)?.[0].replaceAll(',', '') ?? '');
  const isMost = ({ expected, actual }: Row) => /\bat most\b/.test(expected) && /^\d/.test(actual);
  if (!rows.every(isMost)) return rows;
  const ofOwn = (row: Row) => (own(row).startsWith(', out of') ? 0 : first(own(row)) || 0);
  return rows.toSorted((a, b) => first(b.actual) - first(a.actual) || ofOwn(b) - ofOwn(a));
}

/** What all names have in common at their starts and ends, with an ellipsis for what is between. */
function sharedName(names: readonly string[]): string {
  const words = names.map((name) => name.split(' '));
  const start = sharedStart(words);
  const end = sharedStart(words.map((one) => one.slice(start.length).toReversed())).toReversed();
  return [...start, '…', ...end].join(' ');
}

function sharedStart(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  const end = first.findIndex((text, at) => others.some((other) => other[at] !== text));
  return end === -1 ? first : first.slice(0, end);
}

function heading(row: Row, check: string, page: Page): string {
  const { chalk } = page;
  const mark = row.passed ? chalk.green('PASS') : chalk.red('FAIL');
  const title = indent(`${row.suite}: ${plainText(check)}`, page, INDENT).trimStart();
  return `${mark}  ${chalk.bold(title)}`;
}
