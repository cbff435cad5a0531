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
  expect(renderRed([row('dp', { actual: '1' }), row('dkcal'), days], '', page())).toEqual([
    `FAIL  september.ndjson: 3 checks: … breaches
      expected  at most 0, each
      actual    breach/record/dkcal  4, out of 2,950 records
                breach/day/dp        4, out of 70 running days
                breach/record/dp     1, out of 2,950 records
      run       npm run replay -- september.ndjson`,
  ]);
});

it('leaves those apart that expect something else, or are of another suite', () => {
  const rows = [row('a'), row('c', { expected: 'at most 2' }), row('d', { suite: 'october.ndjson' })];
  expect(renderRed(rows, '', page()).map((text) => text.split('\n')[0])).toEqual([
    'FAIL  september.ndjson: record a breaches',
    'FAIL  september.ndjson: record c breaches',
    'FAIL  october.ndjson: record d breaches',
  ]);
});

it('tells each apart where everything is asked for', () => {
  expect(renderRed([row('a'), row('b'), row('c')], '', page(true))).toHaveLength(3);
});

it('says once what is the same of all', () => {
  const met = (field: string, users: number) =>
    row(field, { actual: `${Math.round(users / 1000)}%`, of: `9,000 users, ${users} with a breach` });
  expect(renderRed([met('dp', 900), met('dkcal', 2100), met('df', 1000)], '', page())[0]).toBe(
    `FAIL  september.ndjson: 3 checks: record … breaches
      expected  at most 0, each
      actual    breach/record/dkcal  2%, 2100 with a breach
                breach/record/df     1%, 1000 with a breach
                breach/record/dp     1%, 900 with a breach
      out of    9,000 users
      run       npm run replay -- september.ndjson`,
  );
  expect(renderRed([row('dp'), row('dkcal'), row('df')], '', page())[0]).toBe(
    `FAIL  september.ndjson: 3 checks: record … breaches
      expected  at most 0, each
      actual    4, each
      findings  breach/record/dp
                breach/record/dkcal
                breach/record/df
      out of    2,950 records
      run       npm run replay -- september.ndjson`,
  );
});

it('keeps the order of checks whose figures are not limited from above', () => {
  const least = ['dkcal', 'dp', 'df'].map((field, at) =>
    row(field, { expected: 'at least 9', actual: String(at) }),
  );
  expect(renderRed(least, '', page())[0]).toMatch(/record\/dkcal +0\n.*record\/dp +1\n.*record\/df +2\n/);
});

it('leaves the columns where names and figures do not fit beside each other', () => {
  const long = 'x'.repeat(47);
  const rows = ['a', 'b', 'c'].map((field) => row(`${field}${long}`, { actual: `${field} times` }));
  const lines = renderRed(rows, '', page())[0]!.split('\n');
  expect(lines[2]).toBe(`      actual    breach/record/a${long}:`);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
});

it('leaves the command that repeats the whole run to the end of the report', () => {
  const [first = ''] = renderRed([row('a')], 'npm run replay -- september.ndjson', page());
  expect(first).not.toContain('run  ');
  expect(first).toContain('finding   breach/record/a');
});
