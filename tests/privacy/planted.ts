/**
 * Personal data to plant in texts: every kind in the forms people write it, disguised by what keyboards, phones and
 * pranksters do to characters, in Japanese and English texts with and without spaces. Numbers have the checksums that
 * real ones have; nothing here asks the scrubber what it would find.
 */
import type { Random } from './random.ts';

export interface Planted {
  readonly kind: string;
  /** The value as it stands in the text. */
  readonly written: string;
  /** What must not be readable in any output: digits alone, or words without spaces in lower case. */
  readonly secrets: readonly { readonly as: 'digits' | 'text'; readonly value: string }[];
}

/** Names a test gives the scrubber. */
export const NAMES: readonly string[] = [
  '山田太郎',
  '佐藤 花子',
  '高橋',
  'たなか けんじ',
  'サイトウ ミユキ',
  'Hanako Sato',
  'Jean-Luc Bernard',
  'Müller',
  '王小明',
  'Олена Шевченко',
];

const digitsOf = (text: string): string => text.replace(/\D/g, '');

function number(kind: string, written: string, core = digitsOf(written)): Planted {
  return { kind, written, secrets: [{ as: 'digits', value: core }] };
}

function words(kind: string, written: string, ...values: readonly string[]): Planted {
  const secrets = (values.length === 0 ? [written] : values).map((value) => ({
    as: 'text' as const,
    value: plain(value),
  }));
  return { kind, written, secrets };
}

/** Text without spaces and case, in the compatibility form. */
export function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Cf}]/gu, '');
}

/** Digits in groups of these sizes. */
function grouped(digits: string, sizes: readonly number[], between: string): string {
  let at = 0;
  return sizes
    .map((size) => {
      at += size;
      return digits.slice(at - size, at);
    })
    .join(between);
}

const HYPHENS = ['-', '-', '-', '‐', '–', '−', 'ー', '－', '・', ' - '];
const SPACES = [' ', ' ', '\u3000', '\u00a0', '\t'];

function mobile(random: Random): Planted {
  const own = `${random.pick(['70', '80', '90'])}${random.digits(8)}`;
  const all = `0${own}`;
  const hyphen = random.pick(HYPHENS);
  const space = random.pick(SPACES);
  const [a, b, c] = [all.slice(0, 3), all.slice(3, 7), all.slice(7)];
  const written = random.pick([
    all,
    [a, b, c].join(hyphen),
    [a, b, c].join(space),
    `${a}.${b}.${c}`,
    `(${a})${b}-${c}`,
    `${a}(${b})${c}`,
    `${a}（${b}）${c}`,
    `${a}-${b}${c}`,
    `${a}${b}-${c}`,
    `${a}/${b}/${c}`,
    `${a}の${b}の${c}`,
    `+81${own}`,
    `+81 ${grouped(own, [2, 4, 4], ' ')}`,
    `+81-${grouped(own, [2, 4, 4], '-')}`,
    `+81(0)${grouped(own, [2, 4, 4], '-')}`,
    `＋81 ${grouped(own, [2, 4, 4], ' ')}`,
    `0081${own}`,
    `81-${grouped(own, [2, 4, 4], '-')}`,
    [...all].join(space),
    [...all].join('-'),
    grouped(all, [2, 3, 2, 4], ' '),
    grouped(all, [4, 3, 4], ' '),
    grouped(all, [3, 3, 3, 2], ' '),
    `${a}-${b}-\n${c}`,
  ]);
  return number('phone', written, own);
}

function landline(random: Random): Planted {
  const [area, local] = random.pick([
    ['3', 4],
    ['6', 4],
    ['45', 3],
    ['75', 3],
    ['466', 2],
    ['120', 3],
    ['9969', 1],
  ] as const);
  const own = `${area}${random.digits(9 - area.length)}`;
  const all = `0${own}`;
  const sizes = area === '120' ? [4, 3, 3] : [area.length + 1, local, 10 - area.length - 1 - local];
  const hyphen = random.pick(HYPHENS);
  const parts = grouped(all, sizes, '|').split('|');
  const written = random.pick([
    all,
    parts.join(hyphen),
    parts.join(random.pick(SPACES)),
    parts.join('.'),
    `(${parts[0]})${parts[1]}-${parts[2]}`,
    `(${parts[0]}) ${parts[1]}-${parts[2]}`,
    `${parts[0]}(${parts[1]})${parts[2]}`,
    `+81 ${parts[0]!.slice(1)} ${parts[1]} ${parts[2]}`,
    `+81-${parts[0]!.slice(1)}-${parts[1]}-${parts[2]}`,
  ]);
  return number('phone', written, own);
}

