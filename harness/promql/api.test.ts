import { expect, test } from 'vitest';
import { instantResponse, rangeResponse } from './api.ts';
import { evaluateInstant, evaluateRange } from './evaluate.ts';
import { parseExpr } from './parse.ts';
import { parseNotatedSeries } from './series-notation.ts';
import { MemorySource } from './series.ts';

const source = MemorySource.of([parseNotatedSeries('a{b="c"}', '1 NaN Inf 1e21', 15_000)]);
const instant = (expr: string) =>
  instantResponse(evaluateInstant(parseExpr(expr), source, 45_500), 45_500).data;

test('an instant answer has the shape of the HTTP API', () => {
  expect(instant('a')).toEqual({
    resultType: 'vector',
    result: [{ metric: { __name__: 'a', b: 'c' }, value: [45.5, '1000000000000000000000'] }],
  });
  expect(instant('1 / 4')).toEqual({ resultType: 'scalar', result: [45.5, '0.25'] });
  expect(instant('"x"')).toEqual({ resultType: 'string', result: [45.5, 'x'] });
  expect(instant('a[20s]')).toEqual({
    resultType: 'matrix',
    result: [
      {
        metric: { __name__: 'a', b: 'c' },
        values: [
          [30, '+Inf'],
          [45, '1000000000000000000000'],
        ],
      },
    ],
  });
});

test('a range answer too', () => {
  const range = evaluateRange(parseExpr('a * 2'), source, 0, 30_000, 15_000);
  expect(rangeResponse(range)).toEqual({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: { b: 'c' },
          values: [
            [0, '2'],
            [15, 'NaN'],
            [30, '+Inf'],
          ],
        },
      ],
    },
  });
});
