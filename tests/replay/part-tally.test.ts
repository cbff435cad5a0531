/**
 * The merge law, on everything a verdict on recordings is made from: the tallies of any parts of the users, as values or
 * as bytes, in any order and grouping, add up to the bytes of the tally of all.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { watchedCounters } from '../../harness/gate/evidence/count-rules.ts';
import { openRecordingSet } from '../../harness/recording/recording-set.ts';
import { EVERYTHING } from '../../harness/recording/selection.ts';
import { PartTally, type TallyShape } from '../../harness/run/parts/part-tally.ts';
import { runParts } from '../../harness/run/parts/run-parts.ts';
import { alertPlanOf } from '../../harness/run/replay-report.ts';
import { unwatched } from '../../harness/run/replay.ts';
import { REPOSITORY } from '../temporary-project.ts';
import { makeVolume, type Volume, WHOLE } from './volume.ts';

const PARTS = 9;
const plan = alertPlanOf(config, REPOSITORY, null)!;
const shape: TallyShape = {
  migration: config.migration,
  seed: config.seed,
  scraping: { intervalMs: plan.settings.scrapeIntervalMs },
};

let volume: Volume;
let whole: Uint8Array;
const parts: Uint8Array[] = [];

async function tallyOf(file: string, index: number | null): Promise<Uint8Array> {
  const { merged } = await runParts({
    ...WHOLE,
    configFile: null,
    set: await openRecordingSet([file], volume.folder),
    selection: { ...EVERYTHING, seed: config.seed, shard: index === null ? null : { index, of: PARTS } },
    scraping: shape.scraping,
    watched: { prod: watchedCounters(plan, config.migration, 'prod') },
    workers: 1,
    onCrash: 'fail',
    checkpoint: null,
    ...unwatched(),
  });
  return merged.toBytes();
}

beforeAll(async () => {
  volume = await makeVolume(30, 3, 'merge');
  const file = volume.write('all.ndjson', volume.header, volume.records);
  whole = await tallyOf(file, null);
  for (let index = 0; index < PARTS; index++) parts.push(await tallyOf(file, index));
});
afterAll(() => volume.dispose());

function sumOf(tallies: readonly Uint8Array[]): PartTally {
  const sum = new PartTally(shape);
  for (const bytes of tallies) sum.mergeBytes(bytes);
  return sum;
}

describe('the tallies of parts', () => {
  it('add up to the bytes of the whole in any order and grouping, as values or as bytes', () => {
    const order = fc.shuffledSubarray([...parts.keys()], { minLength: PARTS });
    fc.assert(
      fc.property(order, fc.nat({ max: PARTS }), fc.boolean(), (indexes, cut, asBytes) => {
        const own = indexes.map((index) => parts[index]!);
        const [first, second] = [sumOf(own.slice(0, cut)), sumOf(own.slice(cut))];
        if (asBytes) first.mergeBytes(second.toBytes());
        else first.merge(second);
        expect(Buffer.from(first.toBytes()).equals(whole)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('hold something of everything that a verdict reads', () => {
    const sum = sumOf([whole]);
    const users = new Set(volume.records.map(({ user }) => user)).size;
    expect(sum.tally.users).toBe(users);
    expect(sum.evidence.users).toBe(users);
    expect(sum.evidence.replicates.toJSON()).not.toEqual([]);
    expect(sum.causes.causes().length).toBeGreaterThan(0);
    expect(sum.census.toObject()).toMatchObject(sum.tally.claimedRows.toObject());
    expect([...sum.scrapes.keys()]).toEqual(['prod']);
    expect(sum.scrapes.get('prod')!.span()).not.toBeNull();
    expect(sum.tally.metrics.samples().length).toBeGreaterThan(0);
  });

  it('add nothing where nothing was replayed', () => {
    const sum = sumOf([whole, new PartTally(shape).toBytes()]);
    expect(Buffer.from(sum.toBytes()).equals(whole)).toBe(true);
  });

  it('would be seen to differ: one part less is another tally', () => {
    expect(Buffer.from(sumOf(parts.slice(1)).toBytes()).equals(whole)).toBe(false);
  });
});
