import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { countLinesBefore, cutFile } from './ranges.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-ranges-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'r.ndjson');

const HEADER = '{"golem":"recording","version":1}';
const AT = '2025-09-01T07:30:00.000Z';

/** Users with so many lines each, of a length of chance; some lines are nobody's. */
const blocks = fc.array(
  fc.record({ lines: fc.integer({ min: 1, max: 6 }), pad: fc.nat({ max: 400 }), isBad: fc.boolean() }),
  { minLength: 1, maxLength: 40 },
);
type Blocks = typeof blocks extends fc.Arbitrary<infer T> ? T : never;

function linesOf(users: Blocks): { readonly user: number; readonly text: string }[] {
  return users.flatMap(({ lines, pad, isBad }, user) => {
    const own = Array.from({ length: lines }, (_, line) => ({
      user,
      text: JSON.stringify({ id: `r${line}`, at: AT, user: `u${user}`, pad: 'x'.repeat(pad) }),
    }));
    return isBad ? [...own, { user: -1, text: '{"broken' }] : own;
  });
}

async function cut(text: string, bytes: number, between: 'line' | 'user'): Promise<string[]> {
  writeFileSync(file, text);
  const content = Buffer.from(text);
  const ranges = await cutFile(file, content.length, { bytes, between });
  return ranges.map(({ from, to }) => content.subarray(from, to).toString());
}

describe('a file cut in ranges', () => {
  it('between lines holds every line but the header once, whole and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        blocks,
        fc.integer({ min: 1, max: 3_000 }),
        fc.boolean(),
        async (users, bytes, isEnded) => {
          const body = linesOf(users)
            .map(({ text }) => text)
            .join('\n');
          const text = `${HEADER}\n${body}${isEnded ? '\n' : ''}`;
          const pieces = await cut(text, bytes, 'line');
          expect(pieces.join('')).toBe(text.slice(HEADER.length + 1));
          for (const piece of pieces.slice(0, -1)) expect(piece.endsWith('\n')).toBe(true);
        },
      ),
    );
  });

  it('between users leaves each user in one of them', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 3_000 }), async (users, bytes) => {
        const text = `${[HEADER, ...linesOf(users).map(({ text: line }) => line)].join('\n')}\n`;
        const pieces = await cut(text, bytes, 'user');
        expect(pieces.join('')).toBe(text.slice(HEADER.length + 1));
        const usersOf = (piece: string): string[] => [...new Set(piece.match(/"user":"u\d+"/g) ?? [])];
        const all = pieces.flatMap(usersOf);
        expect(all).toEqual([...new Set(all)]);
      }),
    );
  });

  it('really is cut, near where it was asked to', async () => {
    const users = Array.from({ length: 400 }, () => ({ lines: 5, pad: 200, isBad: false }));
    const text = `${[HEADER, ...linesOf(users).map(({ text: line }) => line)].join('\n')}\n`;
    const pieces = await cut(text, 50_000, 'user');
    expect(pieces.length).toBeGreaterThanOrEqual(Math.floor(text.length / 55_000));
    for (const piece of pieces.slice(0, -1)) expect(Math.abs(piece.length - 50_000)).toBeLessThan(4_000);
  });

  it('finds the end of a user who goes on for longer than it looks at first', async () => {
    const long = { lines: 300, pad: 2_000, isBad: false };
    const text = `${[HEADER, ...linesOf([long, long, long]).map((one) => one.text)].join('\n')}\n`;
    const pieces = await cut(text, 100_000, 'user');
    expect(pieces.map((piece) => piece.match(/"user":"u\d+"/)?.[0])).toEqual([
      '"user":"u0"',
      '"user":"u1"',
      '"user":"u2"',
    ]);
  });

  it('knows how many lines stand before a place', async () => {
    const text = 'a\nbb\n\nccc\n';
    writeFileSync(file, text);
    for (let place = 0; place <= text.length; place++)
      expect(await countLinesBefore(file, place)).toBe(text.slice(0, place).split('\n').length - 1);
  });
});
