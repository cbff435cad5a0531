import { describe, expect, it } from 'vitest';
import { checkCoverage } from './coverage-checks.ts';

const COUNTS: Readonly<Record<string, number>> = { 'colour/red': 7, 'colour/green': 1, 'size/big': 2 };
const coverage = {
  records: 9,
  count: (dimension: string, value: string) => COUNTS[`${dimension}/${value}`] ?? 0,
};

describe('what recordings must cover', () => {
  it('is a row a dimension, green while each stratum has what is asked', () => {
    const rows = checkCoverage('gate', { colour: ['red', 'green'], size: { big: 2 } }, coverage, 'look');
    expect(rows).toEqual([
      {
        suite: 'gate',
        check: 'coverage, colour',
        expected: 'at least 1 record in each of 2 strata',
        actual: 'each has',
        of: '9 records',
        passed: true,
        finding: 'coverage/colour',
        remedy: '',
      },
      {
        suite: 'gate',
        check: 'coverage, size',
        expected: 'at least 2 big',
        actual: 'each has',
        of: '9 records',
        passed: true,
        finding: 'coverage/size',
        remedy: '',
      },
    ]);
  });

  it('is red for an empty stratum and for one with a record too few, and says which and how to look', () => {
    const rows = checkCoverage(
      'gate',
      { colour: ['red', 'blue'], size: { big: 3, small: 1 } },
      coverage,
      'look',
    );
    expect(rows.map(({ passed, actual, remedy }) => [passed, actual, remedy])).toEqual([
      [false, 'none in blue', 'look'],
      [false, '2 of 3 in big, none in small', 'look'],
    ]);
  });

  it('is nothing where nothing is required', () => {
    expect(checkCoverage('gate', {}, coverage, 'look')).toEqual([]);
  });
});
