/**
 * Finds where somebody can be reached or signed in on a network: mail addresses, addresses of pages that carry a
 * name or a secret, handles, keys and tokens, addresses of machines. They have a syntax of their own, so they are
 * found first and take with them the numbers and words inside.
 */
import { isIPv6 } from 'node:net';
import { findAll, type Found } from './found.ts';

const AT = String.raw`(?:\s?@\s?|%40|&#0*64;|&commat;|\s?[([{<]\s?(?:at|アット|あっと)\s?[)\]}>]\s?|\s?アットマーク\s?)`;
const DOT = String.raw`(?:[.。]|\s?[([{<]\s?dot\s?[)\]}>]\s?|\sdot\s|\s?ドット\s?)`;
const WORD = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const LETTERS = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,40}[\p{L}\p{N}])?`;
const LOCAL = String.raw`(?:"[^"\n]{1,64}"|[\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\p{N}._%+'&/=-]{1,64}|[\p{L}\p{N}._-]{0,29}(?![a-z\d._-])\p{L})`;

/** ASCII labels are tried first: a Japanese sentence goes on right behind an address. */
const MAIL = new RegExp(
  `${LOCAL}${AT}(?:(?:${WORD}${DOT}){1,6}[a-z]{2,24}(?![a-z])|(?:${LETTERS}${DOT}){1,6}\\p{L}{2,24}|\\[[\\da-f.:]+\\])`,
  'giu',
);
/** Signs that people write in place of the at-sign to keep machines from reading it. */
const STARRED_MAIL = new RegExp(
  `[\\w.+-]{2,64}\\s?[★☆◎●■◆◇♪]\\s?(?:${WORD}\\.){1,5}(?:com|net|org|jp|info|biz|me)(?![a-z])`,
  'gi',
);
/** Spelled in words; one can also meet at the dot café. */
const SPELLED_MAIL = new RegExp(
  `[\\w.+-]{1,64} at (?!(?:the|an?|my|our|your|this|that|one|each) )(?:${WORD} dot ){1,5}[a-z]{2,24}(?![a-z])`,
  'gi',
);
/** One eats at the address of a restaurant, but not at that of a mail provider. */
const MAIL_AT_PROVIDER =
  /[\w.+-]{1,64} at (?:(?:gmail|yahoo|ymail|outlook|hotmail|live|icloud|me|mac|aol|gmx|proton|protonmail)\.(?:com|net|me|jp|co\.jp|ne\.jp|de)|(?:[a-z]\.)?(?:docomo|ezweb|softbank|vodafone|au)\.(?:ne\.jp|com))(?![\w/])/gi;

