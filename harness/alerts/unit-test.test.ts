import { describe, expect, test } from 'vitest';
import { parseRuleFile } from './rule-file.ts';
import { runUnitTests, type UnitTestReport } from './unit-test.ts';
import { parseUnitTestFile } from './unit-test-file.ts';
import { renderProblems } from './yaml-source.ts';

function run(rules: string, tests: string, prometheus: 2 | 3 = 3): UnitTestReport {
  const file = parseUnitTestFile('t.yml', tests);
  const rule = parseRuleFile('r.yml', rules);
  expect([...rule.problems, ...file.problems]).toEqual([]);
  return runUnitTests(file, rule.groups, prometheus);
}

const passed = (report: UnitTestReport): boolean[] => report.tests.map((one) => one.passed);

// Confirmed with promtool 2.42.
describe('the worked examples, to the minute', () => {
  const rules = `groups:
  - name: g
    rules:
      - alert: BreachBurst
        expr: sum by (env) (increase(breach_total[15m])) > 5
        for: 10m
      - alert: DailyP95High
        expr: histogram_quantile(0.95, sum by (le, env) (rate(daily_bucket[1h]))) > 80
        for: 15m
`;
  const series = `    input_series:
      - {series: 'breach_total{env="prod"}', values: '0x5 1+1x60'}
      - {series: 'daily_bucket{env="prod", le="50"}', values: '0+8x80'}
      - {series: 'daily_bucket{env="prod", le="100"}', values: '0+10x80'}
      - {series: 'daily_bucket{env="prod", le="+Inf"}', values: '0+10x80'}
`;
  const fires = (alertname: string, minute: number): string =>
    `      - {eval_time: ${minute}m, alertname: ${alertname}, exp_alerts: [{exp_labels: {env: prod}}]}\n`;
  const silent = (alertname: string, minute: number): string =>
    `      - {eval_time: ${minute}m, alertname: ${alertname}, exp_alerts: []}\n`;
  const expr = (text: string, minute: number, samples: string): string =>
    `      - {expr: '${text}', eval_time: ${minute}m, exp_samples: [${samples}]}\n`;

  test.each([2, 3] as const)('under Prometheus %d', (prometheus) => {
    const report = run(
      rules,
      `evaluation_interval: 1m
tests:
  - interval: 1m
${series}    alert_rule_test:
${silent('BreachBurst', 20)}${fires('BreachBurst', 21)}${silent('DailyP95High', 15)}${fires('DailyP95High', 16)}    promql_expr_test:
${expr('increase(breach_total[15m])', 11, '{labels: \'{env="prod"}\', value: 6}')}${expr('increase(breach_total[15m])', 10, '{labels: \'{env="prod"}\', value: 5}')}${expr('ALERTS{alertname="BreachBurst"}', 10, '')}${expr('ALERTS{alertname="BreachBurst"}', 11, '{labels: \'ALERTS{alertname="BreachBurst", alertstate="pending", env="prod"}\', value: 1}')}${expr('histogram_quantile(0.95, sum by (le, env) (rate(daily_bucket[1h])))', 1, '{labels: \'{env="prod"}\', value: 87.5}')}`,
      prometheus,
    );
    expect(report.tests.filter((one) => !one.passed)).toEqual([]);
    expect(report.tests).toHaveLength(9);
    expect(report.untested).toEqual([]);
  });
});

const RULES = `groups:
  - name: later
    interval: 1h
    rules:
      - alert: Down
        expr: up:sum < 1
        annotations: {summary: '{{ $labels.job }} has {{ $value }} in {{ $externalLabels.region }} ({{ $externalURL }})'}
      - alert: Untested
        expr: vector(0) > 1
  - name: first
    rules:
      - record: up:sum
        expr: sum by (job) (up)
`;

