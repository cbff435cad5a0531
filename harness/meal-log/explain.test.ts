import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompose, partsOfField } from '../diff/decompose.ts';
import { compareTotals } from '../diff/fields.ts';
import type { WriteResult } from '../migration.ts';
import { SeededIds } from '../replay/ids.ts';
import { explanations } from './explain.ts';
import { FIELDS, MEASURES, totalsArray, ZERO_TOTALS } from './fields.ts';
import type { ProviderAnswer, ProviderItem } from './provider/answer-shape.ts';
import { computeV2, GUARDS, healthyStages } from './v2/pipeline.ts';
import { computeLegacy } from './write/legacy.ts';

const comparison = { measures: MEASURES, fields: FIELDS, explain: explanations };

/** What a service leaves of an answer: both paths' traces, and the answer in the live row. */
function written(answer: ProviderAnswer, message = ''): WriteResult {
  const ids = new SeededIds('test', { keepIssued: false });
  ids.begin('user', 'record');
  const analysis = { answer, source: 'provider', fallback: null, attempts: 1 } as const;
  const legacy = computeLegacy(analysis);
  const request = { method: 'POST', path: '/log', headers: {}, body: { message }, files: [] };
  const v2 = computeV2(
    { request, analysis, atMs: Date.UTC(2025, 8, 1, 3), tzOffsetMinutes: 540, ids },
    healthyStages(false),
  );
  const totals = { legacy: totalsArray(legacy.totals), v2: v2.totals ? totalsArray(v2.totals) : null };
  return {
    legacy: {
      totals: totals.legacy,
      trace: legacy.trace,
      rows: [{ table: 'meal_logs', row: { ai_raw: { source: 'provider', answer } } }],
    },
    v2: { totals: totals.v2, trace: v2.trace, rows: [] },
    record: v2.draft.refused
      ? null
      : compareTotals(FIELDS, totals.legacy, totals.v2 ?? totalsArray(ZERO_TOTALS)),
  } as unknown as WriteResult;
}

const thousandths = (most: number) => fc.integer({ min: 0, max: most * 1000 }).map((value) => value / 1000);
const figure = fc.option(thousandths(900), { nil: null, freq: 6 });
const item: fc.Arbitrary<ProviderItem> = fc.record({
  name: fc.constantFrom('ごはん', '卵', 'steamed rice', 'salmon', 'zyxwv', 'generic_soup', '豆腐 大盛り'),
  amount: fc.option(thousandths(3000), { nil: null }),
  unit: fc.constantFrom('g', 'go', '合', 'serving', '杯', 'quux', null),
  calories: figure,
  protein_g: figure,
  fat_g: figure,
  carbs_g: figure,
  proposed: fc.boolean(),
});
const answer: fc.Arbitrary<ProviderAnswer> = fc.record({
  dish: fc.constantFrom('定食', '唐揚げ', 'tempura', 'soup'),
  confidence: fc.constant(0.9),
  items: fc.array(item, { maxLength: 18 }),
  totals: fc.option(fc.record({ calories: figure, protein_g: figure, fat_g: figure, carbs_g: figure }), {
    nil: null,
  }),
});
const message = fc.constantFrom('', '大盛り', 'skipped breakfast', 'half', '2 eggs');

