/**
 * An explanation for a person: both paths side by side, a line a stage, what each adds, what the stages did, and how far
 * the result is from its limits. A pure string of the page's width; the JSON form has every stage and every decimal.
 */
import type {
  ByField,
  ByMeasure,
  ExplainedDay,
  ExplainedOutcome,
  ExplainedRecord,
  ExplainedStep,
} from '../diff/explanation.ts';
import type { Explanation } from '../run/explain.ts';
import { plainText } from './display-text.ts';
import { decimal, INDENT, indent, labelled, openPage, type Page, type PageOptions } from './page.ts';
import { type Cell, renderTable } from './table.ts';

/** Changed values told before the rest is counted. */
const CHANGES_SHOWN = 10;

/** Renders the explanation; its last line is golem's one-line answer. */
export function renderExplanation(explanation: Explanation, options: PageOptions): string {
  const page = openPage(options);
  const { records, day, changes } = explanation;
  const units = explanation.measures.map(({ name, unit }) => `${name} in ${unit}`).join(', ');
  const leading = day ? leadingRecord(records, day) : null;
  const told = records.filter((record) => leading === null || page.verbose || record === leading);
  const sections = [
    `${page.chalk.bold(plainText(explanation.subject))}\n${indent(`Totals and sums: ${units}.`, page, 0)}`,
    ...(day ? [renderDay(day, records, page)] : []),
    ...told.map((record) => renderRecord(record, page)),
    ...renderChanges(changes, page),
    ...(told.length < records.length ? [indent('--verbose shows the stages of every record.', page, 0)] : []),
    answer(explanation, leading),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The record that adds most to the day, in the first field of which any adds something. */
function leadingRecord(records: readonly ExplainedRecord[], day: ExplainedDay): ExplainedRecord | null {
  const field = [...day.breached, ...Object.keys(day.difference)].find(
    (name) => (day.difference[name] ?? 0) !== 0,
  );
  if (field === undefined) return records[0] ?? null;
  const sign = Math.sign(day.difference[field]!);
  const amounts = day.records.map(({ adds }) => sign * (adds[field] ?? 0));
  const id = day.records[amounts.indexOf(Math.max(...amounts))]?.id;
  return records.find((record) => record.id === id) ?? null;
}

function renderDay(day: ExplainedDay, records: readonly ExplainedRecord[], page: Page): string {
  const columns = [
    { head: 'Record' },
    { head: 'UTC' },
    ...Object.keys(day.difference).map((head) => ({ head, align: 'right' as const })),
  ];
  const row = (name: string, time: string, adds: ByField): Cell[] => [
    { text: name },
    { text: time },
    ...Object.keys(day.difference).map((field) => ({ text: signed(adds[field] ?? null, RATIO_DECIMALS) })),
  ];
  const rows = day.records.map(({ id, adds }) => {
    const at = records.find((record) => record.id === id)?.at ?? '';
    return row(id, at.slice('2025-01-01T'.length, '2025-01-01T00:00'.length), adds);
  });
  const rounds = Object.values(day.rounding).some((value) => value !== null && value !== 0);
  if (rounds) rows.push(row('rounding', '', day.rounding));
  rows.push(row('the day', '', day.difference));
  const title = `${day.date}, phase ${day.phase}: what each record adds`;
  return [page.chalk.bold(title), renderTable(columns, rows, page.width), breachLine(day.breached, page)]
    .filter((line) => line !== '')
    .join('\n');
}

function renderRecord(record: ExplainedRecord, page: Page): string {
  const { id, at, disposition, phase, steps, difference } = record;
  const title = page.chalk.bold(plainText(`${id} · ${at} · ${disposition}, phase ${phase}`));
  const paths = [pathLine('legacy', record.legacy, page), pathLine('V2', record.v2, page)];
  if (steps.length === 0) {
    const nothing = indent('Nothing was computed for it.', page, INDENT);
    return [title, ...paths, nothing].filter((line) => line !== '').join('\n');
  }
  const parts = steps[0]?.parts.filter((part) => page.verbose || anyOf(part.adds)) ?? [];
  return [
    [title, ...paths].filter((line) => line !== '').join('\n'),
    renderSteps(record, page),
    ...(parts.length === 0 ? [] : [renderParts(parts, page)]),
    ...renderDone(steps, page),
    ...(difference === null ? [] : [renderFields(record, page)]),
  ].join('\n\n');
}

function pathLine(name: string, outcome: ExplainedOutcome | null, page: Page): string {
  if (outcome === null) return '';
  const { state, warnings, failure } = outcome;
  const facts = [state, ...(failure === null ? [] : [failure]), ...warnings];
  return labelled(name, facts.join(', '), page);
}

/** Stages that did or added something; the others are counted. */
function renderSteps({ steps, difference, parts_at, leads_at }: ExplainedRecord, page: Page): string {
  const shown = steps.filter(
    (step, index) => page.verbose || index === 0 || index === steps.length - 1 || tells(step),
  );
  const rows = shown.map((step) => [
    { text: nameOf(step) },
    { text: totalsText(step.legacy?.totals) },
    { text: totalsText(step.v2?.totals) },
    { text: step.adds === null ? '' : addsText(step.sums ?? {}) },
  ]);
  if (difference !== null) {
    const whole = steps.map(({ sums }) => sums ?? {}).reduce(addUp, {});
    rows.push([{ text: 'sum' }, { text: '' }, { text: '' }, { text: addsText(whole) }]);
  }
  const heads = ['Stage', 'Legacy after it', 'V2 after it', ...(difference === null ? [''] : ['Adds'])];
  const hidden = steps.length - shown.length;
  const notes = [
    ...(hidden > 0 ? [`${decimal(hidden)} stages changed nothing.`] : []),
    ...(parts_at === null ? [] : [`The paths part at ${parts_at}.`]),
    ...(leads_at === null || leads_at === parts_at ? [] : [`${leads_at} adds most.`]),
    ...(difference !== null && parts_at === null ? ['The paths agree.'] : []),
  ];
  const table = renderTable(
    heads.map((head) => ({ head })),
    rows,
    page.width,
  );
  return [table, ...(notes.length === 0 ? [] : [indent(notes.join(' '), page, 0)])].join('\n');
}

function tells({ legacy, v2, adds }: ExplainedStep): boolean {
  const did = (legacy?.changes.length ?? 0) + (v2?.changes.length ?? 0);
  return did > 0 || Object.values(adds ?? {}).some((value) => value !== null && value !== 0);
}

function nameOf({ legacy, v2 }: ExplainedStep): string {
  const names = [legacy?.stage, v2?.stage].filter((name) => name !== undefined);
  return [...new Set(names)].join(' / ');
}

function addUp(sums: ByMeasure, more: ByMeasure): ByMeasure {
  const names = Object.keys(more);
  return Object.fromEntries(names.map((name) => [name, sixth((sums[name] ?? 0) + more[name]!)]));
}

function sixth(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function renderParts(parts: ExplainedStep['parts'], page: Page): string {
  const rows = parts.map(({ subject, because, legacy, v2, adds }) => [
    { text: subject },
    { text: totalsText(legacy) },
    { text: totalsText(v2) },
    { text: addsText(adds) },
    { text: because ?? '' },
  ]);
  const heads = ['Began with', 'Legacy', 'V2', 'Adds', 'Because of'];
  return renderTable(
    heads.map((head) => ({ head })),
    rows,
    page.width,
  );
}

/** What the stages say they did, a line a change. */
function renderDone(steps: readonly ExplainedStep[], page: Page): string[] {
  const lines = steps.flatMap(({ legacy, v2 }) =>
    [legacy, v2].flatMap((path, side) =>
      (path?.changes ?? []).map(({ code, subject, from, to }) => {
        const values = from === null && to === null ? '' : `: ${shown(from)} → ${shown(to)}`;
        return indent(
          `${side === 0 ? 'legacy' : 'V2'} ${path!.stage}: ${code} ${subject}${values}`,
          page,
          INDENT,
        );
      }),
    ),
  );
  return lines.length === 0 ? [] : [['What the stages did', ...lines].join('\n')];
}

function shown(value: number | string | null): string {
  if (value === null) return 'nothing';
  return typeof value === 'number' ? trimmed(value, RATIO_DECIMALS) : value;
}

function renderFields(
  { difference, limits, breached, cause, wider_cause }: ExplainedRecord,
  page: Page,
): string {
  const columns = [
    { head: 'Field' },
    { head: 'Difference', align: 'right' as const },
    { head: 'Limit', align: 'right' as const },
    { head: '' },
  ];
  const rows = Object.entries(difference ?? {}).map(([field, value]) => [
    { text: field },
    { text: signed(value, RATIO_DECIMALS) },
    { text: trimmed(limits?.[field] ?? 0, RATIO_DECIMALS) },
    { text: breached.includes(field) ? 'breach' : '', paint: page.chalk.red },
  ]);
  const wider = wider_cause === null ? '' : `, one of ${wider_cause.label} (${wider_cause.id})`;
  const line = cause === null ? '' : indent(`Cause: ${cause.label} (${cause.id})${wider}.`, page, 0);
  return [renderTable(columns, rows, page.width), line].filter((text) => text !== '').join('\n');
}

function breachLine(breached: readonly string[], page: Page): string {
  return breached.length === 0 ? '' : indent(`In breach: ${breached.join(', ')}.`, page, 0);
}

function renderChanges(changes: Explanation['changes'], page: Page): string[] {
  const direct = changes.filter(({ side }) => side !== 'derived');
  const told = direct.length > 0 ? direct : changes;
  if (told.length === 0) return [];
  const shownChanges = page.verbose ? told : told.slice(0, CHANGES_SHOWN);
  const lines = shownChanges.map(({ record, path, accepted, seen }) =>
    indent(`${record} ${path}: ${brief(accepted)} → ${brief(seen)}`, page, INDENT),
  );
  const more = told.length - shownChanges.length;
  if (more > 0) lines.push(indent(`and ${decimal(more)} more; --verbose shows them`, page, INDENT));
  return [['Not as accepted', ...lines].join('\n')];
}

function brief(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

function answer({ subject, records, day }: Explanation, leading: ExplainedRecord | null): string {
  const [first] = records;
  const record = leading ?? first;
  const number = `${decimal(records.length)} record${records.length === 1 ? '' : 's'}`;
  const breached = day ? day.breached : (record?.breached ?? []);
  const facts = [
    number,
    ...(leading === null || record?.leads_at == null ? [] : [`${leading.id} adds most`]),
    ...(record?.leads_at == null ? ['the paths agree'] : [`led by ${record.leads_at}`]),
    ...(breached.length === 0 ? ['no breach'] : [`in breach: ${breached.join(', ')}`]),
    ...(record?.cause == null ? [] : [`cause ${record.cause.id}`]),
  ];
  return plainText(`golem: explained · ${subject}: ${facts.join(', ')}`);
}

const TOTAL_DECIMALS = 1;
const ADDED_DECIMALS = 2;
const RATIO_DECIMALS = 4;

function totalsText(totals: ByMeasure | null | undefined): string {
  if (totals === undefined) return '';
  if (totals === null) return 'counts nothing';
  return Object.values(totals)
    .map((value) => trimmed(value, TOTAL_DECIMALS))
    .join(' ');
}

function addsText(adds: ByMeasure): string {
  const texts = Object.values(adds).map((value) => signed(value, ADDED_DECIMALS));
  return texts.every((text) => text === '0') ? '0' : texts.join(' ');
}

function anyOf(adds: ByMeasure): boolean {
  return Object.values(adds).some((value) => value !== 0);
}

/** With its sign; what is not 0 but rounds to it is `~0`; a ratio without a base is `-`. */
function signed(value: number | null, decimals: number): string {
  if (value === null) return '-';
  const text = trimmed(value, decimals);
  if (text === '0' || text === '-0') return value === 0 ? '0' : '~0';
  return value > 0 ? `+${text}` : text;
}

function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
