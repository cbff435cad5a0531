/**
 * What became of the entries of HAR files: the sums that must come out, and the words where nothing was taken. Apart
 * from the import, which is what joins entries to writes.
 */
import { basename } from 'node:path';
import { GolemError } from '../../errors.ts';
import type { RecordedWrite } from '../format.ts';
import { shellQuote } from '../look.ts';
import type { HarExchange, HarWrite } from './har-exchange.ts';
import type { ImportedFile, ImportRefusedRow } from './import-csv.ts';
import { countReasons } from './reasons.ts';

/** What an import did; `taken`, `passedOver` and the refused entries together are `rows`. */
export interface ImportHarReport {
  readonly outFile: string;
  readonly unit: 'entry';
  readonly verbatim: true;
  readonly files: readonly ImportedFile[];
  readonly rows: number;
  readonly taken: number;
  readonly passedOver: number;
  readonly records: number;
  readonly users: number;
  readonly refused: readonly ImportRefusedRow[];
  readonly reasons: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** A record that is ready, with what orders it. */
export interface MadeWrite {
  readonly write: HarWrite;
  readonly records: readonly RecordedWrite[];
}

/** A file as it was read. */
export interface HarRead {
  readonly file: string;
  readonly version: string;
  readonly exchanges: readonly HarExchange[];
}

/** What became of the entries so far. */
export interface HarPassage {
  readonly refused: ImportRefusedRow[];
  readonly made: MadeWrite[];
  /** Entries that are part of a record. */
  readonly taken: Map<string, number>;
  /** Writes whose upstream calls were led back from the answer. */
  rebuilt: number;
}

/** What an import did, every entry of every file accounted for. */
export function reportOf(
  { refused, taken, rebuilt }: HarPassage,
  read: readonly HarRead[],
  { outFile }: { readonly outFile: string },
): Omit<ImportHarReport, 'records' | 'users'> {
  const files = read.map(({ file, version, exchanges }) => ({
    file,
    understood: exchanges.length === 0 ? null : `HAR ${version}`,
    rows: exchanges.length,
    taken: taken.get(file) ?? 0,
    refused: refused.filter((one) => one.file === file).length,
  }));
  const sum = (of: (file: ImportedFile) => number): number => files.reduce((all, file) => all + of(file), 0);
  const rows = sum((file) => file.rows);
  const takenInAll = sum((file) => file.taken);
  const passedOver = read.flatMap(({ exchanges }) => exchanges).filter(({ kind }) => kind === 'other').length;
  if (takenInAll + passedOver + refused.length !== rows) {
    throw new Error(
      `${takenInAll} entries taken, ${passedOver} passed over, ${refused.length} refused of ${rows}`,
    );
  }
  return {
    outFile,
    unit: 'entry',
    verbatim: true,
    files,
    rows,
    taken: takenInAll,
    passedOver,
    refused,
    reasons: countReasons(refused),
    notes:
      rebuilt === 0
        ? []
        : [`upstream calls of ${rebuilt} were not in the files and are led back from production's answers`],
  };
}

/** Why nothing is written: the first refused entry, or that there is no write at all. */
export function refusal(
  worst: ImportRefusedRow | undefined,
  { refused }: HarPassage,
  read: readonly HarRead[],
  { strict, files }: { readonly strict: boolean; readonly files: readonly string[] },
): GolemError {
  const rows = read.reduce((sum, { exchanges }) => sum + exchanges.length, 0);
  const file = worst?.file ?? files[0] ?? '';
  const others = refused.length <= 1 ? '' : `, as are ${refused.length - 1} more`;
  const why = strict && worst ? 'with --strict nothing is written' : 'no write was taken';
  return new GolemError({
    kind: 'data',
    verb: 'import',
    subject: basename(file),
    reason: worst
      ? `entry ${worst.line} is refused${others} of ${rows}, ${worst.reason}; ${why}`
      : `none of its ${rows} entries is a write of the migration's`,
    place: { file },
    next: worst
      ? 'golem import har --help'
      : `grep -o '"url": *"[^"]*"' ${shellQuote(file)} | sort | uniq -c`,
  });
}
