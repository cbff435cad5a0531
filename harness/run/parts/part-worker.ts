/**
 * Does the work on parts: sets lines aside, replays one part after another, and keeps one tally of all it has replayed
 * until it is asked to hand it over. The same in the command's own thread and in others, so that they cannot differ.
 */
import { counterNumber } from '../../gate/evidence/breach-sketch.ts';
import { EvidenceCollector } from '../../gate/evidence/collector.ts';
import type { FlagTexts, Migration, ReplayStore, StoreChoice } from '../../migration.ts';
import type { RecordingHeader } from '../../recording/format.ts';
import { readGroupedUsers } from '../../recording/grouped-users.ts';
import { partitionStretch } from '../../recording/partition.ts';
import type { OpenRecording } from '../../recording/read.ts';
import type { ReadingCounts, ReadingOptions, UserReading } from '../../recording/reading.ts';
import type { RecordingGroup } from '../../recording/recording-set.ts';
import type { Selection } from '../../recording/selection.ts';
import type { ReadableSpill, Spill } from '../../recording/spill.ts';
import { readSpilledUsers } from '../../recording/spilled-users.ts';
import { UserTable } from '../../recording/user-table.ts';
import { replay } from '../../replay/engine.ts';
import type { ScrapeOptions, ScrapeTally } from '../../tally/scrapes.ts';
import { PartTally } from './part-tally.ts';
import type { Part, Plan } from './plan.ts';

/** What a worker has to know of a run, as plain values that any thread or machine can be given. */
export interface PartContext {
  readonly groups: readonly RecordingGroup[];
  readonly plan: Plan;
  readonly selection: Selection;
  /** Keys of the users of a stratified sample, as `UserTable.keys` gives them; null where it is not stratified. */
  readonly chosen: Uint32Array | null;
  readonly onBadLine: 'fail' | 'skip';
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly store: StoreChoice;
  readonly scraping: ScrapeOptions | null;
  /** Counters whose increments are evidence, by environment, as `counterNumber` gives them. */
  readonly watched: Readonly<Record<string, readonly number[]>>;
  /** What causes and rows call the recordings. */
  readonly suite: string;
  /** By group, the parts whose lines are wanted; null for all. */
  readonly wanted: readonly (ReadonlySet<number> | null)[];
}

/** What only the thread itself can give. */
export interface PartSurroundings {
  readonly migration: Migration;
  /** Where a group's lines are set aside. */
  readonly spillOf: (group: number) => Spill & ReadableSpill;
  /** Pipes that stand open behind their header, by name. */
  readonly opened: ReadonlyMap<string, OpenRecording>;
  /** Asked after each user; true ends the work there. */
  readonly stop: () => boolean;
  /** Milliseconds from an arbitrary start, for progress alone. */
  readonly elapsedMs: () => number;
  readonly onProgress: (progress: PartProgress) => void;
}

/** What happened since the last word. */
export interface PartProgress {
  readonly records: number;
  readonly breaches: number;
  /** Bytes of recordings or of lines set aside. */
  readonly bytes: number;
  /** The first of each kind of finding that this worker has seen. */
  readonly found: readonly { readonly code: string; readonly subject: string; readonly detail: string }[];
}

/** A part that was replayed, or as much of it as there was time for. */
export interface PartDone {
  /** False where it was stopped between two users. */
  readonly finished: boolean;
  /** Keys of the users of a stretch, to hold against those of others; null where users cannot lie in two parts. */
  readonly users: Uint32Array<ArrayBuffer> | null;
}

/** Lines of a stretch that were set aside. */
export interface SetAside {
  readonly finished: boolean;
}

/** Whoever works on parts. All methods reject with golem's own errors; after one nothing it holds is of use. */
export interface PartWorker {
  setAside(group: number, stretch: number): Promise<SetAside>;
  replay(part: Part): Promise<PartDone>;
  /** The tally of everything since it was last asked; as bytes where it comes from elsewhere. */
  handOver(): Promise<PartTally | Uint8Array>;
  close(): Promise<void>;
}

