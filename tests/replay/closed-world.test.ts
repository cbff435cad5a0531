/**
 * Nothing in a replay reads the real clock, chance or the network: with all of them broken it gives the same bytes,
 * and a path that reaches for any of them is seen.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../temporary-project.ts';

interface Told {
  readonly open: string;
  readonly closed: string;
  readonly reachedByReplay: readonly string[];
  readonly habits: readonly {
    readonly habit: string;
    readonly expected: string;
    readonly reached: readonly string[];
  }[];
}

async function tell(suite: string): Promise<Told> {
  const program = join(import.meta.dirname, 'closed-world.ts');
  const recording = `fixtures/${suite}/recording.ndjson`;
  const { stdout } = await promisify(execFile)(process.execPath, [program, recording], {
    cwd: REPOSITORY,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

// Between them: every guard, timeouts with their retries and backoff, the fallback, keys of every kind.
describe.each(['edges', 'provider-faults', 'retries'])(
  'a replay of %s without clock, chance and network',
  (suite) => {
    let told: Told;
    beforeAll(async () => {
      told = await tell(suite);
    });

    it('gives the same bytes and reaches for nothing', () => {
      expect(told.reachedByReplay).toEqual([]);
      expect(told.closed).toBe(told.open);
      expect(JSON.parse(told.closed).counts.records).toBeGreaterThan(20);
    });

    it('would show a path that reaches for them', () => {
      expect(told.habits.length).toBeGreaterThanOrEqual(15);
      for (const { habit, expected, reached } of told.habits) expect(reached, habit).toContain(expected);
    });
  },
);
