import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsDocument, parseGolden, renderGolden } from './file.ts';
import { sampleDocument } from './sample.test-data.ts';

const document = fc
  .record({
    records: fc.integer({ min: 1, max: 5 }),
    amount: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    v2Amount: fc.integer(),
    lines: fc.integer({ min: 0, max: 12 }),
    user: fc.string({ unit: 'binary' }),
  })
  .map(({ records, ...choice }) => sampleDocument(records, choice));

/** What `git diff` shows of a change: removed and added lines, without their signs' context. */
function gitDiff(before: string, after: string): { removed: string[]; added: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'golem-golden-'));
  try {
    writeFileSync(join(folder, 'a'), before);
    writeFileSync(join(folder, 'b'), after);
    const args = ['diff', '--no-index', '--no-color', '--unified=0', 'a', 'b'];
    const lines = spawnSync('git', args, { cwd: folder, encoding: 'utf8' }).stdout.split('\n').slice(4);
    const starting = (sign: string): string[] =>
      lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).trim());
    return { removed: starting('-'), added: starting('+') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('renderGolden and parseGolden', () => {
  it('are each other’s inverse', () => {
    fc.assert(
      fc.property(document, fc.string({ unit: 'binary' }), (golden, reason) => {
        const text = renderGolden(golden, reason);
        expect(parseGolden(text)).toStrictEqual({ state: 'sound', document: golden, reason });
        expect(holdsDocument(text, golden)).toBe(true);
      }),
    );
  });

  it('find every edit of a character', () => {
    const text = renderGolden(sampleDocument(2), 'the first recording');
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('', ' ', '0', '7', 'x', '"', '\n', '\r\n'),
        (at, put) => {
          fc.pre(text[at] !== put);
          const edited = text.slice(0, at) + put + text.slice(at + 1);
          expect(parseGolden(edited).state).toBe('damaged');
          expect(holdsDocument(edited, sampleDocument(2))).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('keep a day of four writes of three lines each under 200 lines and 12 kB', () => {
    const text = renderGolden(sampleDocument(4), 'the first recording');
    expect(text.split('\n').length).toBeLessThan(200);
    expect(Buffer.byteLength(text)).toBeLessThan(12_000);
  });

  it('say of a V2 that changed one total just what follows from it, and the hash', () => {
    const before = sampleDocument(4);
    const other = sampleDocument(4, { v2Amount: 561 });
    const after = {
      ...before,
      base: before.base.with(1, other.base[1]!),
      full: before.full.with(1, other.full[1]!),
    };
    const { removed, added } = gitDiff(renderGolden(before, 'why'), renderGolden(after, 'why'));
    expect(removed.slice(1)).toEqual([
      '"day": {"damount": 6, "dtax": 0.2, "rel_tax": 0.007576},',
      '"difference": {"damount": 3, "dtax": 0.1, "rel_tax": 0.003788},',
      '"v2/totals": {"amount": 560, "tax": 26.5},',
    ]);
    expect(added.slice(1)).toEqual([
      '"day": {"damount": 8, "dtax": 0.2, "rel_tax": 0.007576},',
      '"difference": {"damount": 4, "dtax": 0.1, "rel_tax": 0.003788},',
      '"v2/totals": {"amount": 561, "tax": 26.5},',
    ]);
    for (const lines of [removed, added]) expect(lines[0]).toMatch(/^"content": "sha256:[0-9a-f]{64}",$/);
  });

  it('show one changed difference as one changed line', () => {
    const before = sampleDocument(4);
    const change = (record: (typeof before.base)[number]) => ({ ...record, difference: { damount: 4 } });
    const after = {
      ...before,
      base: before.base.with(2, change(before.base[2]!)),
      full: before.full.with(2, change(before.full[2]!)),
    };
    const { removed, added } = gitDiff(renderGolden(before, 'why'), renderGolden(after, 'why'));
    expect(removed.slice(1)).toEqual(['"difference": {"damount": 3, "dtax": 0.1, "rel_tax": 0.003788},']);
    expect(added.slice(1)).toEqual(['"difference": {"damount": 4},']);
  });

  it.each([
    ['', 'it is not JSON'],
    ['<<<<<<< HEAD\n{}', 'it is not JSON'],
    ['{}', 'it is not a golden file of version 1 (at case: '],
    ['[]', 'it is not a golden file of version 1 ('],
    [renderGolden(sampleDocument(1), 'r').replace('"version": 1', '"version": 2'), '(at version: '],
    [renderGolden(sampleDocument(1), 'r').replace('{\n', '{\n  "extra": 1,\n'), 'Unrecognized key: "extra"'],
    [renderGolden(sampleDocument(1), 'r').replace('"Order 1"', '"Order 2"'), 'its content hash is "sha256:'],
    [renderGolden(sampleDocument(1), 'r').trimEnd(), 'its text is not laid out as golem writes it'],
  ])('say what is wrong with a damaged file (%#)', (text, damage) => {
    const read = parseGolden(text);
    expect(read.state === 'damaged' && read.damage).toContain(damage);
  });
});
