import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field } from '../migration.ts';
import { figureShape } from './figure-shape.ts';

const measures = [
  { name: 'energy', unit: 'kJ' },
  { name: 'wet', unit: 'g' },
  { name: 'dry', unit: 'g' },
  { name: 'ash', unit: 'g' },
];
const fields = measures.map(
  (_, measure) => ({ name: `d${measure}`, measure, relative: false, limit: { floor: 4, share: 0 } }) as Field,
);
const shapeOf = (legacy: readonly number[], v2: readonly number[]) =>
  figureShape(legacy, v2, { measures, fields });

describe('the shape of figures', () => {
  it.each([
    [[1400, 54.8, 22.8, 276.4], [140, 5.5, 2.3, 27.6], 0.1],
    [[280.8, 4.5, 0.5, 66.8], [2808, 45, 5.4, 667.8], 10],
    [[1, 54.8, 0, 0.05], [1000, 54_800, 0, 0.1], 1000],
  ])('is a power of ten where all that tell agree on it: %j and %j', (legacy, v2, factor) => {
    expect(shapeOf(legacy, v2)).toEqual({ kind: 'scaled', factor });
    expect(shapeOf(v2, legacy)).toEqual({ kind: 'scaled', factor: 1 / factor });
  });

  it.each([
    ['another ratio', [100, 10, 10, 10], [400, 40, 40, 40]],
    ['one measure alone', [100, 0, 0, 0], [10, 0, 0, 0]],
    ['measures that disagree', [100, 10, 10, 10], [10, 10, 10, 10]],
    ['powers that disagree', [100, 10, 10, 10], [10, 0.1, 0.1, 0.1]],
    ['a measure that came from nothing', [100, 10, 0, 10], [10, 1, 7, 1]],
    ['another sign', [100, 10, 10, 10], [-10, -1, -1, -1]],
    ['four decimals', [1, 1, 1, 1], [10_000, 10_000, 10_000, 10_000]],
    ['nothing at all', [0, 0, 0, 0], [0, 0, 0, 0]],
    ['the same', [100, 10, 5, 7], [100, 10, 5, 7]],
  ])('is none for %s', (_, legacy, v2) => {
    expect(shapeOf(legacy, v2)).toBeNull();
  });

  it('is an exchange where two measures of one unit stand in each other’s place and no other moved', () => {
    const exchange = { kind: 'exchanged', measures: ['ash', 'wet'] };
    expect(shapeOf([280, 4.5, 0.5, 66.8], [275, 66.8, 0.5, 4.6])).toEqual(exchange);
    expect(shapeOf([280, 0, 0.5, 3], [280, 3, 0.5, 0])).toEqual(exchange);
    // So little apart that noise would look the same; another measure moved; other units; only one moved.
    expect(shapeOf([280, 10, 0, 12.5], [280, 12.5, 0, 10])).toBeNull();
    expect(shapeOf([280, 4.5, 0.5, 66.8], [180, 66.8, 0.5, 4.6])).toBeNull();
    expect(shapeOf([280, 10, 0.5, 60], [10, 280, 0.5, 60])).toBeNull();
    expect(shapeOf([280, 4.5, 0.5, 66.8], [280, 66.8, 0.5, 66.8])).toBeNull();
  });

  it('survives what sources round and err by', () => {
    const figure = fc.integer({ min: 5, max: 900 });
    const error = fc.double({ min: 0.95, max: 1.05, noNaN: true });
    fc.assert(
      fc.property(
        fc.tuple(figure, figure, figure, figure),
        fc.tuple(error, error, error, error),
        (legacy, errors) => {
          const tenth = legacy.map((one, index) => Math.round(one * errors[index]!) / 10);
          expect(shapeOf(legacy, tenth)).toEqual({ kind: 'scaled', factor: 0.1 });
          const near = legacy.map((one, index) => Math.round(one * errors[index]! * 10) / 10);
          expect(shapeOf(legacy, near)).toBeNull();
        },
      ),
    );
  });
});
