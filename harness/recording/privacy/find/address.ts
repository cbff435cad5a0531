/**
 * Finds postal addresses and codes, Japanese and American. They are found before numbers, because a block number or
 * a house number says nothing by itself; places without one (a city, a ward) are left, since dishes are named after
 * them.
 */
import { findAll, type Found } from './found.ts';

const PREFECTURES = `北海道|東京都|(?:大阪|京都)府|(?:${[
  '青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀',
  '兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄',
].join('|')})県`;

/** A letter of a place's name; in running text names end where a particle begins. */
const PLACE = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}々ヶー]`;
const TOWN = String.raw`(?:(?![をはで、。])[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}々ヶー\s])`;
const N = String.raw`(?:\d{1,4}|[一二三四五六七八九十]{1,3})`;
/** What stands between the numbers of a block. */
const LINK = String.raw`(?:\s?(?:丁目|番地の?|番町|番|号室|号|線|条[東西南北]*)\s?|\s?[-ー]\s?|\s?の\s?(?=\d))`;
const BLOCK = `${N}(?:${LINK}${N}){0,5}(?:\\s?(?:丁目|番地|番町|番|号室|号|条[東西南北]*))?`;
/** A block that cannot be a number of things: three numbers, or two that are said to be block and house. */
const CERTAIN_BLOCK = `(?:${N}\\s?(?:丁目|番地|条[東西南北]+)(?:${LINK}?${N}){1,4}|\\d{1,4}(?:\\s?[-ー]\\s?\\d{1,4}){2,4}|${N}\\s?番地?\\s?${N}\\s?号|\\d{1,4}\\s?番地)(?:\\s?(?:番地|番|号室|号))?`;
const COUNTER =
  '(?:個|枚|杯|本|人前|人分|皿|切れ|粒|貫|串|缶|袋|膳|つ|回|分|時|円|歩|度|割|%|カロリー|キロ|グラム|ミリ|(?:k?cal|g|kg|mg|ml|cc|dl|l|cm|mm)(?![a-z]))';
const COUNTED = `(?!\\s?${COUNTER})(?![-ー.,]?\\d)`;
/** Building, floor and room. */
const BUILDING = String.raw`(?:\s?(?:[\p{L}\p{N}ー'&]{1,20}?(?:ビル|マンション|アパート|ハイツ|コーポ|荘|タワー|レジデンス|メゾン|ハウス|コート|パレス|ヒルズ|館|棟|寮|団地)|(?:メゾン|コーポ|ハイツ|グラン|パーク|サン|レジデンス|ライオンズ|プラウド|シャトー|ヴィラ)[\p{L}ー]{1,15})){0,2}(?:\s?[a-z]?\d{1,5}\s?(?:号室|号|階|棟|f(?![a-z])))?(?:(?<=[\p{L}ー])\s?\d{3,4}(?!\d))?`;
const CODE = String.raw`(?:〒\s?)?(?:(?<!\d)\d{3}\s?[-ー]\s?\d{4}(?!\d)\s?)?`;

const JAPANESE = [
  new RegExp(`${CODE}(?:${PREFECTURES})\\s?${TOWN}{0,30}?\\s?${BLOCK}${COUNTED}${BUILDING}`, 'giu'),
  new RegExp(
    `${CODE}${PLACE}{1,8}?[市区郡]\\s?${TOWN}{0,20}?\\s?(?:${CERTAIN_BLOCK}|\\d{1,4}\\s?[-ー]\\s?\\d{1,4})${COUNTED}${BUILDING}`,
    'giu',
  ),
  new RegExp(`${CODE}${PLACE}{1,8}?[町村]\\s?${TOWN}{0,12}?\\s?${CERTAIN_BLOCK}${COUNTED}${BUILDING}`, 'giu'),
  new RegExp(
    `${CODE}${PLACE}{1,10}${N}\\s?丁目\\s?${N}(?:${LINK}${N}){0,3}(?:\\s?(?:番地|番|号))?${BUILDING}`,
    'giu',
  ),
];
/** The same in Latin letters: the block comes first, and a ward, town or district says what it is. */
const ROMANISED =
  /(?<![\d-])(?:\d{1,4}-){1,3}\d{1,4},?\s(?:[a-z][\w'-]*,?\s){0,2}?[a-z][\w']*-(?:ku|shi|cho|machi|chome|gun|mura|son)(?![a-z])(?:,?\s(?:tokyo|osaka|kyoto|hokkaido|[a-z]+-(?:ku|shi|ken|fu|to|do)))*(?:,?\s\d{3}-\d{4})?/gi;
const MAYBE_JAPANESE =
  /[都道府県市区町村郡目][^、。\n]{0,40}[\d一二三四五六七八九十]|目\s?[\d一二三四五六七八九十]/u;

/** Codes that are said to be one. */
const POSTAL_CODE =
  /〒\s?\d{3}\s?[-ー]?\s?\d{4}(?!\d)|(?<=(?:郵便番号|(?<![a-z])(?:zip|postal|post)\s?-?code|(?<![a-z])zip)\s?(?:は|is|:|=|#)?\s?)(?:\d{3}\s?[-ー]?\s?\d{4}|\d{5}(?:-\d{4})?)(?!\d)/giu;
const BARE_CODE = /(?<![\d.,/]|\d[-ー~])(\d{3}-\d{4}|\d{5}-\d{4})(?![\d%]|[-ー.,/]\d)/g;
const UNIT_AFTER = new RegExp(`^\\s?${COUNTER}`, 'iu');

/** Three digits and four may also be a range ("200-1000"): round numbers and those with a unit are left alone. */
function bareCode(match: RegExpExecArray): { readonly length: number } | null {
  const rest = match.input.slice(match.index + match[0].length, match.index + match[0].length + 12);
  const [low = '', high = ''] = match[0].split('-');
  const range = low.endsWith('0') && high.endsWith('0') && !high.startsWith('0') && low.length === 3;
  return range || UNIT_AFTER.test(rest) ? null : { length: match[0].length };
}

const STATES =
  'A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]';
/** Words that are part of a street's name and of nothing to eat. */
const STREET =
  'street|avenue|ave|boulevard|blvd|road|rd|lane|ln|drive|court|ct|place|pl|square|terrace|parkway|pkwy|highway|hwy|circle|cir|trail|way|st|dr';
const UNIT_NO = String.raw`(?:,?\s?(?:apt|apartment|suite|ste|unit|room|rm|floor|fl|#)\.?\s?#?\s?[\w-]{1,6})?`;
/** City, state and code behind a street; their capitals tell them from what was eaten there. */
const CITY = new RegExp(
  String.raw`^(?:,?\s(?=\p{Lu})(?!(?:${STATES})(?![\p{L}]))\p{Lu}[\p{L}.']*(?:\s\p{Lu}[\p{L}.']*){0,2})?(?:,?\s(?:${STATES})(?![\p{L}])\.?)?(?:,?\s\d{5}(?:-\d{4})?(?!\d))?`,
  'u',
);
const AMERICAN = new RegExp(
  String.raw`(?<![\p{L}\d.,/-])\d{1,6}[a-z]?,?\s(?:[NSEW]\.?[EW]?\.?\s)?((?:(?!\d+\s)[\p{L}\d][\p{L}\d.'-]*\s){1,4}?)(${STREET})(?![\p{L}])\.?(?:\s[NSEW][EW]?(?![\p{L}]))?${UNIT_NO}`,
  'giu',
);
/** Phrases that end like a street and lead nowhere. */
const NO_STREET =
  /\b(?:(?:easy|my|the|some|half|each|either|one|same|any|no|best|own|this|that) way|(?:same|my|a|the|first|your|our) place|the (?:road|street|drive|lane))$/i;
const AMOUNTS =
  /^(?:x|oz|ounces?|g|grams?|kg|mg|ml|l|lbs?|pounds?|cups?|cans?|slices?|pieces?|pcs?|bowls?|glass(?:es)?|bottles?|scoops?|tbsp|tsp|servings?|bites?|bars?|min(?:utes?|s)?|hours?|hrs?|days?|times?|miles?|km|inch(?:es)?|k?cal|of|and|or|with|more|am|pm|percent)$/i;
const BOX = /(?<![\p{L}])p\.?\s?o\.?\s?box\s\d{1,6}/giu;
const CITY_AND_CODE = new RegExp(
  String.raw`(?<![\p{L}])\p{Lu}[\p{L}.' ]{1,30}?,\s?(?:${STATES})\s\d{5}(?:-\d{4})?(?!\d)`,
  'gu',
);

const SPELLED_OUT = /^(?:Lane|Drive|Court|Square|Circle|Trail|Place)$/;

function american(match: RegExpExecArray): { readonly length: number } | null {
  const [whole, words = '', kind = ''] = match;
  const named = words.trim().split(/\s+/);
  if (named.some((word) => AMOUNTS.test(word)) || NO_STREET.test(`${words}${kind}`)) return null;
  const rest = match.input.slice(match.index + whole.length);
  const abbreviated = /^(?:st|dr|ct|pl|way|place|court|drive|square|circle|lane|trail)$/i.test(kind);
  // "8 oz St. Louis ribs", "3 Dr Pepper": behind an abbreviation a name may begin instead of ending.
  const tail = CITY.exec(rest)?.[0] ?? '';
  const ending = whole.toLowerCase().endsWith(kind.toLowerCase());
  const house = /^\d{3}/.test(whole) || (/^\d{2}/.test(whole) && SPELLED_OUT.test(kind));
  const goesOn = ending && (house ? /^\.?\s\p{Lu}/u : /^\.?\s\p{sc=Latin}/u).test(rest);
  if (abbreviated && goesOn && !/\d{5}$/.test(tail)) return null;
  const written = /^\p{Lu}/u.test(kind) && named.every((word) => /^[\p{Lu}\d]/u.test(word));
  const plain =
    /^\d{2}/.test(whole) && (!abbreviated || /^\d{2,}[a-z]?\s\p{L}+\s(?:st|dr)(?!\p{L})/iu.test(whole));
  return written || plain ? { length: whole.length + tail.length } : null;
}

/** Addresses, with building and room. */
export function findAddresses(text: string): Found[] {
  const found: Found[] = [];
  if (MAYBE_JAPANESE.test(text)) for (const shape of JAPANESE) found.push(...findAll(text, shape, 'address'));
  if (/\d[a-z]?,?\s[\p{L}\d]/iu.test(text)) {
    found.push(...findAll(text, AMERICAN, 'address', american), ...findAll(text, CITY_AND_CODE, 'address'));
  }
  if (/-(?:ku|shi|cho|machi|chome|gun|mura|son)(?![a-z])/i.test(text))
    found.push(...findAll(text, ROMANISED, 'address'));
  if (/box\s/i.test(text)) found.push(...findAll(text, BOX, 'address'));
  return found;
}

/** Postal codes by themselves; looked for after numbers, which may hold what looks like one. */
export function findPostalCodes(text: string): Found[] {
  if (!/\d{3}\s?[-ー]?\s?\d{2}/.test(text)) return [];
  return [...findAll(text, POSTAL_CODE, 'postal'), ...findAll(text, BARE_CODE, 'postal', bareCode)];
}
