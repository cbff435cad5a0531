import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StructuralDifference, type StructuralKind, structuralDiff } from './structural.ts';

/** JSON values dense in collisions: few names, few scalars, and arrays whose elements have ids. */
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, -0, 1, 2.5, '', 'a', '/', '~'),
    fc.dictionary(fc.constantFrom('a', 'b', 'id', 'x/y', '__proto__'), tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.uniqueArray(fc.record({ id: fc.constantFrom('p', 'q', 1, '1', '"1"'), v: tie('value') }), {
      maxLength: 4,
      selector: (element) => JSON.stringify(element.id),
    }),
  ),
})).value;

const MIRRORED: Readonly<Record<StructuralKind, StructuralKind>> = {
  missing: 'extra',
  extra: 'missing',
  type: 'type',
  value: 'value',
  order: 'order',
  length: 'length',
};

function mirror(difference: StructuralDifference): StructuralDifference {
  return {
    kind: MIRRORED[difference.kind],
    path: difference.path,
    expected: difference.actual,
    actual: difference.expected,
  };
}

/** The value with every object's members in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, part]) => [name, reversed(part)]),
  );
}

describe('structuralDiff, laws', () => {
  it('finds nothing between a value and itself, however its members are ordered', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(structuralDiff(value, reversed(value))).toEqual([]);
      }),
    );
  });

  it('mirrors when its arguments are exchanged, also when the bound cuts it short', () => {
    fc.assert(
      fc.property(json, json, fc.integer({ min: 1, max: 5 }), (a, b, bound) => {
        expect(structuralDiff(b, a)).toEqual(structuralDiff(a, b).map(mirror));
        expect(structuralDiff(b, a, bound)).toEqual(structuralDiff(a, b, bound).map(mirror));
      }),
    );
  });

  it('finds something exactly where the values differ', () => {
    const positive = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(json, json, (a, b) => {
        let equal = true;
        try {
          expect(positive(a)).toStrictEqual(positive(b));
        } catch {
          equal = false;
        }
        expect(structuralDiff(a, b).length === 0).toBe(equal);
      }),
    );
  });
});

describe('structuralDiff', () => {
  const one = (expected: unknown, actual: unknown) => structuralDiff(expected, actual);

  it('names a changed scalar by its path and both values', () => {
    expect(one({ a: { 'x/y': 1 } }, { a: { 'x/y': 2 } })).toEqual([
      { kind: 'value', path: '/a/x~1y', expected: 1, actual: 2 },
    ]);
  });

  it('tells a missing member from an extra one and from null', () => {
    expect(one({ a: 1, n: null }, { b: 2, n: 0 })).toEqual([
      { kind: 'missing', path: '/a', expected: 1, actual: undefined },
      { kind: 'extra', path: '/b', expected: undefined, actual: 2 },
      { kind: 'type', path: '/n', expected: null, actual: 0 },
    ]);
  });

  it('matches elements by id and reports their order once', () => {
    const a = { id: 'a', v: 1 };
    const b = { id: 'b', v: 1 };
    expect(one([a, b], [b, a])).toEqual([
      { kind: 'order', path: '', expected: ['a', 'b'], actual: ['b', 'a'] },
    ]);
    expect(one([a, b], [{ ...b, v: 2 }])).toEqual([
      { kind: 'missing', path: '/[id=a]', expected: a, actual: undefined },
      { kind: 'value', path: '/[id=b]/v', expected: 1, actual: 2 },
    ]);
  });

  it('compares by index, and the length apart, when ids repeat or are absent', () => {
    expect(one([{ id: 'a' }, { id: 'a' }], [{ id: 'a' }])).toEqual([
      { kind: 'length', path: '', expected: 2, actual: 1 },
    ]);
    expect(one([1, 2], [1, 3, 4])).toEqual([
      { kind: 'length', path: '', expected: 2, actual: 3 },
      { kind: 'value', path: '/1', expected: 2, actual: 3 },
    ]);
  });

  it('takes no inherited member for one of the value', () => {
    expect(one({ constructor: 1 }, {})).toEqual([
      { kind: 'missing', path: '/constructor', expected: 1, actual: undefined },
    ]);
  });

  it('stops at the bound', () => {
    const many = Array.from({ length: 50 }, (_, i) => i);
    expect(
      one(
        many,
        many.map((n) => n + 1),
      ),
    ).toHaveLength(50);
    expect(
      structuralDiff(
        many,
        many.map((n) => n + 1),
        7,
      ),
    ).toHaveLength(7);
  });
});
