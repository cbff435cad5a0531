/**
 * Red checks for a reader at a terminal. One fault is red in many fields at once, so checks that differ only in what they
 * are about share a paragraph; told one by one they would hide the cause that stands below them.
 */
import { plainText } from './display-text.ts';
import { command, decimal, INDENT, indent, LABEL_WIDTH, labelled, type Page } from './page.ts';
import type { Row } from './shape.ts';

/** So many alike share a paragraph. */
const ALIKE = 3;

/** A paragraph for each row, or for rows alike, in the order of the first of them; under --verbose each has its own. */
export function renderRed(rows: readonly Row[], page: Page): string[] {
  const groups = page.verbose ? rows.map((row) => [row]) : [...Map.groupBy(rows, likeness).values()];
  return groups.flatMap((group) =>
    group.length >= ALIKE ? [renderAlike(group, page)] : group.map((row) => renderRow(row, page)),
  );
}

/** One check with its facts. */
export function renderRow(row: Row, page: Page): string {
  const facts = [
    labelled('expected', row.expected, page),
    labelled('actual', row.actual, page),
    labelled('out of', row.of, page),
  ];
  if (!row.passed) facts.push(labelled('finding', row.finding, page), command(row.remedy, page));
  return [heading(row, row.check, page), ...facts].filter((line) => line !== '').join('\n');
}

/** What rows alike have in common: all but what their findings name. */
function likeness({ suite, check, expected, remedy, finding }: Row): string {
  const [family = '', ...about] = finding.split('/');
  const skeleton = about.reduce((text, word) => text.replaceAll(word, ''), check);
  return JSON.stringify([suite, family, skeleton, expected, remedy]);
}

function renderAlike(rows: readonly Row[], page: Page): string {
  const [first] = rows;
  const facts = rows.map(({ finding, actual, of }) => `${finding}: ${actual}; ${of}`);
  return [
    heading(first!, `${decimal(rows.length)} checks like "${first!.check}"`, page),
    labelled('expected', `${first!.expected}, each`, page),
    ...facts.map((fact, at) =>
      at === 0 ? labelled('actual', fact, page) : indent(fact, page, INDENT + LABEL_WIDTH),
    ),
    command(first!.remedy, page),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function heading(row: Row, check: string, page: Page): string {
  const { chalk } = page;
  const mark = row.passed ? chalk.green('PASS') : chalk.red('FAIL');
  const title = indent(`${row.suite}: ${plainText(check)}`, page, INDENT).trimStart();
  return `${mark}  ${chalk.bold(title)}`;
}
