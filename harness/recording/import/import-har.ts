/**
 * Turns HAR files of a browser or a proxy into a recording: entries that are writes become records, calls to the
 * upstream become what those writes asked, everything else is passed over or refused with its number and reason. No
 * address in a file is ever followed. The import on one screen and the one function its command calls.
 */
import { basename, extname } from 'node:path';
import { GolemError } from '../../errors.ts';
import type { CaptureRules, ExchangeImporter, Migration, RebuiltWrite } from '../../migration.ts';
import type { RecordedWrite, RecordingHeader } from '../format.ts';
import { refuseExisting } from '../out-file.ts';
import { createRecordingWriter } from '../write.ts';
import { type ExchangeRules, type HarExchange, type HarWrite, readExchange } from './har-exchange.ts';
import { readHar } from './har-file.ts';
import {
  type HarPassage,
  type HarRead,
  type ImportHarReport,
  type MadeWrite,
  refusal,
  reportOf,
} from './har-report.ts';
import { shareCalls } from './har-upstream.ts';
import { rebuiltRecords } from './rebuilt-record.ts';

export interface ImportHarOptions {
  readonly files: readonly string[];
  readonly outFile: string;
  readonly env: RecordingHeader['env'];
  /** Minutes east of UTC that decide a write's local day. */
  readonly tzOffsetMinutes: number;
  readonly who: ExchangeRules['who'];
  readonly upstream: string | null;
  readonly capture: CaptureRules;
  readonly importer: ExchangeImporter;
  readonly rolloutBucket: Migration['rolloutBucket'];
  /** Any refused entry is a data error, and nothing is written. */
  readonly strict: boolean;
  readonly overwrite?: boolean;
}

/**
 * Imports the files and writes one recording, grouped by user, that is not anonymised. Returns what became of every
 * entry. Throws a `GolemError`: `data` for a file that is no HAR file, for refused entries under `strict` and when no
 * write was taken; `usage` for two files of one name. Then nothing is written, and a recording of that name stays as
 * it was.
 */
export async function importHar(options: ImportHarOptions): Promise<ImportHarReport> {
  refuseExisting(options.outFile, options.overwrite ?? false);
  assertNamesDiffer(options.files);
  const read: HarRead[] = [];
  for (const file of options.files) read.push(await readFile(file, options));
  const passage = passWrites(
    read.flatMap(({ exchanges }) => exchanges),
    options,
  );
  const [worst] = passage.refused;
  if (passage.made.length === 0 || (worst && options.strict)) throw refusal(worst, passage, read, options);
  return { ...reportOf(passage, read, options), ...(await write(passage.made, options)) };
}

async function readFile(file: string, { capture, upstream, who }: ImportHarOptions): Promise<HarRead> {
  const { version, entries } = await readHar(file);
  const exchanges: HarExchange[] = [];
  for (const [position, one] of entries.entries()) {
    const index = position + 1;
    if ('refused' in one) {
      exchanges.push({ kind: 'refused', file, index, reason: one.refused });
    } else {
      const seed = `${stemOf(file)}:${index}`;
      exchanges.push(await readExchange(one.entry, { file, index, seed }, { capture, upstream, who }));
    }
  }
  return { file, version, exchanges };
}

