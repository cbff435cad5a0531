/** The thread that a fleet's worker replays in: it hands tallies over, lets a job go when told to, and may be lost. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { openRecordingSet } from '../../harness/recording/recording-set.ts';
import { EVERYTHING } from '../../harness/recording/selection.ts';
import { drawUp } from '../../harness/run/fleet/draw-up.ts';
import { JobRunner } from '../../harness/run/fleet/job-runner.ts';
import type { FleetOrder } from '../../harness/run/fleet/order.ts';
import { identifyRun } from '../../harness/run/parts/identity.ts';
import { PartTally } from '../../harness/run/parts/part-tally.ts';
import { makeStopSign } from '../../harness/run/parts/stop-sign.ts';
import { unwatched } from '../../harness/run/replay.ts';
import { CONFIG_FILE, makeVolume, type Volume, WHOLE } from '../replay/volume.ts';

const SCRAPING = { intervalMs: 15_000 };

let volume: Volume;
let order: FleetOrder;

beforeAll(async () => {
  volume = await makeVolume(12, 3, 'runner');
  const file = volume.write('all.ndjson', volume.header, volume.records);
  const set = await openRecordingSet([file], volume.folder);
  const asked = { ...WHOLE, ...unwatched(), set, selection: EVERYTHING, rules: null };
  order = await drawUp(
    {
      ...asked,
      identity: await identifyRun(asked, set),
      scraping: SCRAPING,
      watched: {},
      workers: null,
      onCrash: 'fail',
      checkpoint: null,
    },
    'shards',
    2,
  );
});
afterAll(() => volume.dispose());

describe('the thread of a worker', () => {
  it('replays shards that add up to everything, a job after another, and knows the recordings', async () => {
    const runner = new JobRunner({ configFile: CONFIG_FILE, stop: makeStopSign() });
    const whole = new PartTally({ migration: config.migration, seed: WHOLE.seed, scraping: SCRAPING });
    try {
      expect(await runner.differs(order)).toBeNull();
      for (const job of order.jobs) {
        const done = await runner.run({ job, order: 'one' }, order);
        if (!done.finished) throw new Error('it was told to stop by nobody');
        whole.mergeBytes(done.tally);
      }
    } finally {
      await runner.close();
    }
    expect(whole.tally.records).toBe(volume.records.length);
  });

  it('lets a job go that nobody wants, and does the next one whole', async () => {
    const runner = new JobRunner({ configFile: CONFIG_FILE, stop: makeStopSign() });
    try {
      const [job] = order.jobs;
      const dropped = runner.run({ job: job!, order: 'one' }, order);
      runner.drop();
      expect(await dropped).toEqual({ finished: false });
      expect(await runner.run({ job: job!, order: 'one' }, order)).toMatchObject({ finished: true });
    } finally {
      await runner.close();
    }
  });

  it('that is lost fails what was asked of it, and leaves the worker alive for another one', async () => {
    const fatal = join(volume.folder, 'golem.config.ts');
    writeFileSync(fatal, 'process.exit(3);\n');
    const runner = new JobRunner({ configFile: fatal, stop: makeStopSign() });
    try {
      const [job] = order.jobs;
      const ask = () => runner.run({ job: job!, order: 'one' }, order);
      await expect(ask()).rejects.toThrow('it ended with code 3');
      await expect(ask()).rejects.toThrow('it ended with code 3');
    } finally {
      await runner.close();
    }
  });
});
