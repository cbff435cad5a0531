/**
 * Listens to a replay and gathers each user's evidence: differences from results, increments from the metrics the
 * service really made. Apart from the tally, because it holds users under way and the tally only what has ended.
 */
import type { Clock, MetricSink } from '../../migration.ts';
import type { RecordedWrite } from '../../recording/format.ts';
import type { Replayed, ReplayObserver } from '../../replayed.ts';
import type { CounterIncrement, UserDay, UserEvidence } from './user-evidence.ts';

const HOUR_MS = 3_600_000;

/** Whether an increment of this counter is kept; indexes as in `MetricSink`. */
export type WatchesCounter = (metric: number, child: number) => boolean;

/** The hour of the day in UTC, also before 1970. */
const hourOf = (atMs: number): number => ((Math.floor(atMs / HOUR_MS) % 24) + 24) % 24;

interface DayUnderWay {
  breached: number;
  differences: UserDay['differences'];
  writes: number;
}

interface UserUnderWay {
  bucket: number;
  compared: number;
  breachedRecords: number;
  liveRowsChanged: number;
  firstMs: number;
  lastMs: number;
  readonly hours: number[];
  readonly days: Map<string, DayUnderWay>;
  readonly increments: CounterIncrement[];
}

/**
 * Hands each user's evidence on when the user ends. Its `sink` must hear the service's metrics on the service's clock;
 * increments belong to the write that is told next.
 */
export class EvidenceCollector implements ReplayObserver {
  readonly #options: {
    readonly simulated: boolean;
    readonly watches: WatchesCounter;
    readonly onUser: (evidence: UserEvidence) => void;
  };
  readonly #users = new Map<string, UserUnderWay>();
  #unclaimed: CounterIncrement[] = [];

  constructor(options: {
    /** What the recording's header says of itself. */
    readonly simulated: boolean;
    readonly watches: WatchesCounter;
    readonly onUser: (evidence: UserEvidence) => void;
  }) {
    this.#options = options;
  }

  /** A listener for a service on this clock. */
  sink(clock: Pick<Clock, 'nowMs'>): MetricSink {
    const { watches } = this.#options;
    return {
      observe: () => undefined,
      increment: (metric, child) => {
        if (watches(metric, child)) this.#unclaimed.push({ atMs: clock.nowMs(), metric, child });
      },
    };
  }

  onReplayed({ record, atMs, result }: Replayed): void {
    const user = this.#of(record, atMs);
    this.#claim(user);
    user.lastMs = Math.max(user.lastMs, atMs);
    user.hours[hourOf(atMs)]! += 1;
    if (result.legacy?.state === 'stored' && result.v2?.state === 'stored') user.liveRowsChanged += 1;
    if (result.record) {
      user.compared += 1;
      user.breachedRecords |= result.record.breached;
    }
    if (!result.day) return;
    const { date, breached, values } = result.day;
    const day = user.days.get(date);
    if (!day) {
      user.days.set(date, { breached, differences: values, writes: 1 });
      return;
    }
    day.breached |= breached;
    day.differences = values;
    day.writes += 1;
  }

  onSkipped(): void {
    this.#unclaimed = [];
  }

  onUserEnd(name: string): void {
    const user = this.#users.get(name);
    if (!user) return;
    this.#users.delete(name);
    const days = [...user.days].map(([date, day]) => ({ date, ...day }));
    this.#options.onUser({ user: name, simulated: this.#options.simulated, ...user, days });
  }

  #of(record: RecordedWrite, atMs: number): UserUnderWay {
    let user = this.#users.get(record.user);
    if (!user) {
      user = {
        bucket: record.rollout_bucket,
        compared: 0,
        breachedRecords: 0,
        liveRowsChanged: 0,
        firstMs: atMs,
        lastMs: atMs,
        hours: new Array<number>(24).fill(0),
        days: new Map(),
        increments: [],
      };
      this.#users.set(record.user, user);
    }
    return user;
  }

  #claim(user: UserUnderWay): void {
    if (this.#unclaimed.length === 0) return;
    user.increments.push(...this.#unclaimed);
    this.#unclaimed = [];
  }
}
