/**
 * The report for a person at a terminal or in a build log: a ramp's answer, then what is red in full, with the command
 * that shows it again, then what is green in a line a suite, the verdict last. A pure string, so that a test reads it too.
 */
import { alertLines } from './alert-lines.ts';
import { renderAlerts } from './alert-table.ts';
import { type CauseBlock, causeBlocks, causeReach, causeSentence, expectedLines } from './cause-lines.ts';
import { plainText, wrapText } from './display-text.ts';
import {
  decimal,
  INDENT,
  indent,
  labelledCommand,
  openPage,
  type Page,
  type PageOptions,
  renderGroup,
  result,
} from './page.ts';
import { answerParagraphs } from './ramp-answer.ts';
import { nextLines, renderAnswer, renderEvidence, renderSteps } from './ramp-block.ts';
import { renderRed, renderRow } from './red-rows.ts';
import { type MustFail, redOf, type Selection, type SuiteLine, select } from './selection.ts';
import type { FieldReport, Report } from './shape.ts';
import { renderTable } from './table.ts';
import { withTypedCommands } from './typed-commands.ts';

/** Renders the report; its last line is `report.summary`. */
export function renderTerminal(given: Report, options: PageOptions): string {
  const report = withTypedCommands(given);
  const page = openPage(options);
  const selection = select(report);
  const sections = [
    ...renderAnswer(report, causeBlocks(report, false), page),
    ...renderSteps(report.ramp, page),
    ...renderRed(selection.red, report.reproduce, page),
    ...causeBlocks(report, options.verbose).map((block) => renderCauses(block, page)),
    ...selection.groups.map((group) => renderGroup(group, page)),
    ...(options.verbose ? selection.green.map((row) => renderRow(row, '', page)) : []),
    ...(options.verbose ? renderDifferences(report, page) : []),
    ...renderEvidence(report.ramp, page),
    ...renderSuites(selection.suites, page),
    ...renderMustFail(selection.mustFail, page),
    ...renderAlerts(alertLines(report), page),
    ...renderExpected(report, page),
    closing(report, selection, page),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Causes shown before the rest is counted. */
const CAUSES_SHOWN = 10;

function renderCauses({ title, causes }: CauseBlock, page: Page): string {
  const shown = page.verbose ? causes : causes.slice(0, CAUSES_SHOWN);
  const more = causes.length - shown.length;
  const width = Math.max(...shown.map(({ count }) => decimal(count).length));
  const lines = shown.flatMap((cause) => {
    const { id, label, count, expected, look, remedy } = cause;
    const apart = expected === 0 ? '' : `, of which ${decimal(expected)} expected`;
    const head = indent(`${label} (${id})${apart}`, page, INDENT + width + 2).trimStart();
    return [
      `${' '.repeat(INDENT)}${page.chalk.bold(decimal(count).padStart(width))}  ${head}`,
      indent(causeReach(cause), page, INDENT + width + 2),
      labelledCommand('look', look, page),
      labelledCommand('run', remedy, page),
    ];
  });
  if (more > 0) lines.push(indent(`and ${decimal(more)} more; --verbose shows them`, page, INDENT));
  return [page.chalk.bold(plainText(title)), ...lines].filter((line) => line !== '').join('\n');
}

function renderExpected(report: Report, page: Page): string[] {
  const lines = expectedLines(report).map((line) => indent(line, page, INDENT));
  return lines.length === 0 ? [] : [[page.chalk.bold('Expected differences'), ...lines].join('\n')];
}

function renderSuites(suites: readonly SuiteLine[], page: Page): string[] {
  if (suites.length === 0) return [];
  const rows = suites.map((line) => [
    { text: line.suite },
    { text: size(line.records) },
    { text: size(line.users) },
    { text: size(line.userDays) },
    result(line.passed === line.checks, redOf(line), page),
  ]);
  const columns = [
    { head: 'Suite' },
    { head: 'Records', align: 'right' as const },
    { head: 'Users', align: 'right' as const },
    { head: 'User-days', align: 'right' as const },
    { head: 'Checks' },
  ];
  return [renderTable(columns, rows, page.width)];
}

function size(count: number | null): string {
  return count === null ? '-' : decimal(count);
}

function renderMustFail(suites: readonly MustFail[], page: Page): string[] {
  if (suites.length === 0) return [];
  const rows = suites.map(({ suite, finding, passed }) => [
    { text: suite },
    { text: finding },
    result(passed, passed ? 'red for this alone' : 'see above', page),
  ]);
  return [
    renderTable([{ head: 'Red as it must be' }, { head: 'Finding' }, { head: 'Result' }], rows, page.width),
  ];
}

function renderDifferences(report: Report, page: Page): string[] {
  const hasLedger = report.expected.length > 0;
  const levels = [
    ['record', report.differences.record],
    ['day', report.differences.day],
  ] as const;
  const rows = levels.flatMap(([level, fields]) =>
    Object.entries(fields).map(([field, seen]) => [
      { text: `${level} ${field}` },
      ...figures(seen, hasLedger),
    ]),
  );
  if (rows.length === 0) return [];
  const heads = ['Observed', 'P50', 'P95', 'Largest', 'Breaches', ...(hasLedger ? ['Expected'] : [])];
  const columns = [{ head: 'Difference' }, ...heads.map((head) => ({ head, align: 'right' as const }))];
  return [renderTable(columns, rows, page.width)];
}

function figures(seen: FieldReport, hasLedger: boolean): { text: string }[] {
  const { observations, p50, p95, max_abs, breaches, expected } = seen;
  const counts = [decimal(breaches), ...(hasLedger ? [decimal(expected)] : [])];
  const texts = [decimal(observations), String(p50), String(p95), String(max_abs), ...counts];
  return texts.map((text) => ({ text }));
}

function closing(report: Report, { red }: Selection, page: Page): string {
  const summary = plainText(report.summary);
  const paint = { pass: page.chalk.green, fail: page.chalk.red, inconclusive: page.chalk.yellow }[
    report.verdict
  ];
  const [first] = causeBlocks(report, false);
  const said = [
    report.ramp ? answerParagraphs(report.ramp).join(' ') : '',
    `${decimal(red.length)} of ${decimal(report.rows.length)} checks are red.`,
    first === undefined ? '' : causeSentence(first),
  ];
  const sentences = said.filter((text) => text !== '').join(' ');
  // A command stays on one line: one that was broken cannot be copied.
  const again = report.reproduce === '' ? [] : [plainText(`This run again: ${report.reproduce}`)];
  return [
    ...wrapText(plainText(sentences), page.width),
    ...nextLines(report, page),
    ...again,
    paint(summary),
  ].join('\n');
}
