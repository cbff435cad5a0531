import { expect, test } from 'vitest';
import { parseSeriesFile } from './series-file.ts';
import { renderProblems } from './yaml-source.ts';
import { renderLabels } from '../promql/labels.ts';

const read = (text: string): string[] =>
  parseSeriesFile('s', text).series.map(
    (one) =>
      `${renderLabels(one.labels)} ${[...one.times.subarray(0, one.length)].map((time, at) => `${time / 1000}:${one.values[at]}`).join(' ')}`,
  );

test.each([
  ['a unit test’s keys', 'interval: 15s\ninput_series:\n  - {series: \'a{b="c d"}\', values: "1 _ 3"}\n'],
  ['JSON', '{"interval": "15s", "input_series": [{"series": "a{b=\\"c d\\"}", "values": "1 _ 3"}]}'],
  ['plain lines', '# a comment\nload 15s\n  a{b="c d"} 1 _ 3\n'],
])('series are read from %s', (_, text) => {
  expect(read(text)).toEqual(['a{b="c d"} 0:1 30:3']);
});

test('without an interval values stand a minute apart', () => {
  expect(read('- {series: a, values: 1 2}\n- {series: b, values: 3}')).toEqual(['a 0:1 60:2', 'b 0:3']);
  expect(read('a 1 2\n{__name__="b"} 3')).toEqual(['a 0:1 60:2', 'b 0:3']);
});

test('faults are told with their place', () => {
  expect(
    renderProblems(parseSeriesFile('s', 'load soon\na 1 x\n7 8\na{b=} 1\n').problems).split('\n'),
  ).toEqual([
    's:1:6: not a valid duration string: "soon"',
    's:2:5: unexpected "x" in series values',
    's:3:1: expected a series and its values, such as: up{job="a"} 0 1+1x10',
    expect.stringMatching(/^s:4:\d+: /),
  ]);
  expect(renderProblems(parseSeriesFile('s', '- {series: a, valued: 1}').problems)).toContain(
    's:1:15: unknown key "valued"',
  );
});
