/**
 * What the command's thread and a worker's say to each other. Aggregates cross the border as bytes that are moved, not
 * copied; records never do.
 */
import type { Failure } from '../../errors.ts';
import type { PartContext, PartDone, PartProgress, SetAside } from './part-worker.ts';
import type { Part } from './plan.ts';

/** What a thread is started with. */
export interface ThreadStart {
  readonly context: PartContext;
  /** Absolute path of the config: functions do not travel, so each thread loads the migration itself. */
  readonly configFile: string;
  /** Descriptors of the files that lines are set aside in, by group. */
  readonly descriptors: readonly (readonly number[])[];
  /** One number, which is not 0 once the run is to end. */
  readonly stop: SharedArrayBuffer;
}

export type ThreadRequest =
  | { readonly ask: 'setAside'; readonly group: number; readonly stretch: number }
  | { readonly ask: 'replay'; readonly part: Part }
  | { readonly ask: 'handOver' }
  | { readonly ask: 'close' };

export type ThreadReply =
  | { readonly reply: 'progress'; readonly progress: PartProgress }
  | { readonly reply: 'done'; readonly value: SetAside | PartDone | Uint8Array | null }
  /** An error that golem raised; whatever else went wrong comes as `fault`. */
  | { readonly reply: 'failure'; readonly failure: Failure }
  | { readonly reply: 'fault'; readonly message: string; readonly stack: string };
