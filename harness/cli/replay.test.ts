import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { passing } from '../../tests/cli/sample-report.ts';
import type { GolemConfig } from '../config.ts';
import type { Migration } from '../migration.ts';
import type { ReplayOptions } from '../run/replay.ts';
import { parseFlags, runReplayCommand } from './replay.ts';

const globals = { config: null, debug: false, color: true };
const migration = {
  flags: { DUAL_WRITE_V2: '0', SHADOW: '1' },
  checkFlag: (_: string, text: string) => (/^(0|1|\d+%)$/.test(text) ? null : 'expected 0, 1 or a share'),
} as unknown as Migration;
const config = {
  seed: '7',
  migration,
  settings: { base: { SHADOW: '1', DUAL_WRITE_V2: '0' } },
} as unknown as GolemConfig;

const noShards = {
  runShard: () => Promise.reject(new Error('no shard was asked for')),
  writeTally: () => Promise.reject(new Error('no tally was asked for')),
};

describe('golem replay', () => {
  it('replays the recordings under the base flags and those given, in memory unless told otherwise', async () => {
    const asked: ReplayOptions[] = [];
    const doors = {
      loadConfig: async () => ({ config, root: '/somewhere' }),
      runReplay: async (options: ReplayOptions) => {
        asked.push(options);
        return { ...passing, verdict: 'inconclusive' as const, exit: 2 as const };
      },
      ...noShards,
    };
    const options = {
      flags: ['DUAL_WRITE_V2=10%'],
      store: 'memory',
      onBadLine: 'skip' as const,
      where: [],
    };
    expect(await runReplayCommand(['a.ndjson'], options, globals, fakeShell({}), doors)).toBe(2);
    expect(asked).toMatchObject([
      {
        config,
        root: '/somewhere',
        recordings: ['a.ndjson'],
        flags: { SHADOW: '1', DUAL_WRITE_V2: '10%' },
        store: { kind: 'memory' },
        seed: '7',
        onBadLine: 'skip',
      },
    ]);
  });
});

describe('golem replay, interrupted', () => {
  const interrupted = async (checkpoint?: string): Promise<[number, string]> => {
    const shell = fakeShell({});
    const doors = {
      loadConfig: async () => ({ config, root: '/somewhere' }),
      runReplay: async () => ({
        ...passing,
        verdict: 'inconclusive' as const,
        exit: 2 as const,
        partial: 'interrupted',
      }),
      ...noShards,
    };
    const options = { flags: [], store: 'memory', onBadLine: 'fail' as const, where: [], quiet: true };
    const kept = checkpoint === undefined ? {} : { checkpoint };
    return [
      await runReplayCommand(['a.ndjson'], { ...options, ...kept }, globals, shell, doors),
      shell.err(),
    ];
  };

  it('ends with 130 and says how to go on from what is kept', async () => {
    expect(await interrupted('.golem/big')).toEqual([
      130,
      'golem: what is finished is kept in .golem/big; the same command with --resume goes on from it\n',
    ]);
    expect(await interrupted()).toEqual([130, '']);
  });
});

describe('flags as typed', () => {
  it('become texts by name', () => {
    expect(parseFlags(['DUAL_WRITE_V2=10%', 'SHADOW=0'], migration)).toEqual({
      DUAL_WRITE_V2: '10%',
      SHADOW: '0',
    });
  });

  it.each([
    [
      'DUAL_WRITE=1',
      'no flag "DUAL_WRITE" is known, did you mean "DUAL_WRITE_V2"; known are DUAL_WRITE_V2, SHADOW',
    ],
    ['DUAL_WRITE_V2', 'expected NAME=VALUE, such as DUAL_WRITE_V2=10%'],
    ['=1', 'expected NAME=VALUE, such as DUAL_WRITE_V2=10%'],
    ['DUAL_WRITE_V2=', 'expected 0, 1 or a share'],
    ['DUAL_WRITE_V2=ten', 'expected 0, 1 or a share'],
  ])('are refused where they are not: %s', (text, reason) => {
    expect(() => parseFlags([text], migration)).toThrow(
      `Failed to set the flag "${text}": ${reason}. Run: golem replay --help`,
    );
  });

  it('are refused where one contradicts another', () => {
    expect(() => parseFlags(['SHADOW=0', 'SHADOW=1'], migration)).toThrow(
      'Failed to set the flag "SHADOW=1": it is already set to 0.',
    );
    expect(parseFlags(['SHADOW=0', 'SHADOW=0'], migration)).toEqual({ SHADOW: '0' });
  });
});
