import { describe, expect, test } from 'vitest';
import { expandTemplate } from './template.ts';
import { parseTemplate, TemplateSyntaxError } from './template-syntax.ts';
import { TemplateSample } from './template-values.ts';

const expand = (text: string, value = 1.5): string =>
  expandTemplate(parseTemplate(text), {
    labels: { __name__: 'up', a: 'b', port: 'h:9090' },
    value,
    externalLabels: { ext: 'lab' },
    externalUrl: 'http://x.y/z',
    query: (expr) => {
      if (expr === 'none') return [];
      if (expr !== 'up') throw new Error(`cannot ask ${expr}`);
      return [new TemplateSample({ job: 'b', __value__: 'text' }, 2), new TemplateSample({ job: 'a' }, 1.5)];
    },
  });

// Expected texts are what promtool 2.42 printed for the same templates, labels and values.
describe('expands as promtool does', () => {
  test.each([
    ['{{ $labels.missing }}|{{$labels.a}}-{{ $externalLabels.ext }}-{{.Labels.a}}', '|b-lab-b'],
    ['{{ $value }} {{ .Value }}', '1.5 1.5'],
    [
      '{{ printf "%.2f %g %v %e %5.1f %s %q %d%%" $value $value $value $value $value $labels.a $labels.a 7 }}',
      '1.50 1.5 1.5 1.500000e+00   1.5 b "b" 7%',
    ],
    [
      '{{ printf "%x %t %05d %-5s| %+.1f %.3g %6.2f" 255 true 42 "ab" $value $value $value }}',
      'ff true 00042 ab   | +1.5 1.5   1.50',
    ],
    ['{{ with $labels.a }}has {{ . }}{{ else }}none{{ end }}', 'has b'],
    ['{{ with $labels.missing }}has {{ . }}{{ else }}none{{ end }}', 'none'],
    ['{{ if gt $value 1.0 }}big{{ else if eq $value 0.0 }}zero{{ else }}small{{ end }}', 'big'],
    [
      '{{ title "hello wORld" }} {{ toUpper $labels.a }} {{ "AB" | toLower }} {{- "  x" }}{{/* c */}}',
      'Hello WORld B ab  x',
    ],
    [
      '{{ $labels }} {{ $x := "foo" }}{{ $x }} {{ $value | printf "%.1f" | toUpper }}',
      'map[__name__:up a:b port:h:9090] foo 1.5',
    ],
    [
      '{{ humanizeTimestamp 1600000000.5 }} {{ reReplaceAll "b" "c" $labels.a }} {{ not true }} {{ and 1 0 }} {{ or 0 "x" }} {{ parseDuration "1h" }}',
      '2020-09-13 12:26:40.5 +0000 UTC c false 0 x 3600',
    ],
    ['{{ stripPort $labels.port }} {{ match "a.*" "xabc" }}', 'h true'],
    [
      '{{ printf "%s" $value }} {{ printf "%d" $value }} {{ printf "%.2f" "x" }} {{ printf "%s %s" "a" }}',
      '%!s(float64=1.5) %!d(float64=1.5) %!f(string=x) a %!s(MISSING)',
    ],
    ['a\n  {{- if true -}}  b  {{- end }}\nc', 'ab\nc'],
    ['no action', 'no action'],
  ])('%s', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  test.each([
    [0, '0 0% 0s 0'],
    [1.5, '1.5 150% 1.5s 1.5'],
    [1234567, '1.235M 1.235e+08% 14d 6h 56m 7s 1.177Mi'],
    [1e-7, '100n 1e-05% 100ns 1e-07'],
    [Infinity, '+Inf +Inf% +Inf +Inf'],
    [0.000123456, '123.5u 0.01235% 123.5us 0.0001235'],
    [12.5, '12.5 1250% 12.5s 12.5'],
    [-90, '-90 -9000% -1m 30s -90'],
    [2 ** 60, '1.153E 1.153e+20% 13343998895912d 13h 56m 16s 1Ei'],
    [1e300, '1e+276Y 1e+302% -106751991167300d -15h -30m -8s 8.272e+275Yi'],
    [Number.NaN, 'NaN NaN% NaN NaN'],
  ])('humanizes %d', (value, expected) => {
    expect(
      expand(
        '{{ $value | humanize }} {{ humanizePercentage $value }} {{ $value | humanizeDuration }} {{ $value | humanize1024 }}',
        value,
      ),
    ).toBe(expected);
  });

  test.each([
    ['{{ range query "up" }}{{ .Labels.job }}={{ .Value }} {{ end }}', 'b=2 a=1.5 '],
    ['{{ range query "up" | sortByLabel "job" }}{{ label "job" . }}{{ end }}', 'ab'],
    ['{{ query "up" | first | value }} {{ (query "up" | first).Labels.job }}', '2 b'],
    ['{{ with query "none" }}{{ . | first }}{{ else }}nothing{{ end }} {{ len (query "up") }}', 'nothing 2'],
    [
      '{{ (index (query "up") 1).Value }} {{ index $labels "a" }} {{ query "up" | first | strvalue }}',
      '1.5 b text',
    ],
    ['{{ range $i, $s := query "up" }}{{ $i }}{{ $s.Value }}{{ break }}{{ end }}', '02'],
    [
      '{{ range $s := query "up" }}{{ if eq $s.Value 2.0 }}{{ continue }}{{ end }}{{ $s.Value }}{{ end }}',
      '1.5',
    ],
    ['{{ range $k, $v := $externalLabels }}{{ $k }}:{{ $v }}{{ else }}none{{ end }}', 'ext:lab'],
    ['{{ range query "none" }}x{{ else }}none{{ end }}', 'none'],
    ['{{ $x := "1" }}{{ range query "up" }}{{ $x = label "job" . }}{{ end }}{{ $x }}', 'a'],
    ['{{ $x := "1" }}{{ if true }}{{ $x := "2" }}{{ $x }}{{ end }}{{ $x }}', '21'],
    [
      '{{ define "t" }}[{{ .a }}{{ $.port }}]{{ end }}{{ template "t" $labels }}{{ template "t" .Labels }}',
      '[bh:9090][bh:9090]',
    ],
    ['{{ block "t" (args 1 "x") }}{{ .arg1 }}{{ end }}', 'x'],
    ['{{ and 1 "x" 2 }} {{ and 1 "" 2 }}| {{ or 0 "" }}| {{ or 0 3 2 }}', '2 | | 3'],
    ['{{ print 1 2 "a" 3 4 "b" "c" }}|{{ println 1 "a" }}', '1 2a3 4bc|1 a\n'],
    [
      '{{ html "<a b=\'c\'>" }} {{ urlquery "a b&c" }} {{ reReplaceAll "(?i)B(x)?" "<$1>" "abAB" }}',
      '&lt;a b=&#39;c&#39;&gt; a+b%26c a<>A<>',
    ],
    ['{{ stripDomain "a.b.c:9" }} {{ stripDomain "10.0.0.1:9" }} {{ pathPrefix }}', 'a:9 10.0.0.1:9 /z'],
    ['{{ graphLink "up > 1" }}', '/graph?g0.expr=up+%3E+1&g0.tab=0'],
  ])('%s', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  test('a fault while expanding becomes its text, and the alert stands', () => {
    expect(expand('{{ query "none" | first }}')).toContain('first() called on vector with no elements');
    expect(expand('{{ query "down" }}')).toContain('error calling query: cannot ask down');
    expect(expand('{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}')).toContain(
      'maximum template depth',
    );
    expect(expand('{{ range $value }}{{ end }}')).toContain("range can't iterate over 1.5");
    expect(expand('{{ (query "up").job }}')).toContain(
      "can't evaluate field job in type template.queryResult",
    );
    expect(expand('{{ humanize $labels.a }}')).toMatch(/^<error expanding template: .*parsing "b"/);
    expect(expand('{{ gt $value 1 }}')).toMatch(/^<error expanding template: .*incompatible types/);
  });
});

describe('refuses when it is read', () => {
  test.each([
    ['{{ $value | nofunc }}', 12, 'function "nofunc" not defined'],
    ['{{ $labels.foo }', 15, 'unexpected "}" in operand'],
    ['{{ $nope }}', 3, 'undefined variable "$nope"'],
    ['{{ if $value }}x', 0, '{{end}} is missing'],
    ['{{ end }}', 3, 'unexpected {{end}}'],
    ['{{ range $k, $v, $w := $labels }}{{ end }}', 0, 'at most two'],
    ['{{ break }}', 3, '{{break}} outside {{range}}'],
    ['{{ if true }}{{ define "x" }}{{ end }}{{ end }}', 16, 'unexpected {{define}}'],
    ['{{ template "x" }}', 0, 'template "x" not defined'],
    ['{{ template x }}', 12, 'expected the name of a template'],
    ['{{ define "x" }}{{ $labels.a }}{{ end }}', 19, 'undefined variable "$labels"'],
    ['{{ now }}', 3, 'function "now" not defined or not supported'],
    ['{{ if true }}a{{ else }}b{{ else }}c{{ end }}', 28, 'unexpected {{else}}'],
    ['{{ humanize }}', 3, 'wrong number of args for humanize: want 1 got 0'],
    ['{{ }}', 0, 'missing value for command'],
    ['{{ "x }}', 3, 'unterminated quoted string'],
    ['{{ printf', 0, 'unclosed action'],
    ['{{ $x := 1 }}{{ if true }}{{ $y := 2 }}{{ end }}{{ $y }}', 51, 'undefined variable "$y"'],
  ])('%s', (text, offset, reason) => {
    try {
      parseTemplate(text);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof TemplateSyntaxError)) throw error;
      expect(error.message).toContain(reason);
      expect(error.offset).toBe(offset);
    }
  });
});
