import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafText, renderCanonical } from './canonical.ts';
import { flatten, type FlatLines, unflatten } from './flat.ts';
import { type Json, type JsonObject, toJson } from './json.ts';
import { applyPatch, packPatch, packRecord, patchKey, splitPatchKey, unpackRecord } from './packed.ts';

const NAMES = ['a', 'b', 'id', 'totals', '=', '', '/', '[0]', '~', '__proto__', 'x y', 'c;d', '*', 'a:b'];
const name = fc.constantFrom(...NAMES);
const scalar = fc.constantFrom<Json>(
  null,
  true,
  0,
  1,
  2.5,
  '',
  '=',
  '= a',
  '==',
  'ann',
  'lunch',
  'x'.repeat(90),
);

/** JSON dense in coincidences, so that columns often repeat something. */
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(scalar, { maxLength: 14 }),
  ),
})).value;

const row = fc.dictionary(name, fc.oneof(scalar, json), { maxKeys: 7 });
const path = fc.record(
  {
    totals: fc.oneof(fc.constant(null), fc.dictionary(fc.constantFrom('a', 'b', 'id'), scalar)),
    warnings: fc.array(fc.string()),
    rows: fc.dictionary(fc.constantFrom('t', 'u', 'odd name', 'totals'), fc.oneof(row, fc.array(row)), {
      maxKeys: 3,
    }),
  },
  { requiredKeys: ['totals'] },
);
const record: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      id: fc.constantFrom('r1', 'a/b', '', '=', '~3'),
      at: fc.constantFrom('lunch', '2025-09-01T00:00:00.000Z'),
      answer: json,
      legacy: path,
      v2: path,
      merged: fc.oneof(fc.constant(null), row),
      outcome: fc.dictionary(fc.constantFrom('status', 'v2'), scalar),
    },
    { requiredKeys: ['id', 'at', 'answer'] },
  )
  .map((value) => toJson(value) as JsonObject);

describe('flatten', () => {
  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('p', 'q'), json), (object) => {
        const lines: FlatLines = new Map();
        for (const [part, value] of Object.entries(object)) flatten(lines, part, toJson(value));
        expect(renderCanonical(unflatten(lines))).toBe(renderCanonical(toJson(object)));
      }),
    );
  });

  it('gives every line a value that fits it', () => {
    fc.assert(
      fc.property(record, (value) => {
        for (const leaf of packRecord(value, 'ann').values()) expect(leafText(leaf)).not.toBeNull();
      }),
    );
  });

  it('numbers elements so that they sort in their order', () => {
    const lines: FlatLines = new Map();
    flatten(
      lines,
      'p',
      Array.from({ length: 11 }, () => [['x']]),
    );
    const paths = [...lines.keys()];
    expect(paths[2]).toBe('p[02][0]');
    expect([...paths].sort()).toEqual(paths);
  });

  it.each([
    [
      [
        ['a', 1],
        ['a/b', 2],
      ],
    ],
    [[['a[1]', 1]]],
    [
      [
        ['a', [1]],
        ['a/b', 2],
      ],
    ],
  ] as [string, Json][][][])('refuses lines that contradict each other: %j', (lines) => {
    expect(() => unflatten(lines)).toThrow('contradicts another');
  });
});

describe('packRecord', () => {
  it('is undone by unpackRecord', () => {
    fc.assert(
      fc.property(record, fc.constantFrom('ann', 'lunch', ''), (value, user) => {
        expect(renderCanonical(unpackRecord(packRecord(value, user), user))).toBe(renderCanonical(value));
      }),
      { numRuns: 1000 },
    );
  });

  it('names the columns that repeat the record, and the rest by a star', () => {
    const totals = { amount: 5, tax: 1 };
    const stored = {
      id: 'x',
      who: 'ann',
      made: '2025',
      title: 'T',
      amount: 5,
      tax: 1,
      note: null,
      kind: 'k',
    };
    const lines = packRecord(
      {
        id: 'r1',
        at: '2025',
        answer: { ref: 'x', title: 'T' },
        legacy: { totals, rows: { orders: stored } },
        v2: {
          totals: { amount: 6, tax: 1 },
          rows: { shadow: { ...stored, id: 'y', amount: 6, slot: 'noon' } },
        },
      },
      'ann',
    );
    expect(Object.fromEntries(lines)).toMatchObject({
      'legacy/row/=': 'orders: * = totals; note = null; made = at; who = user; id:ref title = answer',
      'legacy/row': { kind: 'k' },
      'v2/row/=': 'shadow: * = totals; note = null; * = legacy.orders',
      'v2/row': { id: 'y', slot: 'noon' },
    });
  });

  it('refuses notes and references that lead nowhere', () => {
    const unpack = (lines: Record<string, Json>): JsonObject =>
      unpackRecord(new Map(Object.entries(lines)), 'ann');
    expect(() => unpack({ 'legacy/row/=': 'orders: a = nowhere', 'legacy/row': {} })).toThrow(
      'no known place',
    );
    expect(() => unpack({ 'v2/row/=': 'orders: a = legacy.orders' })).toThrow('belongs to no row');
    expect(() => unpack({ merged: '= v2/row/meta' })).toThrow('the reference to "v2/row/meta" finds nothing');
  });
});

describe('packPatch', () => {
  it('is undone by applyPatch', () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        const base = packRecord(a, 'ann');
        const full = packRecord(b, 'ann');
        const patched = applyPatch(base, packPatch(base, full));
        expect(renderCanonical(Object.fromEntries(patched))).toBe(renderCanonical(Object.fromEntries(full)));
      }),
    );
  });

  it('splits its keys as they were made', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, linePath) => {
        expect(splitPatchKey(patchKey(id, linePath))).toEqual({ id, path: linePath });
      }),
    );
  });
});
