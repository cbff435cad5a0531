/**
 * `edges`: each guard and each warning at least once, text at its strangest, and the ends of days. Every case is one
 * line; its person says which edge it stands at.
 */
import type { ProviderAnswer, ProviderItem } from '../../../harness/meal-log/provider/answer-shape.ts';
import { servingItem } from '../answers.ts';
import { foodNamed } from '../dishes.ts';
import type { PlannedStep } from '../plan.ts';
import { answer, item, somebody, SuiteScript } from '../script.ts';
import type { Suite } from './suite.ts';

const TOKYO = 540;
/** Standard and summer time of two zones that change their clocks, and the zone that only counts. */
const NEW_YORK = { summer: -240, winter: -300 };
const BERLIN = { summer: 120, winter: 60 };

/** An item with figures from its label. */
function labelled(
  name: string,
  grams: number,
  [calories, protein_g, fat_g, carbs_g]: readonly [number, number, number, number],
): ProviderItem {
  return { name, amount: grams, unit: 'g', calories, protein_g, fat_g, carbs_g };
}

/** What a provider answers to a skipped meal: nothing eaten, totals of zero. */
function nothingEaten(dish: string): ProviderAnswer {
  return { dish, confidence: 0.95, items: [], totals: { calories: 0, protein_g: 0, fat_g: 0, carbs_g: 0 } };
}

function steps(): readonly PlannedStep[] {
  const script = new SuiteScript('edges');
  guardCases(script);
  textCases(script);
  amountCases(script);
  timeCases(script);
  return script.steps;
}

