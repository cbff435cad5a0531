/** Reports for the reporters' tests: one that passes, one with every kind of red, and pieces to make others from. */
import type { FieldReport, Finding, Report, Row, SuiteReport } from '../../harness/report/shape.ts';

export function row(change: Partial<Row> = {}): Row {
  return {
    suite: 'everyday',
    check: 'breaches of amount per record',
    expected: 'at most 0',
    actual: '0',
    of: '300 records',
    passed: true,
    finding: 'breach/record/amount',
    remedy: '',
    ...change,
  };
}

export function finding(change: Partial<Finding> = {}): Finding {
  return {
    suite: 'everyday',
    code: 'golden/v2_changed',
    subject: 'u01/2025-09-01',
    detail: 'V2 answers 41 where 40 was accepted',
    remedy: 'golem golden accept everyday/u01/2025-09-01 --reason "…"',
    file: 'golden/everyday/u01/2025-09-01.json',
    ...change,
  };
}

export function suiteReport(change: Partial<SuiteReport> = {}): SuiteReport {
  return {
    suite: 'everyday',
    setting: 'base',
    records: 300,
    users: 8,
    user_days: 80,
    must_fail: null,
    dispositions: { new: 294, hit: 6 },
    paths: { legacy: { ran: 294, failed: 0, refused: 0 }, v2: { ran: 294, failed: 0, refused: 0 } },
    warnings: { merged: 3, duplicate_dropped: 1 },
    differences: { record: { amount: field() }, day: { amount: field() } },
    ...change,
  };
}

function field(): FieldReport {
  return { observations: 294, max_abs: 12.5, p50: 0, p95: 3.25, breaches: 0, expected: 0 };
}

export const passing: Report = {
  golem: 'report',
  version: 1,
  verdict: 'pass',
  exit: 0,
  summary: 'golem: pass · 600 records (300 × 2 settings), 80 user-days, 80 golden files, 0 breaches',
  counts: { records: 600, users: 8, user_days: 80, skipped: 0, bad_lines: 0, suites: 2 },
  flags: { B_FLAG: '1', A_FLAG: '0' },
  seed: '7',
  paths: { legacy: { ran: 588, failed: 0, refused: 0 }, v2: { ran: 588, failed: 0, refused: 0 } },
  differences: { record: { ratio: field(), amount: field() }, day: { amount: field() } },
  golden: { matched: 80, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 },
  alerts: [],
  rows: [
    row(),
    row({
      check: 'golden files that match',
      expected: 'all',
      actual: '80',
      of: '80 cases',
      finding: 'golden/changed',
    }),
    row({
      suite: 'lost',
      check: 'fails with lost_write alone',
      expected: 'lost_write',
      actual: 'lost_write',
    }),
  ],
  findings: [finding({ suite: 'lost', code: 'lost_write', subject: 'u02 r0007', file: '' })],
  suites: [
    suiteReport(),
    suiteReport({ setting: 'full' }),
    suiteReport({ suite: 'lost', must_fail: 'lost_write', records: 12, users: 1, user_days: 2 }),
  ],
  causes: [],
  expected: [],
  reproduce: 'golem gate --seed 7',
};

export const failing: Report = {
  ...passing,
  verdict: 'fail',
  exit: 1,
  summary: 'golem: fail · 600 records (300 × 2 settings), 80 user-days, 2 checks red',
  golden: { ...passing.golden, matched: 73, changed: 7 },
  rows: [
    row({ actual: '3', passed: false, remedy: 'golem gate everyday --seed 7' }),
    row({
      check: 'golden files that match',
      expected: 'all',
      actual: '73',
      of: '80 cases',
      passed: false,
      finding: 'golden/v2_changed',
      remedy: 'golem golden status',
    }),
    row({ check: 'records left out', actual: '0', finding: 'skipped' }),
    row({
      suite: 'lost',
      check: 'fails with lost_write alone',
      expected: 'lost_write',
      actual: 'lost_write',
    }),
  ],
  findings: [
    ...Array.from({ length: 7 }, (_, day) => finding({ subject: `u01/2025-09-0${day + 1}` })),
    finding({
      code: 'breach/record/amount',
      subject: 'u03 r0101',
      detail:
        'amount differs by 57, the limit is 40; the record is one of three that left out a long ingredient list',
      remedy: 'golem gate everyday --seed 7',
      file: 'fixtures/everyday/a.ndjson',
      line: 102,
    }),
    finding({ suite: 'lost', code: 'lost_write', subject: 'u02 r0007', file: '' }),
  ],
};
