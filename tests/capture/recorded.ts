/** Reads what a capture left, and replays it with the real command: what a user does next with a recording. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedWrite, RecordingHeader } from '../../harness/recording/format.ts';
import { readRecording } from '../../harness/recording/read.ts';
import { type Ran, runGolem } from '../cli/run-golem.ts';
import { REPOSITORY } from '../temporary-project.ts';

export interface ReadBack {
  readonly header: RecordingHeader;
  readonly records: readonly RecordedWrite[];
}

/** All of a recording, as a replay would get it. */
export async function readBack(file: string, onBadLine: 'fail' | 'skip' = 'fail'): Promise<ReadBack> {
  const recording = await readRecording(file, { onBadLine });
  const records: RecordedWrite[] = [];
  for await (const batch of recording.batches) records.push(...batch.records);
  return { header: recording.header, records };
}

/** Paths of a folder's files, in order of their names. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** `golem replay` of these files in memory under the repository's config. */
export function replayFiles(files: readonly string[], cwd: string): Promise<Ran> {
  const config = join(REPOSITORY, 'golem.config.ts');
  return runGolem(['replay', ...files, '--config', config, '--store', 'memory'], { cwd });
}
