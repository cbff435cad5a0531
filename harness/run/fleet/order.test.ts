import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordingFile } from '../../recording/recording-set.ts';
import { EVERYTHING } from '../../recording/selection.ts';
import type { RunIdentity } from '../parts/identity.ts';
import type { Plan } from '../parts/plan.ts';
import { type FleetJob, jobName, keysOfText, orderId, rangeJobs, shardJobs, textOfKeys } from './order.ts';

const GB = 1024 ** 3;

const identity: RunIdentity = {
  migration: 'one',
  code: 'c',
  rules: 'r',
  flags: {},
  seed: 'golem',
  on_bad_line: 'fail',
  rulesets: null,
  selection: EVERYTHING,
  asked: ['a.ndjson'],
  recordings: [[{ name: 'a.ndjson', bytes: 1, edges: 'e' }]],
};

const file = (name: string): RecordingFile => ({
  name,
  label: name,
  shown: name,
  stamp: { bytes: 100, version: '' },
  compression: 'none',
  grouped: true,
  dropped: {},
});

/** A plan of one group in which each file has so many ranges. */
function planOf(ranges: readonly number[]): Plan {
  const stretches = ranges.flatMap((count, at) =>
    Array.from({ length: count }, (_, index) => ({
      file: file(`${at}.ndjson`),
      range: { from: index, to: index + 1 },
    })),
  );
  return [{ kind: 'stretches', stretches, parts: stretches.length, bytes: 1, work: 1 }];
}

describe('the id of an order', () => {
  it('is that of its question and its cut, whatever jobs it is cut into', () => {
    const cut = 'shards' as const;
    const [few, many] = [2, 7].map((workers) => ({ identity, cut, jobs: shardJobs(workers, 1) }));
    expect(few!.jobs).not.toEqual(many!.jobs);
    expect(orderId(few!)).toBe(orderId(many!));
  });

  it('is another one for another question, and for another cut of the same', () => {
    const ids = [
      orderId({ identity, cut: 'shards' }),
      orderId({ identity, cut: 'ranges' }),
      orderId({ identity: { ...identity, seed: 'other' }, cut: 'shards' }),
    ];
    expect(new Set(ids).size).toBe(3);
  });
});

describe('shards', () => {
  it('are as many as there are workers, and at least two', () => {
    expect([0, 1, 2, 3, 10].map((workers) => shardJobs(workers, GB).length)).toEqual([2, 2, 2, 3, 10]);
  });

  it('are more where one would be over four gigabytes of what is selected, up to sixty-four', () => {
    expect([4 * GB, 14.3 * GB, 41 * GB, 1000 * GB].map((bytes) => shardJobs(2, bytes).length)).toEqual([
      2, 4, 11, 64,
    ]);
  });

  it('hold every user once, whoever counts the workers', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(2 ** 40), fc.nat(2 ** 32 - 1), (workers, bytes, key) => {
        const jobs = shardJobs(workers, bytes);
        const own = jobs.filter((job) => job.kind === 'shard' && key % job.of === job.index);
        expect(own.length).toBe(1);
        expect(new Set(jobs.map(jobName)).size).toBe(jobs.length);
      }),
    );
  });
});

describe('ranges', () => {
  it('are a job each, those of several files in turn', () => {
    const indexes = rangeJobs(planOf([3, 1, 2])).map((job: FleetJob) => job.index);
    expect(indexes).toEqual([0, 3, 4, 1, 5, 2]);
  });

  it('are all there, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (ranges) => {
        const jobs = rangeJobs(planOf(ranges));
        const all = ranges.reduce((sum, count) => sum + count, 0);
        expect(jobs.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(all).keys()]);
      }),
    );
  });
});

it('gives keys back from their text', () => {
  const keys = Uint32Array.from([0, 1, 0xffff_ffff, 7]);
  expect([...keysOfText(textOfKeys(keys))]).toEqual([...keys]);
});