const URL_WITH_SCHEME = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[!#-;=?-~]+/gi;
const URL_WITHOUT =
  /(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}[a-z]{2,24}(?::\d{1,5})?\/[!#-;=?-~]*/gi;
const PROFILES =
  /\b(?:instagram|facebook|fb|twitter|x|tiktok|threads|line|lin|t|linkedin|youtube|note|ameblo|github|discord|wa|snapchat|pinterest|mixi|bsky)\.(?:com|me|ee|jp|net|be|gg|app|tv)\//i;

/** What in an address of a page names somebody or opens something. */
const TELLING =
  /[@?#]|%[0-9a-f]{2}|\/~|\/(?:u|user|users|profile|people|account|member|mypage)s?\/|[\w-]{24,}/i;

function personalUrl(match: RegExpExecArray): { readonly length: number } | null {
  const url = match[0].replace(/[.,;:!?'")\]}>]+$/, '');
  return TELLING.test(url) || PROFILES.test(url) ? { length: url.length } : null;
}

const JWT = /(?<![a-z0-9])eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?/gi;
const MARKED_KEY =
  /(?<![a-z0-9])(?:gh[pousr]_[a-z0-9]{12,}|github_pat_\w{12,}|glpat-[\w-]{12,}|[sprw]k[-_](?:live|test|proj|ant|or)?[\w-]{12,}|xox[abprs]-[\w-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[\w-]{20,}|ya29\.[\w-]{16,}|npm_[a-z0-9]{16,}|SG\.[\w-]{8,}\.[\w-]{8,}|bearer\s+[\w.~+/=-]{8,})/gi;
const UUID = /(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/gi;
const LONG_HEX =
  /(?<![a-z0-9])(?=[0-9a-f]*\d[0-9a-f]*\d)(?=[0-9a-f]*[a-f][0-9a-f]*[a-f])[0-9a-f]{16,}(?![a-z0-9])/gi;
const LONG_WORD = /(?<![a-z0-9+/_-])[a-z0-9+/_-]{24,}={0,2}/gi;
/** A word that announces a secret, and the secret; the word stays. */
const ANNOUNCED =
  /(?:(?<![a-z])(?:pass(?:word|wd|phrase|code)|api[ _-]?key|secret|access[ _-]?token|(?:session|csrf)[ _-]?id)(?![a-z])|パスワード|暗証番号|合言葉)\s*(?:[:=]|は|is)\s*([!-~]{4,64})/gi;

/** Letters and digits that change places as no word and no list of amounts does. */
function isRandom(word: string): boolean {
  return word.split(/[/_+=-]+/).some((part) => {
    if (part.length < 20) return false;
    const digits = part.match(/\d/g)?.length ?? 0;
    const turns = part.match(/[a-z](?=\d)|\d(?=[a-z])|[a-z](?=[A-Z])/g)?.length ?? 0;
    return digits >= 3 && turns >= 5;
  });
}

const IPV4 =
  /(?<![\d.]|(?<!\/)\/|\bv|\bver\.? ?|version )(?:25[0-5]|2[0-4]\d|1\d\d|\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|\d?\d)){3}(?![\d]|\.\d)/gi;
const IPV6 = /(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*/gi;
const MAC = /(?<![0-9a-f:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![0-9a-f:-])/gi;

function ipv6(match: RegExpExecArray): { readonly length: number } | null {
  const address = match[0].replace(/[:.]$/, (end) => (match[0].endsWith('::') ? end : ''));
  return isIPv6(address) && /[0-9a-f]{3}/i.test(address) ? { length: address.length } : null;
}

const HANDLE = /(?<![\w.@])@[a-z_][\w.]{1,29}/gi;
/** Places, which are no one's handle. */
const NO_HANDLE = /^@(?:home|work|office|school|gym|noon|night)$/i;
const NAMED_HANDLE =
  /(?:(?<![a-z])(?:line|instagram|insta|twitter|tiktok|discord|skype|snapchat|telegram|whatsapp|kakao(?:talk)?|wechat)(?![a-z])|ライン|インスタ|ツイッター|カカオ)\s?(?:id|アカウント|account)?\s?(?:[:=]|は|is)\s?(@?[\w.-]{3,30})/gi;

function behindItsWord(match: RegExpExecArray): { readonly from: number; readonly length: number } {
  const value = match[1] ?? '';
  return { from: match[0].length - value.length, length: value.length };
}

/** Mail addresses, telling addresses of pages, keys and tokens, addresses of machines. */
export function findOnline(text: string): Found[] {
  const found: Found[] = [];
  if (text.includes('://')) found.push(...findAll(text, URL_WITH_SCHEME, 'url', personalUrl));
  if (text.includes('.') && text.includes('/')) found.push(...findAll(text, URL_WITHOUT, 'url', personalUrl));
  if (/@|%40|&#|&commat|[([{<]\s?(?:at|アット|あっと)\s?[)\]}>]|アットマーク/i.test(text))
    found.push(...findAll(text, MAIL, 'mail'));
  if (/[★☆◎●■◆◇♪]/.test(text)) found.push(...findAll(text, STARRED_MAIL, 'mail'));
  if (/ dot /i.test(text)) found.push(...findAll(text, SPELLED_MAIL, 'mail'));
  if (/ at /i.test(text)) found.push(...findAll(text, MAIL_AT_PROVIDER, 'mail'));
  if (/[!-~]{4}/.test(text)) {
    found.push(
      ...findAll(text, JWT, 'token'),
      ...findAll(text, MARKED_KEY, 'token'),
      ...findAll(text, ANNOUNCED, 'token', behindItsWord),
    );
  }
  if (/[\w+/=-]{16}/.test(text)) {
    found.push(
      ...findAll(text, UUID, 'token'),
      ...findAll(text, LONG_HEX, 'token'),
      ...findAll(text, LONG_WORD, 'token', ({ 0: word }) =>
        isRandom(word) ? { length: word.length } : null,
      ),
    );
  }
  if (/\d\.\d+\.\d+\.\d/.test(text))
    found.push(...findAll(text, IPV4, 'ip', ({ 0: ip }) => (/\d\d/.test(ip) ? { length: ip.length } : null)));
  if (/:[0-9a-f]*:/i.test(text)) found.push(...findAll(text, IPV6, 'ip', ipv6));
  if (/[0-9a-f]{2}[:-][0-9a-f]{2}[:-]/i.test(text)) found.push(...findAll(text, MAC, 'ip'));
  return found;
}

/** Handles; looked for after everything else that has an at-sign in it. */
export function findHandles(text: string): Found[] {
  const found: Found[] = [];
  if (text.includes('@'))
    found.push(
      ...findAll(text, HANDLE, 'handle', ({ 0: handle }) => {
        const length = handle.replace(/\.+$/, '').length;
        return NO_HANDLE.test(handle) ? null : { length };
      }),
    );
  found.push(...findAll(text, NAMED_HANDLE, 'handle', behindItsWord));
  return found;
}
