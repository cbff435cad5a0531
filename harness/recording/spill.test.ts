import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  DiskSpill,
  eachSpilledLine,
  MemorySpill,
  openDiskSpill,
  type ReadableSpill,
  type Spill,
  SpillWriter,
} from './spill.ts';

const folder = mkdtempSync(join(tmpdir(), 'golem-spill-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PARTS = 3;
const line = fc.record({
  part: fc.nat({ max: PARTS - 1 }),
  // Some longer than what waits to be written together.
  text: fc.oneof(
    fc.string(),
    fc.nat({ max: 300_000 }).map((length) => 'y'.repeat(length)),
  ),
  stretch: fc.nat({ max: 5 }),
  line: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  unterminated: fc.boolean(),
});
type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;

function fill(spill: Spill, lines: readonly Line[]): void {
  const writer = new SpillWriter(spill, PARTS);
  for (const { part, text, ...place } of lines) {
    // Between other bytes, as lines stand in a piece of a file.
    const bytes = Buffer.from(`<${text}>`);
    writer.add(part, bytes, 1, bytes.length - 1, place);
  }
  writer.finish();
}

function contentOf(spill: ReadableSpill, part: number): Omit<Line, 'part'>[] {
  const bytes = Buffer.alloc(spill.bytesOf(part));
  expect(spill.read(part, 0, bytes)).toBe(bytes.length);
  const lines: Omit<Line, 'part'>[] = [];
  const used = eachSpilledLine(bytes, (from, to, place) =>
    lines.push({ text: bytes.toString('utf8', from, to), ...place }),
  );
  expect(used).toBe(bytes.length);
  return lines;
}

describe('lines set aside', () => {
  it('come back part by part as they were, from memory and from disk', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const memory = new MemorySpill(PARTS);
        const own = openDiskSpill(PARTS, folder);
        try {
          fill(memory, lines);
          // Another thread has the descriptors alone.
          fill(new DiskSpill(own.spill.descriptors), lines);
          for (let part = 0; part < PARTS; part++) {
            const expected = lines.filter((one) => one.part === part).map(({ part: _, ...rest }) => rest);
            expect(contentOf(memory, part)).toEqual(expected);
            expect(contentOf(own.spill, part)).toEqual(expected);
          }
        } finally {
          own.close();
        }
      }),
      { numRuns: 30 },
    );
  });

  it('come back from any place, as many bytes as there are', () => {
    const memory = new MemorySpill(1);
    memory.append(0, Buffer.from('hello '));
    memory.append(0, Buffer.from('world'));
    for (let place = 0; place <= 11; place++) {
      const into = Buffer.alloc(4);
      const filled = memory.read(0, place, into);
      expect(into.subarray(0, filled).toString()).toBe('hello world'.slice(place, place + 4));
    }
  });

  it('leave no name behind, while they are open or after', () => {
    const own = openDiskSpill(2, folder);
    if (process.platform !== 'win32') expect(readdirSync(folder)).toEqual([]);
    own.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that find no room end in an error that says what to do', () => {
    expect(() => openDiskSpill(1, join(folder, 'not-there'))).toThrow(
      /^Failed to set records aside in "the folder for temporary files": no file can be made there. Run: TMPDIR=\/a\/larger\/folder golem replay/,
    );
  });
});
