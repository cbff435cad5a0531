/**
 * How a check becomes a row: expected, actual, out of how many, and for a red one the command that shows it again.
 * One place, so that rows read alike and none can be red without a remedy.
 */
import type { Row } from '../report/shape.ts';

/** The command that replays one suite by itself. */
export function showAgain(suite: string): string {
  return `npm run test:golem -- ${suite}`;
}

/** Digits grouped by commas; up to six decimals, none that are zero. Independent of the machine's locale. */
export function formatNumber(value: number): string {
  const [whole, decimals] = String(Math.round(value * 1e6) / 1e6).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** `3 records`, `1 record`. */
export function countOf(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A row that passes while `actual` is at most `limit`. NaN on either side never passes. */
export function atMost(row: {
  readonly suite: string;
  readonly check: string;
  readonly limit: number;
  readonly actual: number;
  /** What is expected by the ledger and so not in `actual`; shown beside it. */
  readonly expected?: number;
  readonly unit?: string;
  readonly of: string;
  readonly finding: string;
}): Row {
  const apart = row.expected ? `, and ${formatNumber(row.expected)} expected` : '';
  const unit = row.unit ? ` ${row.unit}` : '';
  const passed = row.limit >= 0 && row.actual <= row.limit;
  return {
    suite: row.suite,
    check: row.check,
    expected: `at most ${formatNumber(row.limit)}${unit}`,
    actual: `${formatNumber(row.actual)}${unit}${apart}`,
    of: row.of,
    passed,
    finding: row.finding,
    remedy: passed ? '' : showAgain(row.suite),
  };
}

/** A row that passes when something ran at all. */
export function atLeastOne(row: {
  readonly suite: string;
  readonly check: string;
  readonly actual: number;
  readonly noun: string;
  readonly of: string;
  readonly finding: string;
}): Row {
  const passed = row.actual >= 1;
  return {
    suite: row.suite,
    check: row.check,
    expected: `at least 1 ${row.noun}`,
    actual: countOf(row.actual, row.noun),
    of: row.of,
    passed,
    finding: row.finding,
    remedy: passed ? '' : showAgain(row.suite),
  };
}
