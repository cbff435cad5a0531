import { describe, expect, it } from 'vitest';
import type { WriteResult } from '../../migration.ts';
import type { RecordedWrite } from '../../recording/format.ts';
import { EvidenceCollector } from './collector.ts';
import type { UserEvidence } from './user-evidence.ts';

type Outcome = NonNullable<WriteResult['v2']>;

const stored: Outcome = { state: 'stored', totals: null, warnings: [], trace: [], rows: [], failure: null };
const START_MS = Date.UTC(2025, 8, 1, 23, 30);

function recordOf(user: string): RecordedWrite {
  return { user, rollout_bucket: 1234 } as RecordedWrite;
}

function resultOf(date: string, breached: number, change: Partial<WriteResult> = {}): WriteResult {
  const values = [breached === 0 ? 1 : 99];
  return {
    legacy: stored,
    v2: stored,
    record: { values, breached },
    day: { date, phase: 'P0', records: 1, values, breached, legacy: [], v2: [] },
    ...change,
  } as WriteResult;
}

function collecting() {
  const users: UserEvidence[] = [];
  const collector = new EvidenceCollector({
    simulated: true,
    watches: (metric) => metric === 2,
    onUser: (user) => users.push(user),
  });
  const clock = { atMs: START_MS, nowMs: () => clock.atMs };
  const sink = collector.sink(clock);
  const write = (user: string, result: WriteResult, increments: readonly [number, number][] = []) => {
    for (const [metric, child] of increments) sink.increment(metric, child);
    sink.observe(0, 0, 1);
    const issued = new Map<string, string>();
    collector.onReplayed({ record: recordOf(user), atMs: clock.atMs, result, storedBefore: false, issued });
    clock.atMs += 3_600_000;
  };
  return { users, collector, write, sink };
}

describe('what is gathered of a user', () => {
  it('is days with what was ever over its limit, writes, rows and watched increments', () => {
    const { users, collector, write } = collecting();
    write('a', resultOf('2025-09-01', 1), [
      [2, 0],
      [1, 0],
    ]);
    write('a', resultOf('2025-09-01', 0));
    write('a', resultOf('2025-09-02', 0, { v2: { ...stored, state: 'failed' }, record: null, day: null }));
    write('a', resultOf('2025-09-02', 0));
    collector.onUserEnd('a');
    expect(users).toEqual([
      {
        user: 'a',
        bucket: 1234,
        simulated: true,
        compared: 3,
        breachedRecords: 1,
        liveRowsChanged: 3,
        firstMs: START_MS,
        lastMs: START_MS + 3 * 3_600_000,
        hours: Array.from({ length: 24 }, (_, hour) => ([23, 0, 1, 2].includes(hour) ? 1 : 0)),
        increments: [{ atMs: START_MS, metric: 2, child: 0 }],
        days: [
          { date: '2025-09-01', breached: 1, differences: [1], writes: 2 },
          { date: '2025-09-02', breached: 0, differences: [1], writes: 1 },
        ],
      },
    ]);
  });

  it('keeps users apart who are replayed in turn, and forgets who has ended', () => {
    const { users, collector, write } = collecting();
    write('a', resultOf('2025-09-01', 0));
    write('b', resultOf('2025-09-01', 1), [[2, 1]]);
    write('a', resultOf('2025-09-01', 0));
    collector.onUserEnd('a');
    collector.onUserEnd('b');
    collector.onUserEnd('b');
    expect(users.map(({ user, compared, increments }) => [user, compared, increments.length])).toEqual([
      ['a', 2, 0],
      ['b', 1, 1],
    ]);
  });

  it('takes nothing of a record that could not be replayed', () => {
    const { users, collector, write, sink } = collecting();
    sink.increment(2, 0);
    collector.onSkipped();
    write('a', resultOf('2025-09-01', 0));
    collector.onUserEnd('a');
    collector.onUserEnd('never seen');
    expect(users.map(({ increments }) => increments)).toEqual([[]]);
  });
});
