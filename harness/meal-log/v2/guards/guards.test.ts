import { describe, expect, it } from 'vitest';
import { SeededIds } from '../../../replay/ids.ts';
import { lookUp } from '../../dictionary/dictionary.ts';
import type { ProviderItem } from '../../provider/answer-shape.ts';
import { computeV2, GUARDS, healthyStages, type V2Computation } from '../pipeline.ts';

const RICE = lookUp('ごはん')!;
const EGG = lookUp('卵')!;

interface Meal {
  readonly message?: string;
  readonly dish?: string;
  readonly items: readonly ProviderItem[];
  readonly files?: number;
  readonly simpleScale?: boolean;
}

function v2(meal: Meal): V2Computation {
  const ids = new SeededIds('test', { keepIssued: false });
  ids.begin('user', 'record');
  const file = { name: 'a.jpg', mime: 'image/jpeg', sha256: '0'.repeat(64), bytes: 1 };
  return computeV2(
    {
      request: {
        method: 'POST',
        path: '/log',
        headers: {},
        body: { message: meal.message ?? '' },
        files: Array.from({ length: meal.files ?? 0 }, () => file),
      },
      analysis: {
        answer: { dish: meal.dish ?? 'dish', confidence: 0.9, items: meal.items },
        source: 'provider',
        fallback: null,
        attempts: 1,
      },
      atMs: Date.UTC(2025, 8, 1, 3),
      tzOffsetMinutes: 540,
      ids,
    },
    healthyStages(meal.simpleScale ?? false),
  );
}

const grams = (name: string, amount: number): ProviderItem => ({ name, amount, unit: 'g' });
const figures = (name: string, amount: number, kcal: number, p = 0, f = 0, c = 0): ProviderItem => ({
  ...grams(name, amount),
  calories: kcal,
  protein_g: p,
  fat_g: f,
  carbs_g: c,
});
const warningsOf = (meal: Meal) => v2(meal).draft.warnings;
const UNKNOWN = 'zyxwv';

