import { describe, expect, test } from 'vitest';
import { PromqlSyntaxError } from './errors.ts';
import { labelRecord } from './labels.ts';
import { parseNotatedSeries, parseSeriesValues } from './series-notation.ts';

describe('values', () => {
  test.each([
    ['1 2 3', [1, 2, 3]],
    ['0x3', [0, 0, 0, 0]],
    ['1+2x3', [1, 3, 5, 7]],
    ['-2-1.5x2', [-2, -3.5, -5]],
    ['1e3x1 -1e-2', [1000, 1000, -0.01]],
    ['_ 1 _x2 stale', ['gap', 1, 'gap', 'gap', 'stale']],
    ['NaN Inf -Inf +Inf', [Number.NaN, Infinity, -Infinity, Infinity]],
    ['.5 5.', [0.5, 5]],
    ['', []],
    ['  1\t2\n3 ', [1, 2, 3]],
  ])('%s', (text, expected) => {
    expect(parseSeriesValues(text)).toEqual(expected);
  });

  test.each([
    ['1 x3', '1:3: unexpected "x3" in series values'],
    ['stalex3', '1:1: unexpected "stalex3"'],
    ['1+2', '1:1: unexpected "1+2"'],
    ['1 0x1F', '1:3: unexpected "0x1F"'],
    ['{{schema:1}}', '1:1: native histogram literals are not supported'],
    ['1 2x1000000000000', '1:3: more than 10000000 values in a series'],
    ['_x9999999 1x9', '1:11: more than 10000000 values in a series'],
  ])('refuses %s', (text, expected) => {
    expect(() => parseSeriesValues(text)).toThrow(PromqlSyntaxError);
    expect(() => parseSeriesValues(text)).toThrow(expected);
  });
});

test.each([
  ['a{x="1", x="2"}', '1:10: label "x" is given twice'],
  ['a{__name__="b"}', '1:3: label "__name__" is given twice'],
])('refuses %s', (series, expected) => {
  expect(() => parseNotatedSeries(series, '1', 1000)).toThrow(expected);
});

test('the n-th value stands at n intervals, gaps hold nothing and a stale marker is no sample', () => {
  const series = parseNotatedSeries('up{b="x", a=\'y\'}', '1 _ stale 4', 15_000);
  expect(labelRecord(series.labels)).toEqual({ __name__: 'up', a: 'y', b: 'x' });
  expect([...series.times.subarray(0, series.length)]).toEqual([0, 45_000]);
  expect([...series.values.subarray(0, series.length)]).toEqual([1, 4]);
  expect(series.staleTimes).toEqual([30_000]);
});
