/**
 * The checks of the ledger of expected differences itself: an entry that has run out or covers nothing is a finding,
 * so that what was once expected does not stay so by being forgotten.
 */
import type { EntryUse } from '../ledger/coverage.ts';
import type { Finding, Row } from '../report/shape.ts';
import { countOf } from './rows.ts';

const CHECKS = [
  {
    state: 'expired',
    check: 'expected differences past their date',
    finding: 'ledger/expired',
    detail: ({ entry }: EntryUse) => `was expected until ${entry.expires} and counts as a breach again`,
  },
  {
    state: 'unused',
    check: 'expected differences that cover nothing',
    finding: 'ledger/unused',
    detail: () => 'covers no breach of this run; an entry that is not needed hides the next difference',
  },
] as const;

/** The ledger's rows and findings. `file` is the ledger as the config names it. */
export function checkLedger(
  file: string,
  use: readonly EntryUse[],
): { readonly rows: readonly Row[]; readonly findings: readonly Finding[] } {
  const remedy = `$EDITOR ${file}`;
  const rows: Row[] = [];
  const findings: Finding[] = [];
  for (const { state, check, finding, detail } of CHECKS) {
    const found = use.filter((one) => one.state === state);
    const names = found.map(({ entry }) => `${entry.id} (${entry.expires})`).join(', ');
    const passed = found.length === 0;
    const of = countOf(use.length, 'entry').replace(/entrys$/, 'entries');
    const actual = passed ? 'none' : names;
    rows.push({
      suite: 'gate',
      check,
      expected: 'none',
      actual,
      of,
      passed,
      finding,
      remedy: passed ? '' : remedy,
    });
    for (const one of found) {
      const { id, line } = one.entry;
      findings.push({ suite: 'gate', code: finding, subject: id, detail: detail(one), remedy, file, line });
    }
  }
  return { rows, findings };
}
