import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordingGroup, RecordingSet } from '../../recording/recording-set.ts';
import { EVERYTHING, type Selection } from '../../recording/selection.ts';
import { isAcrossFiles, rangeBytesOf } from './draw-up.ts';

const MB = 2 ** 20;

function setOf(bytes: number, files = 1): RecordingSet {
  const group: RecordingGroup = {
    env: 'prod',
    tzOffsetMinutes: 0,
    anonymised: false,
    simulated: true,
    files: Array.from({ length: files }, (_, index) => ({
      name: `${index}`,
      label: `${index}`,
      shown: `${index}`,
      stamp: { bytes: bytes / files, version: '' },
      compression: 'none',
      grouped: true,
      dropped: {},
    })),
  };
  return { asked: [], groups: [group], notes: [], opened: new Map() };
}

const rangeOf = (bytes: number, sample: number | null = null, workers = 2): number => {
  const selection: Selection = { ...EVERYTHING, sample };
  return rangeBytesOf({ set: setOf(bytes), selection }, workers);
};

describe('a range', () => {
  it('is an eighth of what is small, and not less than a megabyte', () => {
    expect(rangeOf(80 * MB)).toBe(10 * MB);
    expect(rangeOf(3 * MB)).toBe(MB);
  });

  it('is a twelfth of what is larger, or a quarter of a worker’s share where there are many', () => {
    expect(rangeOf(1_200 * MB)).toBe(100 * MB);
    expect(rangeOf(1_200 * MB, null, 0)).toBe(100 * MB);
    expect(rangeOf(1_200 * MB, null, 10)).toBe(30 * MB);
  });

  it('is what leaves enough to be worth a tally, and not too much to lose', () => {
    expect(rangeOf(1_200 * MB, null, 60)).toBe(16 * MB);
    expect(rangeOf(100_000 * MB)).toBe(512 * MB);
  });

  it('grows as the sample shrinks, so that about as much is taken of it', () => {
    expect(rangeOf(12_000 * MB, 1_000)).toBe(1_000 * MB);
    expect(rangeOf(100_000 * MB, 100)).toBe(4_096 * MB);
  });

  it('is of the same size for the same bytes, however many files they are in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: 1, max: 40 }), (bytes, files) => {
        const one = rangeBytesOf({ set: setOf(bytes * files), selection: EVERYTHING }, 2);
        expect(rangeBytesOf({ set: setOf(bytes * files, files), selection: EVERYTHING }, 2)).toBe(one);
        expect(one).toBeGreaterThanOrEqual(MB);
        expect(one).toBeLessThanOrEqual(4_096 * MB);
      }),
    );
  });
});

it('may meet a user twice, and nobody to blame, only among ranges of several files', () => {
  const [one, two] = [setOf(1).groups, setOf(2, 2).groups];
  expect(isAcrossFiles({ cut: 'ranges', groups: one })).toBe(false);
  expect(isAcrossFiles({ cut: 'shards', groups: two })).toBe(false);
  expect(isAcrossFiles({ cut: 'ranges', groups: two })).toBe(true);
});
