/**
 * Scrapes as bytes: what one thread or machine hands to another. Nearly all cells of a part's scrapes are empty and
 * the others small, so runs of empty cells and short numbers take a hundredth of what the arrays take in memory.
 */
import { NumberReader, NumberWriter } from './packed-numbers.ts';
import { BLOCK, type RowBlock } from './scrape-rows.ts';
import type { ChildPlace, ChildScrapes, ScrapeTally } from './scrapes.ts';

/** Everything but exact values. The same tally gives the same bytes, in whatever order its events came. */
export function packScrapes(tally: ScrapeTally): Uint8Array<ArrayBuffer> {
  const out = new NumberWriter();
  const rows = tally.rows();
  out.write(tally.intervalMs);
  for (const { place } of tally.children()) {
    const blocks = rows.blocks.filter((block) => hasEvents(block, rows.width, place));
    out.write(blocks.length);
    let last = 0;
    for (const block of blocks) {
      out.writeSigned(block.number - last);
      last = block.number;
      packCounts(block, rows.width, place, out);
      packSums(block, rows.sums, place, out);
    }
  }
  return out.bytes();
}

function hasEvents({ firstRow, counts }: RowBlock, rowWidth: number, { from, width }: ChildPlace): boolean {
  for (let row = firstRow; row < firstRow + BLOCK; row++) {
    for (let at = row * rowWidth + from; at < row * rowWidth + from + width; at++)
      if (counts[at] !== 0) return true;
  }
  return false;
}

/** Runs of empty cells and the counts between them, scrape by scrape. */
function packCounts(
  { firstRow, counts }: RowBlock,
  rowWidth: number,
  { from, width }: ChildPlace,
  out: NumberWriter,
): void {
  let empty = 0;
  for (let row = firstRow; row < firstRow + BLOCK; row++) {
    for (let at = row * rowWidth + from; at < row * rowWidth + from + width; at++) {
      const count = counts[at]!;
      if (count === 0) {
        empty += 1;
        continue;
      }
      out.write(empty);
      out.write(count);
      empty = 0;
    }
  }
  if (empty > 0) out.write(empty);
}

/** Which scrapes have a sum, as bits, and these. */
function packSums(
  { firstRow, sumsMicro }: RowBlock,
  rowSums: number,
  { sum }: ChildPlace,
  out: NumberWriter,
): void {
  const sumOf = (at: number): number => (sum < 0 ? 0 : sumsMicro[(firstRow + at) * rowSums + sum]!);
  let summed = 0;
  for (let at = 0; at < BLOCK; at++) if (sumOf(at) !== 0) summed += 2 ** at;
  out.write(summed);
  for (let at = 0; at < BLOCK; at++) if (sumOf(at) !== 0) out.writeSigned(sumOf(at));
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
      unpackBlock(numbers, child, number * BLOCK);
    }
  }
  if (!numbers.isAtEnd) throw new RangeError('packed scrapes hold more than this service has');
}

function unpackBlock(numbers: NumberReader, child: ChildScrapes, firstScrape: number): void {
  const { width } = child;
  for (let cell = 0; cell < BLOCK * width; ) {
    cell += numbers.read();
    if (cell >= BLOCK * width) break;
    child.addCount(firstScrape + Math.floor(cell / width), cell % width, numbers.read());
    cell += 1;
  }
  const summed = numbers.read();
  for (let at = 0; at < BLOCK; at++)
    if (Math.floor(summed / 2 ** at) % 2 === 1) child.addSum(firstScrape + at, numbers.readSigned());
}
