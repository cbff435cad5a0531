/**
 * The truth audit at a terminal: a paragraph a rule, what keeps it from telling the truth first, then what it read
 * beside what was true.
 */
import type { Audit, Reading, RuleAudit } from '../alerts/audit.ts';
import { indent, INDENT, openPage, type Page, type PageOptions } from './page.ts';
import { renderTable } from './table.ts';

/** Label sets shown of a rule before the rest is counted. */
const READINGS_SHOWN = 4;

/** Renders the audit; its last line counts rules and findings. */
export function renderAudit(audit: Audit, options: PageOptions): string {
  const page = openPage(options);
  const shown = page.verbose ? audit.rules : audit.rules.filter(({ findings }) => findings.length > 0);
  const doubtful = audit.rules.filter(({ findings }) => findings.length > 0).length;
  const findings = audit.rules.reduce((sum, rule) => sum + rule.findings.length, 0);
  const sections = [
    ...shown.map((rule) => renderRule(rule, page)),
    `golem: audit · ${audit.rules.length} rules over ${audit.events_from} to ${audit.events_to}, ` +
      `${doubtful} with findings, ${findings} findings`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function renderRule(rule: RuleAudit, page: Page): string {
  const { ruleset, alert, comparison, threshold, findings } = rule;
  const limit = threshold === null ? '' : ` ${comparison} ${threshold}`;
  const lines = [page.chalk.bold(`${ruleset}/${alert}${limit}`)];
  for (const { code, detail } of findings) lines.push(indent(`${code}: ${detail}`, page, INDENT));
  const { agreement, phases } = rule;
  if (agreement && agreement.evaluations > 0) {
    const { evaluations, read_over, truly_over, false_alarms, missed } = agreement;
    const text = `at ${evaluations} evaluations: ${read_over} read over, ${truly_over} truly over, ${false_alarms} false, ${missed} missed`;
    lines.push(indent(text, page, INDENT));
  }
  if (phases.fires > 0) {
    const when =
      phases.earliest === phases.latest
        ? `at ${phases.earliest}`
        : `from ${phases.earliest} to ${phases.latest}`;
    lines.push(
      indent(`fires ${when}, in ${phases.fires} of ${phases.tried} evaluation phases`, page, INDENT),
    );
  }
  if (rule.readings.length > 0) lines.push(renderReadings(rule.readings, page));
  return lines.join('\n');
}

function renderReadings(readings: readonly Reading[], page: Page): string {
  const shown = page.verbose ? readings : readings.slice(0, READINGS_SHOWN);
  const isQuantile = readings.some(({ observations }) => observations !== null);
  const columns = [
    { head: 'Peak of' },
    { head: 'Read', align: 'right' as const },
    { head: isQuantile ? 'Exact' : 'Counted', align: 'right' as const },
    ...(isQuantile
      ? [
          { head: 'Bucket' },
          { head: 'n', align: 'right' as const },
          { head: 'Mended', align: 'right' as const },
        ]
      : []),
  ];
  const rows = shown.map(({ labels, reading, truth, bucket, observations, reading_mended }) => {
    const cells = [Object.values(labels).join(' ') || '-', figure(reading), figure(truth)];
    if (isQuantile) {
      cells.push(bucket ? `(${bucket.lower}, ${bucket.upper ?? '∞'}]` : '-');
      cells.push(observations === null ? '-' : String(observations));
      cells.push(reading_mended === null ? '-' : figure(reading_mended));
    }
    return cells.map((text) => ({ text }));
  });
  const table = renderTable(columns, rows, page.width - INDENT)
    .split('\n')
    .map((line) => `${' '.repeat(INDENT)}${line}`);
  const more = readings.length - shown.length;
  if (more > 0) table.push(`${' '.repeat(INDENT)}and ${more} more; --verbose shows them`);
  return table.join('\n');
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
