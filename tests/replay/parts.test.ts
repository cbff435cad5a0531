/**
 * A report is made of what its parts add up to: however a replay is cut over threads, files and shards, its bytes are
 * those of one thread that reads everything.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { describeSet } from '../../harness/recording/recording-set.ts';
import { EVERYTHING } from '../../harness/recording/selection.ts';
import { renderJson } from '../../harness/report/json.ts';
import type { Report } from '../../harness/report/shape.ts';
import { runMerge } from '../../harness/run/merge.ts';
import type { Plan } from '../../harness/run/parts/plan.ts';
import { runShard, unwatched } from '../../harness/run/replay.ts';
import { REPOSITORY } from '../temporary-project.ts';
import {
  byTime,
  bytesOf,
  CONFIG_FILE,
  makeVolume,
  nameless,
  reportOf,
  ungrouped,
  type Volume,
  WHOLE,
} from './volume.ts';

/** Small enough for a dozen parts of what these tests replay. */
const PART_BYTES = 60_000;

let volume: Volume;
let grouped = '';
let mixed = '';
let daily: string[] = [];
let whole: Report;

beforeAll(async () => {
  volume = await makeVolume(40, 4);
  const { header, records } = volume;
  grouped = volume.write('grouped.ndjson', header, records);
  mixed = volume.write('mixed.ndjson', ungrouped(header), byTime(records));
  const days = [...Map.groupBy(byTime(records), ({ at }) => at.slice(0, 10))];
  daily = days.map(([day, own]) => volume.write(`day-${day}.ndjson.gz`, ungrouped(header), own));
  whole = await reportOf([grouped]);
});
afterAll(() => volume.dispose());

it('these recordings are really cut: into a dozen parts and more', async () => {
  const plans: Plan[] = [];
  const watch = { ...unwatched(), onPlan: (plan: Plan) => plans.push(plan) };
  for (const file of [grouped, mixed]) await reportOf([file], { workers: 2, partBytes: PART_BYTES, watch });
  expect(plans.map(([group]) => group?.kind)).toEqual(['stretches', 'spill']);
  for (const [group] of plans) expect(group?.parts).toBeGreaterThanOrEqual(12);
});

describe('the bytes of a report', () => {
  it.each([1, 2, 3, 7])('are the same with %i workers, users together or mixed', async (workers) => {
    const options = { workers, partBytes: PART_BYTES };
    expect(whole.counts.records).toBe(volume.records.length);
    expect(await bytesOf([grouped], options)).toBe(await bytesOf([grouped]));
    expect(await bytesOf([mixed], options)).toBe(await bytesOf([mixed], { workers: 1 }));
  });

  it('are the same in a database, whose rows are counted part by part', async () => {
    const store = { kind: 'pglite' } as const;
    const users = [...new Set(volume.records.map(({ user }) => user))].slice(0, 6);
    const half = { selection: { ...EVERYTHING, users } };
    const options = { ...half, store, partBytes: PART_BYTES };
    expect(await bytesOf([grouped], options)).toBe(await bytesOf([grouped], half));
  });
});

describe('shards', () => {
  it.each([1, 16])('of %i merge, in an order of chance, into the bytes of the whole', async (of) => {
    const tallies: string[] = [];
    for (let index = 0; index < of; index++) {
      const { content } = await runShard({
        ...WHOLE,
        recordings: [grouped],
        selection: { ...EVERYTHING, seed: config.seed, shard: { index, of } },
      });
      tallies.push(join(volume.folder, `${of}-${index}.tally`));
      writeFileSync(tallies.at(-1)!, content);
    }
    const [order] = fc.sample(fc.shuffledSubarray(tallies, { minLength: of }), 1);
    const { folder: cwd } = volume;
    const options = {
      config,
      configFile: CONFIG_FILE,
      root: REPOSITORY,
      tallies: order!,
      cwd,
      partial: false,
    };
    expect(renderJson(await runMerge(options)), `in the order ${order!.join(' ')}`).toBe(
      await bytesOf([grouped]),
    );
  });
});

describe('what a replay says', () => {
  const suiteOf = (files: readonly string[]): string =>
    describeSet({ groups: [{ files: files.map((file) => ({ shown: basename(file) })) }] });

  it('does not depend on how the same records are filed', async () => {
    const { header, records } = volume;
    const expected = nameless(whole, 'grouped.ndjson');
    const zipped = volume.write('zipped.ndjson.zst', header, records);
    const halves = [
      volume.write('half-a.ndjson', header, records.slice(0, 100)),
      volume.write('half-b.ndjson', header, records.slice(100)),
    ];
    const threads = { workers: 2, partBytes: PART_BYTES };
    for (const [files, options] of [
      [[mixed], {}],
      [daily, threads],
      [daily.toReversed(), {}],
      [[zipped], threads],
      [[zipped], {}],
      [halves, threads],
    ] as const) {
      const report = await reportOf(files, options);
      expect(nameless(report, suiteOf(files))).toEqual(expected);
    }
  });

  it('takes a user’s days in several files for one user’s: keys reach across them', async () => {
    const { header, records } = volume;
    const first = records.find(({ response }) => response?.status === 200)!;
    const again = {
      ...first,
      id: 'again',
      at: new Date(Date.parse(first.at) + 60_000).toISOString(),
      upstream: [],
    };
    const files = [
      volume.write('first.ndjson', header, [first]),
      volume.write('again.ndjson', header, [again]),
    ];
    const report = await reportOf(files);
    expect(report.suites[0]?.dispositions).toEqual({ new: 1, hit: 1 });
    expect(report.counts).toMatchObject({ records: 2, users: 1, user_days: 1, suites: 2 });
  });

  it('keeps users of recordings that disagree apart', async () => {
    const { header, records } = volume;
    const [user] = records.map((record) => record.user);
    const own = records.filter((record) => record.user === user);
    const files = [
      volume.write('prod.ndjson', header, own),
      volume.write('stg.ndjson', { ...header, env: 'stg' }, own),
    ];
    const report = await reportOf(files, { workers: 2 });
    expect(report.counts).toMatchObject({ records: own.length * 2, users: 2 });
    expect(report.suites[0]?.dispositions.hit ?? 0).toBe(
      2 * ((await reportOf([files[0]!])).suites[0]?.dispositions.hit ?? 0),
    );
  });
});
