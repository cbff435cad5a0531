/**
 * The replay: recorded writes, user by user in order of time, through a migration's service on a virtual clock. It
 * remembers of a user only what a later record of the same user can ask for, and hands each result on at once.
 */
import type {
  FlagTexts,
  MetricSink,
  Migration,
  ReplayStore,
  WriteRequest,
  WriteResult,
} from '../migration.ts';
import type { RecordedWrite } from '../recording/format.ts';
import type { ReplayObserver, ReplaySource } from '../replayed.ts';
import { VirtualClock } from './clock.ts';
import { SeededIds } from './ids.ts';
import { RecordedUpstream, UnrecordedRequest } from './upstream.ts';

export interface ReplayOptions<Store extends ReplayStore> {
  readonly migration: Migration<Store>;
  readonly store: Store;
  readonly source: ReplaySource;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly defect: string | null;
  readonly metrics: MetricSink;
  readonly observer: ReplayObserver;
  /** True when the caller will look at ids and stored rows afterwards: which record an id came from, users kept. */
  readonly keep: boolean;
}

/** What one user's later records may ask for. */
interface UserState {
  readonly days: Set<string>;
  lastDay: string;
  /** When each key was last stored as new. */
  readonly storedKeys: Map<string, number>;
  /** The replay's row ids by the ids production gave the same rows. */
  readonly rowIds: Map<string, string>;
}

/**
 * Replays a source under the given flags. The same source, flags, seed and defect give the same results, whatever
 * the store. Rejects with golem's own errors only: what a path does wrong is in the results.
 */
export async function replay<Store extends ReplayStore>(options: ReplayOptions<Store>): Promise<void> {
  const { migration, store, source, observer } = options;
  const clock = new VirtualClock();
  const ids = new SeededIds(options.seed, { keepIssued: options.keep });
  const verbatim = !source.header.anonymised;
  const upstream = new RecordedUpstream(clock, verbatim);
  const users = new UserStates(source.header.grouped_by === 'user', (user, state) => {
    observer.onUserEnd(user, state.days.size);
    if (!options.keep) store.forgetUser(user);
    ids.forgetIssued();
  });
  const service = migration.createService({
    store,
    flags: options.flags,
    clock,
    ids,
    metrics: options.metrics,
    tzOffsetMinutes: source.header.tz_offset_minutes,
    verbatim,
    defect: options.defect,
  });

  async function replayOne(record: RecordedWrite, atMs: number): Promise<void> {
    const user = users.of(record.user);
    clock.jumpTo(atMs);
    ids.begin(record.user, record.id);
    upstream.begin(record.id, record.upstream);
    let result: WriteResult;
    try {
      result = await service.write({
        user: record.user,
        atMs,
        request: withReplayedRowId(record.request, user.rowIds),
        requestKey: record.request_key,
        rolloutBucket: record.rollout_bucket,
        upstream: upstream.call,
      });
    } catch (error) {
      if (!(error instanceof UnrecordedRequest)) throw error;
      observer.onSkipped(record, error.failure.reason);
      return;
    }
    const storedBefore = remember(user, record, atMs, result);
    observer.onReplayed({ record, atMs, result, storedBefore, issued: ids.issued });
  }

  /** Keeps what later records may ask for; returns whether this write's key had been stored before. */
  function remember(user: UserState, record: RecordedWrite, atMs: number, result: WriteResult): boolean {
    if (result.date !== user.lastDay) {
      user.days.add(result.date);
      user.lastDay = result.date;
    }
    if (result.rowId !== null && record.response !== null) {
      const recorded = migration.recordedRowId(record.response.body);
      if (recorded !== null) user.rowIds.set(recorded, result.rowId);
    }
    if (result.disposition !== 'new') return false;
    const storedAtMs = user.storedKeys.get(record.request_key);
    user.storedKeys.set(record.request_key, atMs);
    return storedAtMs !== undefined && atMs - storedAtMs <= migration.keyLifetimeMs;
  }

  for await (const batch of source.batches) {
    const { records, atMs } = batch;
    for (let index = 0; index < records.length; index++) await replayOne(records[index]!, atMs[index]!);
  }
  users.endAll();
}

/** The users under way: one at a time where the recording says that users stand together, else all of them. */
class UserStates {
  readonly #grouped: boolean;
  readonly #onEnd: (user: string, state: UserState) => void;
  readonly #states = new Map<string, UserState>();
  #user: string | null = null;
  #state: UserState | null = null;

  constructor(grouped: boolean, onEnd: (user: string, state: UserState) => void) {
    this.#grouped = grouped;
    this.#onEnd = onEnd;
  }

  of(user: string): UserState {
    if (user === this.#user && this.#state) return this.#state;
    if (this.#grouped) this.endAll();
    let state = this.#states.get(user);
    if (!state) {
      state = { days: new Set(), lastDay: '', storedKeys: new Map(), rowIds: new Map() };
      this.#states.set(user, state);
    }
    this.#user = user;
    this.#state = state;
    return state;
  }

  endAll(): void {
    for (const [user, state] of this.#states) this.#onEnd(user, state);
    this.#states.clear();
    this.#user = null;
    this.#state = null;
  }
}

/** A path that names a row by production's id is pointed at the row the replay made in its place. */
function withReplayedRowId(request: WriteRequest, rowIds: ReadonlyMap<string, string>): WriteRequest {
  if (rowIds.size === 0) return request;
  const slash = request.path.lastIndexOf('/');
  const replayed = rowIds.get(request.path.slice(slash + 1));
  return replayed === undefined
    ? request
    : { ...request, path: `${request.path.slice(0, slash + 1)}${replayed}` };
}
