/**
 * The front of a capture: watches over requests under way, keeps each user's in order, and hands the finished ones to
 * the scribe. This is the only part that runs while somebody waits for an answer, so it does next to nothing; what
 * does not fit into its bounds is dropped and counted.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { CaptureRules } from '../../migration.ts';
import { Arrivals } from './arrivals.ts';
import type { CaptureBounds } from './bounds.ts';
import { ByteBudget } from './collected.ts';
import { type Arrival, Intake, type IntakeListener } from './intake.ts';
import { type Dropped, type DropReason, Losses } from './losses.ts';
import { type Batch, type Packing, pack, packNow } from './parcel.ts';

/**
 * Milliseconds that finished writes gather before they are handed over: waking another thread costs more than all the
 * rest, so it is done for many at once.
 */
const GATHER_MS = 40;
/** Writes handed over in one turn of the event loop: packing them takes about a tenth of a millisecond. */
const BATCH_WRITES = 8;

/** Who takes finished writes. */
export interface Taker {
  /** Resolves, never rejects, when the batch no longer needs memory. */
  take(batch: Batch, lostBefore: Dropped): Promise<void>;
}

export interface RecorderOptions {
  readonly rules: CaptureRules;
  readonly bounds: CaptureBounds;
  readonly isSampled: (user: string) => boolean;
  readonly taker: Taker;
  readonly nowMs: () => number;
  readonly onLoss: (reason: DropReason) => void;
}

/** Requests that were seen here and are rightly not in the recording. */
export interface PassedOver {
  /** Never reached the write paths. */
  refused: number;
  /** Of users outside the sample. */
  outside_sample: number;
  /** Without a user who is signed in. */
  no_user: number;
}

export class Recorder {
  readonly passed: PassedOver = { refused: 0, outside_sample: 0, no_user: 0 };
  /** Upstream calls that began after their request was handed over. */
  lateCalls = 0;
  readonly #options: RecorderOptions;
  readonly #budget: ByteBudget;
  readonly #losses = new Losses();
  readonly #arrivals = new Arrivals();
  readonly #packing: Packing;
  #ticks = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #handedOver = 0;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closing = false;

