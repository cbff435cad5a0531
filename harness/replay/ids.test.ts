import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededIds } from './ids.ts';

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function idsFor(user: string, record: string, seed = 'seed'): SeededIds {
  const ids = new SeededIds(seed, { keepIssued: false });
  ids.begin(user, record);
  return ids;
}

describe('SeededIds', () => {
  it('are a function of seed, user and record, whatever was issued before', () => {
    const warmed = new SeededIds('seed', { keepIssued: false });
    for (const user of ['a', 'b', 'c']) {
      warmed.begin(user, 'r1');
      warmed.uuid('log');
    }
    warmed.begin('b', 'r2');
    const fresh = idsFor('b', 'r2');
    expect([warmed.uuid('log'), warmed.shortUuid7('item', 1_700_000_000_000)]).toEqual([
      fresh.uuid('log'),
      fresh.shortUuid7('item', 1_700_000_000_000),
    ]);
  });

  it('never repeat over many users and records', () => {
    const seen = new Set<string>();
    const ids = new SeededIds('seed', { keepIssued: false });
    for (let user = 0; user < 200; user++) {
      for (let record = 0; record < 50; record++) {
        ids.begin(`u${user}`, `r${record}`);
        for (let count = 0; count < 3; count++) seen.add(ids.uuid('log'));
      }
    }
    expect(seen.size).toBe(200 * 50 * 3);
  });

  it('change with the seed', () => {
    expect(idsFor('u', 'r', 'one').uuid('log')).not.toBe(idsFor('u', 'r', 'two').uuid('log'));
  });

  it('have the layout of UUID version 4', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, record) => {
        expect(idsFor(user, record).uuid('log')).toMatch(UUID4);
      }),
    );
  });

  it('write UUID version 7 of the given instant as 22 characters of base64url', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), fc.string(), (nowMs, record) => {
        const short = idsFor('u', record).shortUuid7('item', nowMs);
        expect(short).toMatch(/^[A-Za-z0-9_-]{21}[AQgw]$/);
        const bytes = Buffer.from(short, 'base64url');
        expect(bytes.length).toBe(16);
        expect(bytes.readUIntBE(0, 6)).toBe(nowMs);
        expect(bytes[6]! >> 4).toBe(7);
        expect(bytes[8]! >> 6).toBe(2);
      }),
    );
  });

  it('name the record an id came from when asked to keep them, until told to forget', () => {
    const ids = new SeededIds('seed', { keepIssued: true });
    ids.begin('u', 'r0001');
    const first = ids.shortUuid7('item', 0);
    const second = ids.shortUuid7('item', 0);
    const kept = ids.issued;
    expect([kept.get(first), kept.get(second)]).toEqual(['item r0001', 'item r0001 2']);
    ids.forgetIssued();
    expect(ids.issued.size).toBe(0);
    expect(kept.size).toBe(2);
  });
});