function guardCases(script: SuiteScript): void {
  const ja = somebody('u-guard-ja', 'ja', TOKYO);
  const en = somebody('u-guard-en', 'en', TOKYO);
  const skip = somebody('u-skip', 'ja', TOKYO);
  const skipEn = somebody('u-skip-en', 'en', TOKYO);
  const photo = (number: number) => script.photo(`IMG_${number}.jpg`);

  // a: limits
  const sixteen = [
    'ご飯',
    '豚汁',
    '納豆',
    '豆腐',
    '鮭',
    '卵',
    'ほうれん草',
    'トマト',
    'レタス',
    'キャベツ',
    '大根',
    'にんじん',
    '玉ねぎ',
    'りんご',
    'みかん',
    'バナナ',
  ];
  script.log(
    ja,
    '2025-09-01T07:30',
    '旅館の朝食',
    answer(
      '旅館の朝食',
      sixteen.map((name) => item('ja', name, 20)),
    ),
  );
  script.log(ja, '2025-09-01T12:00', '宴会のご飯 2.5kg', answer('宴会のご飯', [item('ja', 'ご飯', 2500)]));
  script.log(ja, '2025-09-01T15:00', '写真が四枚', answer('りんご', [item('ja', 'りんご', 100)]), {
    files: [photo(1), photo(2), photo(3), photo(4)],
  });
  script.log(ja, '2025-09-01T15:10', '写真が三枚', answer('りんご', [item('ja', 'りんご', 100)]), {
    files: [photo(5), photo(6), photo(7)],
  });
  const blocks = (count: number) =>
    Array.from({ length: count }, (_, at) => `メモ${at + 1}：ご飯`).join('\n\n');
  script.log(ja, '2025-09-01T18:00', blocks(9), answer('メモ', [item('ja', 'ご飯', 100)]));
  script.log(ja, '2025-09-01T18:10', blocks(8), answer('メモ', [item('ja', 'ご飯', 100)]));

  // b: skips, for which the provider answers with nothing eaten
  script.log(skip, '2025-09-01T08:00', '朝食抜き', nothingEaten('朝食抜き'));
  script.log(skip, '2025-09-01T13:00', '昼は食べなかった', nothingEaten('昼食なし'));
  script.log(
    skip,
    '2025-09-01T19:00',
    '朝食抜きだったので夕食はご飯と豚汁',
    answer('ご飯と豚汁', [item('ja', 'ご飯', 200), item('ja', '豚汁', 180)]),
  );
  script.log(skip, '2025-09-02T08:00', '朝は抜いた', nothingEaten('朝食抜き'));
  script.log(skipEn, '2025-09-01T08:00', 'Skipped breakfast', nothingEaten('skipped breakfast'));
  script.log(skipEn, '2025-09-01T13:00', "didn't eat lunch today", nothingEaten('no lunch'));
  script.log(
    skipEn,
    '2025-09-01T19:00',
    'skipped lunch, had rice and salmon for dinner',
    answer('rice and salmon', [item('en', 'ご飯', 150), item('en', '鮭', 80)]),
  );

  // c: portions
  const serving = (name: string, language: 'ja' | 'en' = 'ja') => servingItem(foodNamed(name), language);
  script.log(ja, '2025-09-02T12:00', 'ご飯大盛り', answer('ご飯', [serving('ご飯')]));
  script.log(ja, '2025-09-02T12:30', 'ご飯小盛り', answer('ご飯', [serving('ご飯')]));
  script.log(ja, '2025-09-02T12:40', 'ご飯メガ盛り', answer('ご飯', [serving('ご飯')]));
  script.log(ja, '2025-09-02T13:00', 'ご飯大盛り 240g', answer('ご飯', [item('ja', 'ご飯', 240)]));
  script.log(en, '2025-09-01T12:00', 'half a banana', answer('banana', [serving('バナナ', 'en')]));
  script.log(en, '2025-09-01T12:30', 'a large bowl of rice', answer('rice', [serving('ご飯', 'en')]));
  script.log(en, '2025-09-01T13:00', 'only a bite of banana', answer('banana', [serving('バナナ', 'en')]));

  // d: duplicates
  script.log(
    ja,
    '2025-09-02T19:00',
    'おにぎりと豚汁',
    answer('ご飯と豚汁', [item('ja', 'ご飯', 100), item('ja', '豚汁', 180), item('ja', 'ご飯', 100)]),
  );
  script.log(
    ja,
    '2025-09-02T19:30',
    'りんご2個',
    answer('りんご', [item('ja', 'りんご', 180), item('ja', 'りんご', 180)]),
  );
  script.log(
    en,
    '2025-09-01T19:00',
    'rice, then more rice',
    answer('rice', [item('en', 'ご飯', 150), item('en', 'ご飯', 80)]),
  );

  // e, f: unknown and generic
  script.log(
    en,
    '2025-09-02T08:00',
    'cosmic choco bar',
    answer('cosmic choco bar', [labelled('cosmic choco bar', 40, [192, 3.2, 9.6, 23.2])]),
  );
  script.log(
    en,
    '2025-09-02T12:00',
    "grandma's mystery stew",
    answer("grandma's mystery stew", [{ name: "grandma's mystery stew", amount: 300, unit: 'g' }]),
  );
  script.log(
    en,
    '2025-09-02T12:30',
    'curry, I think',
    answer('curry', [{ ...labelled('generic_curry', 250, [300, 9, 14, 35]) }], 0.3),
  );

  // g: figures that no food can have
  script.log(
    en,
    '2025-09-02T16:00',
    'astronaut gel',
    answer('astronaut gel', [labelled('astronaut gel', 30, [330, 1, 36, 2])]),
  );

  // h: oil, and a fried entry that has its own
  script.log(ja, '2025-09-03T12:00', '唐揚げ', answer('唐揚げ', [item('ja', '鶏もも肉', 150)]));
  script.log(
    ja,
    '2025-09-03T19:00',
    '天ぷら',
    answer('天ぷら', [item('ja', 'えび', 60), item('ja', 'なす', 40)]),
  );

  // i: energy that the macros do not explain, with and without alcohol that does
  script.log(
    en,
    '2025-09-02T19:00',
    'muscle pudding X',
    answer('muscle pudding X', [labelled('muscle pudding X', 120, [160, 18, 2.4, 7.2])]),
  );
  script.log(
    en,
    '2025-09-02T20:00',
    'moon cocktail',
    answer('moon cocktail', [{ ...labelled('moon cocktail', 200, [180, 0.2, 0, 12]), alcohol_g: 18.5 }]),
  );

  // j: proposals
  script.log(
    ja,
    '2025-09-04T19:00',
    '焼き鮭',
    answer('焼き鮭', [item('ja', '鮭', 80), { ...item('ja', '豚汁', 180), proposed: true }]),
  );

  // legacy's own: figures missing, energy that needs the fat bent, energy that needs everything scaled
  script.log(en, '2025-09-03T08:00', 'tofu and rice', {
    dish: 'tofu and rice',
    confidence: 0.8,
    items: [{ name: 'tofu', amount: 150, unit: 'g', calories: 84, protein_g: 7.95 }, item('en', 'ご飯', 150)],
  });
  script.log(en, '2025-09-03T12:00', 'dumpling lucky bag', {
    ...answer('dumpling lucky bag', [labelled('dumpling lucky bag', 200, [480, 16, 14, 50])]),
    totals: { calories: 480, protein_g: 16, fat_g: 14, carbs_g: 50 },
  });
  script.log(en, '2025-09-03T19:00', 'festival platter', {
    ...answer('festival platter', [labelled('festival platter', 400, [900, 20, 20, 60])]),
    totals: { calories: 900, protein_g: 20, fat_g: 20, carbs_g: 60 },
  });
  script.log(en, '2025-09-03T20:00', 'festival platter, lighter', {
    ...answer('festival platter', [labelled('festival platter', 400, [400, 20, 30, 60])]),
    totals: { calories: 400, protein_g: 20, fat_g: 30, carbs_g: 60 },
  });
}

