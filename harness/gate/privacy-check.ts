/**
 * What the gate says of recordings that hold something personal: one row for the run, and a finding for each of the
 * first places. Pure, like its neighbours: looking through the recordings is the recording folder's.
 */
import type { Finding, Row } from '../report/shape.ts';
import type { CheckedRecording } from '../recording/privacy/check.ts';
import { countOf } from './rows.ts';

/** A suite's recording, looked through; `file` is relative to the config. */
export interface CheckedSuite {
  readonly suite: string;
  readonly file: string;
  readonly checked: CheckedRecording;
}

/** Places named for each recording; the rest are counted in the row, and the remedy shows them. */
export const MOST_PLACES = 5;

/** The row of the run: red as soon as one value of one recording looks personal. */
export function privacyRow(suites: readonly CheckedSuite[]): Row {
  const records = suites.reduce((sum, { checked }) => sum + checked.records, 0);
  const count = suites.reduce((sum, { checked }) => sum + checked.count, 0);
  const first = suites.find(({ checked }) => checked.count > 0);
  return {
    suite: 'gate',
    check: 'recordings hold nothing personal',
    expected: 'none',
    actual: count === 0 ? 'none' : countOf(count, 'value'),
    of: countOf(records, 'record'),
    passed: count === 0,
    finding: 'privacy',
    remedy: first === undefined ? '' : remedyFor(first.file),
  };
}

/** Findings with place and kind, `privacy/phone` for instance, and never the value. */
export function privacyFindings(
  suites: readonly CheckedSuite[],
  words: Readonly<Record<string, string>>,
): Finding[] {
  return suites.flatMap(({ suite, file, checked }) =>
    checked.findings.map(({ line, field, kind }) => ({
      suite,
      code: `privacy/${kind}`,
      subject: `${file}:${line}`,
      detail: `${field} looks like ${words[kind] ?? kind}`,
      remedy: remedyFor(file),
      file,
      line,
    })),
  );
}

function remedyFor(file: string): string {
  return `npm run golem -- anonymise --check ${file}`;
}
