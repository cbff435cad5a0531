/**
 * `boundaries`: for each limit of the two paths a record just inside and one just outside, so that a limit cannot move
 * by its last digit unseen. Differences are made by a provider whose totals are off by a stated amount: legacy takes
 * them, V2 reckons from the dictionary.
 */
import type { ProviderItem } from '../../../harness/meal-log/provider/answer-shape.ts';
import { foodNamed } from '../dishes.ts';
import type { PlannedStep } from '../plan.ts';
import { answer, item, somebody, SuiteScript } from '../script.ts';
import type { Suite } from './suite.ts';

const TOKYO = 540;

/** kcal, protein, fat, carbohydrate. */
type Four = readonly [number, number, number, number];

const tenths = (value: number): number => Math.round(value * 10) / 10;

/** What both paths make of one honest item: kcal to an integer, grams to a tenth. */
function finalised(name: string, grams: number): Four {
  const { kcal, p, f, c } = foodNamed(name);
  const share = grams / 100;
  return [Math.round(kcal * share), tenths(p * share), tenths(f * share), tenths(c * share)];
}

/** An item that no dictionary knows, with the figures of its label. */
function labelled(name: string, grams: number, [calories, protein_g, fat_g, carbs_g]: Four): ProviderItem {
  return { name, amount: grams, unit: 'g', calories, protein_g, fat_g, carbs_g };
}

function steps(): readonly PlannedStep[] {
  const script = new SuiteScript('boundaries');
  differences(script);
  labels(script);
  finalisation(script);
  hours(script);
  keys(script);
  shares(script);
  return script.steps;
}

/**
 * A person a field, who eats one food a day. On the first day V2 exceeds legacy by the limit and no more, on the second
 * by the least that is over it; a day of one record breaches as its record does.
 */
function differences(script: SuiteScript): void {
  const cases: readonly {
    readonly user: string;
    readonly food: string;
    readonly grams: number;
    readonly inside: Four;
    readonly outside: Four;
  }[] = [
    { user: 'u-kcal-floor', food: 'ご飯', grams: 300, inside: [40, 0, 0, 0], outside: [41, 0, 0, 0] },
    // 8% of 1,000 kcal and of 999.
    { user: 'u-kcal-share', food: 'ご飯', grams: 692, inside: [80, 0, 0, 0], outside: [81, 0, 0, 0] },
    { user: 'u-protein', food: '鶏むね肉', grams: 200, inside: [0, 4, 0, 0], outside: [0, 4.1, 0, 0] },
    { user: 'u-fat', food: 'バター', grams: 62, inside: [0, 0, 5, 0], outside: [0, 0, 5.1, 0] },
    { user: 'u-carbohydrate', food: 'ご飯', grams: 300, inside: [0, 0, 0, 6], outside: [0, 0, 0, 6.1] },
    // 11.2 g where legacy has 10.0 and 9.9: 0.12 and 0.131.
    ...(
      [
        ['u-protein-ratio', '鶏むね肉', 1],
        ['u-fat-ratio', 'バター', 2],
        ['u-carbohydrate-ratio', 'ご飯', 3],
      ] as const
    ).map(([user, food, measure]) => {
      const { p, f, c } = foodNamed(food);
      const off = (by: number): Four => [
        0,
        measure === 1 ? by : 0,
        measure === 2 ? by : 0,
        measure === 3 ? by : 0,
      ];
      const per100 = [0, p, f, c][measure]!;
      return { user, food, grams: tenths((11.2 / per100) * 100), inside: off(1.2), outside: off(1.3) };
    }),
  ];
  for (const { user, food, grams, inside, outside } of cases) {
    const person = somebody(user, 'ja', TOKYO);
    for (const [day, delta] of [inside, outside].entries()) {
      const ours = finalised(food, grams);
      const [calories, protein_g, fat_g, carbs_g] = ours.map((value, at) => tenths(value - delta[at]!));
      script.log(person, `2025-09-0${day + 1}T12:00`, `${food}、きょうの分`, {
        ...answer(food, [item('ja', food, grams)]),
        totals: { calories, protein_g, fat_g, carbs_g },
      });
    }
  }
}

