/**
 * A suite under every setting it is judged by, in the stores that its settings run in.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertPlan } from '../alerts/rule-sets.ts';
import type { GolemConfig, Suite } from '../config.ts';
import type { SettingRun, SuiteRun } from '../gate/suite-run.ts';
import type { FlagTexts, ReplayStore, StoreChoice } from '../migration.ts';
import { replaySetting } from './setting.ts';

/** The recording of a suite. */
export function recordingOf(config: GolemConfig, root: string, suite: string): string {
  return join(root, config.fixtures, suite, 'recording.ndjson');
}

/** Recordings under `fixtures`, by their folders' names as suites; one of another name stands by its own. */
export function recordedSuites(config: GolemConfig, root: string): string[] {
  const folder = join(root, config.fixtures);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.ndjson(\.gz|\.zst)?$/.test(path))
    .map((path) => path.replace(/\/recording\.ndjson$/, ''))
    .sort();
}

/** The stores of a run: the chosen one, and one in memory for the settings that are only held against it. */
export interface Stores {
  readonly memory: Promise<ReplayStore>;
  readonly chosen: Promise<ReplayStore>;
  close(): Promise<void>;
}

/** Starts opening both; a database starts up while the first setting is replayed in memory. */
export function openStores({
  config,
  store,
}: {
  readonly config: GolemConfig;
  readonly store: StoreChoice;
}): Stores {
  const chosen = config.migration.openStore(store, 'replay');
  const memory = store.kind === 'memory' ? chosen : config.migration.openStore({ kind: 'memory' }, 'replay');
  // A store that cannot be opened is reported where it is first needed, not as an unhandled rejection.
  chosen.catch(() => undefined);
  return {
    memory,
    chosen,
    close: async () => {
      for (const opened of await Promise.allSettled([chosen, memory])) {
        if (opened.status === 'fulfilled') await opened.value.close();
      }
    },
  };
}

/**
 * Replays one suite under every setting it is judged by. What golden files hold comes from the chosen store; legacy
 * alone and the shares are replayed in memory, so comparing them holds the two stores against each other as well.
 */
export async function replaySuite(
  options: { readonly config: GolemConfig; readonly root: string; readonly seed: string },
  stores: Stores,
  suite: Suite,
  plan: AlertPlan | null,
): Promise<SuiteRun> {
  const { settings } = options.config;
  const file = recordingOf(options.config, options.root, suite.name);
  const under = async (
    setting: string,
    flags: FlagTexts,
    store: Promise<ReplayStore>,
    watched: AlertPlan | null = null,
  ): Promise<SettingRun> =>
    replaySetting({
      ...options,
      store: await store,
      file,
      setting,
      flags,
      defect: suite.defect ?? null,
      onBadLine: 'fail',
      keep: true,
      scraping: watched && { intervalMs: watched.settings.scrapeIntervalMs },
    });
  const alone = await under('alone', settings.alone, stores.memory);
  const shares: SettingRun[] = [];
  if (keepsGolden(suite)) {
    for (const flags of settings.shares) shares.push(await under(shareName(flags), flags, stores.memory));
  }
  const base = await under('base', settings.base, stores.chosen, plan);
  const full = keepsGolden(suite) ? await under('full', settings.full, stores.chosen) : null;
  return { suite, alone, base, full, shares };
}

/** Suites that must fail keep golden files only when that is what they are about. */
export function keepsGolden(suite: Suite): boolean {
  return suite.golden ?? suite.must_fail === undefined;
}

/** The text that tells one share from another, such as `10%`. */
function shareName(flags: FlagTexts): string {
  return Object.values(flags).find((text) => text.endsWith('%')) ?? JSON.stringify(flags);
}