describe('what both paths began with', () => {
  it('adds up to the totals of their first stages, whatever a provider answers', () => {
    fc.assert(
      fc.property(answer, message, (drawn, said) => {
        const result = written(drawn, said);
        const parts = explanations.sources(result);
        const sums = (side: 'legacy' | 'v2') =>
          MEASURES.map((_, measure) => parts.reduce((sum, part) => sum + part[side][measure]!, 0));
        for (const [measure] of MEASURES.entries()) {
          expect(sums('legacy')[measure]).toBeCloseTo(result.legacy!.trace[0]!.totals![measure]!, 6);
          expect(sums('v2')[measure]).toBeCloseTo(result.v2!.trace[0]!.totals![measure]!, 6);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('and the stages after them sum to every field’s difference exactly', () => {
    fc.assert(
      fc.property(answer, message, (drawn, said) => {
        const result = written(drawn, said);
        fc.pre(result.record !== null);
        const taken = decompose(result, comparison);
        for (const [index, field] of FIELDS.entries()) {
          const parts = partsOfField(taken, field);
          const value = result.record!.values[index]!;
          if (value === null) expect(parts).toBeNull();
          else expect(parts!.reduce((sum, part) => sum + part, 0) + 0).toBe(Math.round(value * 1e6) + 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing where legacy stored nothing', () => {
    expect(explanations.sources({ legacy: null } as unknown as WriteResult)).toEqual([]);
  });
});

describe('what a difference at the source is put down to', () => {
  const parts = (items: ProviderItem[], totals: ProviderAnswer['totals'] = null) =>
    explanations.sources(written({ dish: '定食', confidence: 0.9, items, totals }));
  const rice = { name: 'ごはん', protein_g: 2.5, fat_g: 0.3, carbs_g: 37.1, calories: 156 };

  it('is the unit where the figures are those of another amount', () => {
    const [part] = parts([{ ...rice, amount: 1, unit: '合' }]);
    expect(part!.blamed).toBe('unit:合');
    expect(explanations.describe({ stage: null, code: null, entry: part!.blamed })).toBe(
      'unit `合` in grams',
    );
  });

  it('is the food where they are of another composition, or of a stated mass', () => {
    expect(parts([{ ...rice, fat_g: 30, amount: 1, unit: '合' }])[0]!.blamed).toBe('food:rice_cooked_white');
    expect(
      parts([{ ...rice, calories: 300, protein_g: 5, carbs_g: 74, amount: 100, unit: 'g' }])[0]!.blamed,
    ).toBe('food:rice_cooked_white');
  });

  it('is a missing figure, or totals that are not the sum of the items, by a code', () => {
    expect(parts([{ ...rice, calories: null, amount: 100, unit: 'g' }])[0]!.code).toBe('missing_as_zero');
    const totals = { calories: 200, protein_g: 2.5, fat_g: 0.3, carbs_g: 37.1 };
    const [, rest] = parts([{ ...rice, amount: 100, unit: 'g' }], totals);
    expect([rest!.code, rest!.legacy[0]]).toEqual(['provider_totals', 44]);
  });

  it('never holds a sender’s words among its entries', () => {
    const [part] = parts([
      { name: 'my secret 山田 soup', amount: 1, unit: 'spoonful of 山田', calories: 10 },
    ]);
    expect(part!.entries).toEqual(['unit:unknown']);
    expect([part!.blamed, part!.code]).toEqual([null, null]);
  });
});

describe('the words for stages and codes', () => {
  it('are there for every stage of both paths, in their order', () => {
    const named = explanations.stages.map(({ stage }) => stage);
    expect(named).toEqual([
      'provider',
      'normalise',
      ...GUARDS.map(({ name }) => name),
      'compute',
      'finalise',
    ]);
  });

  it('are there for every code that a stage can report', () => {
    for (const { stage, codes } of explanations.stages) {
      for (const code of codes) expect(explanations.describe({ stage, code, entry: null })).toMatch(/\w{3}/);
    }
  });

  it('list every code that any trace of random answers shows, under its stage', () => {
    const listed = new Set(
      explanations.stages.flatMap(({ stage, codes }) => codes.map((code) => `${stage} ${code}`)),
    );
    fc.assert(
      fc.property(answer, message, (drawn, said) => {
        const { legacy, v2 } = written(drawn, said);
        for (const { stage, changes } of [...legacy!.trace, ...v2!.trace]) {
          for (const { code } of changes) expect(listed).toContain(`${stage} ${code}`);
        }
      }),
      { numRuns: 200 },
    );
  });
});
