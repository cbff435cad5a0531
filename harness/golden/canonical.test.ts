import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEAF_COLUMNS, leafText, renderCanonical, shortHash } from './canonical.ts';
import { type Json, type JsonObject, sameJson, toJson } from './json.ts';

const json = fc.jsonValue({ stringUnit: 'binary' }).map((value) => toJson(value));

describe('renderCanonical', () => {
  it('is read back by JSON as the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(sameJson(JSON.parse(renderCanonical(value)) as Json, value)).toBe(true);
      }),
    );
  });

  it('gives equal values equal texts, however their members were ordered', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (members) => {
        const reversed = Object.fromEntries(Object.entries(members).reverse());
        expect(renderCanonical(reversed)).toBe(renderCanonical(members));
        expect(shortHash(reversed)).toBe(shortHash(members));
      }),
    );
  });

  it('sorts by code unit, sets a value a line and ends in one newline', () => {
    const value = { b: [{ z: 1, a: 'x' }, []], B: { c: { d: null } }, ä: true, 10: 1, 9: 2 };
    expect(renderCanonical(value)).toBe(
      [
        '{',
        '  "10": 1,',
        '  "9": 2,',
        '  "B": {',
        '    "c": {"d": null}',
        '  },',
        '  "b": [',
        '    {"a": "x", "z": 1},',
        '    []',
        '  ],',
        '  "ä": true',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('writes -0 as 0, numbers as JSON does, and a lone surrogate as an escape', () => {
    expect(renderCanonical(toJson([-0, 1e21, 0.1, '\ud83d']))).toBe('[0, 1e+21, 0.1, "\\ud83d"]\n');
  });

  it('breaks an object whose text is one column too long', () => {
    const fits = { name: 'x'.repeat(LEAF_COLUMNS - '{"name": ""}'.length) };
    expect(leafText(fits)).toHaveLength(LEAF_COLUMNS);
    expect(leafText({ name: `${fits.name}x` })).toBeNull();
  });
});

describe('toJson', () => {
  it.each([
    ['NaN', { a: [1, Number.NaN] }, 'Failed to write as JSON "/a/1": NaN has no JSON form.'],
    ['an infinity', { a: -1 / 0 }, 'Failed to write as JSON "/a": -Infinity has no JSON form.'],
    ['a hole', [undefined], 'Failed to write as JSON "/0": a value of type undefined has no JSON form.'],
    [
      'a date',
      { at: new Date(0) },
      'Failed to write as JSON "/at": an instance of a class has no JSON form.',
    ],
    ['a bigint', 1n, 'Failed to write as JSON "/": a value of type bigint has no JSON form.'],
  ])('refuses %s with its path', (_, value, message) => {
    expect(() => toJson(value)).toThrow(message);
  });

  it('makes 0 of -0, so that equal texts are equal values', () => {
    expect(toJson([-0])).toStrictEqual([0]);
  });

  it('refuses a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => toJson(cycle)).toThrow('nesting deeper than 200 levels has no JSON form');
  });

  it('drops members without a value and keeps one called __proto__', () => {
    const parsed = JSON.parse('{"__proto__": {"a": 1}}') as JsonObject;
    expect(Object.keys(toJson({ ...parsed, gone: undefined }) as JsonObject)).toEqual(['__proto__']);
  });
});
