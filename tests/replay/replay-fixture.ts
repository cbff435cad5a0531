/**
 * Replays lines of a recording in this process: the records that a test chose, in the order it chose, with the tally,
 * the results and the store's rows to look at. Shared by the tests of what a replay owes nobody's order or share.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mealLog } from '../../harness/meal-log/index.ts';
import type { MealLogStore } from '../../harness/meal-log/store/contract.ts';
import { memoryStore } from '../../harness/meal-log/store/memory.ts';
import type { FlagTexts } from '../../harness/migration.ts';
import type { RecordedWrite, RecordingHeader } from '../../harness/recording/format.ts';
import { replay } from '../../harness/replay/engine.ts';
import type { Replayed } from '../../harness/replayed.ts';
import { suiteReport } from '../../harness/report/assemble.ts';
import { Tally } from '../../harness/tally/tally.ts';
import { REPOSITORY } from '../temporary-project.ts';

export interface Lines {
  readonly header: RecordingHeader;
  readonly records: readonly RecordedWrite[];
}

/** The fixture of a suite. */
export function readFixture(suite: string): Lines {
  const file = join(REPOSITORY, 'fixtures', suite, 'recording.ndjson');
  const [header, ...records] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { header, records };
}

export const BASE: FlagTexts = { NORMALIZE_V2_SHADOW: '1', DUAL_WRITE_V2: '0' };

export interface Outcome {
  readonly tally: Tally;
  readonly replayed: readonly Replayed[];
  readonly rows: Awaited<ReturnType<MealLogStore['dump']>>;
}

/** Replays the records under the flags, in memory, every row kept. */
export async function replayLines(lines: Lines, flags: FlagTexts = BASE): Promise<Outcome> {
  // A store for volume forgets a user's rows at his end; here they are the subject.
  const store: MealLogStore = { ...memoryStore(), forgetUser: () => {} };
  const tally = new Tally(mealLog);
  const replayed: Replayed[] = [];
  const { header, records } = lines;
  async function* batches() {
    yield { records, atMs: records.map(({ at }) => Date.parse(at)) };
  }
  await replay({
    migration: mealLog,
    store,
    source: { header, batches: batches() },
    flags,
    seed: 'golem',
    defect: null,
    metrics: tally.metrics,
    keep: false,
    observer: {
      onReplayed: (one) => {
        tally.onReplayed(one);
        replayed.push(one);
      },
      onSkipped: (record, reason) => tally.onSkipped(record, reason),
      onUserEnd: (user, days) => tally.onUserEnd(user, days),
    },
  });
  return { tally, replayed, rows: await store.dump() };
}

/** Everything a report or a verdict reads of a tally, as plain values. */
export function readTally(tally: Tally): unknown {
  return {
    report: suiteReport({ suite: 's', setting: 'base', mustFail: null, tally, migration: mealLog }),
    skipped: [tally.skipped, tally.badLines],
    claimedRows: tally.claimedRows.toObject(),
    incidents: tally.incidents
      .codes()
      .map((code) => [code, tally.incidents.count(code), tally.incidents.examples(code)]),
    samples: tally.metrics.samples(),
    p95: [...tally.record, ...tally.day].map(({ cells }) => [cells.total, cells.quantile(0.95), cells.max]),
  };
}
