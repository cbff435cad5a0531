/**
 * Makes simulated traffic: the committed fixtures, or people in volume for benches. Every recording says that it is
 * simulated and can never count as evidence.
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, GolemError } from '../harness/errors.ts';
import { generateSuite, generateVolume, type VolumeRequest, writeGenerated } from './traffic/generate.ts';
import { FAULT_NAMES, parsePlanting } from './traffic/planting.ts';
import { SUITES } from './traffic/suites/index.ts';
import { PROVIDERS } from './traffic/volume.ts';
import { writeVolume } from './traffic/write-volume.ts';

const HELP = `Makes simulated traffic through the reference service and records it.

  node scripts/generate-traffic.ts --suite everyday --out fixtures/everyday/recording.ndjson
  node scripts/generate-traffic.ts --suite all --out fixtures
  npm run traffic -- --users 20000 --days 14 --out FILE
  npm run traffic -- --users 20000 --days 14 --provider honest --defect tenfold@1/2000 --out FILE.ndjson.zst

  --suite NAME       one suite to a file, or "all" below a folder: ${SUITES.map((suite) => suite.name).join(', ')}
  --users N          people in volume, grouped by person
  --days D           days per person (default 30)
  --seed S           seed of people, meals and faults (default "volume")
  --first-date DATE  first local day of the volume (default 2025-09-01)
  --tz-offset M      minutes east of UTC of the volume's local day (default 540)
  --provider NAME    who answers: ${Object.keys(PROVIDERS).join(' or ')} (default realistic)
  --defect F@N/D     plant a fault in N of D meals: ${FAULT_NAMES.join(', ')}; such records say "planted"
  --in-process       call the service's handlers instead of its port; the records are the same, only faster
  --workers N        threads that make people in volume with --in-process (default: one a core)
  --out FILE         where to; .gz and .zst are compressed
`;

async function main(): Promise<void> {
  const { values } = readArguments();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const out = values.out;
  if (!out) throw usage('--out', 'expected a file, or a folder for --suite all');
  const inProcess = values['in-process'] ?? false;
  if (values.suite === 'all') {
    for (const suite of SUITES)
      await write(join(out, suite.name, 'recording.ndjson'), generateSuite(suite, inProcess));
  } else if (values.suite !== undefined) {
    const suite = SUITES.find((candidate) => candidate.name === values.suite);
    if (!suite) throw usage(`--suite ${values.suite}`, 'no such suite; --help lists them');
    await write(out, generateSuite(suite, inProcess));
  } else if (values.users !== undefined) {
    const request: VolumeRequest = {
      users: count('--users', values.users, 1, 10_000_000),
      days: count('--days', values.days ?? '30', 1, 3_650),
      seed: values.seed ?? 'volume',
      firstDate: date(values['first-date'] ?? '2025-09-01'),
      tzOffsetMinutes: count('--tz-offset', values['tz-offset'] ?? '540', -720, 840),
      provider: provider(values.provider ?? 'realistic'),
      planting: values.defect === undefined ? null : planting(values.defect),
    };
    const workers = count('--workers', values.workers ?? String(availableParallelism()), 1, 256);
    if (inProcess) await writeInVolume(out, request, workers);
    else await write(out, generateVolume(request, false));
  } else {
    throw usage('generate-traffic', 'expected --suite or --users');
  }
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        suite: { type: 'string' },
        users: { type: 'string' },
        days: { type: 'string' },
        seed: { type: 'string' },
        'first-date': { type: 'string' },
        'tz-offset': { type: 'string' },
        provider: { type: 'string' },
        defect: { type: 'string' },
        'in-process': { type: 'boolean' },
        workers: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw usage('the arguments', error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown');
  }
}

async function write(file: string, generated: Parameters<typeof writeGenerated>[1]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const { records, users, bytes } = await writeGenerated(file, generated);
  console.log(`${file}: ${records} records of ${users} people, ${bytes} bytes before compression`);
}

/** Time between two lines that say how far it is. */
const SAY_EVERY_MS = 10_000;

async function writeInVolume(file: string, request: VolumeRequest, workers: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const startedMs = performance.now();
  let saidMs = startedMs;
  const written = await writeVolume(file, request, workers, (people, records) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < SAY_EVERY_MS) return;
    saidMs = nowMs;
    const rate = Math.round((records * 1000) / (nowMs - startedMs));
    console.error(`${records} records of ${people} of ${request.users} people, ${rate} a second`);
  });
  const { records, users, bytes, planted } = written;
  const faults = request.planting ? `, ${planted} meals with a planted fault` : '';
  console.log(`${file}: ${records} records of ${users} people, ${bytes} bytes before compression${faults}`);
}

function provider(name: string): string {
  if (Object.hasOwn(PROVIDERS, name)) return name;
  throw usage(`--provider ${name}`, `expected ${Object.keys(PROVIDERS).join(' or ')}`);
}

function planting(text: string): NonNullable<VolumeRequest['planting']> {
  const parsed = parsePlanting(text);
  if (parsed) return parsed;
  throw usage(
    `--defect ${text}`,
    `expected a fault and how often, such as tenfold@1/2000; faults are ${FAULT_NAMES.join(', ')}`,
  );
}

function count(name: string, text: string, low: number, high: number): number {
  const value = /^-?\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high))
    throw usage(`${name} ${text}`, `expected a whole number from ${low} to ${high}`);
  return value;
}

function date(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw usage(`--first-date ${text}`, 'expected YYYY-MM-DD');
  }
  return text;
}

function usage(subject: string, reason: string): GolemError {
  return new GolemError({
    kind: 'usage',
    verb: 'read',
    subject,
    reason,
    next: 'node scripts/generate-traffic.ts --help',
  });
}

try {
  await main();
} catch (error) {
  console.error(error instanceof GolemError ? error.message : error);
  process.exitCode = error instanceof GolemError ? error.exit : EXIT.internal;
}
