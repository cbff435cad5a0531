/**
 * Turns finished requests into lines of a recording, behind the service's back: a write at a time, between turns of
 * the event loop, as fast as the disk takes them and never faster. What does not fit is dropped and counted; no
 * request ever waits for anything here.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { CaptureRules } from '../../migration.ts';
import { MAX_DEPTH, MAX_LINE_BYTES } from '../bounds.ts';
import { isShallow } from '../depth.ts';
import type { RecordedWrite } from '../format.ts';
import { recordSchema } from '../schema.ts';
import { renderRecord } from '../write.ts';
import { Arrivals } from './arrivals.ts';
import { assemble } from './assemble.ts';
import { type CaptureBounds, FLUSH_MS } from './bounds.ts';
import { ByteBudget } from './collected.ts';
import { type Arrival, Intake } from './intake.ts';
import type { DropReason, Losses } from './losses.ts';
import type { RawWrite, Redactor } from './raw-write.ts';
import type { RecordingFiles } from './recording-files.ts';
import { orderTwins, type TimedWrite } from './twins.ts';

/** Milliseconds between two looks at writes that wait for an earlier one of their user. */
const RETRY_MS = 20;

export interface RecorderOptions {
  readonly rules: CaptureRules;
  readonly rolloutBucket: (user: string) => number;
  readonly redactor: Redactor;
  readonly bounds: CaptureBounds;
  readonly isSampled: (user: string) => boolean;
  readonly files: RecordingFiles;
  readonly losses: Losses;
  readonly nowMs: () => number;
}

/** Requests that were seen and are rightly not in the recording. */
export interface PassedOver {
  /** Refused by the service before they reached the write paths. */
  refused: number;
  /** Of users outside the sample. */
  outside_sample: number;
  /** Without a user who is signed in. */
  no_user: number;
  /** Held back by the redactor. */
  withheld: number;
}

