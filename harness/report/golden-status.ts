/**
 * What `golem golden` found, accepted or removed, for a person at a terminal. Apart from the command so that the words
 * can be tested without a replay, and beside the other reports because a finding reads the same here.
 */
import { plainText } from './display-text.ts';
import {
  command,
  decimal,
  INDENT,
  indent,
  openPage,
  type Page,
  type PageOptions,
  renderGroup,
} from './page.ts';
import { groupByCode } from './selection.ts';
import type { Finding } from './shape.ts';

export interface GoldenCounts {
  readonly matched: number;
  readonly changed: number;
  readonly missing: number;
  readonly orphaned: number;
  readonly damaged: number;
  readonly pending: number;
}

/** What cases that are not as accepted have in common. */
export interface GoldenCause {
  readonly id: string;
  readonly label: string;
  readonly count: number;
  readonly cases: readonly string[];
}

/** Lines that one listing shows before it counts the rest. */
const LISTED = 40;

/** What is not as accepted, by kind and then by cause, then one line of counts. */
export function renderGoldenStatus(
  status: {
    readonly total: GoldenCounts;
    readonly causes: readonly GoldenCause[];
    readonly findings: readonly Finding[];
    readonly clean: boolean;
  },
  options: PageOptions,
): string {
  const page = openPage(options);
  const { total, causes, findings, clean } = status;
  const counts =
    `${decimal(total.matched)} matched, ${decimal(total.changed)} changed, ${decimal(total.missing)} missing, ` +
    `${decimal(total.orphaned)} orphaned, ${decimal(total.damaged)} damaged, ${decimal(total.pending)} pending left behind`;
  const paint = clean ? page.chalk.green : page.chalk.red;
  const summary = paint(`golem: golden ${clean ? 'clean' : 'not clean'} · ${counts}`);
  const groups = groupByCode(findings).map((group) => renderGroup(group, page));
  return `${[...groups, ...(causes.length === 0 ? [] : [renderCauses(causes, page)]), summary].join('\n\n')}\n`;
}

/** The causes with their ids, and the command that takes one. */
function renderCauses(causes: readonly GoldenCause[], page: Page): string {
  const lines = causes.flatMap(({ id, label, count: differences, cases }) => {
    const size = differences === cases.length ? '' : `, ${count(differences, 'difference')}`;
    const named = page.verbose ? cases.map((name) => indent(name, page, INDENT + 4)) : [];
    return [indent(`${id}  ${label} (${count(cases.length, 'case')}${size})`, page, INDENT), ...named];
  });
  return [
    `${page.chalk.bold('CAUSES')} ${count(causes.length, 'cause')}`,
    ...lines,
    command('npx golem golden review', page),
    command(`npx golem golden accept --cause ${causes[0]!.id} --reason "…"`, page),
  ].join('\n');
}

/** The files that were written, with what each was before, then what to do next. */
export function renderAccepted(
  {
    accepted,
    unchanged,
    held,
  }: {
    readonly accepted: readonly { readonly file: string; readonly was: string }[];
    readonly unchanged: number;
    readonly held: readonly { readonly name: string; readonly causes: readonly string[] }[];
  },
  { verbose }: Pick<PageOptions, 'verbose'>,
): string {
  const lines = [
    ...accepted.map(
      ({ file, was }) => `${(was === 'orphaned' ? 'removed' : was).padEnd(8)} ${plainText(file)}`,
    ),
    ...held.map(({ name, causes }) => `left     ${plainText(name)}: it has cause ${causes.join(', ')} too`),
  ];
  const left = held.length === 0 ? '' : `, ${decimal(held.length)} left for another cause`;
  const what = accepted.length === 0 ? 'nothing to accept' : `accepted ${count(accepted.length, 'case')}`;
  const summary = `golem: ${what}, ${decimal(unchanged)} unchanged${left}`;
  return listing(lines, accepted.length === 0 ? summary : `${summary}; review with git diff`, verbose);
}

/** The pending files that were removed; what was accepted stands. */
export function renderRejected(
  { rejected }: { readonly rejected: readonly string[] },
  { verbose }: Pick<PageOptions, 'verbose'>,
): string {
  const lines = rejected.map((file) => `rejected ${plainText(file)}`);
  const summary = `golem: rejected ${count(rejected.length, 'case')}; the accepted outcomes stand`;
  return listing(lines, summary, verbose);
}

/** The files that were removed, then what to do next. */
export function renderPruned(removed: readonly string[], { verbose }: Pick<PageOptions, 'verbose'>): string {
  const lines = removed.map((file) => `removed  ${plainText(file)}`);
  const summary = `golem: removed ${count(removed.length, 'file')}`;
  return listing(lines, removed.length === 0 ? summary : `${summary}; review with git status`, verbose);
}

function listing(lines: readonly string[], summary: string, verbose: boolean): string {
  const shown = verbose ? lines : lines.slice(0, LISTED);
  const more = lines.length - shown.length;
  const rest = more > 0 ? [`and ${decimal(more)} more; --verbose shows them`] : [];
  return `${[...shown, ...rest, summary].join('\n')}\n`;
}

function count(number: number, noun: string): string {
  return `${decimal(number)} ${noun}${number === 1 ? '' : 's'}`;
}
