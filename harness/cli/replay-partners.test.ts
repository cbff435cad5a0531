import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import type { ReplayCommandOptions, ReplayDoors } from './replay.ts';
import { runReplayCommand } from './replay.ts';

const globals = { config: null, debug: false, color: true };
const FLEET = 'postgres://fleet.internal/golem';

/** Nothing behind the options may be reached: they are refused before any work. */
const never = (): never => {
  throw new Error('work was begun');
};
const doors: ReplayDoors = { loadConfig: never, runReplay: never, runShard: never, writeTally: never };

function replay(options: Partial<ReplayCommandOptions>, recordings = ['a.ndjson']): Promise<number> {
  const asked = { flags: [], store: 'memory', onBadLine: 'fail' as const, where: [], ...options };
  return runReplayCommand(recordings, asked, globals, fakeShell({ cwd: import.meta.dirname }), doors);
}

describe('an option of golem replay that could not have an effect', () => {
  it.each<[Partial<ReplayCommandOptions>, string]>([
    [{ seed: '' }, 'Failed to use "--seed": expected a text of at least one character.'],
    [{ checkpoint: '' }, 'Failed to use "--checkpoint": expected the name of a folder.'],
    [{ out: '' }, 'Failed to use "--out": expected the name of a file.'],
    [{ json: '' }, 'Failed to use "--json": expected the name of a file.'],
    [{ junit: '' }, 'Failed to use "--junit": expected the name of a file.'],
    [{ watch: '1y' }, 'Failed to read "--watch 1y": it needs --ramp, or a --sample whose alerts are judged.'],
    [{ shadowShare: true }, 'Failed to read "--shadow-share": it needs --ramp'],
    [{ shard: '3/16' }, 'Failed to use "--shard 3/16": it needs --out FILE, where its tally goes.'],
    [{ out: 'x', json: '-' }, 'a tally has no report yet; golem merge makes one of all shards.'],
    [{ out: 'x', verbose: true }, 'a tally has no report yet; golem merge makes one of all shards.'],
    [{ out: 'x', github: true }, 'a tally has no report yet; golem merge makes one of all shards.'],
    [{ out: 'x', ramp: '10' }, 'golem merge --ramp makes one of all shards.'],
    [{ out: 'x', watch: '2h', sample: '10%' }, 'golem merge --watch makes one of all shards.'],
    [{ resume: true }, 'Failed to use "--resume": it needs --checkpoint FOLDER'],
    [{ checkpointMs: '9' }, 'Failed to use "--checkpoint-ms 9": it needs --checkpoint FOLDER.'],
    [{ storeBatch: '5' }, 'Failed to use "--store-batch 5": it needs --store pglite or postgres://….'],
    [
      { shard: '1/2', out: 'x', distributed: FLEET },
      'Failed to use "--shard 1/2": a fleet cuts the work itself; leave out --shard or --distributed.',
    ],
    [{ partBytes: '9', distributed: FLEET }, 'leave out --part-bytes or --distributed.'],
    [{ workers: '2', distributed: FLEET }, "processes of 'golem worker' do the work of a fleet;"],
    [{ onCrash: 'fail', distributed: FLEET }, 'what a worker of a fleet leaves undone is given to another'],
    [{ checkpoint: 'k', distributed: FLEET }, "a fleet's database keeps what is finished;"],
  ])('is refused as %j', async (options, message) => {
    await expect(replay(options)).rejects.toMatchObject({
      exit: 64,
      message: expect.stringContaining(message),
    });
    await expect(replay(options)).rejects.toThrow('Run: golem replay --help');
  });

  it.each<[Partial<ReplayCommandOptions>, string]>([
    [{ json: '.' }, 'Failed to write ".": it is a folder.'],
    [{ out: '.' }, 'Failed to write ".": it is a folder.'],
    [{ junit: 'replay.ts/a.xml' }, 'Failed to write "replay.ts/a.xml": a part of the path is a file.'],
  ])('%j is refused before the replay, not after it', async (options, message) => {
    await expect(replay(options)).rejects.toMatchObject({
      exit: 64,
      message: expect.stringContaining(message),
    });
  });

  it('is refused as a share behind --shadow-share, which would be taken for a recording', async () => {
    await expect(replay({ shadowShare: true, ramp: '10' }, ['10%', 'a.ndjson'])).rejects.toMatchObject({
      exit: 64,
      message: expect.stringContaining('"--shadow-share 10%": it takes no share: the steps of --ramp are'),
    });
  });

  it.each<Partial<ReplayCommandOptions>>([
    {},
    { out: 'x' },
    { shard: '1/2', out: 'x' },
    { watch: '2h', sample: '10%' },
    { watch: '2h', ramp: '10' },
    { checkpoint: 'k', resume: true, checkpointMs: '9' },
    { store: 'pglite', storeBatch: '5' },
    { distributed: FLEET, out: 'x' },
    { workers: '1', onCrash: 'fail' },
    { json: 'no/such/folder/yet.json' },
  ])('%j has one', async (options) => {
    await expect(replay(options)).rejects.toThrow('work was begun');
  });
});
