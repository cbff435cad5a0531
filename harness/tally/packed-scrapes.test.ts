import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberReader, NumberWriter } from './packed-numbers.ts';
import { mergePackedScrapes, packScrapes } from './packed-scrapes.ts';
import { emit, eventValue, type MetricEvent, SPECS } from './prom-client.fixture.ts';
import { ScrapeTally } from './scrapes.ts';

const INTERVAL_MS = 15_000;

const event: fc.Arbitrary<MetricEvent & { readonly atMs: number }> = fc.record({
  // Before the epoch too; many in one block and few far away.
  atMs: fc.oneof(fc.integer({ min: 1, max: 600_000 }), fc.integer({ min: -4e7, max: 2e12 })),
  metric: fc.integer({ min: 0, max: 3 }),
  child: fc.integer({ min: 0, max: 1 }),
  value: eventValue,
});
const events = fc.array(event, { maxLength: 60 });

function tallyOf(all: readonly (MetricEvent & { readonly atMs: number })[]): ScrapeTally {
  const tally = new ScrapeTally(SPECS, { intervalMs: INTERVAL_MS });
  let nowMs = 0;
  const sink = tally.sink({ nowMs: () => nowMs });
  for (const one of all) {
    nowMs = one.atMs;
    emit(sink, one);
  }
  return tally;
}

function seen(tally: ScrapeTally): unknown {
  return tally.children().map((child) => {
    const scrapes: unknown[] = [];
    child.each((scrape, counts, sumMicro) => scrapes.push([scrape, [...(counts as number[])], sumMicro]));
    return scrapes;
  });
}

describe('packed scrapes', () => {
  it('add up to what the tallies themselves add up to', () => {
    fc.assert(
      fc.property(events, events, (one, other) => {
        const packed = tallyOf([]);
        mergePackedScrapes(packed, packScrapes(tallyOf(one)));
        mergePackedScrapes(packed, packScrapes(tallyOf(other)));
        expect(seen(packed)).toEqual(seen(tallyOf([...one, ...other])));
      }),
    );
  });

  it('are the same bytes in whatever order the events came', () => {
    fc.assert(
      fc.property(events, (all) => {
        expect(packScrapes(tallyOf(all.toReversed()))).toEqual(packScrapes(tallyOf(all)));
      }),
    );
  });

  it('are refused where they break off, run on or were scraped at another interval', () => {
    const bytes = packScrapes(tallyOf([{ atMs: 1, metric: 0, child: 0, value: 1 }]));
    const into = () => tallyOf([]);
    expect(() => mergePackedScrapes(into(), bytes.subarray(0, -1))).toThrow('break off');
    expect(() => mergePackedScrapes(into(), new Uint8Array([...bytes, 0]))).toThrow('hold more');
    const other = new ScrapeTally(SPECS, { intervalMs: 60_000 });
    expect(() => mergePackedScrapes(other, bytes)).toThrow('scrapes every 15000 ms do not add');
  });

  it('refuse to leave exact values behind', () => {
    const tally = new ScrapeTally(SPECS, { intervalMs: INTERVAL_MS, keepsValues: true });
    expect(() => packScrapes(tally)).toThrow('exact values');
  });
});

describe('packed numbers', () => {
  const whole = fc.oneof(
    fc.nat({ max: 300 }),
    fc.integer({ min: 0, max: 2 ** 33 }),
    fc.maxSafeInteger().map(Math.abs),
  );

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(whole), (numbers) => {
        const writer = new NumberWriter();
        for (const one of numbers) writer.write(one);
        const reader = new NumberReader(writer.bytes());
        expect(numbers.map(() => reader.read())).toEqual(numbers);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  it('keep their sign', () => {
    const half = 2 ** 52 - 1;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -half, max: half })), (numbers) => {
        const writer = new NumberWriter();
        for (const one of numbers) writer.writeSigned(one);
        const reader = new NumberReader(writer.bytes());
        expect(numbers.map(() => reader.readSigned())).toEqual(numbers);
      }),
    );
  });
});
