/**
 * Scrapes as bytes: what one thread or machine hands to another. Nearly all cells of a part's scrapes are empty and
 * the others small, so runs of empty cells and short numbers take a hundredth of what the arrays take in memory.
 */
import { NumberReader, NumberWriter } from './packed-numbers.ts';
import { BLOCK } from './scrape-rows.ts';
import type { Block, ScrapeTally } from './scrapes.ts';

/** Everything but exact values. The same tally gives the same bytes, in whatever order its events came. */
export function packScrapes(tally: ScrapeTally): Uint8Array<ArrayBuffer> {
  const out = new NumberWriter();
  out.write(tally.intervalMs);
  for (const child of tally.children()) {
    const blocks = child.blocks();
    out.write(blocks.length);
    let last = 0;
    for (const [number, block] of blocks) {
      out.writeSigned(number - last);
      last = number;
      packBlock(block, out);
    }
  }
  return out.bytes();
}

function packBlock({ counts, sumsMicro }: Block, out: NumberWriter): void {
  let empty = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell]!;
    if (count === 0) {
      empty += 1;
      continue;
    }
    out.write(empty);
    out.write(count);
    empty = 0;
  }
  if (empty > 0) out.write(empty);
  let summed = 0;
  for (let at = 0; at < BLOCK; at++) if (sumsMicro[at] !== 0) summed += 2 ** at;
  out.write(summed);
  for (let at = 0; at < BLOCK; at++) if (sumsMicro[at] !== 0) out.writeSigned(sumsMicro[at]!);
}

/**
 * Adds packed scrapes of other users to a tally of the same service and interval. Throws a `RangeError` where the
 * bytes are none of such a tally.
 */
export function mergePackedScrapes(into: ScrapeTally, bytes: Uint8Array): void {
  const numbers = new NumberReader(bytes);
  const intervalMs = numbers.read();
  if (intervalMs !== into.intervalMs)
    throw new RangeError(`scrapes every ${intervalMs} ms do not add to every ${into.intervalMs} ms`);
  for (const child of into.children()) {
    let number = 0;
    for (let left = numbers.read(); left > 0; left--) {
      number += numbers.readSigned();
      child.addBlock(number, unpackBlock(numbers, child.width));
    }
  }
  if (!numbers.isAtEnd) throw new RangeError('packed scrapes hold more than this service has');
}

function unpackBlock(numbers: NumberReader, width: number): Block {
  const counts = new Uint32Array(BLOCK * width);
  const sumsMicro = new Float64Array(BLOCK);
  for (let cell = 0; cell < counts.length; ) {
    cell += numbers.read();
    if (cell < counts.length) counts[cell++] = numbers.read();
  }
  const summed = numbers.read();
  for (let at = 0; at < BLOCK; at++)
    if (Math.floor(summed / 2 ** at) % 2 === 1) sumsMicro[at] = numbers.readSigned();
  return { counts, sumsMicro };
}
