/**
 * Whether a dish's name says that it was deep-fried, for the guard that adds the oil nobody lists. A file of its own
 * because the words are a small language: フライ fries and フライパン does not, "fried chicken" does and "fried rice" does not.
 */
import { katakana } from './names.ts';
import { remembered } from './remembered.ts';

/** What is fried otherwise, or is only named after frying; blanked before the words are sought. */
const NOT_DEEP_FRIED = new RegExp(
  [
    // Japanese, in katakana for hiragana
    'フライパン',
    'フライ返シ',
    'フライング',
    'フライト',
    'フライデー',
    'リフライド',
    'ノンフライ(?:ヤー|麺)?',
    'エアフライ(?:ヤー)?',
    'フライドライス',
    'フライドエッグ',
    'カツ[オヲ]',
    '(?:厚|油|薄|生|水|荷|釜|オ|サツマ|薩摩|イナリ|稲荷)(?:揚ゲ|揚|アゲ)',
    '揚ゲ(?:焼|玉|ダマ)',
    '(?:トンカツ|豚カツ|カツ|フライ)ソース',
    '(?:テンプラ|天プラ|天麩羅|唐揚ゲ|カラ揚ゲ|カラアゲ)粉',
    '生春巻キ?',
    '焼キ?ドーナツ',
    // English, lower case, hyphens as spaces
    '\\b(?:stir|pan|air|oven|shallow|wok|un|dry)[ ]?(?:fried|fry|fries)\\b(?: [a-z]+)?',
    '\\bfried (?:rice|eggs?|noodles?)\\b',
    '\\b(?:tonkatsu|katsu) sauce\\b',
    '\\btempura (?:flour|batter|mix)\\b',
    '\\bbaked (?:doughnuts?|donuts?|fries|falafels?|samosas?|nuggets?)\\b',
    '\\b(?:fresh|summer) (?:spring )?rolls?\\b',
  ].join('|'),
  'g',
);

/** What English says is fried in deep oil where it says only "fried". */
const DEEP_FRIED_ALONE = [
  'chickens?',
  'fish',
  'shrimps?',
  'prawns?',
  'calamari',
  'squid',
  'octopus',
  'oysters?',
  'clams?',
  'scallops?',
  'cod',
  'catfish',
  'haddock',
  'pork',
  'turkey',
  'wings?',
  'drumsticks?',
  'steaks?',
  'cutlets?',
  'pickles?',
  'okra',
  'green tomato(?:es)?',
  'cheese',
  'mozzarella',
  'dumplings?',
  'gyoza',
  'wontons?',
  'spring rolls?',
  'dough',
  'bread',
  'ice cream',
  'potato(?:es)?',
  'plantains?',
].join('|');

const DEEP_FRIED = new RegExp(
  [
    '揚ゲ',
    '揚(?:物|春巻|餃子|パン|ナス|茄子)',
    '(?:唐|カラ|竜田)揚',
    '(?:カラ|タツタ|カキ|クシ)アゲ',
    '天(?:プラ|麩羅|婦羅|丼|重|ザル|ソバ|蕎麦|ウドン)',
    'テンプラ',
    'カツ',
    'コロッケ',
    'フライ',
    'ナゲット',
    '春巻',
    'ドーナツ',
    'ドーナッツ',
    'チュロス',
    'サーターアンダギー',
    'カレーパン',
    'チキン南蛮',
    '油淋鶏',
    '\\bdeep ?fr(?:ied|y|ies)\\b',
    `\\bfried (?:[a-z]+ )?(?:${DEEP_FRIED_ALONE})\\b`,
    '\\bfr(?:ies|ench fry)\\b',
    "\\bfish (?:and|&|n|'n'?) ?chips\\b",
    '\\btempuras?\\b',
    '\\btendon\\b',
    '\\bkara ?age\\b',
    '\\b[a-z]*katsu(?: ?don)?\\b',
    '\\bkorokke\\b',
    '\\bcroquettes?\\b',
    '\\b(?:dough|do)nuts?\\b',
    '\\bchurros?\\b',
    '\\bbeignets?\\b',
    '\\bfritters?\\b',
    '\\bonion rings?\\b',
    '\\bcorn ?dogs?\\b',
    '\\bhush ?pupp(?:y|ies)\\b',
    '\\b(?:chicken|fish) (?:nuggets?|fingers?|tenders)\\b',
    '\\bpopcorn (?:chicken|shrimp)\\b',
    '\\bmozzarella sticks?\\b',
    '\\btater tots?\\b',
    '\\bspring rolls?\\b',
    '\\begg rolls?\\b',
    '\\bsamosas?\\b',
    '\\bpakoras?\\b',
    '\\bfalafels?\\b',
    '\\btostones\\b',
    '\\bfunnel cakes?\\b',
  ].join('|'),
);

/** True when the name of a dish, Japanese or English, says that it or a part of it was fried in deep oil. */
export const isDeepFriedDish: (dishName: string) => boolean = remembered((dishName) => {
  const spelled = katakana(dishName.normalize('NFKC').toLowerCase()).replace(/[\s_\-\u2010-\u2015]+/g, ' ');
  return DEEP_FRIED.test(spelled.replace(NOT_DEEP_FRIED, '|'));
});
