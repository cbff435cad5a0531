/**
 * One replay of one recording under one setting: store emptied, records through the service, a tally of what came
 * out. The unit that every kind of run is made of.
 */
import type { GolemConfig } from '../config.ts';
import type { SettingRun } from '../gate/suite-run.ts';
import type { FlagTexts, ReplayStore } from '../migration.ts';
import { readRecording } from '../recording/read.ts';
import { replay } from '../replay/engine.ts';
import type { Replayed } from '../replayed.ts';
import { type ScrapeOptions, ScrapeTally } from '../tally/scrapes.ts';
import { scrapedMigration } from '../tally/scrapes-service.ts';
import { Tally } from '../tally/tally.ts';

/** Replays `file` into an emptied `store`; `keep` keeps results and rows for looking at them afterwards. */
export async function replaySetting(options: {
  readonly config: GolemConfig;
  readonly store: ReplayStore;
  readonly file: string;
  readonly setting: string;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly defect: string | null;
  readonly onBadLine: 'fail' | 'skip';
  readonly keep: boolean;
  /** Given this, the replay is scraped. */
  readonly scraping: ScrapeOptions | null;
}): Promise<SettingRun> {
  const { config, store, keep, scraping } = options;
  await store.reset();
  const recording = await readRecording(options.file, { onBadLine: options.onBadLine });
  const tally = new Tally(config.migration);
  const replayed: Replayed[] = [];
  const scrapes = scraping && new ScrapeTally(config.migration.metrics, scraping);
  await replay({
    migration: scrapes ? scrapedMigration(config.migration, scrapes) : config.migration,
    store,
    source: recording,
    flags: options.flags,
    seed: options.seed,
    defect: options.defect,
    metrics: tally.metrics,
    keep,
    observer: {
      onReplayed: (one) => {
        tally.onReplayed(one);
        if (keep) replayed.push(one);
      },
      onSkipped: (record, reason) => tally.onSkipped(record, reason),
      onUserEnd: (user, days) => tally.onUserEnd(user, days),
    },
  });
  tally.badLines += recording.badLines().count;
  return {
    setting: options.setting,
    tally,
    census: await store.census(),
    stored: keep ? await store.dump() : null,
    replayed,
    scrapes: scrapes && { env: recording.header.env, tally: scrapes },
  };
}

/** The scrapes of all runs, those of one environment added up. */
export function scrapesBy(runs: readonly SettingRun[]): ReadonlyMap<string, ScrapeTally> {
  const byEnv = new Map<string, ScrapeTally>();
  for (const { scrapes } of runs) {
    if (!scrapes) continue;
    const known = byEnv.get(scrapes.env);
    if (known) known.merge(scrapes.tally);
    else byEnv.set(scrapes.env, scrapes.tally);
  }
  return byEnv;
}
