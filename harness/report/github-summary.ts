/**
 * The report as Markdown for GitHub's job summary: verdict, what is red, suites, how to run it again. Its own file
 * because GitHub drops a summary that is too large, so this one knows its size and says what it left out.
 */
import { ALERT_HEADS, alertCells, alertLines, type RuleSetLines } from './alert-lines.ts';
import { type CauseBlock, causeBlocks, causeReach, causeSize } from './cause-lines.ts';
import { answerParagraphs, rampAdvice } from './ramp-answer.ts';
import { alertRiskTable, breachTable, dayTable, rampBasis, type RampTable, stepTable } from './ramp-lines.ts';
import { type FindingGroup, type MustFail, redOf, type SuiteLine, select } from './selection.ts';
import type { CauseReport, ExpectedReport, RampReport, Report, Row } from './shape.ts';

/** GitHub's limit is 1 MiB a step; other steps' tools append to the same file. */
const LARGEST_BYTES = 900_000;
/** Room for the lines that say what was cut. */
const NOTE_BYTES = 300;

/** Renders GitHub-flavoured Markdown of at most `largestBytes` bytes of UTF-8. */
export function renderSummary(report: Report, largestBytes = LARGEST_BYTES): string {
  const { red, groups, suites, mustFail } = select(report);
  const page = new CappedPage(largestBytes - NOTE_BYTES);
  page.add([
    `## golem: ${report.verdict.toUpperCase()}`,
    '',
    escapeMarkdown(report.summary),
    '',
    ...rampAnswer(report),
    `This run again: ${code(report.reproduce)}`,
    '',
  ]);
  page.table('red checks', RED_HEAD, red.map(redLine));
  for (const block of causeBlocks(report, false)) {
    page.table('causes', causeHead(block), block.causes.map(causeLine));
  }
  page.table('expected differences', EXPECTED_HEAD, report.expected.map(expectedLine));
  if (report.ramp) addRamp(report.ramp, page);
  page.table('suites', SUITE_HEAD, suites.map(suiteLine));
  page.table('must-fail suites', MUST_FAIL_HEAD, mustFail.map(mustFailLine));
  page.table('alerts', ALERT_HEAD, alertLines(report).flatMap(alertTableLines));
  page.table('findings', FINDING_HEAD, groups.flatMap(findingLines));
  return page.text();
}

/** Takes lines as long as they fit, and counts by kind those that do not. */
class CappedPage {
  readonly #room: number;
  readonly #lines: string[] = [];
  readonly #cut: string[] = [];
  #bytes = 0;

  constructor(room: number) {
    this.#room = room;
  }

