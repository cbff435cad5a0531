/**
 * What an import took and what it did not, for a person at a terminal. Apart from the command so that the words can
 * be tested without files; every row is accounted for in the last line.
 */
import { plainText } from './display-text.ts';
import { decimal } from './page.ts';

/** What an import did; `taken` and the refused rows together are all rows. */
export interface Imported {
  readonly outFile: string;
  readonly files: readonly {
    readonly file: string;
    readonly layout: string | null;
    readonly rows: number;
    readonly taken: number;
    readonly refused: number;
  }[];
  readonly rows: number;
  readonly taken: number;
  readonly records: number;
  readonly users: number;
  readonly refused: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
  readonly reasons: Readonly<Record<string, number>>;
}

/** Refused rows that are spelled out; the rest are counted by reason. */
const SPELLED_OUT = 20;

/** Each file, the first refused rows, the refusals by reason, and the sum that must come out. */
export function renderImport(imported: Imported, { verbose }: { readonly verbose: boolean }): string {
  const { refused, reasons } = imported;
  const shown = verbose ? refused : refused.slice(0, SPELLED_OUT);
  const more = refused.length - shown.length;
  const lines = [
    ...imported.files.map(renderFile),
    ...shown.map(({ file, line, reason }) => `  ${plainText(file)}:${line}: ${plainText(reason)}`),
    ...(more > 0 ? [`  and ${decimal(more)} more rows; --verbose shows them`] : []),
    ...Object.entries(reasons).map(([reason, count]) => `not taken, ${plainText(reason)}: ${decimal(count)}`),
    `golem: imported · ${decimal(imported.rows)} rows = ${decimal(imported.taken)} taken + ` +
      `${decimal(refused.length)} not taken, ${decimal(imported.records)} records of ` +
      `${decimal(imported.users)} users in ${plainText(imported.outFile)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function renderFile({ file, layout, rows, taken, refused }: Imported['files'][number]): string {
  const fitted = layout === null ? 'no line in it' : `layout ${plainText(layout)}`;
  return `${plainText(file)}: ${decimal(taken)} of ${decimal(rows)} rows taken, ${decimal(refused)} not (${fitted})`;
}
