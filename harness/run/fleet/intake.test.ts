import { describe, expect, it } from 'vitest';
import { config } from '../../../golem.config.ts';
import type { RecordingGroup } from '../../recording/recording-set.ts';
import { EVERYTHING } from '../../recording/selection.ts';
import { PartTally } from '../parts/part-tally.ts';
import type { PartProgress } from '../parts/part-worker.ts';
import type { Plan } from '../parts/plan.ts';
import { Intake } from './intake.ts';
import { type FleetJob, type FleetOrder, rangeJobs, shardJobs } from './order.ts';

const { migration } = config;
const shape = { migration, seed: 'golem', scraping: null };

/** Files of 100 bytes, each in ranges of 25. */
function orderOf(files: number, jobs?: readonly FleetJob[]): FleetOrder {
  const group: RecordingGroup = {
    env: 'prod',
    tzOffsetMinutes: 0,
    anonymised: false,
    simulated: true,
    files: Array.from({ length: files }, (_, index) => ({
      name: `/nowhere/${index}.ndjson`,
      label: `${index}.ndjson`,
      shown: `${index}.ndjson`,
      stamp: { bytes: 100, version: '' },
      compression: 'none',
      grouped: true,
      dropped: {},
    })),
  };
  const stretches = group.files.flatMap((file) =>
    [0, 25, 50, 75].map((from) => ({ file, range: { from, to: from + 25 } })),
  );
  const bytes = files * 100;
  const plan: Plan = [{ kind: 'stretches', stretches, parts: stretches.length, bytes, work: bytes }];
  return {
    version: 1,
    cut: jobs ? 'shards' : 'ranges',
    identity: {
      migration: migration.name,
      code: '',
      rules: '',
      flags: {},
      seed: 'golem',
      on_bad_line: 'fail',
      rulesets: null,
      selection: EVERYTHING,
      asked: [],
      recordings: [],
    },
    groups: [group],
    plan,
    selection: EVERYTHING,
    chosen: null,
    onBadLine: 'fail',
    flags: {},
    seed: 'golem',
    scraping: null,
    watched: {},
    suite: 'files',
    jobs: jobs ?? rangeJobs(plan),
  };
}

/** A tally with so many bad lines, which are as good as anything to count. */
function tallyOf(badLines: number): Uint8Array {
  const tally = new PartTally(shape);
  tally.tally.badLines = badLines;
  return tally.toBytes();
}

const keys = (...users: number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(users.flatMap((user) => [user, user])).buffer);

function intakeOf(order: FleetOrder) {
  const merged = new PartTally(shape);
  const said: PartProgress[] = [];
  const sum = (key: 'records' | 'breaches' | 'bytes'): number =>
    said.reduce((total, step) => total + step[key], 0);
  return { intake: new Intake(order, merged, (step) => said.push(step)), merged, sum };
}

describe('what a fleet hands in', () => {
  it('is added up once however often it comes, and is whole once every job is there', async () => {
    const order = orderOf(1);
    const { intake, merged } = intakeOf(order);
    for (const [index, name] of ['1-1', '1-2', '1-2', '1-4', 'unheard of', '1-3'].entries()) {
      expect(intake.isWhole).toBe(false);
      expect(await intake.take(name, tallyOf(10), keys(Number(name.at(-1)) || index))).toBe(true);
    }
    expect(intake.isWhole).toBe(true);
    expect([...intake.seen].sort()).toEqual(['1-1', '1-2', '1-3', '1-4']);
    expect(merged.tally.badLines).toBe(40);
  });

  it('is of no use where a user is met in two of several files', async () => {
    const { intake, merged } = intakeOf(orderOf(2));
    expect(await intake.take('1-1', tallyOf(1), keys(1, 2))).toBe(true);
    expect(await intake.take('1-6', tallyOf(1), keys(3))).toBe(true);
    expect(await intake.take('1-5', tallyOf(1), keys(4, 2))).toBe(false);
    expect(merged.tally.badLines).toBe(2);
  });

  it('is told as it grows: what a worker says counts until its tally comes, and no more after', async () => {
    const { intake, sum } = intakeOf(orderOf(1, shardJobs(4, 1)));
    intake.follow([{ job: 'shard 1/4', records: 100, breaches: 2, share: 0.5 }]);
    intake.follow([{ job: 'shard 1/4', records: 150, breaches: 3, share: 0.8 }]);
    expect([sum('records'), sum('breaches'), sum('bytes')]).toEqual([150, 3, 20]);
    // Another worker began it anew, and is not yet as far.
    intake.follow([{ job: 'shard 1/4', records: 20, breaches: 0, share: 0.1 }]);
    expect(sum('records')).toBe(150);
    await intake.take('shard 1/4', tallyOf(0), null);
    intake.follow([{ job: 'shard 1/4', records: 200, breaches: 3, share: 1 }]);
    expect([sum('records'), sum('bytes')]).toEqual([0, 25]);
  });

  it('is taken back where the whole begins anew', async () => {
    const { intake, sum } = intakeOf(orderOf(2));
    await intake.take('1-1', tallyOf(1), keys(1));
    intake.follow([{ job: '1-2', records: 9, breaches: 1, share: 0.2 }]);
    expect(sum('bytes')).toBe(30);
    intake.takeBack();
    expect([sum('records'), sum('breaches'), sum('bytes')]).toEqual([0, 0, 0]);
  });
});
