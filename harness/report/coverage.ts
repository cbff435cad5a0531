/**
 * What recordings cover, for a person at a terminal and as JSON. Apart from counting and from the command, so that the
 * words can be tested without a replay.
 */
import { type Coverage, summarise } from '../coverage/coverage.ts';
import { type RequiredStratum, thinStrata } from '../coverage/requirements.ts';
import type { RecordingHeader } from '../recording/format.ts';
import { plainText } from './display-text.ts';
import { counted } from './import-report.ts';
import { decimal } from './page.ts';
import { type Cell, renderTable } from './table.ts';

export interface CoverageReport {
  readonly recordings: readonly {
    readonly file: string;
    readonly header: RecordingHeader;
    readonly coverage: Coverage;
    readonly badLines: number;
  }[];
  /** All of them together. */
  readonly whole: Coverage;
  /** What the config asks of all suites together; empty where it asks nothing. */
  readonly required: readonly RequiredStratum[];
}

/** Strata named in one cell of an open dimension; the rest are counted. */
const STRATA_SHOWN = 24;

/** Lays the report out at most `width` columns wide. */
export function renderCoverage(report: CoverageReport, width: number): string {
  const { whole } = report;
  const thin = thinStrata(report.required);
  const columns = [{ head: 'Dimension' }, { head: 'Records by stratum' }, { head: 'Empty' }];
  const rows = Object.keys(whole.dimensions).map((dimension) => rowOf(dimension, report));
  const lines = [
    ...report.recordings.flatMap(renderRecording),
    '',
    renderTable(columns, rows, width),
    '',
    renderTable([{ head: 'Spread' }, ...FIGURES], spreadRows(whole), width),
    '',
    ...thin.map(
      ({ dimension, value, records, required }) =>
        `THIN  ${plainText(dimension)}: ${plainText(value)} has ${decimal(records)} of ${counted(required, 'record')}`,
    ),
    `golem: covered · ${counted(whole.records, 'record')}, ${counted(whole.users, 'user')}, ` +
      `${counted(whole.userDays, 'user-day')}, ${decimal(thin.length)} of ` +
      `${decimal(report.required.length)} required strata thin`,
  ];
  return `${lines.join('\n')}\n`;
}

const FIGURES = (['Least', 'Median', 'Most'] as const).map((head) => ({ head, align: 'right' as const }));

function renderRecording({
  file,
  header,
  coverage,
  badLines,
}: CoverageReport['recordings'][number]): string[] {
  const { span } = coverage;
  const offset = header.tz_offset_minutes / 60;
  const when = span ? `${dateOf(span.firstMs)} to ${dateOf(span.lastMs)}, ` : '';
  const nature = [header.simulated ? 'simulated' : 'real', header.anonymised ? 'anonymised' : 'verbatim'];
  const missed = [
    ...(coverage.skipped > 0 ? [`${decimal(coverage.skipped)} not replayed`] : []),
    ...(badLines > 0 ? [`${counted(badLines, 'bad line')} passed over`] : []),
  ];
  return [
    `${plainText(file)}: ${counted(coverage.records, 'record')} of ${counted(coverage.users, 'user')}`,
    `  ${when}UTC${offset < 0 ? '' : '+'}${offset}, env ${header.env}, ${[...nature, ...missed].join(', ')}`,
  ];
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function rowOf(dimension: string, { whole, required }: CoverageReport): Cell[] {
  const asked = required.filter((one) => one.dimension === dimension).map(({ value }) => value);
  const strata = whole.strata(dimension);
  const found = strata.filter(([, records]) => records > 0);
  // A closed list keeps its order; of an open one the most frequent are told first.
  if (whole.dimensions[dimension] === null) found.sort(([, a], [, b]) => b - a);
  const shown = found
    .slice(0, STRATA_SHOWN)
    .map(([value, records]) => together(`${value} ${decimal(records)}`));
  const more = found.length - shown.length;
  const known = new Set([...strata.map(([value]) => value), ...asked]);
  const empty = [...known].filter((value) => whole.count(dimension, value) === 0);
  return [
    { text: dimension },
    { text: [...shown, ...(more > 0 ? [`and ${decimal(more)} more`] : [])].join(', ') || 'none' },
    { text: empty.map(together).join(', ') },
  ];
}

/** A stratum and its count stay on one line. */
function together(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

function spreadRows({ spreads }: Coverage): Cell[][] {
  const named = [
    ['records per user', spreads.recordsPerUser],
    ['records per user-day', spreads.recordsPerDay],
    ['days per user', spreads.daysPerUser],
  ] as const;
  return named.map(([name, spread]) => {
    const { min, median, max } = summarise(spread);
    return [{ text: name }, ...[min, median, max].map((figure) => ({ text: decimal(figure) }))];
  });
}

/** The report as JSON, one shape for every reader; a trailing newline. */
export function coverageJson({ recordings, whole, required }: CoverageReport): string {
  const counts = (coverage: Coverage) => ({
    records: coverage.records,
    users: coverage.users,
    user_days: coverage.userDays,
    skipped: coverage.skipped,
  });
  const { recordsPerUser, recordsPerDay, daysPerUser } = whole.spreads;
  const document = {
    golem: 'coverage',
    version: 1,
    recordings: recordings.map(({ file, header, coverage, badLines }) => ({
      file,
      ...counts(coverage),
      bad_lines: badLines,
      env: header.env,
      tz_offset_minutes: header.tz_offset_minutes,
      simulated: header.simulated,
      anonymised: header.anonymised,
      from: coverage.span && new Date(coverage.span.firstMs).toISOString(),
      to: coverage.span && new Date(coverage.span.lastMs).toISOString(),
    })),
    counts: counts(whole),
    strata: Object.fromEntries(
      Object.keys(whole.dimensions).map((dimension) => [
        dimension,
        Object.fromEntries(whole.strata(dimension)),
      ]),
    ),
    spreads: {
      records_per_user: summarise(recordsPerUser),
      records_per_user_day: summarise(recordsPerDay),
      days_per_user: summarise(daysPerUser),
    },
    required,
    thin: thinStrata(required).map(({ dimension, value }) => `${dimension}/${value}`),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
