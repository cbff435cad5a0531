/**
 * `npm run bench`: what golem costs, each figure as a ratio measured within this run, medians of five. The ratios
 * travel between machines; the milliseconds beside them do not.
 *
 *   npm run bench                all of it (about half an hour, 20 GB of disk)
 *   npm run bench -- replay      replay cost per record over the floor, and what each stage takes of it
 *   npm run bench -- memory      peak memory of 1,000,000 records against 100,000
 *   npm run bench -- privacy     what anonymising and checking cost a record
 *   npm run bench -- gate        the gate against vitest's file snapshots
 *   npm run bench -- stores      PostgreSQL in batches against row by row
 *   npm run bench -- parts       two threads against one, and a sample of 1% over the floor
 *   npm run bench -- volume      peak memory of 10,000,000 records against 1,000,000 (needs 20 GB of disk)
 *   npm run bench -- fleet       two workers of a fleet against two threads, one file and several
 *   npm run bench -- capture     latency of the service with capture against without
 *   npm run bench -- alerts      14 virtual days of rules against promtool, where it is installed
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurePromtool } from './alert-cost.ts';
import { measureFleetCost } from './fleet-cost.ts';
import { measureGateCost } from './gate-cost.ts';
import { median } from './median.ts';
import { multiplyRecording } from './multiply.ts';
import type { PrivacyCost } from './privacy-process.ts';
import type { ReplayCost } from './replay-cost.ts';
import { splitRecording } from './split.ts';
import { measureStoreCost } from './store-cost.ts';

const root = join(import.meta.dirname, '../..');
const RUNS = 5;
/** Days per person of the generated volume; with the generator’s habits about 31 records a person. */
const DAYS = 10;

const wanted = process.argv.slice(2);
const wants = (name: string) => wanted.length === 0 || wanted.includes(name);
const scratch = mkdtempSync(join(tmpdir(), 'golem-bench-'));

/** Runs a script in a Node of its own and returns the JSON of its last line. */
function inOwnProcess<T>(script: string, ...args: string[]): T {
  const ran = spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
  if (ran.status !== 0) throw new Error(`${script} ${args.join(' ')} exited ${ran.status}`);
  return JSON.parse(ran.stdout.trim().split('\n').at(-1)!) as T;
}

