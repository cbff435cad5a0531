/**
 * Recordings of a few dozen people in every form that production's come in: users together or in order of time, plain or
 * compressed, in one file or a file a day. All of them hold the same records, so all of them must replay alike.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { config } from '../../golem.config.ts';
import type { RecordedWrite, RecordingHeader } from '../../harness/recording/format.ts';
import { renderHeader, renderRecord } from '../../harness/recording/write.ts';
import { renderJson } from '../../harness/report/json.ts';
import type { Report } from '../../harness/report/shape.ts';
import { type ReplayOptions, runReplay } from '../../harness/run/replay.ts';
import { generateVolume } from '../../scripts/traffic/generate.ts';
import { REPOSITORY } from '../temporary-project.ts';

export const CONFIG_FILE = join(REPOSITORY, 'golem.config.ts');

export interface Volume {
  readonly folder: string;
  readonly header: RecordingHeader;
  /** User by user. */
  readonly records: readonly RecordedWrite[];
  /** Writes a recording of these records and returns its path; compressed by its name. */
  write(name: string, header: RecordingHeader, records: readonly RecordedWrite[]): string;
  dispose(): void;
}

/** People's recorded days, in this process. */
export async function makeVolume(users: number, days: number, seed = 'parts'): Promise<Volume> {
  const folder = mkdtempSync(join(tmpdir(), 'golem-volume-'));
  const { header, records } = generateVolume(
    { users, days, seed, firstDate: '2025-09-01', tzOffsetMinutes: 540 },
    true,
  );
  const all: RecordedWrite[] = [];
  for await (const record of records) all.push(record);
  return {
    folder,
    header,
    records: all,
    write: (name, head, lines) => {
      const text = [renderHeader(head), ...lines.map(renderRecord)].join('\n');
      const file = join(folder, name);
      writeFileSync(file, packed(name, Buffer.from(`${text}\n`)));
      return file;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function packed(name: string, content: Buffer): Buffer {
  if (name.endsWith('.gz')) return gzipSync(content);
  return name.endsWith('.zst') ? zstdCompressSync(content) : content;
}

/** A header that says nothing of users standing together. */
export function ungrouped({ grouped_by: _, ...header }: RecordingHeader): RecordingHeader {
  return header;
}

/** The records as they happened, users mixed. */
export function byTime(records: readonly RecordedWrite[]): RecordedWrite[] {
  return [...records].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.user < b.user ? -1 : 1));
}

/** A replay of everything, but for its recordings. */
export const WHOLE = {
  config,
  root: REPOSITORY,
  configFile: CONFIG_FILE,
  flags: config.settings.base,
  store: { kind: 'memory' },
  seed: config.seed,
  onBadLine: 'fail',
} as const;

export async function reportOf(
  recordings: readonly string[],
  options: Partial<ReplayOptions> = {},
): Promise<Report> {
  return runReplay({ ...WHOLE, recordings, ...options });
}

/** The report's bytes, as `--json` writes them. */
export async function bytesOf(
  recordings: readonly string[],
  options: Partial<ReplayOptions> = {},
): Promise<string> {
  return renderJson(await reportOf(recordings, options));
}

/** The report without the names of its recordings: equal for the same records, however they were filed. */
export function nameless(report: Report, suite: string): unknown {
  const text = JSON.stringify({ ...report, reproduce: '', counts: { ...report.counts, suites: 0 } });
  return JSON.parse(text.replaceAll(JSON.stringify(suite).slice(1, -1), 'SUITE'), (key, value: unknown) =>
    key === 'remedy' || key === 'look' ? '' : value,
  );
}
