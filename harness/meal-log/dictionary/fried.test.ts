import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDeepFriedDish } from './fried.ts';

const DEEP_FRIED =
  `唐揚げ から揚げ からあげ定食 カラアゲ 唐揚げ弁当 鶏の竜田揚げ 天ぷら 海老天ぷらそば てんぷら 天麩羅 天丼 天重 かき揚げうどん 素揚げ野菜
揚げ出し豆腐 揚げなす とんかつ トンカツ 豚カツ カツ丼 かつ丼 カツカレー メンチカツ 串カツ ハムカツ コロッケ カニクリームコロッケ フライ盛り合わせ アジフライ エビフライ
ミックスフライ フライドポテト フライドチキン チキンナゲット 春巻き ドーナツ カレーパン チキン南蛮 油淋鶏 ｴﾋﾞﾌﾗｲ`.split(
    /\s+/,
  );
const DEEP_FRIED_ENGLISH = [
  'fried chicken',
  'Southern Fried Chicken',
  'fried buttermilk chicken',
  'fish and chips',
  'Fish & Chips',
  'tempura',
  'shrimp tempura udon',
  'karaage',
  'kara-age',
  'chicken katsu',
  'tonkatsu',
  'katsudon',
  'katsu curry',
  'french fries',
  'Sweet Potato Fries',
  'doughnut',
  'glazed donuts',
  'deep-fried mars bar',
  'deep fried tofu',
  'onion rings',
  'corn dog',
  'calamari, fried calamari',
  'fried rice with fried chicken',
  'pan-fried or deep-fried fish',
];

const NOT_DEEP_FRIED =
  `フライパンで焼いた肉 フライパン料理 野菜炒め チャーハン 炒飯 フライドライス かつおのたたき カツオ節 厚揚げの煮物 油揚げ 釜揚げうどん
さつま揚げ 生春巻き 目玉焼き 天津飯 天然鯛の刺身 トンカツソース ノンフライ麺 リフライドビーンズ 焼きそば フライデーランチ サラダ`.split(
    /\s+/,
  );
const NOT_DEEP_FRIED_ENGLISH = [
  'stir-fried pork',
  'stir fried chicken',
  'pork stir-fry',
  'fried rice',
  'chicken fried rice',
  'kimchi fried rice',
  'fried egg',
  'Fried Eggs on toast',
  'pan-fried fish',
  'pan fried chicken thigh',
  'air-fried chicken',
  'refried beans',
  'katsuobushi',
  'tonkatsu sauce',
  'friendship bread',
  'grilled chicken',
  '',
];

test.each([...DEEP_FRIED, ...DEEP_FRIED_ENGLISH])('%s is deep-fried', (dish) => {
  expect(isDeepFriedDish(dish)).toBe(true);
});

test.each([...NOT_DEEP_FRIED, ...NOT_DEEP_FRIED_ENGLISH])('%s is not deep-fried', (dish) => {
  expect(isDeepFriedDish(dish)).toBe(false);
});

test('the company of another word does not change what a dish says', () => {
  const dishes = [...DEEP_FRIED, ...DEEP_FRIED_ENGLISH, ...NOT_DEEP_FRIED, ...NOT_DEEP_FRIED_ENGLISH];
  fc.assert(
    fc.property(fc.constantFrom(...dishes), fc.constantFrom('salad, ', 'サラダ、'), (dish, company) => {
      expect(isDeepFriedDish(company + dish)).toBe(isDeepFriedDish(dish));
    }),
  );
});
