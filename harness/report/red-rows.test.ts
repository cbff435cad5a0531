import { expect, it } from 'vitest';
import { openPage } from './page.ts';
import { renderRed } from './red-rows.ts';
import type { Row } from './shape.ts';

const page = (verbose = false) => openPage({ width: 80, color: false, verbose });

const row = (field: string, change: Partial<Row> = {}): Row => ({
  suite: 'september.ndjson',
  check: `record ${field} breaches`,
  expected: 'at most 0',
  actual: '4',
  of: '2,950 records',
  passed: false,
  finding: `breach/record/${field}`,
  remedy: 'npm run replay -- september.ndjson',
  ...change,
});

it('gives checks that differ only in what they are about one paragraph, with each of their findings', () => {
  const days = row('dp', { check: 'day dp breaches', finding: 'breach/day/dp', of: '70 running days' });
  expect(renderRed([row('dkcal'), row('dp', { actual: '1' }), days], page())).toEqual([
    `FAIL  september.ndjson: 3 checks like "record dkcal breaches"
      expected  at most 0, each
      actual    breach/record/dkcal: 4; 2,950 records
                breach/record/dp: 1; 2,950 records
                breach/day/dp: 4; 70 running days
      run       npm run replay -- september.ndjson`,
  ]);
});

it('leaves those apart that expect something else, are of another suite, or are only two', () => {
  const rows = [
    row('a'),
    row('b'),
    row('c', { expected: 'at most 2' }),
    row('d', { suite: 'october.ndjson' }),
  ];
  expect(renderRed(rows, page()).map((text) => text.split('\n')[0])).toEqual([
    'FAIL  september.ndjson: record a breaches',
    'FAIL  september.ndjson: record b breaches',
    'FAIL  september.ndjson: record c breaches',
    'FAIL  october.ndjson: record d breaches',
  ]);
});

it('tells each apart where everything is asked for', () => {
  expect(renderRed([row('a'), row('b'), row('c')], page(true))).toHaveLength(3);
});
