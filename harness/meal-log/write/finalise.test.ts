import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../migration.ts';
import { finaliseSimple, finaliseTwoStep, r0, r1, type RawTotals } from './finalise.ts';

const raw = (kcal: number, p: number, f: number, c: number): RawTotals => ({ kcal, p, f, c });
const codes = (changes: readonly Change[]) => changes.map((change) => change.code);

describe('rounding', () => {
  it('goes half up, below zero too', () => {
    expect([r0(0.5), r0(1.5), r0(-0.5), r0(2.4)]).toEqual([1, 2, -0, 2]);
    expect([r1(0.25), r1(0.35), r1(1.04)]).toEqual([0.3, 0.4, 1]);
  });
});

describe('the two-step rule', () => {
  it('only rounds totals whose macros explain the energy within 15%', () => {
    const changes: Change[] = [];
    expect(finaliseTwoStep(raw(400.4, 20.04, 10.06, 57.5), changes)).toEqual({
      calories: 400,
      protein_g: 20,
      fat_g: 10.1,
      carbs_g: 57.5,
    });
    expect(changes).toEqual([]);
  });

  it('counts exactly 15% as explained', () => {
    const changes: Change[] = [];
    finaliseTwoStep(raw(200, 0, 0, 57.5), changes); // 230 against 200
    expect(changes).toEqual([]);
    finaliseTwoStep(raw(200, 0, 0, 57.6), changes); // 230.4 against 200
    expect(codes(changes)).toContain('fat_adjusted');
  });

  it('takes fat down by 15% where macros claim too much, and stops when that suffices', () => {
    const changes: Change[] = [];
    // 4·10 + 9·30 + 4·20 = 390 against 330 (18%); 9·25.5 brings it to 349.5 (6%).
    expect(finaliseTwoStep(raw(330, 10, 30, 20), changes)).toEqual({
      calories: 330,
      protein_g: 10,
      fat_g: 25.5,
      carbs_g: 20,
    });
    expect(codes(changes)).toEqual(['fat_adjusted']);
  });

  it('scales all macros after that, by at most a tenth', () => {
    const changes: Change[] = [];
    // Energy 1000, macros explain 200: fat 10 → 11.5, then everything × 1.1.
    expect(finaliseTwoStep(raw(1000, 10, 10, 17.5), changes)).toEqual({
      calories: 1000,
      protein_g: 11,
      fat_g: 12.7,
      carbs_g: 19.3,
    });
    expect(codes(changes)).toEqual(['fat_adjusted', 'macros_scaled']);
  });

  it('leaves no negative and no unrounded figure, whatever it is given', () => {
    const figure = fc.double({ min: 0, max: 5000, noNaN: true });
    fc.assert(
      fc.property(figure, figure, figure, figure, (kcal, p, f, c) => {
        const totals = finaliseTwoStep(raw(kcal, p, f, c), []);
        expect(Number.isInteger(totals.calories)).toBe(true);
        for (const macro of [totals.protein_g, totals.fat_g, totals.carbs_g]) {
          expect(macro).toBeGreaterThanOrEqual(0);
          expect(r1(macro)).toBe(macro);
        }
      }),
    );
  });
});

describe('the simple rule', () => {
  it('scales once, by at most 12%', () => {
    const changes: Change[] = [];
    expect(finaliseSimple(raw(1000, 10, 10, 17.5), changes)).toEqual({
      calories: 1000,
      protein_g: 11.2,
      fat_g: 11.2,
      carbs_g: 19.6,
    });
    expect(codes(changes)).toEqual(['macros_scaled']);
  });
});
