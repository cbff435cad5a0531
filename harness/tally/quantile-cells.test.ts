import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuantileCells } from './quantile-cells.ts';

const value = fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100);

function cellsOf(values: readonly number[]): QuantileCells {
  const cells = new QuantileCells(0.01);
  for (const one of values) cells.add(one);
  return cells;
}

describe('QuantileCells', () => {
  it('gives the nearest-rank quantile of the values themselves', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = [...values].sort((a, b) => a - b);
          expect(cellsOf(values).quantile(q)).toBe(sorted[Math.max(1, Math.ceil(q * values.length)) - 1]);
        },
      ),
    );
  });

  it('merges into exactly the cells of the whole, in any order', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (one, other) => {
        const whole = cellsOf([...one, ...other]);
        const left = cellsOf(one);
        left.merge(cellsOf(other));
        const right = cellsOf(other);
        right.merge(cellsOf(one));
        for (const merged of [left, right]) {
          expect(merged.entries()).toEqual(whole.entries());
          expect([merged.total, merged.max]).toEqual([whole.total, whole.max]);
        }
      }),
    );
  });

  it('has 0 for every quantile while it is empty', () => {
    const cells = new QuantileCells(1);
    expect([cells.quantile(0.95), cells.max, cells.total]).toEqual([0, 0, 0]);
  });
});