  /** Adds all of the lines or none; says which. */
  add(lines: readonly string[]): boolean {
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (this.#bytes + bytes > this.#room) return false;
    this.#bytes += bytes;
    this.#lines.push(...lines);
    return true;
  }

  table(what: string, head: readonly string[], rows: readonly string[]): void {
    if (rows.length === 0) return;
    const first = rows[0] ?? '';
    let shown = 0;
    if (this.add([...head, first])) {
      shown = 1;
      while (shown < rows.length && this.add([rows[shown] ?? ''])) shown += 1;
      this.add(['']);
    }
    if (shown < rows.length) this.#cut.push(`${rows.length - shown} of ${rows.length} ${what}`);
  }

  text(): string {
    const note = `Cut to fit: ${this.#cut.join(', ')} are not shown here; the report JSON has them.`;
    return `${[...this.#lines, ...(this.#cut.length === 0 ? [] : ['', note])].join('\n').trimEnd()}\n`;
  }
}

function addRamp(ramp: RampReport, page: CappedPage): void {
  page.add(['### Ramp', '', escapeMarkdown(rampBasis(ramp)), '']);
  for (const [what, { heads, rows }] of rampTables(ramp)) {
    const head = [line(heads), `|${heads.map(() => '---|').join('')}`];
    page.table(
      what,
      head,
      rows.map((row) => line(row.map(escapeMarkdown))),
    );
  }
}

/** The answer of a ramp and what to do about it, before all else. */
function rampAnswer({ ramp, next = [] }: Report): string[] {
  if (!ramp) return [];
  const advice = rampAdvice(ramp);
  return [
    ...answerParagraphs(ramp).map(escapeMarkdown),
    ...next.map(({ to, command }) => `${to === 'explain' ? 'Explain' : 'Replay'}: ${code(command)}`),
    ...(advice === '' ? [] : [escapeMarkdown(`Next: ${advice}.`)]),
  ].flatMap((text) => [text, '']);
}

function rampTables(ramp: RampReport): readonly (readonly [what: string, table: RampTable])[] {
  return [
    ['steps', stepTable(ramp)],
    ['fields', breachTable(ramp)],
    ['days', dayTable(ramp)],
    ['risks', alertRiskTable(ramp)],
  ];
}

const RED_HEAD = [
  '### Red checks',
  '',
  '| Suite | Check | Expected | Actual | Out of | Run |',
  '|---|---|---|---|---|---|',
];
const SUITE_HEAD = [
  '### Suites',
  '',
  '| Suite | Records | Users | User-days | Checks |',
  '|---|--:|--:|--:|---|',
];
const MUST_FAIL_HEAD = ['### Red as it must be', '', '| Suite | Finding | Result |', '|---|---|---|'];
const ALERT_HEAD = [
  '### Alerts',
  '',
  `| Rules | Alert | ${ALERT_HEADS.join(' | ')} |`,
  `|---|---|${ALERT_HEADS.map(() => '---|').join('')}`,
];
const FINDING_HEAD = ['### Findings', '', '| Code | Suite | Subject | What | Run |', '|---|---|---|---|---|'];

const EXPECTED_HEAD = [
  '### Expected differences',
  '',
  '| Entry | Until | Owner | Covers | Reason |',
  '|---|---|---|--:|---|',
];

function causeHead({ title }: CauseBlock): string[] {
  const head = '| Differences | Cause | Touches | Id | Look | Accept |';
  return [`### ${escapeMarkdown(title)}`, '', head, '|--:|---|---|---|---|---|'];
}

function causeLine(cause: CauseReport): string {
  const texts = [causeSize(cause), cause.label, causeReach(cause)].map(escapeMarkdown);
  return line([...texts, code(cause.id), code(cause.look)], code(cause.remedy));
}

function expectedLine({ id, expires, owner, covered, state, reason }: ExpectedReport): string {
  const until = state === 'expired' ? `${expires}, run out` : expires;
  const covers = state === 'unused' ? 'nothing' : String(covered);
  return line([code(id), ...[until, owner, covers, reason].map(escapeMarkdown)]);
}

function redLine(row: Row): string {
  return line([row.suite, row.check, row.expected, row.actual, row.of].map(escapeMarkdown), code(row.remedy));
}

function suiteLine(of: SuiteLine): string {
  const { suite, records, users, userDays, passed, checks } = of;
  const result = `${passed === checks ? 'PASS' : 'FAIL'} ${redOf(of)}`;
  return line([
    escapeMarkdown(suite),
    ...[records, users, userDays].map((size) => String(size ?? '-')),
    result,
  ]);
}

function mustFailLine({ suite, finding, passed }: MustFail): string {
  return line([escapeMarkdown(suite), code(finding)], passed ? 'PASS red for this alone' : 'FAIL see above');
}

function alertTableLines({ ruleset, lines }: RuleSetLines): string[] {
  return lines.map((one) => line([ruleset, one.alert, ...alertCells(one)].map(escapeMarkdown)));
}

function findingLines({ findings }: FindingGroup): string[] {
  return findings.map((one) =>
    line([code(one.code), ...[one.suite, one.subject, one.detail].map(escapeMarkdown)], code(one.remedy)),
  );
}

function line(cells: readonly string[], last?: string): string {
  return `| ${[...cells, ...(last === undefined ? [] : [last])].join(' | ')} |`;
}

const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** Text that Markdown and HTML leave as it is, on one line. */
export function escapeMarkdown(text: string): string {
  return text
    .toWellFormed()
    .replace(CONTROLS, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]|~#!@]/g, '\\$&')
    .replaceAll(/\b(https?):/g, '$1&#58;');
}

/** A code span. Its fence is longer than any run of backticks inside; bars are escaped, as tables need it even there. */
function code(text: string): string {
  const clean = text.toWellFormed().replace(CONTROLS, ' ').trim();
  if (clean === '') return '';
  const longest = Math.max(0, ...(clean.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${fence}${pad}${clean.replaceAll('|', '\\|')}${pad}${fence}`;
}
