import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findJsonFault, findPathOffset } from './json-fault.ts';

it.each([
  ['{"a":1,}', 7, 'expected a key in double quotes, found "}"', false],
  ['{"a" 1}', 5, 'expected ":" after a key, found "1"', false],
  ['{"a":1 "b":2}', 7, 'expected "," or "}" after a value, found "\\""', false],
  ['[1 2]', 3, 'expected "," or "]" after a value, found "2"', false],
  ['{"a":tru}', 5, 'expected a JSON value, found "t"', false],
  ['{"a":01}', 6, 'expected "," or "}" after a value, found "1"', false],
  ['{"a":"x\\q"}', 7, 'expected an escape such as \\n or \\u00e9, found "\\\\"', false],
  ['{"a":"x\ty"}', 7, 'expected a string without raw control characters, found "\\t"', false],
  ['{"a":1} x', 8, 'expected the end of the line, found "x"', false],
  ['{"a":"x', 7, 'expected the end of a string, the line ends', true],
  ['{"a":', 5, 'expected a JSON value, the line ends', true],
  ['', 0, 'expected a JSON value, the line ends', true],
  ['🍙', 0, 'expected a JSON value, found "🍙"', false],
  ['[[[1]]]', 2, 'objects and arrays are nested deeper than 2 levels', false],
])('says where and why %j is not acceptable JSON', (text, offset, reason, ended) => {
  expect(findJsonFault(text, 2)).toEqual({ offset, reason, ended });
});

it('finds a fault exactly where JSON.parse does, in texts made by damaging good ones', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '{', ',', '\\', '0', 'e', ' '),
      (text, where, put) => {
        const index = where % (text.length + 1);
        const damaged = text.slice(0, index) + put + text.slice(index + 1);
        let parses = true;
        try {
          JSON.parse(damaged);
        } catch {
          parses = false;
        }
        expect(findJsonFault(damaged, 1000) === null).toBe(parses);
      },
    ),
    { numRuns: 2000 },
  );
});

it('points at the key or element a path names, else at the deepest part that is there', () => {
  const text = '{"a": {"b": [1, {"c": 2}]}, "d": 0, "a": {"b": [1, {"c": true}]}}';
  const last = text.lastIndexOf('"a"');
  expect(findPathOffset(text, ['a', 'b', 1, 'c'])).toBe(text.lastIndexOf('"c"'));
  expect(findPathOffset(text, ['a', 'b', 1])).toBe(text.lastIndexOf('{"c"'));
  expect(findPathOffset(text, ['a', 'missing'])).toBe(last);
  expect(findPathOffset(text, ['d'])).toBe(text.indexOf('"d"'));
  expect(findPathOffset(text, ['missing'])).toBe(0);
});