function textCases(script: SuiteScript): void {
  const text = somebody('u-text', 'ja', TOKYO);
  const rice = answer('ご飯', [item('ja', 'ご飯', 150)]);
  // Family of four joined by zero-width joiners, a flag, a skin tone.
  script.log(
    text,
    '2025-09-01T07:00',
    '👨‍👩‍👧‍👦でご飯🍚 🇯🇵👍🏽',
    answer('👨‍👩‍👧‍👦ご飯🍚', [item('ja', 'ご飯', 150)]),
  );
  // が and プ written with combining marks, as some phones send them.
  script.log(
    text,
    '2025-09-01T12:00',
    'こ\u3099飯とトマトスーフ\u309a',
    answer('こ\u3099飯', [{ ...item('ja', 'ご飯', 150), name: 'こ\u3099飯' }]),
  );
  // Halfwidth katakana and fullwidth digits.
  script.log(
    text,
    '2025-09-01T15:00',
    'ﾖｰｸﾞﾙﾄ１５０ｇ',
    answer('ﾖｰｸﾞﾙﾄ', [{ ...item('ja', 'ヨーグルト', 150), name: 'ﾖｰｸﾞﾙﾄ', unit: 'ｇ' }]),
  );
  // Right-to-left words, a zero-width space, a tab.
  script.log(text, '2025-09-01T19:00', 'ご飯\u200b\tأرز عربي', answer('أرز', [item('ja', 'ご飯', 150)]));
  // Words that are code elsewhere.
  script.log(
    text,
    '2025-09-02T07:00',
    "Robert'); DROP TABLE meal_logs;-- {{7*7}} <script>alert(1)</script> ご飯",
    rice,
  );
  script.log(text, '2025-09-02T12:00', `昼ごはん。${'今日のご飯はとてもおいしかった。'.repeat(250)}`, rice);
  // A provider that sends NUL and half an emoji, as escapes.
  script.log(text, '2025-09-02T19:00', 'ご飯、夜', [
    {
      answer: {
        status: 200,
        body: '{"dish":"ご飯\\u0000 \\ud83c","confidence":0.9,"items":[{"name":"ご飯\\udf63","amount":150,"unit":"g\\u0000"}],"totals":{"calories":234,"protein_g":3.8,"fat_g":0.5,"carbs_g":55.7}}',
      },
      latencyMs: 700,
    },
  ]);
  // Only a picture.
  script.log(
    text,
    '2025-09-03T12:00',
    null,
    answer('焼き鮭', [item('ja', '鮭', 80), item('ja', 'ご飯', 150)], 0.45),
    {
      files: [script.photo('IMG_0042.jpg')],
    },
  );
}

