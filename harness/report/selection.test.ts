import { describe, expect, it } from 'vitest';
import { failing, finding, passing, row, suiteReport } from '../../tests/cli/sample-report.ts';
import { select, standsBehind } from './selection.ts';

describe('what a reader must see first', () => {
  it('is every red row, in the report’s order', () => {
    expect(select(failing).red.map(({ finding: code }) => code)).toEqual([
      'breach/record/amount',
      'golden/v2_changed',
    ]);
  });

  it('puts what is lost before what breaches, and that before what merely moved', () => {
    const findings = ['golden/missing', 'breach/day/amount', 'lost_write'].map((code) => finding({ code }));
    const codes = select({ ...failing, findings }).groups.map(({ code }) => code);
    expect(codes).toEqual(['lost_write', 'breach/day/amount', 'golden/missing']);
  });

  it('leaves out the finding that a must-fail suite is there to produce', () => {
    expect(select(failing).groups.map(({ code }) => code)).not.toContain('lost_write');
  });

  it('keeps any other finding of a must-fail suite', () => {
    const findings = [finding({ suite: 'lost', code: 'golden/missing' })];
    expect(select({ ...passing, findings }).groups.map(({ code }) => code)).toEqual(['golden/missing']);
  });

  it('says of a must-fail suite with a red row that it did not do what it is for', () => {
    const rows = [row(), row({ suite: 'lost', passed: false })];
    expect(select({ ...failing, rows }).mustFail).toEqual([
      { suite: 'lost', finding: 'lost_write', passed: false },
    ]);
  });

  it('counts a suite’s checks and sizes it by its largest setting, rows of the whole gate in a line of their own', () => {
    const rows = [row(), row({ passed: false }), row({ suite: 'gate' })];
    const suites = [suiteReport({ records: 10 }), suiteReport({ setting: 'full', records: 12 })];
    expect(select({ ...failing, rows, suites }).suites).toEqual([
      { suite: 'everyday', records: 12, users: 8, userDays: 80, passed: 1, checks: 2 },
      { suite: 'gate', records: null, users: null, userDays: null, passed: 1, checks: 1 },
    ]);
  });
});

describe('a finding stands behind a row', () => {
  it.each([
    ['golden/missing', 'golden/missing', 'everyday', true],
    ['golden', 'golden/missing', 'everyday', true],
    ['gold', 'golden/missing', 'everyday', false],
    ['must_fail', 'golden/missing', 'everyday', true],
    ['golden', 'golden/missing', 'other', false],
  ])('of %s with code %s in suite %s: %s', (code, found, suite, expected) => {
    expect(standsBehind(row({ finding: code }), finding({ code: found, suite }))).toBe(expected);
  });
});
