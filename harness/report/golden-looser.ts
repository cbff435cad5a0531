/**
 * What is looser than at a commit, for a terminal and for GitHub's job summary. A file of its own because the two must
 * tell the same things in the same order, and neither is a verdict.
 */
import { escapeMarkdown } from './github-summary.ts';
import { decimal, INDENT, indent, openPage, type PageOptions } from './page.ts';

/** One thing that is held to less than it was, under the name of its kind. */
export interface LooserLine {
  readonly kind: string;
  readonly text: string;
}

export interface LooserReport {
  /** What was compared with, as it was asked for. */
  readonly ref: string;
  readonly commit: string;
  /** False where there was no config then. */
  readonly existed: boolean;
  /** Sorted by kind. */
  readonly lines: readonly LooserLine[];
}

/** Characters by which a commit is named. */
const COMMIT_SHOWN = 12;

/** Every loosening under its kind, then one line of counts. */
export function renderLooser(report: LooserReport, options: PageOptions): string {
  const page = openPage(options);
  const groups = [...Map.groupBy(report.lines, ({ kind }) => kind)].map(([kind, lines]) =>
    [
      `${page.chalk.yellow('LOOSER')} ${page.chalk.bold(kind)}, ${decimal(lines.length)}`,
      ...lines.map(({ text }) => indent(text, page, INDENT)),
    ].join('\n'),
  );
  return `${[...groups, `golem: ${sentence(report)}`].join('\n\n')}\n`;
}

/** A section of a job summary. */
export function renderLooserSummary(report: LooserReport): string {
  const rows = report.lines.map(({ kind, text }) => `| ${escapeMarkdown(kind)} | ${escapeMarkdown(text)} |`);
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length - shown.length;
  return [
    `### Looser than ${escapeMarkdown(report.ref)}`,
    '',
    `${escapeMarkdown(sentence(report))}.`,
    '',
    ...(rows.length === 0 ? [] : ['| What | Which |', '|---|---|', ...shown, '']),
    ...(more === 0
      ? []
      : [`and ${decimal(more)} more: \`golem golden status --base ${escapeMarkdown(report.ref)}\``, '']),
  ].join('\n');
}

/** Rows of a summary: a few hundred bytes each, far from GitHub's limit together with the report's own. */
const MOST_ROWS = 200;

function sentence({ ref, commit, existed, lines }: LooserReport): string {
  const since = `${ref} (${commit.slice(0, COMMIT_SHOWN)})`;
  if (!existed) return `nothing to compare with · ${since} has no config`;
  if (lines.length === 0) return `nothing looser than at ${since}`;
  const counts = [...Map.groupBy(lines, ({ kind }) => kind)].map(
    ([kind, ones]) => `${kind} ${decimal(ones.length)}`,
  );
  return `looser than at ${since} · ${counts.join(', ')}`;
}
