import { describe, expect, test } from 'vitest';
import { PromqlSyntaxError } from './errors.ts';
import { parseExpr, parseMetric } from './parse.ts';
import { renderExpr } from './render.ts';

const normal = (text: string): string => renderExpr(parseExpr(text));

function refusal(text: string): string {
  try {
    parseExpr(text);
  } catch (error) {
    if (error instanceof PromqlSyntaxError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('precedence', () => {
  test.each([
    ['a - b offset 5m * c', 'a - b offset 5m * c'],
    ['(a - b offset 5m) * c', '(a - b offset 5m) * c'],
    ['a or b and c', 'a or b and c'],
    ['(a or b) and c', '(a or b) and c'],
    ['a + b > c * d', 'a + b > c * d'],
    ['a - (b - c)', 'a - (b - c)'],
    ['a - b - c', 'a - b - c'],
    ['2 ^ 3 ^ 2', '2 ^ 3 ^ 2'],
    ['(2 ^ 3) ^ 2', '(2 ^ 3) ^ 2'],
    ['-a ^ 2', '-a ^ 2'],
    ['(-a) ^ 2', '(-a) ^ 2'],
    ['a * -b', 'a * -b'],
    ['-rate(a[5m]) offset 1m', undefined],
    ['sum(a) unless on(x) b > 1', 'sum(a) unless on (x) b > 1'],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(refusal(text)).toContain('offset modifier must be preceded by');
    else expect(normal(text)).toBe(expected);
  });

  test('a subquery, its offset and its @ bind to what stands before them, not to the whole sum', () => {
    const expr = parseExpr('a - max_over_time(b[5m:1m] offset 2m @ 60)');
    expect(expr).toMatchObject({
      kind: 'binary',
      op: '-',
      right: {
        func: 'max_over_time',
        args: [{ kind: 'subquery', offsetMs: 120_000, at: { kind: 'time', atMs: 60_000 } }],
      },
    });
  });

  test('a sign before a literal does not reach into a power: -2^2 is -4', () => {
    expect(parseExpr('-2^2')).toMatchObject({ kind: 'unary', op: '-', expr: { kind: 'binary', op: '^' } });
    expect(parseExpr('2^-3')).toMatchObject({ kind: 'binary', right: { kind: 'number', value: -3 } });
    expect(parseExpr('1 - -2')).toMatchObject({
      kind: 'binary',
      op: '-',
      right: { kind: 'number', value: -2 },
    });
  });
});

describe('literals', () => {
  test.each([
    ['a > 10m', 600],
    ['a > 1h30m', 5400],
    ['a > 0x1F', 31],
    ['a > 1_000', 1000],
    ['a > 1e3', 1000],
    ['a > .5', 0.5],
    ['a > Inf', Infinity],
    ['a > -inf', -Infinity],
    ['a > NaN', Number.NaN],
    ['a > 250ms', 0.25],
  ])('%s', (text, value) => {
    expect(parseExpr(text)).toMatchObject({ right: { kind: 'number', value } });
  });

  test('strings are Go literals: escapes in quotes, none in backquotes', () => {
    const labels = parseMetric(
      String.raw`m{a="\n\"\x41\101\u65e5", b='it''s'}`.replace("it''s", String.raw`it\'s`),
    );
    expect(labels).toEqual([
      ['__name__', 'm'],
      ['a', '\n"AA日'],
      ['b', "it's"],
    ]);
    expect(parseMetric('m{a=`\\n`}')).toEqual([
      ['__name__', 'm'],
      ['a', String.raw`\n`],
    ]);
  });
});

describe('refusals name place and cause', () => {
  test.each([
    ['', '1:1: no expression found in input'],
    ['a +', '1:4: unexpected end of input'],
    ['sum(a', '1:6: unexpected end of input'],
    ['a\n  b', '2:3: unexpected "b"'],
    ['foo(a)', '1:1: unknown function with name "foo"'],
    ['rate(a)', '1:6: expected type range vector in call to function "rate", got instant vector'],
    [
      'sum(\n  rate(rate(a[5m]))\n)',
      '2:8: expected type range vector in call to function "rate", got instant vector',
    ],
    ['rate(a[5m], 1)', '1:1: expected 1 argument(s) in call to "rate", got 2'],
    ['clamp(a, 1)', '1:1: expected 3 argument(s) in call to "clamp", got 2'],
    ['topk(a)', '1:1: wrong number of arguments for aggregate expression "topk": expected 2, got 1'],
    ['topk("x", a)', '1:6: expected type scalar in aggregation parameter, got string'],
    ['1 > 2', '1:1: comparisons between scalars must use BOOL modifier'],
    ['1 and 2', '1:1: set operator "and" not allowed in binary scalar expression'],
    ['a + bool b', '1:1: bool modifier can only be used on comparison operators'],
    ['a and on(x) group_left b', '1:1: no grouping allowed for "and" operation'],
    ['a * on(x) group_left(x) b', '1:1: label "x" must not occur in ON and GROUP clause at once'],
    ['{a=""}', '1:1: vector selector must contain at least one non-empty matcher'],
    ['a{b=~"("}', '1:6: error parsing regexp: unterminated group'],
    ['a{b="\\q"}', '1:6: unknown escape sequence \\q'],
    ['(a)[5m]', '1:4: ranges only allowed for vector selectors'],
    ['a[0s]', '1:3: duration must be greater than 0'],
    ['a offset 1m offset 2m', '1:12: offset may not be set multiple times'],
    ['a[5m:1m:1m]', '1:8: unexpected ":1'],
  ])('%s', (text, expected) => {
    expect(refusal(text).slice(0, expected.length)).toBe(expected);
  });

  test.each([
    'histogram_count',
    'holt_winters',
    'info',
    'mad_over_time',
    'sort_by_label',
    'limitk',
    'double_exponential_smoothing',
    'start',
  ])('names %s, which golem does not evaluate', (name) => {
    expect(refusal(`a + ${name}(b)`)).toMatch(new RegExp(`^1:5: function "${name}" is not supported: `));
  });

  test('experimental syntax is refused by what it is', () => {
    expect(refusal('a[5m * 2]')).toContain('duration expressions are not supported');
    expect(refusal('a anchored')).toContain('modifier "anchored" is not supported');
    expect(refusal('a + fill(0) b')).toContain('modifier "fill(0)" is not supported');
  });
});
