/**
 * What an import took and what it did not, for a person at a terminal. Apart from the command so that the words can
 * be tested without files; every row or entry is accounted for in the last line.
 */
import { plainText, wrapText } from './display-text.ts';
import { decimal } from './page.ts';

/** What an import did; `taken`, those passed over and the refused together are all of them. */
export interface Imported {
  readonly outFile: string;
  /** What a source is made of. */
  readonly unit: 'row' | 'entry';
  readonly files: readonly {
    readonly file: string;
    /** In a word or two how the file was understood; null for a file with nothing in it. */
    readonly understood: string | null;
    readonly rows: number;
    readonly taken: number;
    readonly refused: number;
  }[];
  readonly rows: number;
  readonly taken: number;
  /** Those that are no write of the migration's and are not meant to be taken. */
  readonly passedOver?: number;
  readonly records: number;
  readonly users: number;
  /** `line` is the number of a line or an entry, or the name a source gives its row. */
  readonly refused: readonly {
    readonly file: string;
    readonly line: number | string;
    readonly reason: string;
  }[];
  readonly reasons: Readonly<Record<string, number>>;
  /** What is good to know of what was taken, a sentence each. */
  readonly notes?: readonly string[];
  /** True for a recording that holds what people really sent. */
  readonly verbatim: boolean;
}

/** Refused rows that are spelled out; the rest are counted by reason. */
const SPELLED_OUT = 20;
const NOTE_WIDTH = 80;

/** `1 row`, `2 rows`, `3 entries`. */
export function counted(count: number, noun: string): string {
  const plural = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${decimal(count)} ${count === 1 ? noun : plural}`;
}

/** Each file, the first refused rows, the refusals by reason, and the sum that must come out. */
export function renderImport(imported: Imported, { verbose }: { readonly verbose: boolean }): string {
  const { refused, reasons, unit, passedOver } = imported;
  const shown = verbose ? refused : refused.slice(0, SPELLED_OUT);
  const more = refused.length - shown.length;
  const over = passedOver ? ` + ${decimal(passedOver)} passed over` : '';
  const lines = [
    ...imported.files.map((file) => renderFile(file, unit)),
    ...shown.map((one) => `  ${placeOf(one, unit)}: ${plainText(one.reason)}`),
    ...(more > 0 ? [`  and ${counted(more, `more ${unit}`)}; --verbose shows them`] : []),
    ...Object.entries(reasons).map(([reason, count]) => `not taken, ${plainText(reason)}: ${decimal(count)}`),
    ...(imported.notes ?? []).flatMap(renderNote),
    ...(imported.verbatim ? renderNote('what people sent is in it; golem anonymise takes it out') : []),
    `golem: imported · ${counted(imported.rows, unit)} = ${decimal(imported.taken)} taken${over} + ` +
      `${decimal(imported.rows - imported.taken - (passedOver ?? 0))} not taken, ${counted(imported.records, 'record')} of ` +
      `${counted(imported.users, 'user')} in ${plainText(imported.outFile)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Sentences are broken into lines that any terminal holds. */
function renderNote(note: string): string[] {
  const label = 'note: ';
  return wrapText(plainText(note), NOTE_WIDTH - label.length).map(
    (line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}`,
  );
}

function placeOf({ file, line }: Imported['refused'][number], unit: Imported['unit']): string {
  const isLine = unit === 'row' && typeof line === 'number';
  return plainText(isLine ? `${file}:${line}` : `${file} ${unit} ${line}`);
}

function renderFile(
  { file, understood, rows, taken, refused }: Imported['files'][number],
  unit: Imported['unit'],
): string {
  const as = understood === null ? `no ${unit === 'row' ? 'line' : unit} in it` : plainText(understood);
  return `${plainText(file)}: ${decimal(taken)} of ${counted(rows, unit)} taken, ${decimal(refused)} not (${as})`;
}