/** Time between two words on progress. */
const PROGRESS_MS = 200;

/** A worker in the thread it is made in. */
export class LocalPartWorker implements PartWorker {
  readonly #context: PartContext;
  readonly #surroundings: PartSurroundings;
  readonly #chosen: UserTable | null;
  readonly #progress: Progress;
  #store: Promise<ReplayStore> | null = null;
  #held: PartTally;

  constructor(context: PartContext, surroundings: PartSurroundings) {
    this.#context = context;
    this.#surroundings = surroundings;
    this.#chosen = context.chosen && UserTable.of(context.chosen);
    this.#held = this.#emptyTally();
    this.#progress = new Progress(surroundings);
  }

  async setAside(group: number, stretch: number): Promise<SetAside> {
    const { plan, wanted } = this.#context;
    const { stretches, parts } = plan[group]!;
    const { spillOf, opened } = this.#surroundings;
    const one = stretches[stretch]!;
    const options = {
      ...this.#reading(group),
      parts,
      stretch,
      wanted: wanted[group] ?? null,
    };
    const counts = await partitionStretch(one, spillOf(group), options, opened.get(one.file.name) ?? null);
    this.#count(counts);
    this.#progress.tell(this.#held, counts.bytes, true);
    return { finished: !counts.stopped };
  }

  async replay(part: Part): Promise<PartDone> {
    const { plan } = this.#context;
    const { stretches } = plan[part.group]!;
    const options = this.#reading(part.group);
    if (part.kind === 'stretch') {
      const stretch = stretches[part.index]!;
      const opened = this.#surroundings.opened.get(stretch.file.name) ?? null;
      const reading = readGroupedUsers(stretch, options, opened);
      await this.#replay(part, reading);
      // Users of the only stretch stand in no other.
      const users = stretches.length > 1 ? reading.users() : null;
      return { finished: !reading.counts.stopped, users };
    }
    const spill = this.#surroundings.spillOf(part.group);
    const reading = readSpilledUsers(spill, part.index, { ...options, stretches });
    await this.#replay(part, reading);
    return { finished: !reading.counts.stopped, users: null };
  }

  handOver(): Promise<PartTally> {
    const held = this.#held;
    this.#held = this.#emptyTally();
    return Promise.resolve(held);
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = null;
    await (await store)?.close();
  }

  async #replay(part: Part, reading: UserReading): Promise<void> {
    const { groups, flags, seed, suite, watched } = this.#context;
    const { migration } = this.#surroundings;
    const { env, tzOffsetMinutes, anonymised, simulated } = groups[part.group]!;
    const held = this.#held;
    const { tally, causes, evidence } = held;
    const store = await this.#openStore();
    await store.reset();
    const numbers = new Set(watched[env]);
    const collector = new EvidenceCollector({
      simulated,
      watches: (metric, child) => numbers.has(counterNumber(metric, child)),
      // Users of recordings that are replayed apart are different people, even by the same name.
      onUser: (user) =>
        evidence.addUser(part.group === 0 ? user : { ...user, user: `${part.group}\n${user.user}` }),
    });
    await replay({
      migration: heardBy(migration, held.scrapesIn(env), collector),
      store,
      source: { header: headerOf({ env, tzOffsetMinutes, anonymised, simulated }), batches: reading.batches },
      flags,
      seed,
      defect: null,
      metrics: tally.metrics,
      keep: false,
      observer: {
        onReplayed: (replayed) => {
          tally.onReplayed(replayed);
          causes.onReplayed(suite, replayed);
          collector.onReplayed(replayed);
        },
        onSkipped: (record, reason) => {
          tally.onSkipped(record, reason);
          collector.onSkipped();
        },
        onUserEnd: (user, days) => {
          tally.onUserEnd(user, days);
          causes.onUserEnd(user);
          collector.onUserEnd(user);
        },
      },
    });
    for (const [table, rows] of Object.entries(await store.census())) held.census.add(table, rows);
    this.#count(reading.counts);
    this.#progress.tell(held, reading.counts.bytes, true);
  }

  #reading(group: number): ReadingOptions {
    const { selection, groups, onBadLine } = this.#context;
    this.#progress.begin();
    return {
      selection,
      chosen: this.#chosen,
      tzOffsetMinutes: groups[group]!.tzOffsetMinutes,
      onBadLine,
      stop: (bytes) => {
        this.#progress.tell(this.#held, bytes, false);
        return this.#surroundings.stop();
      },
    };
  }

  #count({ badLines, leftOut }: ReadingCounts): void {
    this.#held.tally.badLines += badLines;
    this.#held.addLeftOut(leftOut);
  }

  #emptyTally(): PartTally {
    const { seed, scraping } = this.#context;
    return new PartTally({ migration: this.#surroundings.migration, seed, scraping });
  }

  #openStore(): Promise<ReplayStore> {
    this.#store ??= this.#surroundings.migration.openStore(this.#context.store, 'replay');
    return this.#store;
  }
}

