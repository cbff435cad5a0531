/**
 * Pseudonyms: what stands in a recording in place of a user, a key, a row or a phone number. Everything that touches
 * the secret key is in this one file, so that one look shows that the key is read, used and never written.
 *
 * All of them are HMAC-SHA-256 under the key, cut to a stated length. Equal values have equal pseudonyms, which keeps
 * joins; without the key nobody can try out which value gave one.
 */
import { createHmac, type Hmac } from 'node:crypto';
import { GolemError } from '../../errors.ts';

/** The environment variable that holds the key. */
export const KEY_VARIABLE = 'GOLEM_PSEUDONYM_KEY';

/** Shortest key taken, in bytes of UTF-8: 128 bits where every byte is random. */
const MIN_KEY_BYTES = 16;
/** A key of fewer different characters is a placeholder, not a secret. */
const MIN_KEY_CHARACTERS = 6;

/**
 * Hexadecimal digits kept of an id's HMAC: 96 bits. Among n different values the chance that any two share a
 * pseudonym is below n² / 2⁹⁷: for ten billion of them under one in a billion.
 */
const ID_DIGITS = 24;
/** Hexadecimal digits of a tag in a text; the first is a letter, which leaves 30 bits: n² / 2³¹ among n values. */
const TAG_DIGITS = 8;
/** Hexadecimal digits kept of a digest (192 bits), and the zeros behind them by which a keyed one is known. */
const DIGEST_DIGITS = 48;
const DIGEST_END = '0'.repeat(64 - DIGEST_DIGITS);

/** The kinds of things a text can hold that say who wrote it; each is the first half of its tag. */
export const PERSONAL_KINDS = [
  'mail',
  'phone',
  'card',
  'iban',
  'mynumber',
  'number',
  'postal',
  'address',
  'place',
  'birth',
  'ip',
  'url',
  'token',
  'handle',
  'name',
] as const;

export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/** Tags that stand for something else than a found value: a text typed like a tag, a value of an unexpected kind. */
type TagKind = PersonalKind | 'tag' | 'other' | 'path';

/** A tag in a text, such as `[phone:c3fa9b10]`. */
export const TAG = new RegExp(
  `\\[(?:${[...PERSONAL_KINDS, 'tag', 'other', 'path'].join('|')}):[a-f][0-9a-f]{${TAG_DIGITS - 1}}\\]`,
  'g',
);

/** True when the whole text is a pseudonym with this prefix. */
export function isPseudonym(text: string, prefix: string): boolean {
  return text.length === prefix.length + 1 + ID_DIGITS && text.startsWith(`${prefix}-`) && LETTERS.test(text);
}

const LETTERS = new RegExp(`-[a-p]{${ID_DIGITS}}$`);

/** True for a digest that was keyed; a plain SHA-256 ends in so many zeros once in 2⁶⁴. */
export function isKeyedDigest(text: string): boolean {
  return KEYED.test(text);
}

const KEYED = new RegExp(`^[0-9a-f]{${DIGEST_DIGITS}}${DIGEST_END}$`);

/** Ids met lately: a user has many records, and a key stands in several places of one. */
const IDS_REMEMBERED = 4096;

export interface Pseudonyms {
  /** `u-…`: the prefix and 24 letters from a to p; no digits, so that none of them looks like a number. */
  id(prefix: string, value: string): string;
  /** 64 hexadecimal digits in place of a SHA-256. */
  digest(value: string): string;
  /** `[phone:c3fa9b10]`. */
  tag(kind: TagKind, value: string): string;
}

/** Makes pseudonyms under `key`. Throws the usage error of `readPseudonymKey` for a key that is too weak. */
export function createPseudonyms(key: string): Pseudonyms {
  refuseWeak(key);
  // The purpose goes into the HMAC, so that one value's id, digest and tag say nothing of each other.
  const mac = (purpose: string, value: string): Hmac =>
    createHmac('sha256', key).update(`${purpose}\0`).update(value);
  const remembered = new Map<string, string>();
  return {
    id(prefix, value) {
      const asked = `${prefix}\0${value}`;
      let id = remembered.get(asked);
      if (id === undefined) {
        id = `${prefix}-${inLetters(mac(prefix, value).digest('hex').slice(0, ID_DIGITS))}`;
        if (remembered.size >= IDS_REMEMBERED) remembered.clear();
        remembered.set(asked, id);
      }
      return id;
    },
    digest: (value) => `${mac('digest', value).digest('hex').slice(0, DIGEST_DIGITS)}${DIGEST_END}`,
    tag(kind, value) {
      const digits = mac(`tag:${kind}`, value).digest('hex').slice(0, TAG_DIGITS);
      // Behind a figure some readers take letters for what was counted ("9 abc"): a tag begins with a letter.
      const first = 'abcdef'.charAt(Number.parseInt(digits.charAt(0), 16) % 6);
      return `[${kind}:${first}${digits.slice(1)}]`;
    },
  };
}

/** Hexadecimal digits as letters: 0–9 become a–j, a–f become k–p. */
function inLetters(digits: string): string {
  let letters = '';
  for (const digit of digits) letters += String.fromCharCode(97 + Number.parseInt(digit, 16));
  return letters;
}

/**
 * The key from the environment. Throws a usage error that names the variable and never its value when there is none
 * or it is too weak.
 */
export function readPseudonymKey(env: Readonly<Record<string, string | undefined>>): string {
  const key = env[KEY_VARIABLE] ?? '';
  refuseWeak(key);
  return key;
}

function refuseWeak(key: string): void {
  const bytes = Buffer.byteLength(key);
  const reason =
    bytes === 0
      ? 'it is not set, and without a secret anybody could try out whose pseudonym is whose'
      : bytes < MIN_KEY_BYTES
        ? `it has ${bytes} bytes, expected at least ${MIN_KEY_BYTES}`
        : new Set(key).size < MIN_KEY_CHARACTERS
          ? `it has fewer than ${MIN_KEY_CHARACTERS} different characters`
          : null;
  if (reason === null) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'read the key of pseudonyms from',
    subject: KEY_VARIABLE,
    reason,
    next: `export ${KEY_VARIABLE}="$(openssl rand -base64 32)"`,
  });
}
