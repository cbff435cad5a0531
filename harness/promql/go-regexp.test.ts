import { describe, expect, test } from 'vitest';
import { compileAnchored, expandTemplate } from './go-regexp.ts';

const matches = (pattern: string, text: string, dotAll = true): boolean =>
  compileAnchored(pattern, { dotAll }).test(text);

describe('RE2 patterns', () => {
  test.each([
    ['a.c', 'abc', true],
    ['a.c', 'xabc', false],
    ['prod|stg', 'stg', true],
    ['prod|stg', 'stgx', false],
    ['(?i)PROD', 'prod', true],
    ['(?P<env>p.*)d', 'prod', true],
    ['[[:alpha:]]+', 'abc', true],
    ['[^]a]', 'b', true],
    ['[]a]', ']', true],
    [String.raw`\Qa.b\E.`, 'a.bc', true],
    [String.raw`\Qa.b\E.`, 'axbc', false],
    [String.raw`\d{2,3}`, '1234', false],
    ['a{,2}', 'a{,2}', true],
    ['x{2', 'x{2', true],
    [String.raw`\pL+`, 'é日', true],
    [String.raw`a\/b-c`, 'a/b-c', true],
    [String.raw`[\w.-]+`, 'a.b-c', true],
  ])('%s on %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test('a dot meets a line break in 3.x and not in 2.x', () => {
    expect(matches('a.b', 'a\nb', true)).toBe(true);
    expect(matches('a.b', 'a\nb', false)).toBe(false);
  });

  test.each(['(?=a)', '(?!a)', String.raw`(a)\k<a>`, '[a', '(', 'a**', String.raw`\8x`, '(?U)a'])(
    'refuses %s, as RE2 does',
    (pattern) => {
      expect(() => matches(pattern, 'a')).toThrow(SyntaxError);
    },
  );
});

test('replacements name groups as Go does: the longest name counts, $$ is a dollar', () => {
  const match = compileAnchored('(?P<first>a)(b)?', { dotAll: true }).exec('a')!;
  const text = '$1-$' + '{first}-$first_-$2-$$-$9';
  expect(expandTemplate(text, match)).toBe('a-a---$-');
});
