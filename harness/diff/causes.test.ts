import { describe, expect, it } from 'vitest';
import type { Explanations } from '../migration.ts';
import { causeId, labelOf, type Signature } from './causes.ts';

const signature: Signature = {
  kind: 'golden',
  stage: 'b bend',
  code: 'bent',
  entry: null,
  factor: null,
  direction: '-',
  size: null,
  fields: [],
};

const explain: Explanations = {
  stages: [{ stage: 'b bend', codes: ['bent'] }],
  factors: [],
  sources: () => [],
  describe: ({ code, entry }) =>
    entry === null ? (code === 'bent' ? 'what was bent' : null) : `entry ${entry}`,
};

describe('the id of a cause', () => {
  it('is a short name made of its signature and of nothing else', () => {
    expect(causeId(signature)).toMatch(/^c-[0-9a-f]{8}$/);
    expect(causeId({ ...signature })).toBe(causeId(signature));
    // A fixed value: ids are written into ledgers and must not move with a release.
    expect(causeId(signature)).toBe('c-113a16c4');
  });

  it('is another for every part of the signature', () => {
    const others: readonly Partial<Signature>[] = [
      { kind: 'breach' },
      { stage: null },
      { code: 'broken' },
      { entry: 'a' },
      { factor: 1.5 },
      { direction: '+' },
      { size: 'gross' },
      { fields: ['amount'] },
    ];
    const ids = [signature, ...others.map((other) => ({ ...signature, ...other }))].map(causeId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the label of a cause', () => {
  const label = (change: Partial<Signature>): string => labelOf({ ...signature, ...change }, explain);

  it('says in the migration’s words what it is about, and which way it goes', () => {
    expect(label({})).toBe('what was bent, down');
    expect(label({ direction: 'switched' })).toBe('what was bent, newly or no longer');
    expect(label({ factor: 1.3 })).toBe('what was bent × 1.3, down');
    expect(label({ kind: 'breach', direction: '+', size: 'gross' })).toBe('what was bent, V2 higher (gross)');
    expect(label({ kind: 'breach', factor: 0.1 })).toBe("what was bent: V2 a tenth of legacy's");
    expect(label({ kind: 'breach', factor: 100 })).toBe("what was bent: V2 100 times legacy's");
    expect(label({ kind: 'breach', direction: 'switched', fields: ['a', 'b'] })).toBe(
      'what was bent: a and b exchanged',
    );
    expect(label({ code: null, entry: 'x' })).toBe('entry x, down');
    expect(label({ code: null, entry: 'x|y' })).toBe('entry x or entry y, down');
  });

  it('goes by names where the migration has no words', () => {
    expect(label({ code: 'odd' })).toBe('odd (b bend), down');
    expect(labelOf({ ...signature, code: null, stage: 'c' }, undefined)).toBe('stage c, down');
  });

  it('names the fields where nothing else is known, and counts those beyond four', () => {
    const unknown = { stage: null, code: null, direction: null, fields: ['a', 'b', 'c', 'd', 'e', 'f'] };
    expect(label(unknown)).toBe('no stage tells why: a, b, c, d and 2 more');
  });
});
