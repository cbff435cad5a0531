/**
 * What flows between the stages of a run: timed records into the replay, replayed records out of it. Shared shapes
 * only, so that no stage has to import another.
 */
import type { WriteResult } from './migration.ts';
import type { RecordedWrite, RecordingHeader } from './recording/format.ts';

/** A repeat this much later than its first is meant as a new write by those who sent it, and yet not stored. */
export const SWALLOWED_AFTER_MS = 3_600_000;

/** Records with their times in milliseconds at the same index, parsed once at the boundary. */
export interface TimedBatch {
  readonly records: readonly RecordedWrite[];
  readonly atMs: readonly number[];
}

/** A recording as the replay reads it. */
export interface ReplaySource {
  readonly header: RecordingHeader;
  readonly batches: AsyncIterable<TimedBatch>;
}

/** A record and what came of it. */
export interface Replayed {
  readonly record: RecordedWrite;
  readonly atMs: number;
  readonly result: WriteResult;
  /** True when a write with the same idempotency key had been stored before and had not expired: a duplicate. */
  readonly storedBefore: boolean;
  /** Every id issued for this user so far, with a label that names its record; empty unless ids are kept. */
  readonly issued: ReadonlyMap<string, string>;
}

/** Where the replay hands what it has done, in the order it did it. */
export interface ReplayObserver {
  onReplayed(replayed: Replayed): void;
  /** A record that could not be replayed, with the reason. */
  onSkipped(record: RecordedWrite, reason: string): void;
  /** A user has been replayed to the end, over this many local days. */
  onUserEnd(user: string, days: number): void;
}
