/**
 * The process that one figure of a replay in parts is measured in: what a number of workers takes, what all of it or a
 * sample costs over the floor, or the peak memory. Prints one line of JSON.
 */
import { performance } from 'node:perf_hooks';
import { config } from '../../golem.config.ts';
import { watchedCounters } from '../../harness/gate/evidence/count-rules.ts';
import { readGroupedUsers } from '../../harness/recording/grouped-users.ts';
import { openRecordingSet, type RecordingSet } from '../../harness/recording/recording-set.ts';
import { EVERYTHING, type Selection } from '../../harness/recording/selection.ts';
import { runParts } from '../../harness/run/parts/run-parts.ts';
import { alertPlanOf } from '../../harness/run/replay-report.ts';
import { unwatched } from '../../harness/run/replay.ts';
import { runFloor } from './floor.ts';
import { median } from './median.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const [figure, file = '', amount = '1', runs = '3'] = process.argv.slice(2);

const openSet = (): Promise<RecordingSet> => openRecordingSet([file], process.cwd());

/** Plans, sets aside, replays and adds up, as `golem replay` does before it judges. */
async function replayParts(workers: number, selection: Selection = EVERYTHING): Promise<number> {
  const set = await openSet();
  const plan = alertPlanOf(config, ROOT, null);
  const { merged } = await runParts({
    config,
    configFile: `${ROOT}golem.config.ts`,
    set,
    selection,
    flags: config.settings.base,
    seed: config.seed,
    store: { kind: 'memory' },
    onBadLine: 'fail',
    scraping: plan && { intervalMs: plan.settings.scrapeIntervalMs },
    watched: plan ? { prod: watchedCounters(plan, config.migration, 'prod') } : {},
    workers,
    onCrash: 'fail',
    checkpoint: null,
    ...unwatched(),
  });
  return merged.tally.records;
}

/** CPU time, which other processes on the machine lengthen least. */
async function cpuMs(run: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function readSample(sample: number): Promise<void> {
  const [group] = (await openSet()).groups;
  const selection = { ...EVERYTHING, seed: 'bench', sample };
  const options = {
    selection,
    chosen: null,
    tzOffsetMinutes: 540,
    onBadLine: 'fail',
    stop: () => false,
  } as const;
  for await (const batch of readGroupedUsers({ file: group!.files[0]!, range: null }, options).batches)
    void batch;
}

if (figure === 'speed') {
  const startedMs = performance.now();
  const records = await replayParts(Number(amount));
  console.log(JSON.stringify({ records, ms: performance.now() - startedMs }));
} else if (figure === 'whole') {
  const [floors, replays]: [number[], number[]] = [[], []];
  let records = 0;
  for (let run = 0; run < Number(runs); run++) {
    const beginMs = performance.now();
    runFloor(file);
    const floorMs = performance.now() - beginMs;
    records = await replayParts(Number(amount));
    floors.push(floorMs);
    replays.push(performance.now() - beginMs - floorMs);
  }
  console.log(JSON.stringify({ records, floorMs: median(floors), replayMs: median(replays) }));
} else if (figure === 'sample') {
  const [floors, samples]: [number[], number[]] = [[], []];
  for (let run = 0; run <= Number(runs); run++) {
    const floor = await cpuMs(() => runFloor(file));
    const sample = await cpuMs(() => readSample(Number(amount)));
    // The first of each warms up.
    if (run > 0) {
      floors.push(floor);
      samples.push(sample);
    }
  }
  console.log(JSON.stringify({ floorMs: median(floors), sampleMs: median(samples) }));
} else {
  const records = await replayParts(Number(amount));
  // maxRSS is in kilobytes and counts all threads of the process.
  console.log(JSON.stringify({ records, peakMb: process.resourceUsage().maxRSS / 1024 }));
}