/** Joins writes with their calls and makes records of them. */
function passWrites(exchanges: readonly HarExchange[], options: ImportHarOptions): HarPassage {
  const passage: HarPassage = { refused: [], made: [], taken: new Map(), rebuilt: 0 };
  const refuse = ({ file, index }: Pick<HarWrite, 'file' | 'index'>, reason: string): void => {
    passage.refused.push({ file, line: index, reason });
  };
  const take = ({ file }: Pick<HarWrite, 'file'>): void => {
    passage.taken.set(file, (passage.taken.get(file) ?? 0) + 1);
  };
  for (const one of exchanges) if (one.kind === 'refused') refuse(one, one.reason);
  const writes = exchanges.filter((one) => one.kind === 'write');
  const calls = exchanges.filter((one) => one.kind === 'upstream');
  const { callsOf, left } = shareCalls(writes, calls, options.importer.question);
  for (const call of left) refuse(call, 'upstream call of no write: none was under way that asks this');
  for (const one of writes) {
    const own = callsOf.get(one);
    const records = recordsOf(one, own?.upstream ?? null, options);
    if ('refused' in records) {
      refuse(one, records.refused);
      for (const call of own?.calls ?? []) refuse(call, 'upstream call of a write that was not taken');
      continue;
    }
    passage.made.push({ write: one, records });
    for (const entry of [one, ...(own?.calls ?? [])]) take(entry);
    if (!own && records.some(({ upstream }) => upstream.length > 0)) passage.rebuilt += 1;
  }
  const order = new Map(options.files.map((file, number) => [file, number]));
  passage.refused.sort((a, b) => order.get(a.file)! - order.get(b.file)! || a.line - b.line);
  return passage;
}

/** The record of one write: with its own calls, else with those its answer can be led back to. */
function recordsOf(
  write: HarWrite,
  own: RebuiltWrite['upstream'] | null,
  { importer, capture, rolloutBucket }: ImportHarOptions,
): readonly RecordedWrite[] | { readonly refused: string } {
  const { user, answer } = write;
  const answered = answer && importer.answeredKey(answer.body);
  const derived = capture.effectiveKey(user, write.request);
  // Production's own word on the key counts where the file does not hold all that the key was made of.
  const request =
    answered === null || answered === derived
      ? write.request
      : { ...write.request, headers: { ...write.request.headers, 'idempotency-key': answered } };
  const asks = importer.question(request) !== null;
  let upstream = own ?? [];
  if (own === null && asks) {
    if (answer === null) return { refused: 'no answer: neither it nor upstream calls are in the file' };
    const rebuilt = importer.upstreamOf(request, answer);
    if ('refused' in rebuilt) return rebuilt;
    upstream = rebuilt;
  }
  const requestKey = capture.effectiveKey(user, request);
  return rebuiltRecords(
    { request, requestKey, upstream, answer },
    {
      id: `${stemOf(write.file)}:${write.index}`,
      user,
      at: new Date(write.startMs).toISOString(),
      rolloutBucket: rolloutBucket(user),
    },
  );
}

/** Writes users together, sorted by name, each one's records in order of time. */
async function write(
  made: readonly MadeWrite[],
  { outFile, env, tzOffsetMinutes }: ImportHarOptions,
): Promise<{ readonly records: number; readonly users: number }> {
  const inOrder = [...made].sort(({ write: a }, { write: b }) =>
    a.user === b.user ? a.startMs - b.startMs : a.user < b.user ? -1 : 1,
  );
  const times = made.map(({ write: { startMs } }) => startMs);
  const writer = await createRecordingWriter(outFile, {
    golem: 'recording',
    version: 1,
    source: 'har import',
    env,
    tz_offset_minutes: tzOffsetMinutes,
    anonymised: false,
    simulated: false,
    captured: {
      from: new Date(times.reduce((a, b) => Math.min(a, b))).toISOString(),
      to: new Date(times.reduce((a, b) => Math.max(a, b))).toISOString(),
    },
    grouped_by: 'user',
  });
  try {
    for (const { records } of inOrder) for (const record of records) await writer.write(record);
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** A file's name without folders and extension: what its records are named after. */
function stemOf(file: string): string {
  return basename(file, extname(file));
}

function assertNamesDiffer(files: readonly string[]): void {
  const [first, second] = [...Map.groupBy(files, stemOf).values()].find((same) => same.length > 1) ?? [];
  if (first === undefined || second === undefined) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'import',
    subject: second,
    reason: `its records would be named like those of "${first}"; rename one of the two`,
    next: 'golem import har --help',
  });
}
