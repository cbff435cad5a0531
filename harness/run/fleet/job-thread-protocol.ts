/** What a fleet's worker and the thread that replays for it say to each other. Tallies are moved, not copied. */
import type { Failure } from '../../errors.ts';
import type { JobProgress } from './board.ts';
import type { FleetJob, FleetOrder } from './order.ts';

/** What the thread is started with. */
export interface JobThreadStart {
  /** Absolute path of the config: functions do not travel, so the thread loads the migration itself. */
  readonly configFile: string;
  /** A number each, which is not 0 once the worker is to end, and once the job at hand is of no use any more. */
  readonly stop: SharedArrayBuffer;
  readonly drop: SharedArrayBuffer;
}

export type JobThreadRequest =
  | { readonly ask: 'recordings'; readonly order: FleetOrder }
  | { readonly ask: 'run'; readonly id: string; readonly order: FleetOrder; readonly job: FleetJob };

/** A job that was replayed, or as much of it as there was time for; a tally that is not whole is of no use. */
export type JobDone =
  | { readonly finished: false }
  | {
      readonly finished: true;
      /** The tally, as `PartTally.toBytes` gives it. */
      readonly tally: Uint8Array<ArrayBuffer>;
      /** Keys of the users of a range; null where they can be in no other. */
      readonly users: Uint8Array<ArrayBuffer> | null;
      readonly records: number;
    };

export type JobThreadReply =
  | { readonly reply: 'progress'; readonly progress: JobProgress }
  | { readonly reply: 'done'; readonly value: JobDone | string | null }
  /** An error that golem raised; whatever else went wrong comes as `fault`. */
  | { readonly reply: 'failure'; readonly failure: Failure }
  | { readonly reply: 'fault'; readonly message: string; readonly stack: string };