describe('promtool’s semantics', () => {
  test('groups run at each evaluation interval from 0 in the order asked for, whatever their own interval', () => {
    const tests = (order: string): string => `group_eval_order: [${order}]
evaluation_interval: 1m
tests:
  - interval: 1m
    name: one
    external_labels: {region: tokyo}
    external_url: http://am/
    input_series: [{series: 'up{job="a"}', values: '0 1 0'}]
    alert_rule_test:
      - {eval_time: 0m, alertname: Down, exp_alerts: [{exp_labels: {job: a}, exp_annotations: {summary: 'a has 0 in tokyo (http://am/)'}}]}
      - {eval_time: 90s, alertname: Down, exp_alerts: []}
`;
    expect(passed(run(RULES, tests('first, later')))).toEqual([true, true]);
    // In the other order the alert sees what was recorded a minute before.
    expect(passed(run(RULES, tests('later, first')))).toEqual([false, false]);
  });

  test('says what it got, which alerts no test names, and writes values as the API does', () => {
    const report = run(
      RULES,
      `tests:
  - input_series: [{series: 'up{job="a"}', values: '0.5'}]
    promql_expr_test:
      - {expr: 'up * 1e21', eval_time: 0, exp_samples: [{labels: '{job="a"}', value: 1}]}
      - {expr: 'up > 1 and', eval_time: 0}
      - {expr: 'up / on () (up or vector(1))', eval_time: 0}
      - {expr: '1 / 0', eval_time: 0, exp_samples: [{value: .inf}]}
`,
    );
    expect(report.tests).toMatchObject([
      {
        file: 't.yml',
        group: '#1',
        expr: 'up * 1e21',
        eval_time_seconds: 0,
        expected: [{ labels: { job: 'a' }, value: '1' }],
        got: [{ labels: { job: 'a' }, value: '500000000000000000000' }],
        error: null,
        passed: false,
      },
      { error: 't.yml:5:27: unexpected end of input', passed: false, got: [] },
      { passed: false, error: expect.stringContaining('many-to-many matching not allowed') },
      { got: [{ labels: {}, value: '+Inf' }], error: null, passed: true },
    ]);
    expect(report.untested).toEqual(['Down', 'Untested']);
  });

  test('a rule that fails ends its group with an error in each expectation that is left', () => {
    const report = run(
      "groups:\n  - name: g\n    rules:\n      - {record: r, expr: 'a / on () b'}\n",
      `tests:
  - interval: 1m
    input_series:
      - {series: a, values: '1x5'}
      - {series: 'b{i="1"}', values: '1x5'}
      - {series: 'b{i="2"}', values: '_ 1x5'}
    promql_expr_test: [{expr: r, eval_time: 3m}]
`,
    );
    expect(report.errors).toMatchObject([
      {
        group: '#1',
        error: expect.stringContaining('rule: r (r.yml:4:9), time: 1m, err: found duplicate series'),
      },
    ]);
    expect(report.tests).toMatchObject([{ passed: false, error: report.errors[0]!.error }]);
  });

  test('samples after the last evaluation cannot be seen', () => {
    const report = run(
      'groups: []',
      `evaluation_interval: 1m
tests:
  - interval: 15s
    input_series: [{series: a, values: '1 2 3 4 5 6 7'}]
    promql_expr_test:
      - {expr: a, eval_time: 75s, exp_samples: [{labels: a, value: 5}]}
`,
    );
    expect(passed(report)).toEqual([true]);
  });

  describe('values', () => {
    const verdicts = (expr: string, values: readonly string[], fuzzy = ''): boolean[] =>
      passed(
        run(
          'groups: []',
          `${fuzzy}
tests:
  - input_series: [{series: a, values: '0.1'}]
    promql_expr_test:
${values.map((value) => `      - {expr: '${expr}', eval_time: 0, exp_samples: [{value: ${value}}]}`).join('\n')}
`,
        ),
      );

    test('are compared exactly, NaN with nothing', () => {
      expect(verdicts('-a - vector(0.2)', ['-0.30000000000000004', '-0.3'])).toEqual([true, false]);
      expect(verdicts('vector(0) / 0', ['.nan', '0'])).toEqual([false, false]);
      expect(verdicts('vector(1) / 0', ['.inf', '-.inf', '1e308'])).toEqual([true, false, false]);
      expect(verdicts('vector(0) * -1', ['0', '-0'])).toEqual([true, true]);
      expect(verdicts('vector(8)', ['0x8', '0b1000', '0o10', '010', '08', '8.0', '10'])).toEqual([
        ...[true, true, true, true, true, true, false],
      ]);
      expect(verdicts('-vector(1000)', ['-1_000', '-0x3e8', '-1e3'])).toEqual([true, true, true]);
    });

    test('may differ in the last bit with fuzzy_compare', () => {
      const fuzzy = 'fuzzy_compare: true';
      const around = ['0.3', '0.30000000000000004', '0.3000000000000001', '0.29999999999999993'];
      expect(verdicts('vector(0.1) + 0.2', around, fuzzy)).toEqual([true, true, true, false]);
      expect(verdicts('vector(0.1) + 0.2', around, 'fuzzy_compare: false')).toEqual([
        false,
        true,
        false,
        false,
      ]);
      expect(verdicts('vector(0)', ['5e-324', '-5e-324', '1e-323'], fuzzy)).toEqual([true, true, false]);
      expect(verdicts('vector(0) / 0', ['.nan'], fuzzy)).toEqual([false]);
    });
  });

  test('time begins where a group says, and eval_time counts from there', () => {
    const tests = (start: string): string => `tests:
  - interval: 1m
    start_timestamp: ${start}
    input_series: [{series: 'up{job="a"}', values: '1 0 0'}]
    alert_rule_test:
      - {eval_time: 0m, alertname: Down}
      - {eval_time: 2m, alertname: Down, exp_alerts: [{exp_labels: {job: a}}], ignore_annotations: true}
    promql_expr_test:
      - {expr: hour(), eval_time: 2m, exp_samples: [{value: 23}]}
      - {expr: up offset 1m, eval_time: 1m, exp_samples: [{labels: 'up{job="a"}', value: 1}]}
      - {expr: timestamp(up), eval_time: 90s, exp_samples: [{labels: '{job="a"}', value: 1756681260}]}
`;
    const all = [true, true, true, true, true];
    expect(passed(run(RULES, tests('2025-08-31T23:00:00Z')))).toEqual(all);
    expect(passed(run(RULES, tests("'2025-09-01T08:00:00+09:00'")))).toEqual(all);
    expect(passed(run(RULES, tests('1756681200')))).toEqual(all);
    expect(passed(run(RULES, tests('1756681260')))).toEqual([true, true, true, true, false]);
  });

  test('annotations of a group or of one alert can be ignored', () => {
    const tests = (group: string, alert: string): string => `tests:
  - input_series: [{series: 'up{job="a"}', values: '0'}]
    ${group}
    alert_rule_test: [{eval_time: 0, alertname: Down, exp_alerts: [{exp_labels: {job: a}}]${alert}}]
`;
    const rules = RULES.replace('up:sum < 1', 'sum by (job) (up) < 1');
    expect(passed(run(rules, tests('', '')))).toEqual([false]);
    expect(passed(run(rules, tests('ignore_annotations: true', '')))).toEqual([true]);
    expect(passed(run(rules, tests('', ', ignore_annotations: true')))).toEqual([true]);
  });

  test('one wrong annotation, label or value is a failure', () => {
    const alert = (fields: string): string => `tests:
  - input_series: [{series: 'up{job="a"}', values: '0'}]
    external_labels: {region: x}
    external_url: u
    alert_rule_test: [{eval_time: 0, alertname: Down, exp_alerts: [{${fields}}]}]
`;
    const rules = RULES.replace('up:sum < 1', 'sum by (job) (up) < 1');
    expect(
      passed(run(rules, alert("exp_labels: {job: a}, exp_annotations: {summary: 'a has 0 in x (u)'}"))),
    ).toEqual([true]);
    expect(
      passed(run(rules, alert("exp_labels: {job: b}, exp_annotations: {summary: 'a has 0 in x (u)'}"))),
    ).toEqual([false]);
    expect(
      passed(run(rules, alert("exp_labels: {job: a}, exp_annotations: {summary: 'a has 1 in x (u)'}"))),
    ).toEqual([false]);
  });
});

