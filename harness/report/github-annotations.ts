/**
 * The worst findings as GitHub workflow commands, which GitHub shows beside the changed files. Its own file because
 * GitHub shows ten of them a step, so what is worth one is decided here.
 */
import { subjectOf } from './page.ts';
import { type FindingGroup, select, standsBehind } from './selection.ts';
import type { Report, Row } from './shape.ts';

/** GitHub shows no more errors than this of one step. */
const SHOWN = 10;
const SUBJECTS_SHOWN = 5;
/** Characters of one sentence that are shown: GitHub folds long messages away. */
const SENTENCE_SHOWN = 400;

/** One `::error …::` line per kind of finding, the worst ten kinds; empty for a report without red. */
export function renderAnnotations(report: Report): string {
  const { red, groups } = select(report);
  const findings = groups.flatMap((group) => group.findings);
  const lines = [
    ...familiesInTurn(groups).map((group) => annotateGroup(group, red)),
    ...red.filter((row) => !findings.some((finding) => standsBehind(row, finding))).map(annotateRow),
  ];
  const kept = lines.slice(0, SHOWN);
  if (lines.length > SHOWN) {
    const more = lines.length - SHOWN + 1;
    kept[SHOWN - 1] = command(
      { title: 'golem' },
      `and ${more} more kinds of findings. Run: ${report.reproduce}`,
    );
  }
  return kept.map((line) => `${line}\n`).join('');
}

/** The worst kind of each family first, such as `golden` for `golden/missing`: many breaches must not hide the rest. */
function familiesInTurn(groups: readonly FindingGroup[]): FindingGroup[] {
  const families = [...Map.groupBy(groups, ({ code }) => code.split('/', 1)[0]).values()];
  const longest = Math.max(0, ...families.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    families.flatMap((family) => family.slice(turn, turn + 1)),
  ).flat();
}

function annotateGroup({ code, findings }: FindingGroup, red: readonly Row[]): string {
  const at = findings.find(({ file }) => file !== '');
  const row = red.find((one) => findings.some((finding) => standsBehind(one, finding)));
  const more = findings.length - SUBJECTS_SHOWN;
  const remedy = findings[0]?.remedy || row?.remedy || '';
  const message = [
    ...findings.slice(0, SUBJECTS_SHOWN).map((one) => clip(`${subjectOf(one)}: ${one.detail}`)),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(remedy === '' ? [] : [`Run: ${remedy}`]),
  ].join('\n');
  const title = findings.length > 1 ? `golem: ${code} (${findings.length})` : `golem: ${code}`;
  return command({ file: at?.file, line: at?.line, title }, message);
}

function annotateRow(row: Row): string {
  const seen = clip(
    `${row.suite}, ${row.check}: expected ${row.expected}, actual ${row.actual} of ${row.of}`,
  );
  return command({ title: `golem: ${row.finding}` }, `${seen}\nRun: ${row.remedy}`);
}

function clip(sentence: string): string {
  return sentence.length > SENTENCE_SHOWN ? `${sentence.slice(0, SENTENCE_SHOWN - 1)}…` : sentence;
}

function command(properties: Readonly<Record<string, string | number | undefined>>, message: string): string {
  const shown = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::error ${shown.join(',')}::${escapeData(message)}`;
}

/** The escapes of GitHub's own toolkit: a message ends at its line's end. */
function escapeData(text: string): string {
  return text.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
