/**
 * Turns parcels into lines of a recording: reads bodies, orders twins, takes out what is personal, writes. All the
 * work of capture that takes time is here, so that it can be done in a thread of its own; where a service gives it
 * none, it is done a write at a time between the turns of the service's event loop.
 */
import type { CaptureRules } from '../../migration.ts';
import { MAX_DEPTH, MAX_LINE_BYTES } from '../bounds.ts';
import { isShallow } from '../depth.ts';
import type { RecordedWrite } from '../format.ts';
import { recordSchema } from '../schema.ts';
import { renderRecord } from '../write.ts';
import { assemble } from './assemble.ts';
import { type CaptureBounds, FLUSH_MS } from './bounds.ts';
import { addDropped, type Dropped, Losses } from './losses.ts';
import { type Batch, groupsOf, type Parcel } from './parcel.ts';
import type { RawWrite, Redactor } from './raw-write.ts';
import { RecordingFiles, type RecordingFilesOptions } from './recording-files.ts';
import { orderTwins, type TimedWrite } from './twins.ts';

export interface ScribeOptions {
  readonly rules: CaptureRules;
  readonly rolloutBucket: (user: string) => number;
  readonly redactor: Redactor;
  readonly bounds: CaptureBounds;
  readonly files: Omit<RecordingFilesOptions, 'dropped' | 'onLost'>;
  /** Waited for between two writes. */
  readonly pace: () => Promise<unknown>;
}

/** What a scribe has done so far, as plain values. */
export interface ScribeReport {
  /** Writes that stand on the disk. */
  readonly written: number;
  readonly dropped: Dropped;
  /** The reason of the latest loss. */
  readonly lastDrop: Losses['last'];
  readonly refused: number;
  readonly withheld: number;
  /** Lines that are gathered or on their way. */
  readonly pending: number;
  /** Files that are whole. */
  readonly completed: readonly string[];
  /** What the disk said when it last refused; null while it did not. */
  readonly diskFailure: string | null;
}

export class Scribe {
  readonly #options: ScribeOptions;
  readonly #losses = new Losses();
  readonly #files: RecordingFiles;
  readonly #timer: NodeJS.Timeout;
  /** Losses before writes came here, as of the latest batch. */
  #lostBefore: Dropped = {};
  #refused = 0;
  #withheld = 0;
  /** The work at hand; everything is done one after another. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: ScribeOptions) {
    this.#options = options;
    this.#files = new RecordingFiles({
      ...options.files,
      dropped: () => addDropped(this.#lostBefore, this.#losses.byReason),
      onLost: (lines) => this.#losses.add('disk', lines),
    });
    // Lets what was gathered go to the disk, and a file's time run out, while nobody writes.
    this.#timer = setInterval(() => this.#next(() => this.#files.flush()), FLUSH_MS);
    this.#timer.unref();
  }

  /** Resolves when the batch's writes are gathered; `lostBefore` are all losses elsewhere so far. */
  take(batch: Batch, lostBefore: Dropped): Promise<void> {
    return this.#next(async () => {
      this.#lostBefore = lostBefore;
      for (const group of groupsOf(batch)) await this.#record(group, batch.bytes);
    });
  }

  /** Writes down what was taken and completes the file. */
  finish(lostBefore: Dropped): Promise<void> {
    clearInterval(this.#timer);
    return this.#next(() => {
      this.#lostBefore = lostBefore;
      return this.#files.finish();
    });
  }

  /** Puts what was gathered down at once, for a process that ends without `finish`. */
  flushNow(): void {
    this.#files.flushNow();
  }

  /** Ends without writing anything more. */
  async abort(): Promise<void> {
    clearInterval(this.#timer);
  }

  /** Resolves when all that was taken so far is gathered. */
  idle(): Promise<void> {
    return this.#work;
  }

  report(): ScribeReport {
    const files = this.#files;
    return {
      written: files.written,
      dropped: this.#losses.byReason,
      lastDrop: this.#losses.last,
      refused: this.#refused,
      withheld: this.#withheld,
      pending: files.pending,
      completed: [...files.completed],
      diskFailure: files.failure,
    };
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }

  /** Records one user's writes, which come in the order of arrival. */
  async #record(group: readonly Parcel[], bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { rules, rolloutBucket, bounds, pace } = this.#options;
    const writes: TimedWrite[] = [];
    for (const parcel of group) {
      await pace();
      const assembled = await assemble(parcel, bytes, rules, rolloutBucket, bounds);
      if (assembled.state === 'write') writes.push({ ...parcel, raw: assembled.raw });
      else if (assembled.state === 'refused') this.#refused += 1;
      else this.#losses.add('unreadable');
    }
    for (const { raw } of orderTwins(writes)) {
      this.#writeDown(raw);
      if (this.#files.isFull) await this.#files.flush();
    }
  }

  #writeDown(raw: RawWrite): void {
    let record: RecordedWrite | null;
    try {
      record = this.#options.redactor.redactWrite(raw);
    } catch {
      this.#losses.add('redaction');
      return;
    }
    if (record === null) {
      this.#withheld += 1;
      return;
    }
    const line = lineOf(record);
    if (line === null) this.#losses.add('invalid');
    else if (Buffer.byteLength(line) > MAX_LINE_BYTES) this.#losses.add('too_large');
    else this.#files.add(line, raw.atMs);
  }
}

/** The record's line, or null when the reader would refuse it. */
function lineOf(record: RecordedWrite): string | null {
  try {
    return recordSchema.validate(record) && isShallow(record, MAX_DEPTH) ? renderRecord(record) : null;
  } catch {
    return null;
  }
}
