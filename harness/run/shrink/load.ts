/**
 * Reads what shrinking needs of a recording: its header, the records of some users, and how many each user has.
 * Apart from selecting, because a recording may be far larger than what is ever looked at twice.
 */
import type { RecordedWrite, RecordingHeader } from '../../recording/format.ts';
import { readRecording, type Recording } from '../../recording/read.ts';

/** Records by user. */
export type Counts = Map<string, number>;

/** The header as it is true of a part: what a capture lost or left out is said of the whole. */
export async function headerOf(recording: string): Promise<RecordingHeader> {
  const { header, close } = await readRecording(recording);
  await close();
  const { dropped: _, sample: __, ...rest } = header;
  return rest;
}

/** Loads the records of some users; `counts` gets the records of all. */
export async function loadUsers(
  recording: string,
  wants: (user: string) => boolean,
  counts: Counts = new Map(),
): Promise<readonly RecordedWrite[]> {
  const loaded: RecordedWrite[] = [];
  for await (const { records } of (await openCounting(recording, counts)).batches) {
    for (const record of records) if (wants(record.user)) loaded.push(record);
  }
  return loaded;
}

/** Opens a recording whose records are counted by user as they pass. */
export async function openCounting(recording: string, counts: Counts): Promise<Recording> {
  const source = await readRecording(recording);
  async function* batches() {
    for await (const batch of source.batches) {
      for (const { user } of batch.records) counts.set(user, (counts.get(user) ?? 0) + 1);
      yield batch;
    }
  }
  return { ...source, batches: batches() };
}

/** All records that were counted, and by how many users. */
export function sizeOf(counts: Counts): { readonly records: number; readonly users: number } {
  let records = 0;
  for (const count of counts.values()) records += count;
  return { records, users: counts.size };
}
