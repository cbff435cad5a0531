import { describe, expect, it } from 'vitest';
import { failing, passing, row } from '../../tests/cli/sample-report.ts';
import { sampleRamp } from './ramp-sample.fixture.ts';
import { causeBlocks, causeSentence, causesBehind, expectedLines } from './cause-lines.ts';
import { renderSummary } from './github-summary.ts';
import { renderJunit } from './junit.ts';
import type { CauseReport, ExpectedReport, Report } from './shape.ts';
import { renderTerminal } from './terminal.ts';

function cause(change: Partial<CauseReport>): CauseReport {
  return {
    id: 'c-00000001',
    kind: 'golden',
    label: 'what was bent, down',
    count: 41,
    expected: 0,
    suites: { everyday: { count: 41, expected: 0 } },
    stage: 'bend',
    code: 'bent',
    entry: null,
    factor: null,
    direction: '-',
    size: null,
    fields: ['amount'],
    subjects: ['everyday/u01/2025-09-01', 'everyday/u02/2025-09-01'],
    look: "npx golem explain 'everyday/u01/2025-09-01'",
    remedy: 'npx golem golden accept --cause c-00000001 --reason "…"',
    ...change,
  };
}

const breach = cause({
  id: 'c-00000002',
  kind: 'breach',
  label: 'unit `go` in grams, V2 higher (gross)',
  count: 9,
  expected: 2,
  suites: { everyday: { count: 6, expected: 2 }, noisy: { count: 3, expected: 0 } },
  subjects: ['noisy/u01/r1', 'everyday/u01/r1'],
  look: "npx golem explain 'noisy/u01/r1'",
  remedy: '',
});
const other = cause({
  id: 'c-00000003',
  label: 'unit `go` in grams, up',
  count: 6,
  subjects: ['everyday/u03/2025-09-01'],
});
const entry: ExpectedReport = {
  id: 'fried-oil',
  reason: 'V2 adds the oil',
  owner: 'mina',
  expires: '2026-03-31',
  covered: 2,
  state: 'in_use',
};

const caused: Report = {
  ...failing,
  rows: [
    ...failing.rows,
    row({ check: 'amount breaches', passed: false, finding: 'breach/record/amount', remedy: 'x' }),
  ],
  causes: [cause({}), other, breach],
  expected: [entry],
};
const plain = { width: 80, color: false, verbose: false };

describe('the causes a reader sees', () => {
  it('are one heading and one sentence, the largest first', () => {
    const [golden] = causeBlocks(caused, false);
    expect(golden!.title).toBe('47 outcomes changed, 2 causes');
    expect(causeSentence(golden!)).toBe(
      '47 outcomes changed, 2 causes: what was bent, down (41), unit `go` in grams, up (6).',
    );
  });

  it('are those of breaches only where a breach is why a suite is red, counted there', () => {
    const [, breaches] = causeBlocks(caused, false);
    expect(breaches!.title).toBe('6 records and running days in breach, 1 cause');
    expect(breaches!.causes[0]).toMatchObject({
      count: 6,
      expected: 2,
      look: "npx golem explain 'everyday/u01/r1'",
    });
    const green = { ...caused, rows: passing.rows };
    expect(causeBlocks(green, false).map(({ kind }) => kind)).toEqual(['golden']);
    expect(causeBlocks(green, true)[1]!.title).toBe('9 records and running days in breach, 1 cause');
    // A breach that leaves a step of a ramp open makes no check red.
    expect(causeBlocks({ ...green, ramp: sampleRamp }, false)).toHaveLength(2);
    expect(causeBlocks({ ...green, ramp: { ...sampleRamp, steps: [] } }, false)).toHaveLength(1);
  });

  it('stand behind the rows that they turn red', () => {
    const behind = (finding: string, passed = false) =>
      causesBehind(row({ passed, finding }), caused.causes).map(({ id }) => id);
    expect(behind('golden')).toEqual(['c-00000001', 'c-00000003']);
    expect(behind('breach/day/amount')).toEqual(['c-00000002']);
    expect(behind('breach/day/ratio')).toEqual([]);
    expect(behind('lost_write')).toEqual([]);
    expect(behind('golden', true)).toEqual([]);
  });

  it('come with the commands that show and accept them, at the terminal', () => {
    const text = renderTerminal(caused, plain);
    expect(text).toContain(
      [
        '47 outcomes changed, 2 causes',
        '      41  what was bent, down (c-00000001)',
        '          2 cases: amount',
        "      look      npx golem explain 'everyday/u01/2025-09-01'",
        '      run       npx golem golden accept --cause c-00000001 --reason "…"',
        '       6  unit `go` in grams, up (c-00000003)',
      ].join('\n'),
    );
    expect(text).toContain(
      '      6  unit `go` in grams, V2 higher (gross) (c-00000002), of which 2 expected',
    );
    expect(text).toContain(
      'Expected differences\n      fried-oil covers 2 breaches, until 2026-03-31, answered for by mina: V2\n      adds the oil',
    );
    expect(text.trimEnd().split('\n').at(-1)).toBe(caused.summary);
    expect(renderTerminal(passing, plain)).not.toMatch(/cause|Expected/);
  });

  it('are counted beyond the first ten', () => {
    const many = Array.from({ length: 14 }, (_, index) => cause({ id: `c-${index}` }));
    const text = renderTerminal({ ...caused, causes: many }, plain);
    expect(text).toContain('and 4 more; --verbose shows them');
    expect(renderTerminal({ ...caused, causes: many }, { ...plain, verbose: true })).toContain('(c-13)');
  });

  it('are tables in the job summary, and lines of the failures in JUnit', () => {
    const summary = renderSummary(caused);
    expect(summary).toContain('### 47 outcomes changed, 2 causes\n');
    expect(summary).toContain('| 41 | what was bent, down | 2 cases: amount | `c-00000001` |');
    expect(summary).toContain('| 6, of which 2 expected |');
    expect(summary).toContain('| `fried-oil` | 2026-03-31 | mina | 2 | V2 adds the oil |');
    const junit = renderJunit(caused);
    expect(junit).toContain(
      'cause: 6, of which 2 expected × unit `go` in grams, V2 higher (gross) (c-00000002)',
    );
  });
});

describe('the ledger’s lines', () => {
  it('say of every entry what became of it', () => {
    const states = ['in_use', 'unused', 'expired', 'partial'] as const;
    const lines = expectedLines({
      expected: states.map((state) => ({ ...entry, state, covered: state === 'in_use' ? 1 : 0 })),
    });
    expect(lines.map((line) => line.replace('fried-oil ', '').replace(/,.*/, ''))).toEqual([
      'covers 1 breach',
      'covers nothing',
      'has run out',
      'covers nothing of what was run',
    ]);
  });
});
