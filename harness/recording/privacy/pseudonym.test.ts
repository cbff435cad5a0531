import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GolemError } from '../../errors.ts';
import {
  createPseudonyms,
  isKeyedDigest,
  isPseudonym,
  KEY_VARIABLE,
  readPseudonymKey,
  TAG,
} from './pseudonym.ts';

const KEY = 'correct horse battery';
const one = createPseudonyms(KEY);

describe('the key', () => {
  it('comes from the environment', () => {
    expect(readPseudonymKey({ [KEY_VARIABLE]: KEY })).toBe(KEY);
  });

  it.each([
    [undefined, 'it is not set'],
    ['', 'it is not set'],
    ['sesame', 'it has 6 bytes, expected at least 16'],
    ['changemechangeme'.replaceAll(/[^ch]/g, 'c'), 'fewer than 6 different characters'],
  ])('is refused as %j, naming the variable and never the value', (key, reason) => {
    for (const make of [() => readPseudonymKey({ [KEY_VARIABLE]: key }), () => createPseudonyms(key ?? '')]) {
      let refusal: unknown;
      try {
        make();
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(GolemError);
      const { exit, message } = refusal as GolemError;
      expect(exit).toBe(64);
      expect(message).toContain(KEY_VARIABLE);
      expect(message).toContain(reason);
      expect(message).toContain('openssl rand');
      if (key) expect(message).not.toContain(key);
    }
  });
});

describe('a pseudonym', () => {
  it('is the prefix and 96 bits of HMAC-SHA-256 under the key, in letters alone', () => {
    const hex = createHmac('sha256', KEY).update('u\0taro').digest('hex').slice(0, 24);
    const letters = [...hex].map((digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)]).join('');
    expect(one.id('u', 'taro')).toBe(`u-${letters}`);
    expect(one.id('u', 'taro')).toMatch(/^u-[a-p]{24}$/);
  });

  it('is equal for equal values, and another for another value, kind or key', () => {
    const all = [
      one.id('u', 'taro'),
      one.id('u', 'hana'),
      one.id('k', 'taro'),
      createPseudonyms(`${KEY}!`).id('u', 'taro'),
    ];
    expect(new Set(all.map((id) => id.slice(2))).size).toBe(4);
    expect(createPseudonyms(KEY).id('u', 'taro')).toBe(all[0]);
  });

  it('is known by its form, together with its prefix', () => {
    const id = one.id('u', 'taro');
    expect([isPseudonym(id, 'u'), isPseudonym(id, 'k'), isPseudonym('u-taro', 'u')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isPseudonym(`${id}a`, 'u')).toBe(false);
    expect(isPseudonym(`u-${'q'.repeat(24)}`, 'u')).toBe(false);
  });

  it('of a digest is a digest that says it is keyed', () => {
    const digest = one.digest('a'.repeat(64));
    expect(digest).toMatch(/^[0-9a-f]{48}0{16}$/);
    expect([isKeyedDigest(digest), isKeyedDigest('a'.repeat(64))]).toEqual([true, false]);
  });

  it('in a text is a tag of its kind, which begins with a letter and is the same for the same value', () => {
    for (let value = 0; value < 500; value++) {
      const tag = one.tag('phone', String(value));
      expect(tag).toMatch(/^\[phone:[a-f][0-9a-f]{7}\]$/);
      expect(tag.replace(TAG, '')).toBe('');
      expect(one.tag('phone', String(value))).toBe(tag);
    }
    expect(one.tag('mail', '1').slice(6)).not.toBe(one.tag('phone', '1').slice(7));
  });
});
