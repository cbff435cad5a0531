import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOfBytes, keyOfUser, samplePlace, type UserKey } from './user-key.ts';
import { UserTable } from './user-table.ts';

const keyOf = (user: string): UserKey => {
  const key = { a: 0, b: 0 };
  keyOfUser(user, key);
  return key;
};

describe('UserTable', () => {
  it('remembers users as a map does, however many they are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.nat()), { maxLength: 200 }), (entries) => {
        const table = new UserTable();
        const map = new Map<string, number>();
        for (const [user, number] of entries) {
          table.set(keyOf(user), number);
          map.set(user, number);
        }
        expect(table.size).toBe(map.size);
        for (const [user, number] of map) expect(table.get(keyOf(user))).toBe(number);
        expect(table.get(keyOf('nobody at all'))).toBe(-1);
      }),
    );
    const many = new UserTable();
    for (let number = 0; number < 5_000; number++) many.set(keyOf(`u-${number}`), number);
    for (let number = 0; number < 5_000; number++) expect(many.get(keyOf(`u-${number}`))).toBe(number);
  });

  it('gives the same keys for the same users in any order', () => {
    const keysOf = (users: readonly string[]): Uint32Array => {
      const table = new UserTable();
      for (const user of users) table.set(keyOf(user), 1);
      return table.keys();
    };
    const users = Array.from({ length: 3_000 }, (_, number) => `u-${number}`);
    expect(keysOf(users.toReversed())).toEqual(keysOf(users));
    expect(keysOf(users)).toHaveLength(6_000);
  });
});

describe('a user’s key', () => {
  it('is the same from text and from bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (user) => {
        const bytes = new TextEncoder().encode(`<${user}>`);
        const key = { a: 0, b: 0 };
        keyOfBytes(bytes, 1, bytes.length - 1, key);
        expect(key).toEqual(keyOf(user));
      }),
    );
    expect(keyOf('ü'.repeat(5_000))).not.toEqual(keyOf('ü'.repeat(4_999)));
  });

  it('spreads users evenly over shards and, within a shard, over parts', () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let number = 0; number < 16_000; number++) {
      const { a, b } = keyOf(`u-${String(number).padStart(7, '0')}`);
      counts[a % 4]![b % 4]! += 1;
    }
    // 1,000 expected each; five standard deviations are 153.
    for (const count of counts.flat()) expect(Math.abs(count - 1_000)).toBeLessThan(153);
  });
});

describe('a user’s place in a sample', () => {
  it('is what SHA-256 says of prefix, seed and user', () => {
    // printf 'golem-sample:a:u-0000001' | sha256sum: the first 16 digits as a number, modulo 10,000.
    expect(samplePlace('a', 'u-0000001')).toBe(Number(BigInt('0x2e4ceb6bb03a589e') % 10_000n));
  });

  it('is even, depends on the seed, and is the same every time', () => {
    let below = 0;
    let inBoth = 0;
    for (let number = 0; number < 10_000; number++) {
      const place = samplePlace('x', `u-${number}`);
      expect(samplePlace('x', `u-${number}`)).toBe(place);
      if (place >= 1_000) continue;
      below += 1;
      if (samplePlace('y', `u-${number}`) < 1_000) inBoth += 1;
    }
    expect(Math.abs(below - 1_000)).toBeLessThan(150);
    expect(Math.abs(inBoth - 100)).toBeLessThan(50);
  });
});