/** Says now and then how far a worker is; a class, because it knows what it has said already. */
class Progress {
  readonly #surroundings: Pick<PartSurroundings, 'elapsedMs' | 'onProgress'>;
  readonly #told = new Set<string>();
  #lastMs: number;
  #tally: PartTally | null = null;
  #records = 0;
  #breaches = 0;
  #bytes = 0;

  constructor(surroundings: Pick<PartSurroundings, 'elapsedMs' | 'onProgress'>) {
    this.#surroundings = surroundings;
    this.#lastMs = surroundings.elapsedMs();
  }

  /** Another reading begins, at its first byte. */
  begin(): void {
    this.#bytes = 0;
  }

  tell(held: PartTally, bytes: number, isLast: boolean): void {
    const nowMs = this.#surroundings.elapsedMs();
    if (!isLast && nowMs - this.#lastMs < PROGRESS_MS) return;
    this.#lastMs = nowMs;
    if (held !== this.#tally) {
      this.#tally = held;
      this.#records = 0;
      this.#breaches = 0;
    }
    const { tally } = held;
    const breaches = [...tally.record, ...tally.day].reduce((sum, field) => sum + field.breaches, 0);
    const found = tally.incidents.codes().flatMap((code) => {
      const [first] = this.#told.has(code) ? [] : tally.incidents.examples(code);
      this.#told.add(code);
      return first ? [{ code, subject: `${first.user} ${first.record}`, detail: first.detail }] : [];
    });
    this.#surroundings.onProgress({
      records: tally.records - this.#records,
      breaches: breaches - this.#breaches,
      bytes: bytes - this.#bytes,
      found,
    });
    this.#records = tally.records;
    this.#breaches = breaches;
    this.#bytes = bytes;
  }
}

/** The migration, whose service's metrics are also scraped, and its increments collected. */
function heardBy(migration: Migration, scrapes: ScrapeTally | null, collector: EvidenceCollector): Migration {
  return {
    ...migration,
    createService: (environment) => {
      const { metrics, clock } = environment;
      const scraped = scrapes?.sink(clock) ?? null;
      const collected = collector.sink(clock);
      return migration.createService({
        ...environment,
        // One function for all: this runs a dozen times a record, and evidence is made of increments alone.
        metrics: {
          observe(metric, child, value) {
            metrics.observe(metric, child, value);
            scraped?.observe(metric, child, value);
          },
          increment(metric, child) {
            metrics.increment(metric, child);
            scraped?.increment(metric, child);
            collected.increment(metric, child);
          },
        },
      });
    },
  };
}

/** What the replay asks of a header; users come one after another whatever the files say. */
function headerOf({
  env,
  tzOffsetMinutes,
  anonymised,
  simulated,
}: Pick<RecordingGroup, 'env' | 'tzOffsetMinutes' | 'anonymised' | 'simulated'>): RecordingHeader {
  return {
    golem: 'recording',
    version: 1,
    source: 'parts',
    env,
    tz_offset_minutes: tzOffsetMinutes,
    anonymised,
    simulated,
    captured: { from: '', to: '' },
    grouped_by: 'user',
  };
}