export class Recorder {
  readonly passed: PassedOver = { refused: 0, outside_sample: 0, no_user: 0, withheld: 0 };
  /** Upstream calls that began after the record of their request was made. */
  lateCalls = 0;
  readonly #options: RecorderOptions;
  readonly #budget: ByteBudget;
  readonly #arrivals = new Arrivals();
  /** The user each request under way was known by when it arrived. */
  readonly #openedAs = new WeakMap<Intake, string | null>();
  readonly #instance = `r${randomBytes(4).toString('hex')}`;
  #sequence = 0;
  #ticks = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closing = false;
  #flushedAtMs = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.bounds.queueBytes);
  }

  get inFlight(): number {
    return this.#arrivals.open;
  }

  get queued(): number {
    return this.#arrivals.waiting;
  }

  get queuedBytes(): number {
    return this.#budget.used;
  }

  /** Begins to watch a request; null when it is none that is recorded. */
  open(arrival: Arrival): Intake | null {
    const { rules, isSampled, bounds } = this.#options;
    if (this.#closing || !rules.isWrite(arrival.method, arrival.path)) return null;
    const user = arrival.user();
    if (user !== null && !isSampled(user)) {
      this.passed.outside_sample += 1;
      return null;
    }
    // A clock that is set back must not set a user's writes back.
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#options.nowMs());
    this.#sequence += 1;
    const id = `${this.#instance}-${this.#sequence.toString(36).padStart(4, '0')}`;
    const intake = new Intake({ id, atMs: this.#lastAtMs, user }, arrival, this.#budget, bounds, {
      tick: () => {
        this.#ticks += 1;
        return this.#ticks;
      },
      onSettled: (settled) => this.#settle(settled),
      onLateCall: () => {
        this.lateCalls += 1;
      },
    });
    this.#openedAs.set(intake, user);
    this.#arrivals.arrive(intake);
    return intake;
  }

  /** Gives up a request that is under way; it is counted once. */
  lose(intake: Intake, reason: DropReason): void {
    if (intake.lost !== null) return;
    intake.lose(reason);
    this.#options.losses.add(reason);
  }

  /** Leaves out a request under way that is no write after all, for this reason. */
  passOver(intake: Intake, reason: keyof PassedOver): void {
    if (intake.lost !== null || intake.passedOver) return;
    intake.passedOver = true;
    intake.free();
    this.passed[reason] += 1;
  }

  /** Writes down what is finished; requests under way get `drainMs` to end. */
  async close(): Promise<void> {
    this.#closing = true;
    const { bounds, files, losses, nowMs } = this.#options;
    const untilMs = nowMs() + bounds.drainMs;
    while (this.#arrivals.open > 0 && nowMs() < untilMs) await sleep(10);
    for (const { intake, openedAs } of [...this.#arrivals.allOpen()]) {
      this.#arrivals.leave(intake, openedAs);
      this.lose(intake, 'unfinished');
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const finished = (async () => {
      await this.#running;
      await this.#drain();
      await files.finish();
    })();
    const stalled = new AbortController();
    const late = await Promise.race([
      finished.then(() => false),
      sleep(bounds.drainMs, true, { signal: stalled.signal }),
    ]);
    stalled.abort();
    // A disk that does not answer must not keep a service from ending.
    if (late) losses.add('disk', this.#arrivals.waiting + files.pending);
  }

  /** For a process that ends without `close`: what was gathered goes to the disk now. */
  flushNow(): void {
    this.#options.files.flushNow();
  }

  #settle(intake: Intake): void {
    this.#arrivals.leave(intake, this.#openedAs.get(intake) ?? null);
    if (intake.lost !== null || intake.passedOver) return;
    const { isSampled, bounds } = this.#options;
    const user = intake.user ?? intake.arrival.user();
    intake.user = user;
    if (user === null) this.passOver(intake, 'no_user');
    else if (!isSampled(user)) this.passOver(intake, 'outside_sample');
    else if (this.#arrivals.waiting >= bounds.queueWrites) {
      this.lose(intake, 'queue_full');
    } else {
      this.#arrivals.wait(user, intake, this.#options.nowMs());
    }
    this.#run();
  }

  #run(): void {
    if (this.#running !== null || this.#closing) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running = turn()
      .then(() => this.#drain())
      .finally(() => {
        this.#running = null;
        if (this.#closing) return;
        // Looks again at those who wait, or lets what was gathered go to the disk and a file's time run out.
        const waitMs = this.#arrivals.waiting > 0 ? RETRY_MS : FLUSH_MS;
        this.#timer = setTimeout(() => this.#run(), waitMs);
        this.#timer.unref();
      });
  }

  async #drain(): Promise<void> {
    const { bounds, files, nowMs } = this.#options;
    for (;;) {
      const writes = this.#arrivals.next(nowMs(), bounds.holdMs, (overdue) =>
        this.lose(overdue, 'unfinished'),
      );
      if (writes === null) break;
      await this.#record(writes);
    }
    if (files.isFull || this.#closing || nowMs() - this.#flushedAtMs >= FLUSH_MS) await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#flushedAtMs = this.#options.nowMs();
    await this.#options.files.flush();
  }

  /** Records one user's writes, in the order of arrival. */
  async #record(intakes: readonly Intake[]): Promise<void> {
    const { rules, rolloutBucket, bounds, losses, files } = this.#options;
    const writes: TimedWrite[] = [];
    for (const intake of intakes) {
      intake.take();
      // Lost ones were counted when they were lost.
      if (intake.lost !== null) continue;
      if (!this.#closing) await turn();
      const assembled = await assemble(intake, intake.user ?? '', rules, rolloutBucket, bounds);
      intake.free();
      if (assembled.state === 'lost') losses.add(assembled.reason);
      else if (assembled.state === 'refused') this.passed.refused += 1;
      else {
        const { tick: arrivedTick, settledTick } = intake;
        const calledTick = intake.calls[0]?.tick ?? Number.POSITIVE_INFINITY;
        writes.push({ raw: assembled.raw, arrivedTick, settledTick, calledTick });
      }
    }
    for (const { raw } of orderTwins(writes)) {
      this.#writeDown(raw);
      if (files.isFull) await this.#flush();
    }
  }

  #writeDown(raw: RawWrite): void {
    const { redactor, losses, files } = this.#options;
    let record: RecordedWrite | null;
    try {
      record = redactor.redactWrite(raw);
    } catch {
      losses.add('redaction');
      return;
    }
    if (record === null) {
      this.passed.withheld += 1;
      return;
    }
    const line = lineOf(record);
    if (line === null) losses.add('invalid');
    else if (Buffer.byteLength(line) > MAX_LINE_BYTES) losses.add('too_large');
    else files.add(line, raw.atMs);
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