test('faults of a test file are told with their places', () => {
  const { problems } = parseUnitTestFile(
    't.yml',
    `rule_file: [a]
evaluation_interval: soon
fuzzy_compare: 1e-9
tests:
  - interval: 1m
    start_timestamp: noon
    input_series:
      - {series: 'up{', values: '1'}
      - {series: up, values: '1 x'}
    alert_rule_test:
      - {eval_time: 1m}
    promql_expr_test:
      - {expr: up, eval_time: 1m, exp_samples: [{labels: up, value: many}]}
`,
  );
  expect(renderProblems(problems).split('\n')).toEqual([
    't.yml:1:1: unknown key "rule_file" in a unit-test file, expected one of rule_files, evaluation_interval, group_eval_order, fuzzy_compare, tests',
    't.yml:2:22: not a valid duration string: "soon" (evaluation_interval is written like 30s, 5m or 1h30m)',
    't.yml:3:16: expected fuzzy_compare to be true or false, got "1e-9"',
    't.yml:6:22: expected start_timestamp to be a time such as 2025-09-01T00:00:00Z or seconds since the Unix epoch, got "noon"',
    't.yml:8:22: unexpected end of input',
    't.yml:9:33: unexpected "x" in series values',
    "t.yml:11:9: an item under alert_rule_test misses the required attribute 'alertname'",
    't.yml:13:69: expected value to be a number, got "many"',
  ]);
});