describe('a plain meal', () => {
  it('is computed from the dictionary per 100 g, whatever figures the provider gives', () => {
    const { totals, draft } = v2({ items: [figures('ごはん', 150, 9999, 1, 1, 1)] });
    expect(totals!.calories).toBe(Math.round(RICE.kcal * 1.5));
    expect(draft.warnings).toEqual([]);
  });

  it('leaves a trace entry a stage, with the totals after it', () => {
    const { trace } = v2({ items: [grams('ごはん', 150)] });
    expect(trace.map(({ stage }) => stage)).toEqual([
      'normalise',
      ...GUARDS.map(({ name }) => name),
      'compute',
      'finalise',
    ]);
    for (const { totals } of trace) expect(totals![0]).toBeCloseTo(RICE.kcal * 1.5, 0);
  });

  it('gives each item an id of 22 characters', () => {
    const { draft } = v2({ items: [grams('ごはん', 150), grams('卵', 50)] });
    expect(new Set(draft.items.map(({ itemId }) => itemId)).size).toBe(2);
    for (const { itemId } of draft.items) expect(itemId).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('is looked up by names in other widths and cases', () => {
    expect(v2({ items: [grams('ﾊﾞﾅﾅ', 100)] }).draft.items[0]!.food?.id).toBe(lookUp('バナナ')!.id);
  });
});

describe('guard a, limits', () => {
  it('keeps the first fifteen items', () => {
    const items = Array.from({ length: 16 }, (_, index) => figures(`${UNKNOWN}${index}`, 10, 10, 0, 0, 2.5));
    const { draft, totals } = v2({ items });
    expect(draft.warnings).toContain('items_truncated');
    expect(draft.items.length).toBe(15);
    expect(totals!.calories).toBe(150);
  });

  it('clamps grams at both ends and no further in', () => {
    expect(v2({ items: [grams('ごはん', 2001)] }).draft.items[0]!.grams).toBe(2000);
    expect(v2({ items: [grams('ごはん', 0.2)] }).draft.items[0]!.grams).toBe(1);
    expect(warningsOf({ items: [grams('ごはん', 2000)] })).toEqual([]);
    expect(warningsOf({ items: [grams('ごはん', 1)] })).not.toContain('grams_clamped');
    // A weight so small that no factor leads from it to a gram.
    const { trace } = v2({ items: [figures(UNKNOWN, 5e-324, 0, 0, 0, 0)] });
    expect(trace.flatMap(({ totals }) => totals ?? []).filter(Number.isNaN)).toEqual([]);
  });

  it('refuses a fourth document and a ninth section, and computes nothing for them', () => {
    const refused = v2({ items: [grams('ごはん', 150)], files: 4 });
    expect([refused.totals, refused.draft.refused]).toEqual([null, true]);
    expect(refused.draft.warnings).toEqual(['v2_rejected']);
    expect(v2({ items: [grams('ごはん', 150)], files: 3 }).draft.refused).toBe(false);
    const sections = (count: number) => Array.from({ length: count }, () => 'ate').join('\n\n');
    expect(v2({ items: [], message: sections(9) }).draft.refused).toBe(true);
    expect(v2({ items: [], message: sections(8) }).draft.refused).toBe(false);
  });
});

describe('guard b, skips', () => {
  it.each([
    'skipped breakfast',
    'Skipped my lunch today',
    '朝食抜き',
    '昼は食べなかった',
    "didn't eat dinner",
  ])('reads "%s" as a skip without totals', (message) => {
    const { draft, totals } = v2({ message, items: [] });
    expect([draft.event, totals]).toEqual(['skip', null]);
    expect(draft.warnings).toEqual(['skip_detected']);
  });

  it.each([
    'skipped breakfast but had ごはん',
    '朝食抜き、昼はラーメン',
    'a skipping rope',
    'no milk for breakfast',
  ])('reads "%s" as a meal', (message) => {
    expect(v2({ message, items: [grams('ごはん', 150)] }).draft.event).toBe('meal');
  });
});

describe('guard c, portions', () => {
  it('multiplies grams that nobody weighed', () => {
    const plain = v2({ items: [{ name: 'ごはん', amount: 1, unit: '膳' }] });
    const large = v2({ message: '大盛りで', items: [{ name: 'ごはん', amount: 1, unit: '膳' }] });
    expect(large.draft.items[0]!.grams).toBeCloseTo(plain.draft.items[0]!.grams * 1.5);
    expect(large.draft.warnings).toContain('portion_applied');
  });

  it('leaves a stated mass alone', () => {
    expect(warningsOf({ message: 'large', items: [grams('ごはん', 150)] })).toEqual([]);
  });

  it('clamps a factor beyond three', () => {
    expect(warningsOf({ message: 'メガ盛り', items: [{ name: 'ごはん', amount: 1, unit: '膳' }] })).toEqual([
      'portion_applied',
      'portion_clamped',
    ]);
  });
});

describe('guard d, duplicates', () => {
  it('drops an exact repeat when the message has no count', () => {
    const { draft } = v2({ message: 'egg', items: [grams('卵', 50), grams('卵', 50)] });
    expect(draft.items.length).toBe(1);
    expect(draft.warnings).toEqual(['duplicate_dropped']);
  });

  it.each(['two eggs', '卵を2個', '卵を10個', 'eggs x2', '12 eggs', 'ten eggs'])(
    'keeps it when the message says "%s"',
    (message) => {
      expect(v2({ message, items: [grams('卵', 50), grams('卵', 50)] }).draft.items.length).toBe(2);
    },
  );

  it.each(['egg 50 g', '8 ounces of egg', '5 grams of egg', 'an egg by 8 today', 'an egg at 7 am'])(
    'does not take "%s" for a count',
    (message) => {
      expect(v2({ message, items: [grams('卵', 50), grams('卵', 50)] }).draft.items.length).toBe(1);
    },
  );

  it('merges the same food in other amounts', () => {
    const { draft, totals } = v2({ items: [grams('卵', 50), grams('卵', 60)] });
    expect(draft.items.map((item) => item.grams)).toEqual([110]);
    expect(draft.warnings).toEqual(['merged']);
    expect(totals!.calories).toBe(Math.round(EGG.kcal * 1.1));
  });
});

describe('guards e, f and j, what does not count', () => {
  it('e counts an unknown item with its figures', () => {
    const { totals, draft } = v2({ items: [figures(UNKNOWN, 100, 200, 10, 8, 22)] });
    expect(totals).toEqual({ calories: 200, protein_g: 10, fat_g: 8, carbs_g: 22 });
    expect(draft.warnings).toEqual(['provider_figures']);
  });

  it('e leaves an unknown item without figures pending under another name', () => {
    const { totals, draft } = v2({ items: [grams(UNKNOWN, 100)] });
    expect(totals!.calories).toBe(0);
    expect(draft.items[0]).toMatchObject({ name: `unknown_${UNKNOWN}`, state: 'pending' });
    expect(draft.warnings).toEqual(['unknown_food']);
  });

  it('f keeps a generic stand-in pending, even with figures', () => {
    const { totals, draft } = v2({ items: [figures('generic_meal', 300, 500, 20, 20, 60)] });
    expect([totals!.calories, draft.items[0]!.state]).toEqual([0, 'pending']);
    expect(draft.warnings).toEqual(['generic_food']);
  });

  it('j keeps a proposal a proposal', () => {
    const { totals, draft } = v2({ items: [grams('ごはん', 100), { ...grams('卵', 50), proposed: true }] });
    expect(totals!.calories).toBe(Math.round(RICE.kcal));
    expect(draft.items[1]!.state).toBe('proposal');
    expect(draft.warnings).toEqual(['proposal_kept']);
  });
});

describe('guard g, density', () => {
  it('drops figures denser than fat and nothing at the limit', () => {
    const { totals, draft } = v2({ items: [figures(UNKNOWN, 10, 94, 0, 10, 0)] });
    expect(totals!.calories).toBe(0);
    expect(draft.warnings).toEqual(['provider_figures', 'density_rejected', 'unknown_food']);
    expect(warningsOf({ items: [figures(UNKNOWN, 10, 93, 0, 10, 0)] })).toEqual(['provider_figures']);
  });
});

describe('guard h, oil', () => {
  const chicken = grams('鶏もも肉', 200);

  it('adds a tenth of the finished weight as fat to a deep-fried dish of raw items', () => {
    const plain = v2({ dish: '鶏肉', items: [chicken] });
    const fried = v2({ dish: '唐揚げ', items: [chicken] });
    expect(fried.totals!.fat_g - plain.totals!.fat_g).toBeCloseTo(20, 0);
    expect(fried.draft.oil).toEqual({ low: 10, used: 20, high: 30 });
    expect(fried.draft.warnings).toEqual(['oil_added']);
  });

  it('adds none where an item is already the fried entry', () => {
    const fried = ['唐揚げ', 'コロッケ', 'フライドポテト', 'french fries', 'tempura'].find(
      (name) => lookUp(name)?.fried,
    );
    expect(fried).toBeTypeOf('string');
    expect(warningsOf({ dish: '唐揚げ', items: [grams(fried!, 100)] })).toEqual([]);
  });

  it('does not take fried rice for a deep-fried dish', () => {
    expect(warningsOf({ dish: 'fried rice', items: [grams('ごはん', 200)] })).toEqual([]);
  });
});

describe('guard i, Atwater', () => {
  it('scales macros to the energy where they are off by over a tenth', () => {
    const { draft, totals } = v2({ items: [figures(UNKNOWN, 200, 200, 10, 10, 30)] }); // Atwater 250
    expect(draft.warnings).toContain('reconciled');
    expect(totals).toEqual({ calories: 200, protein_g: 8, fat_g: 8, carbs_g: 24 });
  });

  it('tolerates exactly a tenth and counts known alcohol', () => {
    expect(warningsOf({ items: [figures(UNKNOWN, 200, 110, 0, 0, 25)] })).toEqual(['provider_figures']);
    const wine = { ...figures(UNKNOWN, 150, 120, 0, 0, 4), alcohol_g: 15 };
    expect(warningsOf({ items: [wine] })).not.toContain('reconciled');
    expect(warningsOf({ items: [{ ...wine, alcohol_g: null }] })).toContain('reconciled');
  });
});

describe('the simple scale', () => {
  it('replaces the two-step rule of the finalisation', () => {
    const items = [figures(UNKNOWN, 300, 300)];
    const bent = { ...items[0]!, protein_g: null, fat_g: null, carbs_g: null };
    expect(v2({ items: [bent], simpleScale: true }).draft.warnings).toEqual([
      'provider_figures',
      'macros_scaled',
    ]);
    expect(v2({ items: [bent] }).draft.warnings).toEqual([
      'provider_figures',
      'fat_adjusted',
      'macros_scaled',
    ]);
  });
});