function american(random: Random): Planted {
  const own = `${random.pick(['2', '5', '7', '9'])}${random.digits(2)}${random.pick(['2', '4', '8'])}${random.digits(6)}`;
  const [a, b, c] = [own.slice(0, 3), own.slice(3, 6), own.slice(6)];
  const written = random.pick([
    own,
    `(${a}) ${b}-${c}`,
    `(${a})${b}-${c}`,
    `${a}-${b}-${c}`,
    `${a}.${b}.${c}`,
    `${a} ${b} ${c}`,
    `1-${a}-${b}-${c}`,
    `+1 ${a} ${b} ${c}`,
    `+1 (${a}) ${b}-${c}`,
    `+1${own}`,
    `1${own}`,
    [...own].join(' '),
  ]);
  return number('phone', written, own);
}

function abroad(random: Random): Planted {
  const [code, sizes] = random.pick([
    ['44', [2, 4, 4]],
    ['44', [4, 6]],
    ['49', [3, 3, 4]],
    ['33', [1, 2, 2, 2, 2]],
    ['86', [3, 4, 4]],
    ['82', [2, 4, 4]],
    ['61', [1, 4, 4]],
    ['852', [4, 4]],
    ['91', [5, 5]],
    ['55', [2, 5, 4]],
    ['358', [2, 3, 4]],
    ['971', [2, 3, 4]],
  ] as const);
  const own = `${random.pick(['1', '2', '5', '9'])}${random.digits(sizes.reduce((sum: number, size) => sum + size, 0) - 1)}`;
  const national = grouped(own, sizes, random.pick([' ', '-', '']));
  const written = random.pick([
    `+${code} ${national}`,
    `+${code}${own}`,
    `+${code}-${grouped(own, sizes, '-')}`,
    `00${code}${own}`,
  ]);
  return number('phone', written, own);
}

function french(random: Random): Planted {
  const own = `0${random.pick(['1', '6', '7'])}${random.digits(8)}`;
  return number('phone', grouped(own, [2, 2, 2, 2, 2], random.pick([' ', '.', '-'])));
}

function announced(random: Random): Planted {
  const own = `${random.pick(['2', '3', '5'])}${random.digits(7)}`;
  const word = random.pick(['tel ', 'TEL:', '電話 ', '電話番号は', 'phone: ', '連絡先：', '☎ ']);
  return number('phone', `${word}${grouped(own, [4, 4], random.pick(['-', ' ', '']))}`, own);
}

function withCheckDigit(body: string, fits: (whole: string) => boolean): string {
  for (let digit = 0; digit < 10; digit++) if (fits(`${body}${digit}`)) return `${body}${digit}`;
  throw new Error(`no check digit fits ${body}`);
}

function luhn(digits: string): boolean {
  const sum = [...digits]
    .reverse()
    .map(Number)
    .reduce(
      (total, digit, index) => total + (index % 2 === 0 ? digit : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit]!),
      0,
    );
  return sum % 10 === 0;
}

function card(random: Random): Planted {
  const [head, length] = random.pick([
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['37', 15],
    ['34', 15],
    ['3528', 16],
    ['3589', 16],
    ['36', 14],
    ['6011', 16],
    ['62', 16],
    ['62', 19],
  ] as const);
  const all = withCheckDigit(`${head}${random.digits(length - head.length - 1)}`, luhn);
  const between = random.pick([' ', ' ', '-', '\u3000', '−', 'ー', '.', ' - ']);
  const usual =
    length === 15 ? [4, 6, 5] : length === 14 ? [4, 6, 4] : length === 19 ? [4, 4, 4, 4, 3] : [4, 4, 4, 4];
  const written = random.pick([
    all,
    grouped(all, usual, between),
    grouped(all, usual, between),
    [...all].join(' '),
    grouped(all, [5, 5, length - 10], ' '),
    grouped(all, [2, 6, length - 8], ' '),
  ]);
  return number('card', written);
}

