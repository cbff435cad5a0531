/**
 * What a suite's replays left for judging: shapes only, so that the checks beside this file read one picture of a
 * suite and the pipeline can draw it.
 */
import type { Suite } from '../config.ts';
import type { Replayed } from '../replayed.ts';
import type { ScrapeTally } from '../tally/scrapes.ts';
import type { Tally } from '../tally/tally.ts';

/** One suite replayed under one setting. */
export interface SettingRun {
  /** `alone`, `base`, `full`, or the text of a share such as `10%`. */
  readonly setting: string;
  readonly tally: Tally;
  /** Rows the store holds per table after the replay. */
  readonly census: Readonly<Record<string, number>>;
  /** Those rows themselves; null where users were forgotten on the way. */
  readonly stored: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> | null;
  readonly replayed: readonly Replayed[];
  /** What Prometheus would have scraped meanwhile; null where no alert is emulated. */
  readonly scrapes: { readonly env: string; readonly tally: ScrapeTally } | null;
}

/** A suite under every setting it is judged by. */
export interface SuiteRun {
  readonly suite: Suite;
  readonly alone: SettingRun;
  readonly base: SettingRun;
  /** Null for suites that must fail by their base run alone. */
  readonly full: SettingRun | null;
  readonly shares: readonly SettingRun[];
}
