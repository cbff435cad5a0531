/**
 * The course of alerts at a terminal: for each rule set its changes in order of time, then who was notified of what,
 * then how near each alert came. Apart from the gate's report because here time is the order and nothing is judged.
 */
import type { AlertChange, AlertCourse, NotificationSent } from '../alerts/course.ts';
import { alertLines } from './alert-lines.ts';
import { renderAlerts } from './alert-table.ts';
import { plainText, wrapText } from './display-text.ts';
import { openPage, type Page, type PageOptions } from './page.ts';
import type { AlertReport } from './shape.ts';

export interface CourseReport {
  readonly course: AlertCourse;
  readonly alerts: readonly AlertReport[];
  /** Alerts that can see none of the recordings' environments. */
  readonly blind: { readonly envs: readonly string[]; readonly alerts: readonly string[] };
  readonly summary: string;
}

/** Lines shown of a list before the rest is counted; `--verbose` and JSON have all. */
const SHOWN = 40;
/** `2025-09-01T03:16:30Z` and two blanks. */
const TIME_WIDTH = 22;

/** Renders the course; its last line is the summary. */
export function renderCourse(report: CourseReport, options: PageOptions): string {
  const page = openPage(options);
  const { timeline, notifications, failures } = report.course;
  const told = page.verbose ? timeline : timeline.filter(isTold);
  const rulesets = [...new Set(report.alerts.map(({ ruleset }) => ruleset))];
  const sections = [
    ...failures.map(
      ({ ruleset, rule, at, reason }) =>
        `${page.chalk.red('FAIL')}  ${plainText(`${ruleset}/${rule} from ${at}: ${reason}`)}`,
    ),
    ...rulesets.flatMap((ruleset) => [
      ...list(`Timeline, ${ruleset}`, told.filter(of(ruleset)).map(changeLine), page),
      ...list(`Notified, ${ruleset}`, notifications.filter(of(ruleset)).map(sentLine), page),
    ]),
    ...renderAlerts(alertLines({ alerts: report.alerts, suites: [] }), page),
    ...blindNote(report.blind, page),
    report.summary,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Quiet because it watches elsewhere must not read as quiet because all is well. */
function blindNote({ envs, alerts }: CourseReport['blind'], page: Page): string[] {
  if (alerts.length === 0) return [];
  const text = `WARN  watch other environments than ${envs.join(', ')} and can see nothing here: ${alerts.join(', ')}`;
  return [wrapText(plainText(text), page.width).join('\n')];
}

const of =
  (name: string) =>
  ({ ruleset }: { readonly ruleset: string }): boolean =>
    ruleset === name;

/** A pending alert that is gone again made no noise. */
function isTold({ from, to }: AlertChange): boolean {
  return to === 'firing' || from === 'firing';
}

interface Line {
  readonly at: string;
  readonly text: string;
}

/** Lines under a heading, each wrapped behind its time; nothing for an empty list. */
function list(head: string, lines: readonly Line[], page: Page): string[] {
  if (lines.length === 0) return [];
  const shown = page.verbose ? lines : lines.slice(0, SHOWN);
  const rendered = shown.flatMap(({ at, text }) =>
    wrapText(plainText(text), page.width - TIME_WIDTH).map(
      (line, index) => (index === 0 ? at : '').padEnd(TIME_WIDTH) + line,
    ),
  );
  const more = lines.length - shown.length;
  const rest = more === 0 ? [] : [`and ${more} more; --verbose shows them`];
  return [[page.chalk.bold(head), ...rendered, ...rest].join('\n')];
}

function changeLine({ at, alert, from, to, labels, value }: AlertChange): Line {
  const state = to === 'inactive' ? 'resolved' : (to ?? `no longer ${from}`);
  const reading = value === null ? '' : ` at ${Number(value.toPrecision(4))}`;
  return { at, text: `${state.padEnd(8)}  ${alert} ${distinctive(labels)}${reading}` };
}

function sentLine({ at, receiver, group, firing, resolved }: NotificationSent): Line {
  const parts = [
    ...(firing.length === 0 ? [] : [`firing ${firing.map(distinctive).join(', ')}`]),
    ...(resolved.length === 0 ? [] : [`resolved ${resolved.map(distinctive).join(', ')}`]),
  ];
  return {
    at,
    text: `${receiver}  ${group.alertname ?? Object.values(group).join(' ')} ${parts.join('; ')}`,
  };
}

/** What every alert of a service has in common does not tell its alerts apart. */
const COMMON: ReadonlySet<string> = new Set(['alertname', 'service', 'component', 'severity']);

/** The labels by which alerts of one name are told apart, by their values. */
function distinctive(labels: Readonly<Record<string, string>>): string {
  const shown = Object.entries(labels).filter(([name]) => !COMMON.has(name));
  return shown.length === 0 ? '' : `(${shown.map(([, value]) => value).join(' ')})`;
}
