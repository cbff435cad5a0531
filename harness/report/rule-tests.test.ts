import { describe, expect, it } from 'vitest';
import type { TestResult } from '../alerts/unit-test.ts';
import { renderRuleTests } from './rule-tests.ts';

const result = (expected: readonly string[], got: readonly string[]): TestResult => ({
  file: 't.yml',
  group: '#1',
  expr: 'x',
  eval_time_seconds: 3661,
  expected: expected.map((value) => ({ labels: {}, value })),
  got: got.map((value) => ({ labels: {}, value })),
  error: null,
  passed: false,
});

const shown = (...test: Parameters<typeof result>): string =>
  renderRuleTests(
    { tests: [result(...test)], errors: [], untested: [], unmatched: [], summary: 'golem: fail' },
    { width: 200, color: false, verbose: false },
  );

it('a report without a single test says that nothing was tested', () => {
  const report = { tests: [], errors: [], untested: ['A'], unmatched: [{ file: 't.yml', pattern: 'r*' }] };
  expect(
    renderRuleTests({ ...report, summary: 'golem: pass' }, { width: 80, color: false, verbose: false }),
  ).toBe(
    'WARN  t.yml: no file matches r*\n\nWARN  nothing is expected, so nothing was tested\n\n' +
      'Untested alerts: A\n\ngolem: pass\n',
  );
});

describe('a rule test that failed', () => {
  it('says what was expected, what came, and when', () => {
    expect(shown(['1'], ['2'])).toBe(
      'FAIL  t.yml, #1: x at 1h1m1s\n      expected  {} 1\n      got       {} 2\n\ngolem: fail\n',
    );
  });

  it.each([
    [['0.3'], ['0.30000000000000004'], 'equal but for the last bit; fuzzy_compare: true'],
    [['NaN'], ['NaN'], 'NaN equals nothing, as in promtool'],
    [['+Inf', 'NaN'], ['+Inf', 'NaN'], 'NaN equals nothing, as in promtool'],
  ])('says of %j and %j why two that read alike differ', (expected, got, note) => {
    expect(shown(expected, got)).toContain(`\n      note      ${note}`);
  });

  it.each([
    [['0.3'], ['0.4']],
    [['NaN'], ['1']],
    [
      ['0.3', '1'],
      ['0.30000000000000004', '2'],
    ],
    [['0.3'], []],
    [['-Inf'], ['+Inf']],
  ])('says nothing of the kind of %j and %j', (expected, got) => {
    expect(shown(expected, got)).not.toContain('note');
  });
});
