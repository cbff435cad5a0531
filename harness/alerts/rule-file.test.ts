import { describe, expect, test } from 'vitest';
import { findRecordingCycles, parseRuleFile } from './rule-file.ts';
import { refuseProblems, renderProblems } from './yaml-source.ts';
import { GolemError } from '../errors.ts';

const problemsOf = (text: string): string[] =>
  renderProblems(parseRuleFile('r.yml', text).problems).split('\n');

describe('a good file', () => {
  const text = `groups:
  - name: g
    interval: 30s
    query_offset: 1m
    limit: 5
    labels: {team: a}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {team: b}
      - alert: Down
        expr: |
          up
            == 0
        for: 5m
        keep_firing_for: 10m
        labels: {severity: page}
        annotations:
          summary: "{{ $labels.job }} down"
`;

  test('is read with all its fields, a rule label overriding the group’s', () => {
    const { groups, problems } = parseRuleFile('r.yml', text);
    expect(problems).toEqual([]);
    expect(groups).toMatchObject([{ name: 'g', intervalMs: 30_000, queryOffsetMs: 60_000, limit: 5 }]);
    const [record, alert] = groups[0]!.rules;
    expect(record).toMatchObject({
      kind: 'record',
      name: 'job:up:sum',
      labels: [['team', 'b']],
      place: { line: 8, column: 9 },
    });
    expect(alert).toMatchObject({ kind: 'alert', name: 'Down', forMs: 300_000, keepFiringForMs: 600_000 });
    expect(alert!.kind === 'alert' && alert!.labels.map((label) => label.name)).toEqual(['team', 'severity']);
  });

  test('an empty file and an empty group are no faults', () => {
    expect(parseRuleFile('r.yml', '').problems).toEqual([]);
    expect(parseRuleFile('r.yml', 'groups:\n  - name: g\n').problems).toEqual([]);
  });
});

test('every fault of a file is told at once, each at its place', () => {
  const text = `groups:
  - name: g
    foo: 1
    interval: 5q
    rules:
      - alert: A
        expr: up ==
      - record: b a
        expr: up
        for: 5m
      - alert: T
        expr: sum(rate(up))
        labels: {"1x": y, z: "{{ $labels.foo }"}
        annotations:
          a: "{{ $value | nofunc }}"
      - expr: up
      - alert: B
        record: b
        expr: "up + histogram_count(up)"
      - record: c
        expr: up[5m]
      - alert: D
        exrp: up
        limit: x
  - name: g
    limit: many
    rules: 7
`;
  expect(problemsOf(text)).toEqual([
    'r.yml:3:5: unknown key "foo" in a rule group, expected one of name, interval, query_offset, limit, labels, rules',
    'r.yml:4:15: not a valid duration string: "5q" (interval is written like 30s, 5m or 1h30m)',
    'r.yml:7:20: rule "A": could not parse expression: unexpected end of input',
    'r.yml:8:17: invalid recording rule name: "b a"',
    "r.yml:10:9: invalid field 'for' in recording rule",
    'r.yml:12:24: rule "T": could not parse expression: expected type range vector in call to function "rate", got instant vector',
    'r.yml:13:18: invalid label name: "1x"',
    'r.yml:13:46: template of label "z": unexpected "}" in operand',
    'r.yml:15:27: template of annotation "a": function "nofunc" not defined or not supported',
    "r.yml:16:9: one of 'record' or 'alert' must be set",
    "r.yml:17:9: only one of 'record' and 'alert' must be set",
    'r.yml:19:21: rule "B": could not parse expression: function "histogram_count" is not supported: it reads native histograms',
    'r.yml:21:15: rule "c": expected an instant vector or a scalar, got range vector',
    "r.yml:22:9: field 'expr' must be set in rule",
    'r.yml:23:9: unknown key "exrp" in a rule, expected one of record, alert, expr, for, keep_firing_for, labels, annotations',
    'r.yml:24:9: unknown key "limit" in a rule, expected one of record, alert, expr, for, keep_firing_for, labels, annotations',
    'r.yml:25:11: group name "g" is repeated in the same file (first on line 2)',
    'r.yml:26:12: expected limit to be a whole number, got "many"',
    'r.yml:27:12: expected rules to be a list',
  ]);
});

test.each([
  ['a block', '        expr: |\n          sum by (x) (\n            rate(up)\n          )\n', '8:18'],
  ['a folded block', '        expr: >\n          sum by (x) (\n          rate(up)\n          )\n', '8:16'],
  ['double quotes', '        expr: "sum by (x) (up{a=\\"b\\"} + rate(up))"\n', '6:47'],
  ['single quotes', "        expr: 'sum(rate(up))'\n", '6:25'],
  ['a plain scalar over lines', '        expr: sum(\n          rate(up))\n', '7:16'],
])('an error inside an expression in %s is placed where it stands in the file', (_, expr, place) => {
  const text = `groups:\n  - name: g\n    rules:\n      - alert: A\n        for: 1m\n${expr}`;
  expect(problemsOf(text)[0]).toMatch(new RegExp(`^r\\.yml:${place}: `));
});

test('a YAML error and a key given twice are told with their place', () => {
  expect(problemsOf('groups:\n  - name: [a\n')[0]).toMatch(/^r\.yml:\d+:\d+: YAML: /);
  expect(problemsOf('groups: []\ngroups: []\n')[0]).toMatch(/^r\.yml:2:1: YAML: Map keys must be unique/);
  expect(problemsOf('- a\n')[0]).toBe('r.yml:1:1: expected a rule file to be a mapping');
});

test('recording rules that read themselves, directly or in a circle, are found', () => {
  const rule = (record: string, expr: string): string => `      - {record: '${record}', expr: '${expr}'}\n`;
  const { groups } = parseRuleFile(
    'r.yml',
    `groups:\n  - name: g\n    rules:\n${rule('a', 'a + 1')}${rule('b', 'sum(c)')}${rule('c', 'rate(b[5m])')}${rule('d', 'a')}`,
  );
  expect(
    findRecordingCycles(groups).map((problem) => [problem.place.line, problem.reason.split(':')[0]]),
  ).toEqual([
    [4, 'recording rule "a" reads its own result'],
    [5, 'recording rule "b" reads its own result'],
    [6, 'recording rule "c" reads its own result'],
  ]);
});

test('problems are thrown as one data error with all of them in it', () => {
  const { problems } = parseRuleFile(
    'r.yml',
    'groups:\n  - name: g\n    rules: [{alert: A, expr: "up =="}, {alert: B}]\n',
  );
  try {
    refuseProblems(problems, 'read', 'r.yml');
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof GolemError)) throw error;
    expect(error.exit).toBe(65);
    expect(error.message).toContain('2 problems');
    expect(error.message).toContain('r.yml:3:36');
  }
  expect(refuseProblems([], 'read', 'r.yml')).toBeUndefined();
});