/** Generates a recording of about this many records; people are added until there are enough. */
function generate(users: number, file: string): string {
  const path = join(scratch, file);
  const args = [
    '--users',
    String(users),
    '--days',
    String(DAYS),
    '--seed',
    'bench',
    '--in-process',
    '--out',
    path,
  ];
  const ran = spawnSync(process.execPath, [join(root, 'scripts/generate-traffic.ts'), ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (ran.status !== 0) throw new Error(`generating ${users} users exited ${ran.status}`);
  return path;
}

function line(name: string, value: string, goal: string): void {
  console.log(`${name.padEnd(52)} ${value.padStart(9)}   ${goal}`);
}

function benchReplay(file: string): void {
  const cost = inOwnProcess<ReplayCost>('replay-process.ts', 'cost', file, String(RUNS));
  const bytes = statSync(file).size / cost.records;
  console.log(
    `\nReplay of ${cost.records.toLocaleString('en')} records of ${bytes.toFixed(0)} bytes on average`,
  );
  line('both paths, differences, tally / floor', cost.ratio.toFixed(2), 'at most 4.0, aim 3.0');
  const micro = (ms: number) => `${((ms * 1000) / cost.records).toFixed(2)} µs`;
  line('  a record: floor', micro(cost.floorMs), '');
  line('  a record: replay', micro(cost.replayMs), '');
  console.log('  share of each stage, run by itself');
  let known = 0;
  for (const { name, ms } of cost.stages) {
    known += ms;
    line(`    ${name}`, `${((100 * ms) / cost.replayMs).toFixed(0)}%`, micro(ms));
  }
  const rest = Math.max(0, cost.replayMs - known);
  line(
    '    store, rows, answers, metrics, tally',
    `${((100 * rest) / cost.replayMs).toFixed(0)}%`,
    micro(rest),
  );
}

/** All that a report is made of: alerts' scrapes, causes and evidence too, in one thread as `--workers 1` runs. */
function benchWholeReplay(file: string): void {
  const cost = inOwnProcess<{ records: number; floorMs: number; replayMs: number }>(
    'parts-process.ts',
    'whole',
    file,
    '1',
    '3',
  );
  console.log(`\nReplay of ${cost.records.toLocaleString('en')} records with --workers 1, start included`);
  line('whole replay / floor', (cost.replayMs / cost.floorMs).toFixed(2), 'at most 4.0, aim 3.0');
  line('  floor', `${cost.floorMs.toFixed(0)} ms`, '');
  line('  replay', `${cost.replayMs.toFixed(0)} ms`, '');
}

function benchMemory(small: string, large: string): void {
  const peak = (file: string) =>
    median(
      Array.from(
        { length: 3 },
        () => inOwnProcess<{ peakMb: number }>('replay-process.ts', 'memory', file).peakMb,
      ),
    );
  const [few, many] = [peak(small), peak(large)];
  console.log('\nPeak memory of a replay');
  line('1,000,000 records / 100,000 records', (many / few).toFixed(3), 'at most 1.1');
  line('  100,000 records', `${few.toFixed(0)} MB`, '');
  line('  1,000,000 records', `${many.toFixed(0)} MB`, '');
}

function benchPrivacy(file: string): void {
  const cost = inOwnProcess<PrivacyCost>('privacy-process.ts', file, String(RUNS));
  const micro = (us: number) => `${us.toFixed(1)} µs`;
  console.log(`\nAnonymising ${cost.records.toLocaleString('en')} records, every message another one`);
  line('a record: parse and write alone', micro(cost.floorUs), '');
  line('a record: anonymised', micro(cost.redactUs), `${(cost.redactUs / cost.floorUs).toFixed(1)} × that`);
  line('  with a phone number and a mail address in it', micro(cost.redactGuiltyUs), '');
  line('a record: checked', micro(cost.checkUs), '');
}

function benchGate(): void {
  const cost = measureGateCost(root, scratch, RUNS);
  console.log(
    `\nThe gate on everyday with PGlite against vitest's toMatchFileSnapshot of ${cost.outcomes} outcomes`,
  );
  line('gate / vitest, whole commands', cost.ratio.toFixed(2), 'at most 2');
  line('  gate', `${cost.gateMs.toFixed(0)} ms`, '');
  line('  vitest', `${cost.vitestMs.toFixed(0)} ms`, '');
}

async function benchStores(file: string): Promise<void> {
  const { rowByRow, batched, ratio } = await measureStoreCost(file, 1_500, 20_000);
  console.log('\nA replay into PostgreSQL, one connection for each of live and shadow');
  line('row by row / in batches, per record', ratio.toFixed(1), 'at least 10');
  line('  row by row', `${rowByRow.usPerRecord.toFixed(0)} µs`, `${rowByRow.records} records`);
  line('  in batches', `${batched.usPerRecord.toFixed(0)} µs`, `${batched.records} records`);
}

async function benchFleet(file: string): Promise<void> {
  const sets = [
    ['one file', [file]],
    ['four files of other people', splitRecording(file, 4, 'other people', scratch)],
    ['four files of the same people', splitRecording(file, 4, 'the same people', scratch)],
  ] as const;
  const { costs, workerPeakMb } = await measureFleetCost(
    root,
    sets.map(([, files]) => files),
    3,
  );
  console.log('\nTwo workers of a fleet against two threads, whole commands');
  for (const [index, { threadsMs, fleetMs, ratio }] of costs.entries()) {
    const [name] = sets[index]!;
    line(`fleet / threads, ${name}`, ratio.toFixed(2), 'at most 1.25');
    line('  --workers 2', `${threadsMs.toFixed(0)} ms`, '');
    line('  --distributed', `${fleetMs.toFixed(0)} ms`, '');
  }
  if (workerPeakMb !== null)
    line("peak memory of a worker, Node's own included", `${workerPeakMb.toFixed(0)} MB`, 'at most 300 MB');
}

interface AlertCost {
  readonly ms: number;
  readonly peakMb: number;
  readonly evaluations: number;
}

async function benchAlerts(): Promise<void> {
  const measure = (days: number, activeShare: number): AlertCost => {
    const runs = Array.from({ length: RUNS }, () =>
      inOwnProcess<AlertCost>('alert-process.ts', String(days), String(activeShare)),
    );
    return {
      ...runs[0]!,
      ms: median(runs.map(({ ms }) => ms)),
      peakMb: median(runs.map(({ peakMb }) => peakMb)),
    };
  };
  const busy = measure(14, 1);
  const half = measure(7, 1);
  const idle = measure(14, 0.05);
  const busyPart = measure(0.7, 1);
  console.log('\n14 virtual days of all rules, 7 fields × 12 buckets, scrape and evaluation each minute');
  const { benchScrapes, benchTally, benchUnitTest } = await import('./alert-traffic.ts');
  const promtool = await measurePromtool(benchUnitTest(benchScrapes(benchTally(14))), scratch);
  if (promtool === null)
    console.log("  promtool is not installed (Debian's package prometheus): no comparison");
  else {
    line('promtool / golem, time', (promtool.ms / busy.ms).toFixed(1), 'at least 50, aim 100');
    line('golem / promtool, peak memory', (busy.peakMb / promtool.peakMb).toFixed(2), 'at most 0.5');
    line('  promtool', `${promtool.ms.toFixed(0)} ms`, `${promtool.peakMb.toFixed(0)} MB`);
  }
  line(
    '  golem',
    `${busy.ms.toFixed(0)} ms`,
    `${busy.peakMb.toFixed(0)} MB, ${busy.evaluations} group evaluations`,
  );
  line('14 days / 7 days', (busy.ms / half.ms).toFixed(2), 'linear: about 2');
  line('idle for 95% / busy', (idle.ms / busy.ms).toFixed(2), 'start-up and 5%: about 0.1');
  line('idle for 95% / its busy part alone', (idle.ms / busyPart.ms).toFixed(2), 'next to nothing: about 1');
}

async function benchCapture(): Promise<void> {
  const { measureCaptureCost } = await import('./capture-cost.ts');
  const load = { senders: 4, providerMs: 0, turnRequests: 200 } as const;
  const usual = await measureCaptureCost({ ...load, store: 'pglite', turns: 12, pairs: 3 }, scratch);
  const bare = await measureCaptureCost({ ...load, store: 'memory', turns: 12, pairs: 3 }, scratch);
  console.log('\nLatency of the reference service, 4 senders without a pause, with capture / without');
  line('PGlite, median', usual.medianRatio.toFixed(3), 'at most 1.05');
  line('PGlite, P99', usual.p99Ratio.toFixed(3), 'at most 1.10');
  line('  without: median, P99', `${usual.plainMedianMs.toFixed(1)} ms`, `${usual.plainP99Ms.toFixed(1)} ms`);
  line('  writes captured, lost', String(usual.captured), String(usual.dropped));
  line('memory, median', bare.medianRatio.toFixed(3), 'no goal: a service that does nothing but answer');
  line('memory, P99', bare.p99Ratio.toFixed(3), '');
}

interface PartsSpeed {
  readonly records: number;
  readonly ms: number;
}

function benchParts(small: string): void {
  const million = join(scratch, 'million.ndjson');
  multiplyRecording(small, 10, million);
  const mixed = join(scratch, 'mixed.ndjson');
  // One that does not say that its users stand together is set aside by user first.
  multiplyRecording(small, 10, mixed, { grouped: false });
  const speed = (file: string, workers: number): PartsSpeed =>
    inOwnProcess<PartsSpeed>('parts-process.ts', 'speed', file, String(workers));
  console.log('\nReplay of 1,000,000 records in parts, start of the threads and partitioning included');
  for (const [name, file] of [
    ['users together', million],
    ['users mixed', mixed],
  ] as const) {
    const pairs = Array.from({ length: 3 }, () => [speed(file, 1).ms, speed(file, 2).ms] as const);
    const ratio = median(pairs.map(([one, two]) => one / two));
    line(`one worker / two workers, ${name}`, ratio.toFixed(2), 'at least 1.7');
    line('  one worker', `${median(pairs.map(([one]) => one)).toFixed(0)} ms`, '');
    line('  two workers', `${median(pairs.map(([, two]) => two)).toFixed(0)} ms`, '');
  }
  const cost = inOwnProcess<{ floorMs: number; sampleMs: number }>(
    'parts-process.ts',
    'sample',
    million,
    '100',
    '3',
  );
  line('reading a sample of 1% / floor of all', (cost.sampleMs / cost.floorMs).toFixed(2), 'at most 0.6');
}

function benchVolume(small: string): void {
  const bare = Number(
    spawnSync(process.execPath, ['-p', 'process.resourceUsage().maxRSS / 1024'], { encoding: 'utf8' }).stdout,
  );
  const peak = (times: number, workers: number): number => {
    const file = join(scratch, `volume-${times}.ndjson`);
    multiplyRecording(small, times, file);
    try {
      const run = inOwnProcess<{ peakMb: number }>('parts-process.ts', 'memory', file, String(workers));
      return (run.peakMb - bare) / workers;
    } finally {
      rmSync(file);
    }
  };
  const [few, many] = [peak(10, 2), peak(100, 2)];
  console.log("\nPeak memory of a worker, above Node's own, of two in one process");
  line('10,000,000 records / 1,000,000', (many / few).toFixed(3), 'at most 1.15');
  line('  1,000,000 records', `${few.toFixed(0)} MB`, 'at most 250 MB');
  line('  10,000,000 records', `${many.toFixed(0)} MB`, 'at most 250 MB');
}

/** People whose ten days give about 100,000 records. */
const USERS = 3220;

try {
  console.log(`golem bench on Node ${process.version}; ratios within this run, medians of ${RUNS}`);
  if (['replay', 'memory', 'parts', 'volume', 'stores', 'fleet'].some(wants)) {
    const small = generate(USERS, 'small.ndjson');
    if (wants('replay')) benchReplay(small);
    if (wants('parts')) benchParts(small);
    if (wants('volume')) benchVolume(small);
    if (wants('stores')) await benchStores(small);
    if (wants('fleet')) await benchFleet(small);
    const large = wants('replay') || wants('memory') ? generate(USERS * 10, 'large.ndjson') : '';
    if (wants('replay')) benchWholeReplay(large);
    if (wants('memory')) benchMemory(small, large);
  }
  if (wants('privacy')) benchPrivacy(generate(320, 'privacy.ndjson'));
  if (wants('gate')) benchGate();
  if (wants('capture')) await benchCapture();
  if (wants('alerts')) await benchAlerts();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