  readonly #listener: IntakeListener = {
    tick: () => {
      this.#ticks += 1;
      return this.#ticks;
    },
    onSettled: (settled) => this.#settle(settled),
    onLateCall: () => {
      this.lateCalls += 1;
    },
  };

  constructor(options: RecorderOptions) {
    this.#options = options;
    const instance = `r${randomBytes(4).toString('hex')}`;
    this.#packing = { headerNames: options.rules.headers, idOf: (tick) => idOf(instance, tick) };
    this.#budget = new ByteBudget(options.bounds.queueBytes);
  }

  get inFlight(): number {
    return this.#arrivals.open;
  }

  /** Writes that are finished and not yet gathered by the scribe. */
  get queued(): number {
    return this.#arrivals.waiting + this.#handedOver;
  }

  get queuedBytes(): number {
    return this.#budget.used;
  }

  get dropped(): Dropped {
    return this.#losses.byReason;
  }

  /** Begins to watch a request; null when it is none that is recorded. */
  open(arrival: Arrival): Intake | null {
    const { isSampled, bounds } = this.#options;
    if (this.#closing || !this.#isWrite(arrival)) return null;
    const user = arrival.user();
    if (user !== null && !isSampled(user)) {
      this.passed.outside_sample += 1;
      return null;
    }
    // A clock that is set back must not set a user's writes back.
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#options.nowMs());
    const fixed = { atMs: this.#lastAtMs, user };
    const intake = new Intake(fixed, arrival, this.#budget, bounds, this.#listener);
    this.#arrivals.arrive(intake);
    return intake;
  }

  /** The rules run while somebody waits for an answer, who must get it whatever they do. */
  #isWrite({ method, path }: Arrival): boolean {
    try {
      return this.#options.rules.isWrite(method, path);
    } catch {
      this.count('rules');
      return false;
    }
  }

  /** Gives up a request; it is counted once. */
  lose(intake: Intake, reason: DropReason): void {
    if (intake.lost !== null) return;
    intake.lose(reason);
    this.count(reason);
  }

  /** Counts writes lost on the way to the scribe. */
  count(reason: DropReason, writes = 1): void {
    this.#losses.add(reason, writes);
    this.#options.onLoss(reason);
  }

  /** Leaves out a request that is no write after all, for this reason. */
  passOver(intake: Intake, reason: keyof PassedOver): void {
    if (intake.lost !== null || intake.passedOver) return;
    intake.passedOver = true;
    intake.free();
    this.passed[reason] += 1;
  }

  /** Takes no more requests, gives those under way `drainMs` to end, and hands everything over. */
  async close(): Promise<void> {
    this.#closing = true;
    const { bounds, nowMs } = this.#options;
    const untilMs = nowMs() + bounds.drainMs;
    while (this.#arrivals.open > 0 && nowMs() < untilMs) await sleep(10);
    for (const intake of this.#arrivals.allOpen()) {
      this.#arrivals.leave(intake);
      this.lose(intake, 'unfinished');
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
    await this.#handOver();
  }

  /** Hands over at once what is ready, for a process that ends without `close`. */
  flushNow(): void {
    for (let groups = this.#ready(); groups !== null; groups = this.#ready())
      this.#send(groups, packNow(groups, this.#packing));
  }

  #settle(intake: Intake): void {
    this.#arrivals.leave(intake);
    if (intake.lost !== null || intake.passedOver) return;
    const { isSampled, bounds, nowMs } = this.#options;
    const user = intake.user ?? intake.arrival.user();
    intake.user = user;
    const lost = intake.lostPart;
    if (user === null) this.passOver(intake, 'no_user');
    else if (!isSampled(user)) this.passOver(intake, 'outside_sample');
    else if (lost !== null) this.lose(intake, lost);
    else if (this.queued >= bounds.queueWrites) this.lose(intake, 'queue_full');
    else this.#arrivals.wait(user, intake, nowMs());
    this.#run();
  }

  /** Sees to it that what is ready is handed over soon. */
  #run(): void {
    if (this.#timer !== null || this.#running !== null || this.#closing) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#handOver().finally(() => {
        this.#running = null;
        if (this.#arrivals.waiting > 0) this.#run();
      });
    }, GATHER_MS);
    this.#timer.unref();
  }

  async #handOver(): Promise<void> {
    for (let groups = this.#ready(); groups !== null; groups = this.#ready()) {
      this.#send(groups, await pack(groups, this.#packing));
      await turn();
    }
  }

  /** Takes out what may be handed over, a batch at most; null when there is nothing. */
  #ready(): readonly (readonly Intake[])[] | null {
    const { bounds, nowMs } = this.#options;
    const groups: Intake[][] = [];
    for (let writes = 0; writes < BATCH_WRITES; ) {
      const group = this.#arrivals.next(nowMs(), bounds.holdMs, (overdue) =>
        this.lose(overdue, 'unfinished'),
      );
      if (group === null) break;
      // Lost ones were counted when they were lost.
      const kept = group.filter(({ lost }) => lost === null);
      for (const intake of kept) intake.take();
      if (kept.length > 0) groups.push(kept);
      writes += kept.length;
      this.#handedOver += kept.length;
    }
    return groups.length === 0 ? null : groups;
  }

  #send(groups: readonly (readonly Intake[])[], batch: Batch): void {
    const intakes = groups.flat();
    for (const intake of intakes) intake.free();
    // What is on its way still fills memory.
    const { byteLength } = batch.bytes;
    this.#budget.force(byteLength);
    void this.#options.taker.take(batch, this.#losses.byReason).then(() => {
      this.#budget.give(byteLength);
      this.#handedOver -= intakes.length;
    });
  }
}

/** Unique among all records of all files of all captures, since ids of a replay are made from it. */
function idOf(instance: string, tick: number): string {
  return `${instance}-${tick.toString(36).padStart(4, '0')}`;
}
