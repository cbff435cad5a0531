/**
 * What one user's replay says about a rollout. A shape of its own, because people are the unit of every bound here:
 * they repeat what they do, so their days are not independent of each other.
 */
import type { FieldValues } from '../../migration.ts';

/** One user's local day with at least one compared write. */
export interface UserDay {
  /** YYYY-MM-DD. */
  readonly date: string;
  /** Bit i is set when field i was over its limit at any moment of the day, as production's counters see it. */
  readonly breached: number;
  /** The day's difference after its last compared write; only its absolute values are used. */
  readonly differences: FieldValues;
  /** Compared writes of the day. */
  readonly writes: number;
}

/** One increment of a watched counter. */
export interface CounterIncrement {
  readonly atMs: number;
  /** Indexes as in `MetricSink`. */
  readonly metric: number;
  readonly child: number;
}

/** One user, over all recordings of a run: a user whose days lie in two files is still one. */
export interface UserEvidence {
  readonly user: string;
  /** 0–9999, as recorded. */
  readonly bucket: number;
  /** True when any of it comes from a recording that says it is simulated. */
  readonly simulated: boolean;
  /** Writes that have a difference. */
  readonly compared: number;
  /** Bit i is set when field i of any single write was over its limit. */
  readonly breachedRecords: number;
  /** Days with a compared write, each date once, in any order. */
  readonly days: readonly UserDay[];
  /** Live rows that V2 is merged into once the user is inside the share. */
  readonly liveRowsChanged: number;
  /** Writes by hour of the day in UTC, 24 of them, whether compared or not. */
  readonly hours: readonly number[];
  /** First and last write, ms since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Every increment that this user's writes made to the watched counters, in order of time. */
  readonly increments: readonly CounterIncrement[];
}
