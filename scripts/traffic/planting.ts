/**
 * Faults planted into a chosen share of meals, so that whoever replays the traffic can be held to finding them: each
 * changes what the provider answered, as such providers err, and nothing else.
 */
import type { ProviderAnswer, ProviderItem } from '../../harness/meal-log/provider/answer-shape.ts';
import { mapFigures, tidy, totalsOf } from './answers.ts';
import type { PlannedAnswer, PlannedLog } from './plan.ts';
import { Random } from './random.ts';

/** A fault and how often: `numerator` meals in `denominator`. */
export interface Planting {
  readonly fault: string;
  readonly numerator: number;
  readonly denominator: number;
}

type Fault = (items: readonly ProviderItem[]) => Pick<ProviderAnswer, 'items' | 'totals'>;

const FAULTS: Readonly<Record<string, Fault>> = {
  /** A decimal point slips: the first item has ten times its figures, and the totals believe it. */
  tenfold: ([first, ...others]) => summed([mapFigures(first!, (figure) => tidy(figure * 10)), ...others]),
  /** The first item's protein and carbohydrates are mixed up, and the totals believe it. */
  swapped: ([first, ...others]) =>
    summed([{ ...first!, protein_g: first!.carbs_g ?? 0, carbs_g: first!.protein_g ?? 0 }, ...others]),
  /** The totals count an item that the answer no longer lists. */
  dropped: (items) => ({ items: items.slice(0, -1), totals: totalsOf(items) }),
};

export const FAULT_NAMES = Object.keys(FAULTS);

function summed(items: ProviderItem[]): Pick<ProviderAnswer, 'items' | 'totals'> {
  return { items, totals: totalsOf(items) };
}

/** Reads `tenfold@1/2000`; null where it is none. */
export function parsePlanting(text: string): Planting | null {
  const [, fault = '', numerator = '', denominator = ''] =
    /^([a-z]+)@([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? [];
  const planting = { fault, numerator: Number(numerator), denominator: Number(denominator) };
  return Object.hasOwn(FAULTS, fault) && planting.numerator <= planting.denominator ? planting : null;
}

/**
 * Plants a fault in one person's meals; which ones depends on seed and person alone. Returns the meals and the ids of
 * those that carry it: a meal whose answer lists fewer than two items is left as it is.
 */
export function plantIn(
  meals: readonly PlannedLog[],
  { fault, numerator, denominator }: Planting,
  seed: string,
): { readonly meals: readonly PlannedLog[]; readonly planted: ReadonlySet<string> } {
  const random = new Random(seed);
  const planted = new Set<string>();
  const changed = meals.map((meal) => {
    if (!random.chance(numerator / denominator)) return meal;
    const answers = withFault(meal.answers, FAULTS[fault]!);
    if (!answers) return meal;
    planted.add(meal.id);
    return { ...meal, answers };
  });
  return { meals: changed, planted };
}

/** The answers with the last one at fault; null where that cannot be. */
function withFault(answers: readonly PlannedAnswer[], fault: Fault): readonly PlannedAnswer[] | null {
  const last = answers.at(-1);
  if (last?.answer?.status !== 200) return null;
  const body = JSON.parse(last.answer.body) as ProviderAnswer;
  if (body.items.length < 2) return null;
  const text = JSON.stringify({ ...body, ...fault(body.items) });
  return [...answers.slice(0, -1), { ...last, answer: { status: 200, body: text } }];
}
