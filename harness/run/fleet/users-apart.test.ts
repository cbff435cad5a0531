import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE_HEADER, sampleRecord } from '../../recording/sample.fixture.ts';
import { keyOfUser } from '../../recording/user-key.ts';
import { UsersApart, usersLookApart } from './users-apart.ts';

let folder = '';
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-apart-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const named = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `u-${String(from + index).padStart(6, '0')}`);

/** A file of these users, each with so many records of about 700 bytes. */
function write(users: readonly string[], each = 4) {
  files += 1;
  const name = join(folder, `${files}.ndjson`);
  const lines = users.flatMap((user) =>
    Array.from({ length: each }, (_, index) => JSON.stringify(sampleRecord(user, index))),
  );
  const text = `${[JSON.stringify(SAMPLE_HEADER), ...lines].join('\n')}\n`;
  writeFileSync(name, text);
  return { name, label: name, stamp: { bytes: Buffer.byteLength(text), version: '' } };
}

describe('the users of several files', () => {
  it('look apart where one file goes on with others than the one before ends with, in whatever order they are named', async () => {
    const [one, two, three] = [write(named(0, 300)), write(named(300, 300)), write(named(600, 5))];
    expect(await usersLookApart([one, two, three])).toBe(true);
    expect(await usersLookApart([three, one, two])).toBe(true);
  });

  it('do not where the files hold the same people, as those of a day each', async () => {
    expect(await usersLookApart([write(named(0, 300)), write(named(0, 300))])).toBe(false);
    expect(await usersLookApart([write(named(0, 300)), write(named(40, 300))])).toBe(false);
  });

  it('do not where a user’s records end in the next file', async () => {
    expect(await usersLookApart([write(named(0, 300)), write(named(299, 300))])).toBe(false);
  });

  it('do not where they stand in no order, which tells nothing', async () => {
    const mixed = named(0, 600).sort((one, other) => {
      const keys = [one, other].map((user) => {
        const key = { a: 0, b: 0 };
        keyOfUser(user, key);
        return key.a;
      });
      return keys[0]! - keys[1]!;
    });
    expect(await usersLookApart([write(mixed), write(named(600, 300))])).toBe(false);
  });

  it('do not where no line tells whose it is', async () => {
    const silent = join(folder, 'silent.ndjson');
    writeFileSync(silent, `${JSON.stringify(SAMPLE_HEADER)}\n`);
    const file = { name: silent, label: silent, stamp: { bytes: 300, version: '' } };
    expect(await usersLookApart([file, write(named(0, 3))])).toBe(false);
  });

  it('are met twice exactly where two ranges share one', () => {
    const ranges = fc.array(fc.uniqueArray(fc.nat(40), { maxLength: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(ranges, (all) => {
        const apart = new UsersApart();
        const held = all.every((users, range) =>
          apart.add(range, Uint32Array.from(users.flatMap((user) => [user, user * 7]))),
        );
        expect(held).toBe(new Set(all.flat()).size === all.flat().length);
      }),
    );
  });
});
