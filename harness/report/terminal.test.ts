import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failing, finding, passing, row } from '../../tests/cli/sample-report.ts';
import { displayWidth } from './display-text.ts';
import { renderTerminal } from './terminal.ts';

const plain = { width: 80, color: false, verbose: false };

describe('the report at a terminal', () => {
  it('folds a passing report into a line a suite', () => {
    expect(renderTerminal(passing, plain)).toBe(
      `Suite     Records  Users  User-days  Checks
everyday      300      8         80  PASS 0 of 2 red

Red as it must be  Finding     Result
lost               lost_write  PASS red for this alone

0 of 3 checks are red.
This run again: golem gate --seed 7
golem: pass · 600 records (300 × 2 settings), 80 user-days, 80 golden files, 0 breaches
`,
    );
  });

  it('shows what is red first and in full, with the command that shows it again', () => {
    expect(renderTerminal(failing, plain)).toBe(
      `FAIL  everyday: breaches of amount per record
      expected  at most 0
      actual    3
      out of    300 records
      finding   breach/record/amount
      run       golem gate everyday --seed 7

FAIL  everyday: golden files that match
      expected  all
      actual    73
      out of    80 cases
      finding   golden/v2_changed
      run       golem golden status

FOUND breach/record/amount, 1 finding
      everyday u03 r0101: amount differs by 57, the limit is 40; the record is
      one of three that left out a long ingredient list
      run       golem gate everyday --seed 7

FOUND golden/v2_changed, 7 findings
      everyday u01/2025-09-01: V2 answers 41 where 40 was accepted
      everyday u01/2025-09-02: V2 answers 41 where 40 was accepted
      everyday u01/2025-09-03: V2 answers 41 where 40 was accepted
      everyday u01/2025-09-04: V2 answers 41 where 40 was accepted
      everyday u01/2025-09-05: V2 answers 41 where 40 was accepted
      and 2 more; --verbose shows them
      run       golem golden accept everyday/u01/2025-09-01 --reason "…"

Suite     Records  Users  User-days  Checks
everyday      300      8         80  FAIL 2 of 3 red

Red as it must be  Finding     Result
lost               lost_write  PASS red for this alone

2 of 4 checks are red.
This run again: golem gate --seed 7
golem: fail · 600 records (300 × 2 settings), 80 user-days, 2 checks red
`,
    );
  });

  it('adds every green check, every finding and the differences when asked for all', () => {
    const text = renderTerminal(failing, { ...plain, verbose: true });
    expect(text).toContain('PASS  everyday: records left out\n      expected  at most 0\n');
    expect(text).toContain('everyday u01/2025-09-07: V2');
    expect(text).toContain(
      'Difference     Observed  P50   P95  Largest  Breaches\nrecord ratio        294    0  3.25     12.5         0\n',
    );
  });

  it('says the same in colour as without', () => {
    for (const report of [passing, failing]) {
      const colored = renderTerminal(report, { ...plain, color: true });
      expect(stripVTControlCharacters(colored)).toBe(renderTerminal(report, plain));
    }
    const colored = renderTerminal(failing, { ...plain, color: true });
    expect(colored).toContain('\u001b[31mFAIL\u001b[39m  \u001b[1meveryday: breaches');
    expect(colored).toContain('\u001b[32mPASS red for this alone\u001b[39m');
    expect(colored).toContain(`\n\u001b[31m${failing.summary}\u001b[39m\n`);
  });

  it('stays within the page, commands and the verdict aside, which must be whole to be copied', () => {
    for (const width of [40, 80, 120]) {
      const long = row({ check: '長い名前の検査'.repeat(9), passed: false, actual: 'x'.repeat(150) });
      const text = renderTerminal({ ...failing, rows: [...failing.rows, long] }, { ...plain, width });
      const lines = text.split('\n').filter((line) => !/^ +run|^This run again|^golem:/.test(line));
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
      expect(Math.max(...lines.map(displayWidth))).toBeGreaterThan(width - 12);
    }
  });

  it('gives data no say over the terminal', () => {
    const evil = '\u001b[2J\u001b]8;;http://x\u0007\r\nFAIL\u0007\u202e';
    const report = {
      ...failing,
      summary: `golem: fail${evil}`,
      rows: [
        row({
          suite: evil,
          check: evil,
          expected: evil,
          actual: evil,
          of: evil,
          remedy: evil,
          passed: false,
        }),
      ],
      findings: [finding({ suite: evil, code: evil, subject: evil, detail: evil, remedy: evil })],
    };
    expect(renderTerminal(report, plain).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(renderTerminal(report, plain).trimEnd().split('\n').at(-1)).toBe('golem: fail FAIL');
  });

  it('shows each remedy under its finding where they differ', () => {
    const findings = ['a', 'b'].map((subject) =>
      finding({ subject, remedy: `golem golden accept ${subject}` }),
    );
    expect(renderTerminal({ ...failing, findings }, plain)).toContain(
      `      everyday a: V2 answers 41 where 40 was accepted
      run       golem golden accept a
      everyday b: V2 answers 41 where 40 was accepted
      run       golem golden accept b
`,
    );
  });

  it('ends in the summary, whatever the verdict', () => {
    const report = {
      ...passing,
      verdict: 'inconclusive' as const,
      exit: 2 as const,
      summary: 'golem: inconclusive · 3',
    };
    expect(renderTerminal(report, plain).endsWith('\ngolem: inconclusive · 3\n')).toBe(true);
  });
});
