/**
 * From plans to recordings: sends a suite, or people in volume, and hands each recorded write on as it comes. Nothing
 * here keeps more than one person's traffic, so a million records take the memory of a thousand.
 */
import type { RecordedWrite, RecordingHeader } from '../../harness/recording/format.ts';
import { createRecordingWriter, type WrittenCounts } from '../../harness/recording/write.ts';
import { memoryStore } from '../../harness/meal-log/store/memory.ts';
import type { PlannedStep } from './plan.ts';
import { generatedHeader } from './recorded.ts';
import { openInProcessSender, openNetworkSender, type Sender, type SendOptions } from './send.ts';
import type { Suite } from './suites/suite.ts';
import { planVolume, type VolumeOptions } from './volume.ts';

const DAY_MS = 86_400_000;

export interface Generated {
  readonly header: RecordingHeader;
  /** In order of time, or person by person where the header says `grouped_by`. To be read once. */
  readonly records: AsyncIterable<RecordedWrite>;
}

/** The recording of one suite. */
export function generateSuite(suite: Suite, inProcess: boolean): Generated {
  const steps = suite.steps();
  const times = steps.map(([first]) => first.atMs);
  return {
    header: generatedHeader({
      source: `generate-traffic --suite ${suite.name}`,
      tzOffsetMinutes: suite.tzOffsetMinutes,
      from: new Date(Math.min(...times)).toISOString(),
      to: new Date(Math.max(...times)).toISOString(),
      groupedByUser: false,
    }),
    records: spoiled(
      suite,
      sendAll(
        [{ steps, marks: new Map() }],
        { seed: suite.name, tzOffsetMinutes: suite.tzOffsetMinutes },
        inProcess,
        false,
      ),
    ),
  };
}

async function* spoiled(
  { spoil }: Suite,
  records: AsyncIterable<RecordedWrite>,
): AsyncGenerator<RecordedWrite> {
  for await (const record of records) yield spoil ? spoil(record) : record;
}

/** What decides the recording of many people. Plain values. */
export interface VolumeRequest extends VolumeOptions {
  readonly tzOffsetMinutes: number;
}

/** The recording of many people, grouped by person. */
export function generateVolume(options: VolumeRequest, inProcess: boolean): Generated {
  const startMs = Date.parse(`${options.firstDate}T00:00:00.000Z`) - options.tzOffsetMinutes * 60_000;
  return {
    header: generatedHeader({
      source: sourceOf(options),
      tzOffsetMinutes: options.tzOffsetMinutes,
      from: new Date(startMs).toISOString(),
      to: new Date(startMs + options.days * DAY_MS).toISOString(),
      groupedByUser: true,
    }),
    records: abridged(sendAll(personByPerson(options), options, inProcess, true)),
  };
}

/** What a recording of many people is called by, whoever makes it. */
function sourceOf({ users, days, seed, provider, planting }: VolumeOptions): string {
  const planted = planting ? ` --defect ${planting.fault}@${planting.numerator}/${planting.denominator}` : '';
  const by = provider === undefined || provider === 'realistic' ? '' : ` --provider ${provider}`;
  return `generate-traffic --users ${users} --days ${days} --seed ${seed}${by}${planted}`;
}

/** What a recording in volume keeps of an answer: what a replay needs of it, and the totals it is compared by. */
const KEPT_OF_ANSWERS = ['ok', 'error', 'idempotent', 'logId', 'nutrition'];

/** Leaves out of each answer what the provider's own answer, a few bytes before it, has said already. */
async function* abridged(records: AsyncIterable<RecordedWrite>): AsyncGenerator<RecordedWrite> {
  for await (const record of records) {
    const { response } = record;
    const body = response?.body;
    if (!response || body === null || typeof body !== 'object') {
      yield record;
      continue;
    }
    const kept = Object.entries(body).filter(([name]) => KEPT_OF_ANSWERS.includes(name));
    yield { ...record, response: { status: response.status, body: Object.fromEntries(kept) } };
  }
}

/** Writes a recording under its name once it is whole. */
export async function writeGenerated(file: string, generated: Generated): Promise<WrittenCounts> {
  const writer = await createRecordingWriter(file, generated.header);
  try {
    for await (const record of generated.records) await writer.write(record);
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function* personByPerson(options: VolumeOptions): Generator<Sending> {
  const label = options.planting?.fault ?? '';
  for (const { logs, planted } of planVolume(options)) {
    const marks = new Map([...planted].map((id) => [id, { planted: label }]));
    yield { steps: logs.map((log): PlannedStep => [log]), marks };
  }
}

/** Steps to send one after another, and what to add to the records of some of them, by id. */
interface Sending {
  readonly steps: readonly PlannedStep[];
  readonly marks: ReadonlyMap<string, object>;
}

async function* sendAll(
  parts: Iterable<Sending>,
  options: Omit<SendOptions, 'store'>,
  inProcess: boolean,
  forgetParts: boolean,
): AsyncGenerator<RecordedWrite> {
  const store = memoryStore();
  const all: SendOptions = { seed: options.seed, tzOffsetMinutes: options.tzOffsetMinutes, store };
  const sender: Sender = inProcess ? openInProcessSender(all) : await openNetworkSender(all);
  try {
    for (const { steps, marks } of parts) {
      for (const step of steps)
        for (const record of await sender.send(step)) {
          const mark = marks.get(record.id);
          yield mark ? { ...record, ...mark } : record;
        }
      const user = steps[0]?.[0].user;
      if (forgetParts && user !== undefined) sender.forget(user);
    }
  } finally {
    await sender.close();
    await store.close();
  }
}
