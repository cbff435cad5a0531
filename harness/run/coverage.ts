/**
 * What recordings cover, by replaying them in memory: only V2 at work can say which of its guards a record wakes.
 */
import type { GolemConfig } from '../config.ts';
import { Coverage } from '../coverage/coverage.ts';
import type { SettingRun } from '../gate/suite-run.ts';
import type { FlagTexts, Migration } from '../migration.ts';
import type { RecordingHeader } from '../recording/format.ts';
import { readRecording } from '../recording/read.ts';
import { replay } from '../replay/engine.ts';
import { Tally } from '../tally/tally.ts';

export interface CoverageOptions {
  readonly config: GolemConfig;
  readonly recordings: readonly string[];
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly onBadLine: 'fail' | 'skip';
  readonly progress: (line: string) => void;
}

/** One recording and what it covers. */
export interface CoveredRecording {
  readonly file: string;
  readonly header: RecordingHeader;
  readonly coverage: Coverage;
  readonly badLines: number;
}

/** Replays each recording in memory and counts what it covers. */
export async function coverRecordings(options: CoverageOptions): Promise<readonly CoveredRecording[]> {
  const { migration } = options.config;
  const store = await migration.openStore({ kind: 'memory' }, 'replay');
  const covered: CoveredRecording[] = [];
  try {
    for (const file of options.recordings) {
      options.progress(`replaying ${file}`);
      await store.reset();
      const source = await readRecording(file, { onBadLine: options.onBadLine });
      const coverage = new Coverage(migration);
      const { tz_offset_minutes: tzOffsetMinutes } = source.header;
      await replay({
        migration,
        store,
        source,
        flags: options.flags,
        seed: options.seed,
        defect: null,
        metrics: new Tally(migration).metrics,
        keep: false,
        observer: {
          onReplayed: (one) => {
            coverage.add(one, tzOffsetMinutes);
            if (coverage.records % 1_000 === 0) options.progress(`${file}: ${coverage.records} records`);
          },
          onSkipped: () => {
            coverage.skipped += 1;
          },
          onUserEnd: (user) => coverage.endUser(user),
        },
      });
      covered.push({ file, header: source.header, coverage, badLines: source.badLines().count });
    }
  } finally {
    await store.close();
  }
  return covered;
}

/** What a replay of `file` whose results were kept covers. */
export async function coverageOf(run: SettingRun, file: string, migration: Migration): Promise<Coverage> {
  const { header, close } = await readRecording(file);
  await close();
  const coverage = new Coverage(migration);
  const users = new Set<string>();
  for (const one of run.replayed) {
    coverage.add(one, header.tz_offset_minutes);
    users.add(one.record.user);
  }
  for (const user of users) coverage.endUser(user);
  coverage.skipped = run.tally.skipped;
  return coverage;
}