function citizen(random: Random): Planted {
  const body = random.digits(11);
  const weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
  const rest = [...body].reduce((sum, digit, index) => sum + Number(digit) * weights[index]!, 0) % 11;
  const all = `${body}${rest <= 1 ? 0 : 11 - rest}`;
  const written = random.pick([
    all,
    grouped(all, [4, 4, 4], random.pick([' ', '-', '\u3000'])),
    [...all].join(' '),
  ]);
  return number('mynumber', written);
}

function bank(random: Random): Planted {
  const [country, length, letters] = random.pick([
    ['DE', 22, 0],
    ['FR', 27, 0],
    ['GB', 22, 4],
    ['NL', 18, 4],
    ['ES', 24, 0],
    ['CH', 21, 0],
    ['NO', 15, 0],
  ] as const);
  const own = random.letters(letters, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') + random.digits(length - 4 - letters);
  const asDigits = [...`${own}${country}00`].map((character) => Number.parseInt(character, 36)).join('');
  const check = String(98n - (BigInt(asDigits) % 97n)).padStart(2, '0');
  const all = `${country}${check}${own}`;
  const written = random.pick([all, all.replace(/(.{4})(?=.)/g, '$1 '), all.toLowerCase()]);
  return words('iban', written, all);
}

function mail(random: Random): Planted {
  const local = random.pick([
    `taro.${random.letters(5)}`,
    random.letters(7),
    `${random.letters(4)}_${random.digits(3)}`,
    `${random.letters(3)}+${random.letters(4)}`,
    `${random.letters(3)}${random.digits(4)}`,
  ]);
  const host = random.pick([
    'gmail',
    'docomo.ne',
    'ezweb.ne',
    'mail',
    `${random.letters(5)}-${random.letters(3)}`,
  ]);
  const top = random.pick(['com', 'jp', 'co.jp', 'net', 'org', 'io', 'museum']);
  const domain = `${host}.${top}`;
  const written = random.pick([
    `${local}@${domain}`,
    `${local}@${domain}`,
    `${local}＠${domain}`,
    `${local} @ ${domain}`,
    `${local}(at)${domain}`,
    `${local} [at] ${domain}`,
    `${local}[at]${domain.replaceAll('.', '[dot]')}`,
    `${local} (at) ${domain.replaceAll('.', ' (dot) ')}`,
    `${local} at ${domain.replaceAll('.', ' dot ')}`,
    `${local}%40${domain}`,
    `${local}(アット)${domain}`,
    `${local}★${host}.co.jp`,
    `${local.toUpperCase()}@${domain.toUpperCase()}`,
    `<${local}@${domain}>`,
    `mailto:${local}@${domain}`,
    `${local}@${domain.replaceAll('.', '．')}`,
    `${local}アットマーク${domain.replaceAll('.', 'ドット')}`,
  ]);
  return words('mail', written, `${local}@${domain}`, written);
}

function postal(random: Random): Planted {
  const all = `${random.digits(6)}${random.pick(['1', '3', '7'])}`;
  const [a, b] = [all.slice(0, 3), all.slice(3)];
  const written = random.pick([
    `〒${a}-${b}`,
    `〒${all}`,
    `〒 ${a}－${b}`,
    `郵便番号${a}-${b}`,
    `郵便番号は${all}`,
    `${a}-${b}`,
  ]);
  return number('postal', written);
}

const PREFECTURES = [
  '東京都',
  '大阪府',
  '京都府',
  '北海道',
  '神奈川県',
  '愛知県',
  '福岡県',
  '沖縄県',
  '兵庫県',
];
const CITIES = [
  '渋谷区',
  '横浜市中区',
  '札幌市中央区',
  '名古屋市千種区',
  '福岡市博多区',
  '那覇市',
  '西宮市',
  '世田谷区',
  '調布市',
];
const TOWNS = [
  '神南',
  '山下町',
  '北野',
  '今池',
  '博多駅前',
  'おもろまち',
  '甲子園',
  '三軒茶屋',
  '国領町',
  '自由が丘',
];
const BUILDINGS = [
  '',
  '',
  'コーポ田中203号室',
  'メゾン青葉 305',
  'サンハイツ101',
  'グリーンビル5階',
  '第一マンション1203号室',
];

function japaneseAddress(random: Random): Planted {
  const [a, b, c] = [1 + random.below(9), 1 + random.below(40), 1 + random.below(30)];
  const block = random.pick([
    `${a}-${b}-${c}`,
    `${a}丁目${b}-${c}`,
    `${a}丁目${b}番${c}号`,
    `${a}丁目${b}番地${c}`,
    `${a}−${b}−${c}`,
    `${'一二三四五六七八九'.charAt(a - 1)}丁目${b}の${c}`,
  ]);
  const city = random.pick(CITIES);
  const town = random.pick(TOWNS);
  const head = random.pick([random.pick(PREFECTURES), random.pick(PREFECTURES), '']);
  const code = random.pick(['', '', `〒${random.digits(3)}-${random.digits(4)} `]);
  const space = random.pick(['', '', ' ', '\u3000']);
  const building = random.pick(BUILDINGS);
  const core = `${head}${city}${town}${block}`;
  const written = `${code}${head}${space}${city}${town}${block}${building === '' ? '' : `${random.pick([' ', ''])}${building}`}`;
  return words('address', written, core, `${town}${block}`);
}

const STREETS = [
  'Main',
  'Oak',
  'Maple',
  'Washington',
  'Lincoln Park',
  '5th',
  'Old Mill',
  'Martin Luther King',
  'Sunset',
];
const STREET_KINDS = [
  'Street',
  'St',
  'St.',
  'Avenue',
  'Ave',
  'Ave.',
  'Road',
  'Rd',
  'Boulevard',
  'Blvd',
  'Lane',
  'Ln',
  'Drive',
  'Dr.',
];
const TOWNS_OF_AMERICA = ['Springfield, IL', 'Portland, OR', 'New York, NY', 'Austin, TX', 'San Jose, CA'];

function americanAddress(random: Random): Planted {
  const street = `${10 + random.below(9900)} ${random.pick(['', '', 'N ', 'W. '])}${random.pick(STREETS)} ${random.pick(STREET_KINDS)}`;
  const unit = random.pick(['', '', ' Apt 4B', ', Apt. 12', ', Suite 300', ' #21']);
  const city = random.pick(['', `, ${random.pick(TOWNS_OF_AMERICA)} ${random.digits(5)}`]);
  return words('address', `${street}${unit}${city}`, street);
}

function machine(random: Random): Planted {
  const octet = () => String(random.below(256));
  const four = [String(10 + random.below(240)), octet(), octet(), octet()].join('.');
  const hex = () => random.letters(4, '0123456789abcdef');
  return random.pick([
    () => words('ip', four),
    () => words('ip', `IP: ${four}`, four),
    () => words('ip', `2001:db8:${hex()}:${hex()}:${hex()}:${hex()}:${hex()}:${hex()}`),
    () => words('ip', `fe80::${hex()}:1a2b`),
    () => words('ip', Array.from({ length: 6 }, () => random.letters(2, '0123456789abcdef')).join(':')),
  ])();
}

function page(random: Random): Planted {
  const user = random.letters(6);
  const secret = random.letters(12, 'abcdefghjkmnpqrstuvwxyz23456789');
  return random.pick([
    () => words('url', `https://${user}:${secret}@example.com/recipes`, secret, `${user}:${secret}`),
    () => words('url', `https://example.com/share?token=${secret}`, secret),
    () => words('url', `http://example.co.jp/a/b?user=${user}&sid=${secret}`, secret, `user=${user}`),
    () => words('url', `https://www.instagram.com/${user}_${secret}/`, `${user}_${secret}`),
    () => words('url', `https://example.com/users/${user}${secret}`, `${user}${secret}`),
    () => words('url', `example.com/reset?t=${secret}`, secret),
  ])();
}

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function secretKey(random: Random): Planted {
  const hex = (count: number) => random.letters(count, '0123456789abcdef');
  return random.pick([
    () => words('token', `eyJhbGciOiJIUzI1NiJ9.${random.letters(30, B64)}.${random.letters(30, B64)}`),
    () => words('token', `sk-${random.letters(32, B64)}`),
    () => words('token', `ghp_${random.letters(36, B64)}`),
    () => words('token', `AKIA${random.letters(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`),
    () => {
      const value = random.letters(24, B64);
      return words('token', `Bearer ${value}`, value);
    },
    () => words('token', `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`),
    () => words('token', `a1b2${hex(28)}`),
    () => {
      const value = `${random.letters(6)}${random.digits(3)}`;
      return words(
        'token',
        `${random.pick(['password: ', 'パスワードは', 'Password=', '暗証番号：'])}${value}`,
        value,
      );
    },
  ])();
}

function coordinates(random: Random): Planted {
  const [latitude, longitude] = [
    `3${random.digits(1)}.${random.digits(5)}`,
    `13${random.digits(1)}.${random.digits(5)}`,
  ];
  const written = random.pick([
    `${latitude},${longitude}`,
    `${latitude}, ${longitude}`,
    `${latitude} ${longitude}`,
    `緯度${latitude} 経度${longitude}`,
    `北緯${latitude}度 東経${longitude}度`,
    `lat: ${latitude}, lon: ${longitude}`,
    `${latitude}N, ${longitude}E`,
  ]);
  return words('place', written, latitude, longitude);
}

function birth(random: Random): Planted {
  const [y, m, d] = [1930 + random.below(79), 1 + random.below(12), 1 + random.below(28)];
  const two = (value: number) => String(value).padStart(2, '0');
  const written = random.pick([
    `${y}-${two(m)}-${two(d)}`,
    `${y}/${m}/${d}`,
    `${y}年${m}月${d}日`,
    `${y}年${m}月${d}日生まれ`,
    `生年月日：${y}.${m}.${d}`,
    `生年月日 ${y}${two(m)}${two(d)}`,
    `born ${two(d)}/${two(m)}/${y}`,
    `DOB: ${two(m)}/${two(d)}/${y}`,
    `date of birth ${d} ${random.pick(['Jan', 'March', 'Sep', 'December'])} ${y}`,
    `birthday is May ${d}, ${y}`,
    `昭和${1 + random.below(63)}年${m}月${d}日`,
  ]);
  return words('birth', written, written.replace(/^.*?(?=[\d昭]|May)/, '').replace('生まれ', ''));
}

function handle(random: Random): Planted {
  const own = `${random.letters(4)}_${random.letters(3)}${random.digits(2)}`;
  return words(
    'handle',
    random.pick([`@${own}`, `LINE ID: ${own}`, `インスタは@${own}`, `Instagram: ${own}`, `ラインID：${own}`]),
    own,
  );
}

function name(random: Random): Planted {
  const given = random.pick(NAMES);
  const japanese = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(given);
  const parts = given.split(' ');
  const written = random.pick(
    japanese
      ? [
          given,
          given.replace(' ', ''),
          given.replace(' ', '\u3000'),
          parts.join('・'),
          [...given.replace(' ', '')].join(' '),
          `${given}さん`,
          `${given}様`,
        ]
      : [
          given,
          given.toUpperCase(),
          given.toLowerCase(),
          parts.reverse().join(' '),
          `Mr. ${given}`,
          `${given}-san`,
          `${given}'s`,
        ],
  );
  return words('name', written, given, written.replace(/(?:さん|様|-san|'s)$|^Mr\. /g, ''));
}

const KINDS: readonly ((random: Random) => Planted)[] = [
  mobile,
  mobile,
  mobile,
  landline,
  landline,
  american,
  abroad,
  french,
  announced,
  card,
  card,
  citizen,
  bank,
  mail,
  mail,
  mail,
  postal,
  japaneseAddress,
  japaneseAddress,
  americanAddress,
  machine,
  page,
  secretKey,
  coordinates,
  birth,
  handle,
  name,
  name,
];

const fullWidth = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u200e', '\u200f', '\u202c'];

/** What happens to characters on their way; digits only for the last ones. */
const DISGUISES: readonly { readonly digitsOnly: boolean; disguise(text: string, random: Random): string }[] =
  [
    { digitsOnly: false, disguise: fullWidth },
    {
      digitsOnly: false,
      disguise: (text, random) =>
        [...text]
          .map((character) => (random.chance(0.3) ? character + random.pick(INVISIBLE) : character))
          .join(''),
    },
    { digitsOnly: false, disguise: (text) => `\u202e${text}\u202c` },
    {
      digitsOnly: false,
      disguise: (text, random) =>
        text.replace(/[0-9]/g, (digit) => (random.chance(0.5) ? fullWidth(digit) : digit)),
    },
    { digitsOnly: true, disguise: (text) => text.replace(/[0-9]/g, (digit) => `${digit}\ufe0f\u20e3`) },
    { digitsOnly: true, disguise: (text) => text.replace(/[0-9]/g, (digit) => `${digit}\u0332`) },
    {
      digitsOnly: true,
      disguise: (text) => text.replace(/[0-9]/g, (digit) => '⓪①②③④⑤⑥⑦⑧⑨'.charAt(Number(digit))),
    },
    {
      digitsOnly: true,
      disguise: (text) => text.replace(/[0-9]/g, (digit) => '٠١٢٣٤٥٦٧٨٩'.charAt(Number(digit))),
    },
    {
      digitsOnly: true,
      disguise: (text) => text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
    },
    {
      digitsOnly: true,
      disguise: (text) => text.replace(/[0-9]/g, (digit) => '〇一二三四五六七八九'.charAt(Number(digit))),
    },
  ];

const JAPANESE = [
  '朝ごはんは',
  '昼に',
  '夜は',
  'カツ丼',
  'ラーメン大盛り',
  '味噌汁',
  'サラダ',
  'おにぎり二つ',
  'コーヒー',
  '唐揚げ定食',
  'を食べた',
  'です',
  'と',
  '、',
  '。',
  '連絡ください',
  'に電話して',
  'まで',
  '半分残した',
  '200g',
  '約500kcal',
  '3個',
  '牛乳',
  '😋',
  '\n',
  'また明日',
];
const ENGLISH = [
  'had',
  'toast',
  'chicken salad',
  'with',
  'and',
  'half a',
  'bowl of rice',
  '2 eggs',
  '300 kcal',
  'for lunch',
  'coffee',
  'please note',
  'reach me',
  'my friend',
  'ordered',
  'large fries',
  'no dinner',
  'then',
  '1/2 cup milk',
  'thanks',
  '!',
  'ok',
  '🍜',
];

function filler(random: Random, from: readonly string[], between: string): string {
  return Array.from({ length: random.below(4) }, () => random.pick(from)).join(between);
}

/** Kinds whose disguised forms are still what they were to a reader; tokens and pages are copied, not typed. */
const DISGUISED = new Set(['phone', 'card', 'mynumber', 'mail', 'postal', 'name']);

export interface PlantedText {
  readonly text: string;
  readonly planted: Planted;
}

/** One text with one personal value in it. */
export function plantedText(random: Random): PlantedText {
  const planted = random.pick(KINDS)(random);
  let { written } = planted;
  if (DISGUISED.has(planted.kind) && random.chance(0.4)) {
    const numeric = planted.kind === 'phone' || planted.kind === 'card' || planted.kind === 'mynumber';
    const usable = DISGUISES.filter(({ digitsOnly }) => !digitsOnly || numeric);
    written = random.pick(usable).disguise(written, random);
  }
  const style = random.below(4);
  // Latin words keep their distance from Latin letters, as they do in any text; digits and Japanese need none.
  const apart = /^[\p{sc=Latin}\p{sc=Cyrillic}\d@+(]/u.test(written) && planted.kind !== 'phone';
  const space = style === 0 ? ' ' : '';
  const from = style < 3 ? JAPANESE : ENGLISH;
  const between = style === 3 ? ' ' : space;
  const gap = style === 3 || (apart && style === 0) ? ' ' : between;
  const before = filler(random, from, between);
  const after = filler(random, from, between);
  const text = `${before}${gapped(before, gap, planted.kind)}${written}${gapped(after, gap, planted.kind)}${after}`;
  return { text, planted };
}

/** A number right beside a value would be part of it: there a space stands even where texts have none. */
function gapped(beside: string, gap: string, kind: string): string {
  if (beside === '') return '';
  return gap === '' && (/\d/.test(beside) || kind !== 'phone') ? ' ' : gap;
}