function amountCases(script: SuiteScript): void {
  const drinker = somebody('u-drinks', 'ja', TOKYO);
  const amounts = somebody('u-amounts', 'en', TOKYO);
  script.log(drinker, '2025-09-01T19:00', 'ビール350g', answer('ビール', [item('ja', 'ビール', 350)]));
  script.log(drinker, '2025-09-01T20:00', '赤ワイン', answer('赤ワイン', [item('ja', '赤ワイン', 120)]));
  script.log(drinker, '2025-09-01T21:00', '焼酎', answer('焼酎', [item('ja', '焼酎', 60)]));
  // Nothing in it at all.
  script.log(drinker, '2025-09-02T07:00', '水だけ', answer('水', [labelled('水', 200, [0, 0, 0, 0])]));
  script.log(drinker, '2025-09-02T08:00', '緑茶', answer('緑茶', [item('ja', '緑茶', 150)]));
  script.log(
    amounts,
    '2025-09-01T12:00',
    'two kilos of watermelon',
    answer('watermelon', [item('en', 'すいか', 2000)]),
  );
  script.log(amounts, '2025-09-01T13:00', 'a pinch of sesame', answer('sesame', [item('en', 'ごま', 0.3)]));
  script.log(
    amounts,
    '2025-09-01T14:00',
    'feast',
    answer('feast', [item('en', 'ご飯', 9000), item('en', '牛もも肉', 5000)]),
  );
  script.log(amounts, '2025-09-01T15:00', 'a crumb of bread', answer('crumb', [item('en', '食パン', 1)]));
  script.log(amounts, '2025-09-01T16:00', 'rice of no weight', answer('rice', [item('en', 'ご飯', 0)]));
}

function timeCases(script: SuiteScript): void {
  const apple = answer('りんご', [item('ja', 'りんご', 100)]);
  const rice = answer('rice', [item('en', 'ご飯', 150)]);
  const midnight = somebody('u-midnight', 'ja', TOKYO);
  script.log(midnight, '2025-09-01T23:59:59.999', 'りんご、寝る前', apple);
  script.log(midnight, '2025-09-02T00:00:00.000', 'りんご、日が変わって', apple);
  script.log(midnight, '2025-09-02T23:59:59.000', 'りんごをもう一度', apple);
  script.log(midnight, '2025-09-03T00:00:00.001', 'りんごで朝まで', apple);

  const leap = somebody('u-leap', 'ja', TOKYO);
  script.log(leap, '2024-02-28T23:59:59.999', 'りんご、二月二十八日', apple);
  script.log(leap, '2024-02-29T00:00:00.000', 'りんご、うるう日', apple);
  script.log(leap, '2024-02-29T23:59:59.999', 'りんご、うるう日の終わり', apple);
  script.log(leap, '2024-03-01T00:00:00.000', 'りんご、三月', apple);

  const newYear = somebody('u-new-year', 'ja', TOKYO);
  script.log(newYear, '2024-12-31T23:59:59.999', 'りんごで年越し', apple);
  script.log(newYear, '2025-01-01T00:00:00.000', 'りんごで新年', apple);

  // Clocks go forward at 02:00 and back at 02:00; the local day of production knows a fixed offset only.
  const newYorkSpring = somebody('u-new-york', 'en', NEW_YORK.winter);
  const newYorkSummer = somebody('u-new-york', 'en', NEW_YORK.summer);
  const newYorkWinter = newYorkSpring;
  script.log(newYorkSpring, '2025-03-09T01:59:59.999', 'rice before the clocks went forward', rice);
  script.log(newYorkSummer, '2025-03-09T03:00:00.000', 'rice after the clocks went forward', rice);
  script.log(newYorkSummer, '2025-03-09T11:00', 'rice at the end of the counted day', rice);
  script.log(newYorkSummer, '2025-11-02T01:30', 'rice, the first half past one', rice);
  script.log(newYorkWinter, '2025-11-02T01:30', 'rice, the second half past one', rice);
  script.log(newYorkWinter, '2025-11-02T10:00', 'rice, the counted day begins', rice);

  const berlinWinter = somebody('u-berlin', 'en', BERLIN.winter);
  const berlinSummer = somebody('u-berlin', 'en', BERLIN.summer);
  script.log(berlinWinter, '2025-03-30T01:59:59.999', 'rice, still winter time', rice);
  script.log(berlinSummer, '2025-03-30T03:00:00.000', 'rice, summer time', rice);
  script.log(berlinSummer, '2025-10-26T02:30', 'rice, the first half past two', rice);
  script.log(berlinWinter, '2025-10-26T02:30', 'rice, the second half past two', rice);
  script.log(berlinWinter, '2025-10-26T15:59:59.999', 'rice, the counted day ends', rice);
  script.log(berlinWinter, '2025-10-26T16:00', 'rice, the next counted day', rice);
}

export const edges: Suite = { name: 'edges', tzOffsetMinutes: TOKYO, steps };
