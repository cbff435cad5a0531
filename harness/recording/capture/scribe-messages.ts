/** What a capture and the thread of its scribe say to each other: plain values only, apart from both. */
import type { RecordingHeader } from '../format.ts';
import type { CaptureBounds } from './bounds.ts';
import type { Dropped } from './losses.ts';
import type { Batch } from './parcel.ts';
import type { Rotation } from './recording-files.ts';
import type { ScribeReport } from './scribe.ts';

/** What the thread is started with. */
export interface ScribeTask {
  /** URL of the module that exports the migration's part as `captured`. */
  readonly module: string;
  /** Null for a verbatim recording. */
  readonly privacy: { readonly key: string; readonly names: readonly string[] } | null;
  readonly to: string;
  readonly compress: 'none' | 'gzip' | 'zstd';
  readonly instance: string;
  readonly header: Omit<RecordingHeader, 'captured'>;
  readonly rotation: Rotation;
  readonly bounds: CaptureBounds;
  /** One 32-bit integer, set to 1 when everything was flushed for a process that ends. */
  readonly flushed: SharedArrayBuffer;
}

export type ToScribe =
  | { readonly kind: 'take'; readonly number: number; readonly batch: Batch; readonly lostBefore: Dropped }
  | { readonly kind: 'finish'; readonly lostBefore: Dropped }
  | { readonly kind: 'flush' };

export type FromScribe =
  | { readonly kind: 'taken'; readonly number: number; readonly report: ScribeReport }
  | { readonly kind: 'report'; readonly report: ScribeReport }
  | { readonly kind: 'finished'; readonly report: ScribeReport };
