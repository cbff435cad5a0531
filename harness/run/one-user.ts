/**
 * The writes of one user, out of one recording or many, as a source to replay. A file of its own because a user's days
 * may lie in several files, and because users do not touch each other: one replayed alone fares as among all.
 */
import { pathSegment } from '../golden/case-key.ts';
import type { RecordedWrite, RecordingHeader } from '../recording/format.ts';
import { readRecording } from '../recording/read.ts';
import { openRecordingSet } from '../recording/recording-set.ts';
import type { ReplaySource } from '../replayed.ts';

/** A user's writes under one header, in order of time. */
export interface UserWrites {
  readonly header: RecordingHeader;
  readonly records: readonly RecordedWrite[];
  readonly atMs: readonly number[];
}

/**
 * Reads all writes of a user, named as recorded or as golden files name it. Files that agree on what decides an outcome
 * are one; of several such groups the first that has the user is meant. `users` are all that were seen on the way.
 */
export async function readUser(
  recordings: readonly string[],
  cwd: string,
  user: string,
): Promise<{ readonly writes: UserWrites | null; readonly users: ReadonlySet<string> }> {
  const users = new Set<string>();
  const { groups } = await openRecordingSet(recordings, cwd);
  for (const { files } of groups) {
    let header: RecordingHeader | null = null;
    const found: { record: RecordedWrite; atMs: number }[] = [];
    for (const { name } of files) {
      const recording = await readRecording(name, { onBadLine: 'fail' });
      header ??= recording.header;
      for await (const { records, atMs } of recording.batches) {
        for (const [index, record] of records.entries()) {
          users.add(record.user);
          if (record.user !== user && pathSegment(record.user) !== user) continue;
          found.push({ record, atMs: atMs[index]! });
        }
      }
    }
    if (header === null || found.length === 0) continue;
    found.sort((a, b) => a.atMs - b.atMs);
    const writes = {
      header,
      records: found.map(({ record }) => record),
      atMs: found.map(({ atMs }) => atMs),
    };
    return { writes, users };
  }
  return { writes: null, users };
}

/** The writes as a source that can be replayed, any number of times. */
export function sourceOf({ header, records, atMs }: UserWrites): ReplaySource {
  return {
    header,
    batches: (async function* () {
      yield { records, atMs };
    })(),
  };
}
