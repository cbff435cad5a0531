/**
 * What a record costs in PostgreSQL: written row by row as production does, and in batches. Run by main.ts in a
 * process of its own, on a server that it starts and stops.
 */
import { performance } from 'node:perf_hooks';
import { mealLog } from '../../harness/meal-log/index.ts';
import { readRecording } from '../../harness/recording/read.ts';
import { replay } from '../../harness/replay/engine.ts';
import type { TimedBatch } from '../../harness/replayed.ts';
import { Tally } from '../../harness/tally/tally.ts';
import { startPostgres } from '../../tests/postgres/server.ts';

export interface StoreCost {
  readonly rowByRow: { readonly records: number; readonly usPerRecord: number };
  readonly batched: { readonly records: number; readonly usPerRecord: number };
  readonly ratio: number;
}

/** The first records of a recording. */
async function* firstOf(batches: AsyncIterable<TimedBatch>, most: number): AsyncGenerator<TimedBatch> {
  let left = most;
  for await (const { records, atMs } of batches) {
    yield { records: records.slice(0, left), atMs: atMs.slice(0, left) };
    left -= records.length;
    if (left <= 0) return;
  }
}

async function usPerRecord(url: string, rowsPerBatch: number | null, file: string, most: number) {
  const store = await mealLog.openStore(
    { kind: 'postgres', url, ...(rowsPerBatch === null ? {} : { rowsPerBatch }) },
    'replay',
  );
  try {
    const recording = await readRecording(file);
    const tally = new Tally(mealLog);
    const startedMs = performance.now();
    await replay({
      migration: mealLog,
      store,
      source: { header: recording.header, batches: firstOf(recording.batches, most) },
      flags: { NORMALIZE_V2_SHADOW: '1', DUAL_WRITE_V2: '10%' },
      seed: 'bench',
      defect: null,
      metrics: tally.metrics,
      keep: false,
      observer: tally,
    });
    const rows = Object.values(await store.census()).reduce((sum, count) => sum + count, 0);
    const tookMs = performance.now() - startedMs;
    return { records: tally.records, usPerRecord: (tookMs / tally.records) * 1000, rows };
  } finally {
    await store.close();
  }
}

/** Replays up to `few` records row by row and up to `many` in batches, on one connection for each transaction lane. */
export async function measureStoreCost(file: string, few: number, many: number): Promise<StoreCost> {
  const server = await startPostgres();
  try {
    await usPerRecord(server.url, 1, file, 200);
    await usPerRecord(server.url, null, file, 2_000);
    const rowByRow = await usPerRecord(server.url, 1, file, few);
    const batched = await usPerRecord(server.url, null, file, many);
    return { rowByRow, batched, ratio: rowByRow.usPerRecord / batched.usPerRecord };
  } finally {
    await server.stop();
  }
}
