/**
 * What rule unit tests say, against promtool: values that are right, off by a bit or two, or no numbers; and
 * expressions picked by hand, since chance seldom writes them.
 */
import { expect, test } from 'vitest';
import { parseRuleFile } from '../../harness/alerts/rule-file.ts';
import { runUnitTests } from '../../harness/alerts/unit-test.ts';
import { parseUnitTestFile } from '../../harness/alerts/unit-test-file.ts';
import { evaluateInstant } from '../../harness/promql/evaluate.ts';
import { parseExpr } from '../../harness/promql/parse.ts';
import { parseNotatedSeries } from '../../harness/promql/series-notation.ts';
import { MemorySource } from '../../harness/promql/series.ts';
import { answersAgree } from './compare-expressions.ts';
import { askPromtool, runTool, toolIsMissing } from './promtool.ts';

const EXPRS = ['a + on () vector(0.2)', 'a / 0 * 0', 'vector(0)', '-vector(0)', 'vector(1) / 0', 'a - a + 1'];
const VALUES = ['0.3', '0.30000000000000004', '0.3000000000000001', '.nan', '0', '-0', '.inf', '-.inf', '1'];

test.skipIf(toolIsMissing('promtool'))('a value passes where promtool lets it pass', () => {
  const asked = EXPRS.flatMap((expr) => VALUES.map((value) => ({ expr, value })));
  // Each at a second of its own, by which promtool's answer tells them apart.
  const tests = asked.map(
    ({ expr, value }, second) =>
      `      - {expr: '${expr}', eval_time: ${second + 1}s, exp_samples: [{value: ${value}}]}\n`,
  );
  const file = `rule_files: []
tests:
  - input_series: [{series: a, values: '0.1'}]
    promql_expr_test:
${tests.join('')}`;
  const { stderr } = runTool('promtool', ['test', 'rules', 'test.yml'], { 'test.yml': file });
  const refused = [...stderr.matchAll(/^ {4}expr: .*, time: (\d+)s,/gm)].map((match) => Number(match[1]));
  const ours = runUnitTests(parseUnitTestFile('test.yml', file), [], 2).tests;
  expect(ours.filter(({ passed }) => !passed).map((one) => one.eval_time_seconds)).toEqual(refused);
  expect(asked.length - refused.length).toBeGreaterThan(EXPRS.length - 1);
});

const SERIES = [
  { series: 'a{i="x"}', values: '0 1 5 5' },
  { series: 'a{i="y"}', values: '7 2 3 9' },
  { series: 'large', values: '1e16 1 -1e16 1' },
  { series: 'huge', values: '1e308x3' },
  { series: 'endless', values: '1e308 Inf 1 -3' },
];

const HAND_PICKED = [
  ...[
    'avg_over_time(large[5m])',
    'avg_over_time(huge[5m])',
    'avg_over_time(endless[5m])',
    'stddev_over_time(large[5m])',
  ],
  ...[
    'sum_over_time(large[5m])',
    'sum_over_time(huge[5m])',
    'quantile_over_time(0.3, large[5m])',
    'a ^ 11 % 7',
  ],
  ...['absent((nope{x="1"}))', 'absent(((nope{x="1"})))', 'absent(-nope{x="1"})', 'absent(+nope{x="1"})'],
  ...['absent((nope{x="1"} offset 5m))', 'absent(nope{x="1"} @ 60)', 'absent(nope{x="1", x="2", y="3"})'],
  ...['absent(nope{x!="2", x="1", y="3"})', 'absent(nope{x="1", x!="2", y=~"3"})', 'absent(a{i="x"})'],
  ...[
    'absent_over_time((nope{x="1"}[5m]))',
    'absent_over_time(nope{x="1"}[5m:1m])',
    'absent(sum(nope{x="1"}))',
  ],
  ...[
    'absent_over_time((nope{x="1"})[5m:1m])',
    'absent(nope{x="1"} > 1)',
    'absent({__name__="nope", x="1"})',
  ],
  ...['timestamp((a))', 'timestamp(a offset 1m)', 'timestamp(-a)', 'rate((a[3m]))', 'rate(((a)[3m:1m]))'],
  ...['-a ^ 2', '2 ^ -a ^ 2', '-2 ^ 2 + 0 * a', 'a - a offset 1m * 2', '(a)', 'a == bool a', 'a % -3'],
];

test.skipIf(toolIsMissing('promtool'))('expressions picked by hand have promtool’s values and labels', () => {
  const queries = HAND_PICKED.map((expr) => ({ expr, evalTime: '3m' }));
  const theirs = askPromtool([{ interval: '1m', inputSeries: SERIES, queries }], '1m');
  const source = MemorySource.of(
    SERIES.map(({ series, values }) => parseNotatedSeries(series, values, 60_000)),
  );
  const wrong = HAND_PICKED.filter((expr, at) => {
    const result = evaluateInstant(parseExpr(expr), source, 180_000, { prometheus: 2 });
    const samples = result.type === 'vector' ? result.samples : [];
    return !answersAgree({ kind: 'samples', samples }, theirs[at]!);
  });
  expect(wrong).toEqual([]);
  expect(theirs.filter(({ kind }) => kind === 'error')).toEqual([]);
});

