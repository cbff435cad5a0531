/**
 * What a replay costs per record, as a multiple of the floor measured in turn with it in the same process, and which
 * share of it each stage takes. Run by main.ts in a process of its own.
 */
import { performance } from 'node:perf_hooks';
import { mealLog } from '../../harness/meal-log/index.ts';
import { compareTotals } from '../../harness/diff/fields.ts';
import { totalsArray, ZERO_TOTALS } from '../../harness/meal-log/fields.ts';
import { analyse } from '../../harness/meal-log/provider/client.ts';
import { computeV2, healthyStages } from '../../harness/meal-log/v2/pipeline.ts';
import { effectiveKey, keyDigest } from '../../harness/meal-log/write/idempotency.ts';
import { computeLegacy } from '../../harness/meal-log/write/legacy.ts';
import type { Analysis } from '../../harness/meal-log/provider/answer-shape.ts';
import { readRecording } from '../../harness/recording/read.ts';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import { VirtualClock } from '../../harness/replay/clock.ts';
import { replay } from '../../harness/replay/engine.ts';
import { SeededIds } from '../../harness/replay/ids.ts';
import { RecordedUpstream } from '../../harness/replay/upstream.ts';
import { Tally } from '../../harness/tally/tally.ts';
import { runFloor } from './floor.ts';
import { median } from './median.ts';

export interface ReplayCost {
  readonly records: number;
  readonly floorMs: number;
  readonly replayMs: number;
  readonly ratio: number;
  /** Milliseconds of each stage run by itself over the same records, in the order of the datum's way. */
  readonly stages: readonly { readonly name: string; readonly ms: number }[];
}

/** Replays a whole recording as `golem replay` does: memory store, validation, both paths, differences, tally. */
export async function runReplayOnce(file: string): Promise<Tally> {
  const store = await mealLog.openStore({ kind: 'memory' }, 'replay');
  const recording = await readRecording(file);
  const tally = new Tally(mealLog);
  await replay({
    migration: mealLog,
    store,
    source: recording,
    flags: {},
    seed: 'bench',
    defect: null,
    metrics: tally.metrics,
    keep: false,
    observer: tally,
  });
  await store.close();
  return tally;
}

async function timed(run: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

/** Measures floor and replay in turn, `runs` times after one warm-up of each. */
export async function measureReplayCost(file: string, runs: number): Promise<ReplayCost> {
  const records = (await runReplayOnce(file)).records;
  runFloor(file);
  const floors: number[] = [];
  const replays: number[] = [];
  for (let run = 0; run < runs; run++) {
    floors.push(await timed(() => runFloor(file)));
    replays.push(await timed(() => runReplayOnce(file)));
  }
  const floorMs = median(floors);
  const replayMs = median(replays);
  return {
    records,
    floorMs,
    replayMs,
    ratio: replayMs / floorMs,
    stages: await measureStages(file, floorMs),
  };
}

/** Records of the recording's beginning, enough to time a stage by itself without holding the whole file. */
const SAMPLE = 20_000;

async function measureStages(file: string, floorMs: number): Promise<ReplayCost['stages']> {
  const readMs = await timed(async () => {
    for await (const batch of (await readRecording(file)).batches) void batch;
  });
  const records: RecordedWrite[] = [];
  const atMs: number[] = [];
  let total = 0;
  for await (const batch of (await readRecording(file)).batches) {
    total += batch.records.length;
    for (const [index, record] of batch.records.entries()) {
      if (records.length >= SAMPLE) break;
      records.push(record);
      atMs.push(batch.atMs[index]!);
    }
  }
  const scale = total / records.length;
  const stage = async (name: string, run: () => unknown) => {
    await run();
    const times: number[] = [];
    for (let again = 0; again < 3; again++) times.push(await timed(run));
    return { name, ms: median(times) * scale };
  };
  const clock = new VirtualClock();
  const upstream = new RecordedUpstream(clock, true);
  const ids = new SeededIds('bench', { keepIssued: false });
  const healthy = healthyStages(false);
  const analyses: (Analysis | null)[] = [];
  const messageOf = (record: RecordedWrite) =>
    (record.request.body as { message?: string } | null)?.message ?? null;
  const stages = [
    { name: 'read, split, parse (the floor)', ms: floorMs },
    { name: 'validate records', ms: readMs - floorMs },
    await stage('keys and digests', () => {
      for (const record of records) keyDigest(effectiveKey(record.user, record.request));
    }),
    await stage('ask the recorded upstream, read its answer', async () => {
      analyses.length = 0;
      for (const record of records) {
        if (record.request.method !== 'POST' || record.upstream.length === 0) {
          analyses.push(null);
          continue;
        }
        upstream.begin(record.id, record.upstream);
        analyses.push(
          await analyse(
            { upstream: upstream.call, clock },
            { message: messageOf(record), files: record.request.files },
          ),
        );
      }
    }),
    await stage('legacy path', () => {
      for (const analysis of analyses) if (analysis) computeLegacy(analysis);
    }),
    await stage('V2 path with its trace', () => {
      for (const [index, analysis] of analyses.entries()) {
        if (!analysis) continue;
        const record = records[index]!;
        ids.begin(record.user, record.id);
        computeV2(
          { request: record.request, analysis, atMs: atMs[index]!, tzOffsetMinutes: 540, ids },
          healthy,
        );
      }
    }),
    await stage('record differences', () => {
      for (const analysis of analyses) {
        if (!analysis) continue;
        compareTotals(mealLog.fields, [500, 20, 15, 60], totalsArray(ZERO_TOTALS));
      }
    }),
  ];
  return stages;
}