/** Figures from labels at the edges of guards g and i, and an item that nobody weighed. */
function labels(script: SuiteScript): void {
  const en = somebody('u-labels', 'en', TOKYO);
  const bars: readonly (readonly [name: string, grams: number, figures: Four])[] = [
    // 9.3 kcal a gram is the most that any figures may claim.
    ['pure oil capsule', 100, [930, 0, 100, 0]],
    ['purer oil capsule', 100, [931, 0, 100, 0]],
    // 5 g, 4 g and 11 g explain 100 kcal; 10% more or less is believed.
    ['bar of ninety', 40, [90, 5, 4, 11]],
    ['bar of eighty nine', 40, [89, 5, 4, 11]],
    ['bar of one hundred ten', 40, [110, 5, 4, 11]],
    ['bar of one hundred eleven', 40, [111, 5, 4, 11]],
    // The least and the most that an item may weigh.
    ['crumb of one', 1, [4, 0, 0, 1]],
    ['crumb of less', 0.9, [3.6, 0, 0, 0.9]],
    ['feast of two thousand', 2000, [2000, 100, 80, 220]],
    ['feast of a gram more', 2001, [2001, 100, 80, 220]],
  ];
  bars.forEach(([name, grams, figures], at) => {
    const time = `2025-09-01T${String(6 + at).padStart(2, '0')}:30`;
    script.log(en, time, name, answer(name, [labelled(name, grams, figures)]));
  });
  // 20 g of alcohol and 5 g of sugar explain 160 kcal: a tenth more and a tenth less are believed.
  const drinks = somebody('u-labels-drinks', 'en', TOKYO);
  for (const [at, calories] of [176, 177, 144, 143].entries()) {
    const name = `liqueur of ${calories}`;
    const drink = { ...labelled(name, 100, [calories, 0, 0, 5]), alcohol_g: 20 };
    script.log(drinks, `2025-09-01T2${at}:00`, name, answer(name, [drink]));
  }
  script.log(
    drinks,
    '2025-09-02T12:00',
    'mystery bite',
    answer('mystery bite', [{ name: 'mystery bite', calories: 50, protein_g: 2, fat_g: 2, carbs_g: 6 }]),
  );
}

/** Totals whose energy is off by 15% of it, and by a little more, on either side. */
function finalisation(script: SuiteScript): void {
  const en = somebody('u-finalise', 'en', TOKYO);
  const cases: readonly Four[] = [
    [100, 10, 5, 7.5],
    [100, 10, 5, 7.8],
    [100, 7.5, 5, 2.5],
    [100, 7.4, 5, 2.5],
    // One step of the fat is just enough, and just not.
    [100, 5, 8, 7.5],
    [100, 5, 9.5, 7.5],
  ];
  cases.forEach((figures, at) => {
    const name = `plate number ${at + 1}`;
    const time = `2025-09-01T${String(7 + at).padStart(2, '0')}:00`;
    script.log(en, time, name, answer(name, [labelled(name, 100, figures)]));
  });
}

/** The last millisecond of each slot of the day and the first of the next. */
function hours(script: SuiteScript): void {
  const ja = somebody('u-hours', 'ja', TOKYO);
  for (const hour of [4, 11, 15, 17, 22]) {
    const before = `${String(hour - 1).padStart(2, '0')}:59:59.999`;
    const at = `${String(hour).padStart(2, '0')}:00:00.000`;
    for (const time of [before, at]) {
      script.log(ja, `2025-09-01T${time}`, `りんご、${time}`, answer('りんご', [item('ja', 'りんご', 100)]));
    }
  }
}

/** Keys of the greatest length, which differ in their last character alone. */
function keys(script: SuiteScript): void {
  const en = somebody('u-long-keys', 'en', TOKYO);
  for (const [at, last] of ['a', 'b'].entries()) {
    const rice = answer('rice', [item('en', 'ご飯', 100 + at)]);
    const key = `${'k'.repeat(254)}${last}`;
    script.log(en, `2025-09-01T12:0${at}`, `rice, helping ${at + 1}`, rice, { key });
  }
}

/** Users at the last bucket of a share of 10%, and at the first beyond it. */
function shares(script: SuiteScript): void {
  for (const user of USERS_AT_TEN_PERCENT) {
    const person = somebody(user, 'ja', TOKYO);
    script.log(person, '2025-09-01T12:00', 'りんごをひとつ', answer('りんご', [item('ja', 'りんご', 180)]));
  }
}

/** Their rollout buckets are 999 and 1000. */
export const USERS_AT_TEN_PERCENT = ['u-share-2203', 'u-share-3874'] as const;

export const boundaries: Suite = { name: 'boundaries', tzOffsetMinutes: TOKYO, steps };
