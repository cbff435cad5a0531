import { describe, expect, it } from 'vitest';
import { parseRuleFile } from './rule-file.ts';
import { renderProblems } from './yaml-source.ts';

const problem = (file: string, line: number, column: number) => ({
  place: { file, line, column },
  reason: 'no',
});

describe('problems', () => {
  it('stand file by file in the order the files were read, then by line and column', () => {
    const problems = [
      problem('b.yml', 9, 1),
      problem('a.yml', 2, 5),
      problem('b.yml', 3, 7),
      problem('a.yml', 2, 4),
      problem('b.yml', 3, 10),
    ];
    expect(renderProblems(problems).split('\n')).toEqual([
      'b.yml:3:7: no',
      'b.yml:3:10: no',
      'b.yml:9:1: no',
      'a.yml:2:4: no',
      'a.yml:2:5: no',
    ]);
  });
});

describe('anchors', () => {
  const read = (text: string) => {
    const { groups, problems } = parseRuleFile('r.yml', text);
    const rules = groups.flatMap((group) => group.rules.filter((rule) => rule.kind === 'alert'));
    return {
      problems: renderProblems(problems).split('\n'),
      rules: rules.map(({ name, exprText, forMs, labels }) => [
        name,
        exprText,
        forMs,
        ...labels.map((label) => `${label.name}=${label.template.text}`),
      ]),
    };
  };

  it('stand for what they name, and merged mappings give way to what is written', () => {
    const { rules, problems } = read(`groups:
  - name: g
    rules:
      - {alert: A, expr: &e up > 1, for: &f 5m, labels: &l {severity: page, team: x}}
      - {alert: B, expr: *e, for: *f, labels: *l}
      - {alert: C, expr: *e, labels: {<<: *l, team: y}}
      - {alert: D, expr: *e, labels: {team: z, <<: [{severity: info, a: b}, *l]}}
`);
    expect(problems).toEqual(['']);
    expect(rules).toEqual([
      ['A', 'up > 1', 300_000, 'severity=page', 'team=x'],
      ['B', 'up > 1', 300_000, 'severity=page', 'team=x'],
      ['C', 'up > 1', 0, 'severity=page', 'team=y'],
      ['D', 'up > 1', 0, 'severity=info', 'a=b', 'team=z'],
    ]);
  });

  it('are told of where they are used: unknown, of the wrong kind, or with a fault in what they name', () => {
    expect(
      read(`groups:
  - name: g
    rules:
      - {alert: A, expr: *gone}
      - {alert: B, expr: &e rate(up)}
      - {alert: C, expr: *e}
      - &r {alert: D, expr: up, labels: {<<: 5, a: *r}}
      - &s {alert: E, expr: up, labels: &t {<<: *t}}
`).problems,
    ).toEqual([
      'r.yml:4:26: there is no anchor "gone" here',
      'r.yml:4:26: expected expr to be a string',
      'r.yml:5:34: rule "B": could not parse expression: expected type range vector in call to function "rate", got instant vector',
      'r.yml:5:34: rule "C": could not parse expression: expected type range vector in call to function "rate", got instant vector',
      'r.yml:7:46: expected what is merged to be a mapping',
      'r.yml:7:52: there is no anchor "r" here',
      'r.yml:7:52: expected label a to be a string',
      'r.yml:8:49: there is no anchor "t" here',
      'r.yml:8:49: expected what is merged to be a mapping',
    ]);
  });
});
