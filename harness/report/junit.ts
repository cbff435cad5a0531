/**
 * The report as JUnit XML, which build servers show as tests: a suite is a testsuite, a check a testcase. Its own
 * file because XML has its own escaping, and characters that no escaping saves.
 */
import { causeSize, causesBehind } from './cause-lines.ts';
import { type FindingGroup, select, standsBehind } from './selection.ts';
import type { CauseReport, Report, Row } from './shape.ts';

/** Subjects named in one failure; the report JSON has them all. */
const SUBJECTS_SHOWN = 20;

/** Renders well-formed XML 1.0 without times or host names, so that the same report gives the same bytes. */
export function renderJunit(
  report: Pick<Report, 'rows' | 'findings' | 'suites' | 'summary'> & Partial<Pick<Report, 'causes'>>,
): string {
  const { groups } = select(report);
  const suites = [...Map.groupBy(report.rows, ({ suite }) => suite)];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="golem" ${counts(report.rows)}>`,
    ...suites.flatMap(([suite, rows]) => [
      `  <testsuite name="${escapeXml(suite)}" ${counts(rows)}>`,
      ...rows.map((row) => renderCase(row, groups, causesBehind(row, report.causes ?? []))),
      '  </testsuite>',
    ]),
    `  <!-- ${escapeComment(report.summary)} -->`,
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function counts(rows: readonly Row[]): string {
  const failures = rows.filter(({ passed }) => !passed).length;
  return `tests="${rows.length}" failures="${failures}" errors="0" skipped="0"`;
}

function renderCase(row: Row, groups: readonly FindingGroup[], causes: readonly CauseReport[]): string {
  const open = `    <testcase classname="${escapeXml(row.suite)}" name="${escapeXml(row.check)}"`;
  if (row.passed) return `${open}/>`;
  const findings = groups.flatMap((group) => group.findings).filter((finding) => standsBehind(row, finding));
  const more = findings.length - SUBJECTS_SHOWN;
  const body = [
    `expected: ${row.expected}`,
    `actual: ${row.actual}`,
    `of: ${row.of}`,
    `finding: ${row.finding}`,
    `run: ${row.remedy}`,
    ...causes.map((cause) => `cause: ${causeSize(cause)} × ${cause.label} (${cause.id})`),
    ...findings.slice(0, SUBJECTS_SHOWN).map(({ subject, detail }) => `${subject}: ${detail}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  const message = `expected ${row.expected}, actual ${row.actual} of ${row.of}`;
  return [
    `${open}>`,
    `      <failure message="${escapeXml(message)}" type="${escapeXml(row.finding)}">${escapeXml(body.join('\n'))}</failure>`,
    '    </testcase>',
  ].join('\n');
}

/** What XML 1.0 has no way to write, even escaped. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\r', '&#13;');
}

function escapeComment(text: string): string {
  return text.toWellFormed().replace(NOT_XML, '\ufffd').replaceAll('--', '- -').replace(/-$/, '- ');
}