const TEMPLATES = [
  '{{ range query "sort(a)" }}{{ .Labels.i }}={{ .Value }} {{ end }}',
  '{{ range query "a" | sortByLabel "i" }}{{ label "i" . }},{{ end }}',
  '{{ query "sum(a)" | first | value | humanize }} {{ (query "sum(a)" | first).Value }}',
  '{{ with query "nope" }}{{ . | first }}{{ else }}nothing{{ end }} {{ len (query "a") }}',
  '{{ (index (query "sort(a)") 1).Value }} {{ index $labels "i" }} {{ query "1 + 1" | first | value }}',
  '{{ range $n, $s := query "sort(a)" }}{{ $n }}:{{ $s.Value }}{{ break }}{{ end }}',
  '{{ range $s := query "sort(a)" }}{{ if eq $s.Value 5.0 }}{{ continue }}{{ end }}{{ $s.Value }}{{ end }}',
  '{{ range $k, $v := $labels }}{{ $k }}:{{ $v }} {{ else }}none{{ end }}{{ range query "nope" }}x{{ else }}none{{ end }}',
  '{{ $x := "1" }}{{ range query "sort(a)" }}{{ $x = label "i" . }}{{ end }}{{ $x }}',
  '{{ $x := "1" }}{{ if true }}{{ $x := "2" }}{{ $x }}{{ end }}{{ $x }}{{ with $y := $value }}{{ $y }}{{ . }}{{ end }}',
  '{{ define "t" }}[{{ .i }}{{ $.i }}]{{ end }}{{ template "t" $labels }}{{ template "t" .Labels }}',
  '{{ block "b" (args 1 "x") }}{{ .arg1 }}{{ end }} {{ print 1 2 "a" 3 4 "b" "c" }}|{{ println 1 "a" }}',
  `{{ html "<a b='c'>&" }} {{ urlquery "a b&c/ü" }} {{ reReplaceAll "(?i)B(x)?" "<$1>$0" "abAB" }}`,
  '{{ stripDomain "a.b.c:9" }} {{ stripDomain "10.0.0.1:9" }} {{ stripDomain "a" }} {{ stripPort "[::1]:9" }}',
  '{{ graphLink "up > 1" }} {{ tableLink "up" }} {{ match "(?i)^A" "xa" }}{{ match "(?i)A$" "xa" }} {{ title "a b-c" }}',
  '{{ with $x := query "a" | sortByLabel "i" }}{{ range $x }}{{ .Value }}{{ end }}{{ end }} {{ $value | printf "%5.1f|%-6v|%q" 3.25 "s" }}',
  '{{ if and (gt $value 1.0) (lt $value 9.5) }}in{{ else if le $value 1.0 }}low{{ else }}high{{ end }} {{ not (eq $labels.i "x" "y") }}',
  '{{ query "ALERTS" | len }} {{ query "b:recorded" | first | value }}',
];

test.skipIf(toolIsMissing('promtool'))(
  'templates expand to promtool’s texts, queries and loops included',
  () => {
    const annotations = Object.fromEntries(TEMPLATES.map((template, at) => [`t${at}`, template]));
    const rules = {
      groups: [
        {
          name: 'g',
          rules: [
            { record: 'b:recorded', expr: 'sum(a)' },
            {
              alert: 'A',
              expr: 'a > 4',
              labels: { most: '{{ query "max(a)" | first | value }}' },
              annotations,
            },
          ],
        },
      ],
    };
    const testFile = (exp_alerts: readonly unknown[]): string =>
      JSON.stringify({
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            external_labels: { region: 'x' },
            input_series: SERIES,
            alert_rule_test: [{ eval_time: '3m', alertname: 'A', exp_alerts }],
          },
        ],
      });
    const { groups, problems } = parseRuleFile('rules.yml', JSON.stringify(rules));
    expect(problems).toEqual([]);
    const [ours] = runUnitTests(parseUnitTestFile('test.yml', testFile([])), groups, 2).tests;
    expect(ours!.got.map(({ labels }) => labels)).toEqual([
      { alertname: 'A', i: 'x', most: '9' },
      { alertname: 'A', i: 'y', most: '9' },
    ]);
    const expected = ours!.got.map((alert) => ({
      exp_labels: alert.labels,
      exp_annotations: alert.annotations,
    }));
    const { status, stderr } = runTool('promtool', ['test', 'rules', 'test.yml'], {
      'rules.yml': JSON.stringify(rules),
      'test.yml': testFile(expected),
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
);
