/**
 * The contract between golem and a dual-write migration. Everything golem knows of what is being migrated comes
 * through one value of type `Migration`; nothing else in `harness/` may know the domain. It is a file of its own
 * because both sides import it and neither may import the other.
 */
import type { RequestListener } from 'node:http';
import type { Dispatcher } from 'undici';
import type { PrivacyRules } from './recording/privacy/rules.ts';

/** A point of virtual or real time, read and spent through one door. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Waits; on a virtual clock this only moves the time forward. */
  sleep(ms: number): Promise<void>;
}

/** Where new identifiers come from. `kind` names the id in golden files, where its value is a placeholder. */
export interface Ids {
  /** A random-looking UUID (version 4 layout). */
  uuid(kind: string): string;
  /** A UUID of version 7 for the clock's present, as 22 characters of base64url without padding. */
  shortUuid7(kind: string, nowMs: number): string;
}

export interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly body: string;
}

/** One call to a service outside; rejects when no answer came (time-out, connection lost). */
export type Upstream = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/** One file that came with a request; its content stays outside recordings. */
export interface RequestFile {
  readonly name: string;
  readonly mime: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface WriteRequest {
  readonly method: string;
  readonly path: string;
  /** Header names are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly files: readonly RequestFile[];
}

/** One write as a service receives it, with all that the outside world contributes to it. */
export interface Write {
  readonly user: string;
  readonly atMs: number;
  readonly request: WriteRequest;
  /** The effective idempotency key as recorded; null lets the service derive it from the request. */
  readonly requestKey: string | null;
  /** 0–9999 as recorded; null lets the service derive it from the user. */
  readonly rolloutBucket: number | null;
  readonly upstream: Upstream;
}

/** What a stage of a write path did: `code` is a stable warning or action code. */
export interface Change {
  readonly code: string;
  readonly subject: string;
  readonly from: number | string | null;
  readonly to: number | string | null;
}

/** One stage of a write path: the totals after it, in the migration's order of measures, and what it changed. */
export interface TraceEntry {
  readonly stage: string;
  readonly totals: readonly number[] | null;
  readonly changes: readonly Change[];
}

/** A row as the store holds it after the write. */
export interface StoredRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
  /** True when the row was there before and has been changed in place. */
  readonly inPlace?: boolean;
}

export interface PathFailure {
  /** Stable code: an SQLSTATE condition name, an upstream failure or `exception`. */
  readonly code: string;
  /** For people; never part of a report, since stores word it differently. */
  readonly message: string;
}

/**
 * What one write path did with one write. `failed` leaves no row; `refused` is a path's own decision not to store;
 * `unstored` was computed, but there is no live row for it to stand beside.
 */
export interface PathOutcome {
  readonly state: 'stored' | 'refused' | 'failed' | 'unstored';
  /** Totals in the order of `Migration.measures`; null when the path counts nothing. */
  readonly totals: readonly number[] | null;
  readonly warnings: readonly string[];
  readonly trace: readonly TraceEntry[];
  readonly rows: readonly StoredRow[];
  readonly failure: PathFailure | null;
}

/** Field values in the order of `Migration.fields`; null where a ratio has no base. */
export type FieldValues = readonly (number | null)[];

/** Differences of one record, V2 minus legacy, to 6 decimals; `breached` has bit i set when field i is over its limit. */
export interface RecordDifference {
  readonly values: FieldValues;
  readonly breached: number;
}

/** The running difference of a user's local day after a write, over all its records so far. */
export interface DayDifference {
  readonly date: string;
  readonly phase: string;
  readonly records: number;
  readonly values: FieldValues;
  readonly breached: number;
  readonly legacy: readonly number[];
  readonly v2: readonly number[];
}

/** What happened to one write: the answer its sender got, and what each path left behind. */
export interface WriteResult {
  readonly disposition: 'new' | 'hit' | 'stale' | 'error' | 'other';
  readonly answer: { readonly status: number; readonly body: unknown };
  /** The first 16 hexadecimal digits of the SHA-256 of the effective idempotency key; null when none applies. */
  readonly keyDigest: string | null;
  /** False when the recorded key or bucket is not what the service derives from a recording that was not anonymised. */
  readonly identityHolds: boolean;
  /** For a repeat: when its first was stored, else null. */
  readonly firstAtMs: number | null;
  readonly phase: string;
  /** The local date the write belongs to, YYYY-MM-DD. */
  readonly date: string;
  /** Id of the live row this write made or found, else null. */
  readonly rowId: string | null;
  readonly legacy: PathOutcome | null;
  readonly v2: PathOutcome | null;
  /** The live row as it stands after both paths, else null. */
  readonly liveRow: Readonly<Record<string, unknown>> | null;
  readonly record: RecordDifference | null;
  readonly day: DayDifference | null;
}

/** A number every write has, such as an amount of money; paths are compared measure by measure. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
}

/** One compared field: a measure's difference, absolute in its unit or relative to legacy. */
export interface Field {
  readonly name: string;
  /** Index into `Migration.measures`. */
  readonly measure: number;
  readonly relative: boolean;
  readonly unit: string;
  /** A breach is |difference| > max(floor, share × legacy); share is 0 for fields with a fixed limit. */
  readonly limit: { readonly floor: number; readonly share: number };
  /** Width of one cell of the quantile counts, in the field's unit. */
  readonly cell: number;
  /** Decimals a day's sum is rounded to, half away from zero; null leaves it unrounded. */
  readonly dayDecimals: number | null;
}

/** A metric as the service exposes it. Children of a label are a closed list, so a sample is two small integers. */
export interface MetricSpec {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram' | 'gauge';
  readonly label: { readonly name: string; readonly values: readonly string[] } | null;
  /** Upper bounds without +Inf; empty unless a histogram. */
  readonly buckets: readonly number[];
}

/** Where a service's observations go: prom-client in production, the tally in a replay. */
export interface MetricSink {
  /** `metric` indexes `Migration.metrics`, `child` its label's values (0 without a label). */
  observe(metric: number, child: number, value: number): void;
  increment(metric: number, child: number): void;
}

/** Feature flags as text, by name, the way the service's environment carries them. */
export type FlagTexts = Readonly<Record<string, string>>;

/**
 * Where rows go. `memory` forgets a user when told to; the others are PostgreSQL, which a replay feeds in batches of
 * `rowsPerBatch`, or row by row where that is 1.
 */
export type StoreChoice =
  | { readonly kind: 'memory' }
  | { readonly kind: 'pglite'; readonly rowsPerBatch?: number }
  | { readonly kind: 'postgres'; readonly url: string; readonly rowsPerBatch?: number };

/** What golem asks of a migration's store; the write paths know the rest of it. */
export interface ReplayStore {
  /** Empties every table. */
  reset(): Promise<void>;
  /** A replay has passed this user's last write: a store for volume may drop its rows. */
  forgetUser(user: string): void;
  /** Rows written per table since the last reset, forgotten ones included. */
  census(): Promise<Readonly<Record<string, number>>>;
  /** Every row of every table that has not been forgotten, each with an `id`. */
  dump(): Promise<Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>;
  close(): Promise<void>;
}

/** Everything a service instance needs from outside. */
export interface ServiceEnvironment<Store extends ReplayStore = ReplayStore> {
  readonly store: Store;
  readonly flags: FlagTexts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly metrics: MetricSink;
  /** Minutes east of UTC that decide a write's local day. */
  readonly tzOffsetMinutes: number;
  /** True when the recording still carries what the sender sent, so keys and buckets can be checked. */
  readonly verbatim: boolean;
  /** Name of a defect variant to run in place of a healthy stage; null for the healthy paths. */
  readonly defect: string | null;
}

export interface WriteService {
  /** Runs one write through both paths as production would; rejects only on golem's own faults. */
  write(write: Write): Promise<WriteResult>;
}

/** Rows of an import that belong to one write, with their columns by the names the map gave them. */
export interface ImportGroup {
  readonly user: string;
  readonly atMs: number;
  /** The idempotency key of the write: one of its own, since two equal groups are two writes and not a repeat. */
  readonly requestKey: string;
  readonly rows: readonly { readonly line: number; readonly values: Readonly<Record<string, string>> }[];
}

/** A row or a whole group that an importer could not take, by the line of its first row. */
export interface ImportRefusal {
  readonly line: number;
  readonly reason: string;
}

/** How capture tells writes from everything else a service does, and what of them may be kept. */
export interface CaptureRules {
  /** True for a request that reaches the write paths; nothing else of a service is looked at. `path` has no query. */
  isWrite(method: string, path: string): boolean;
  /** Names (lower case) of the headers that mean something to the paths; no other header is kept. */
  readonly headers: readonly string[];
  /** The effective idempotency key of a request, as the service derives it. */
  effectiveKey(user: string, request: WriteRequest): string;
  /** False for an answer that a request gets before it reaches the paths, such as one without a valid body. */
  reachedPaths(answer: { readonly status: number; readonly body: unknown }): boolean;
  /**
   * URL of a module that exports what capture needs of this migration as `captured`: from it a thread of its own loads
   * the rules, which are functions and cannot be sent. Without it capture does all its work in the service's thread.
   */
  readonly module?: string;
}

/** A row of a query with every column as text, null where it is null. */
export type DatabaseRow = Readonly<Record<string, string | null>>;

/** A write put together again from what production kept of it. */
export interface RebuiltWrite {
  readonly request: WriteRequest;
  /** The effective idempotency key, which a service derives from the request. */
  readonly requestKey: string;
  readonly upstream: ImportedWrite['upstream'];
  /** What production answered; null when it is not known. */
  readonly answer: { readonly status: number; readonly body: unknown } | null;
  /** What is not as it should be and yet no reason to leave the write out; counted by its words. */
  readonly doubts?: readonly string[];
  /** A later request about the same row whose time is not known, such as its deletion. */
  readonly followedBy?: Pick<RebuiltWrite, 'request' | 'requestKey' | 'answer'>;
}

/** Reads writes back out of the tables that production keeps. */
export interface DatabaseImporter {
  /** Tables that the query reads; a database without one of them is refused by name. */
  readonly tables: readonly string[];
  /**
   * A SELECT with a row a write and, among its columns, `id`, `user` and `at` (RFC 3339, UTC, milliseconds). Its
   * parameters are $1 and $2, the first moment taken and the first no longer taken (timestamptz or null), and $3, the
   * users (text[] or null). It has no ORDER BY.
   */
  readonly query: string;
  /** What cannot be known from the tables, a sentence each, told with every import. */
  readonly notes: readonly string[];
  /** The write behind a row, or the reason why there is none; `tzOffsetMinutes` decides its local day. */
  build(row: DatabaseRow, tzOffsetMinutes: number): RebuiltWrite | { readonly refused: string };
}

/** Completes exchanges that something else recorded, such as a browser, and that `capture` knows for writes. */
export interface ExchangeImporter {
  /** What the write paths ask the outside about a request; null when they ask nothing. */
  question(request: WriteRequest): UpstreamRequest | null;
  /** The effective idempotency key, where production's answer tells it. */
  answeredKey(answer: unknown): string | null;
  /** Upstream calls that lead to this answer, where they can be led back from it; else the reason why not. */
  upstreamOf(
    request: WriteRequest,
    answer: NonNullable<RebuiltWrite['answer']>,
  ): RebuiltWrite['upstream'] | { readonly refused: string };
}

/** Where a record stands: its values by dimension. One record may stand in several strata of a dimension. */
export type Strata = Readonly<Record<string, readonly string[]>>;

/** What recordings of this migration can cover. */
export interface CoverageRules {
  /** Each dimension with its values, in the order to show them; null where they are not a closed list. */
  readonly dimensions: Readonly<Record<string, readonly string[] | null>>;
  /** The strata of one replayed record, by names of `dimensions`. */
  strata(
    write: { readonly request: WriteRequest; readonly atMs: number; readonly tzOffsetMinutes: number },
    result: WriteResult,
  ): Strata;
}

/** What of a recorded write can be made simpler. */
export interface ReducibleWrite {
  readonly user: string;
  readonly request: WriteRequest;
  readonly upstream: readonly { readonly response: UpstreamResponse | null; readonly latencyMs: number }[];
}

/** Makes one thing in a write simpler; returns the write itself where there is nothing to do. */
export type Simplification = (write: ReducibleWrite) => ReducibleWrite;

/** Proposes simpler writes of the same kind, for finding the smallest that still shows something. */
export interface Reducer {
  /** Parts of a write that can be left out one by one, such as the items of an answer. */
  parts(write: ReducibleWrite): number;
  /** The write with only these parts, by their indices in ascending order. */
  keep(write: ReducibleWrite, parts: readonly number[]): ReducibleWrite;
  /**
   * What may be made simpler in a write, in rounds, the boldest first. Each can be done or left whatever becomes of the
   * others; one that does not make the write shorter as JSON is passed over.
   */
  simplifications(write: ReducibleWrite): readonly (readonly Simplification[])[];
  /** What the write paths ask the outside about a request; null when they ask nothing. */
  question(request: WriteRequest): UpstreamRequest | null;
  /** The effective idempotency key of a request, as a service derives it. */
  requestKey(user: string, request: WriteRequest): string;
}

/** A dual-write migration: two write paths, what to compare with which limits, the day rule, the metrics. */
export interface Migration<Store extends ReplayStore = ReplayStore> {
  readonly name: string;
  readonly measures: readonly Measure[];
  readonly fields: readonly Field[];
  readonly metrics: readonly MetricSpec[];
  /** Default texts of every flag the migration knows; any other flag name is a usage error. */
  readonly flags: FlagTexts;
  /** Checks flag texts; returns the reason a text is not acceptable, or null. */
  checkFlag(name: string, text: string): string | null;
  /** Warning codes that stand for a fault in V2 and turn the gate red by themselves. */
  readonly redCodes: readonly string[];
  /** Names of the defect variants that must-fail suites may ask for. */
  readonly defects: readonly string[];
  /**
   * `replay`: an empty store of the run's own that leaves nothing behind. `service`: in PostgreSQL the tables of the
   * database itself, brought up to date and kept.
   */
  openStore(choice: StoreChoice, purpose: 'replay' | 'service'): Promise<Store>;
  createService(environment: ServiceEnvironment<Store>): WriteService;
  /** The rollout bucket 0–9999 of a user, by production's rule. */
  rolloutBucket(user: string): number;
  /**
   * The id of the live row in an answer of production, or null. A later request that names it in its path reaches
   * the row which the replay made in its place.
   */
  recordedRowId(answer: unknown): string | null;
  /** Columns whose content golden files keep as a digest only, such as raw upstream answers. */
  readonly digestColumns: readonly string[];
  /** Columns of the live row that the dual write may set; every other one is legacy's alone. */
  readonly mergedColumns: readonly string[];
  /** How long a key is remembered; a repeat after that is a new write. */
  readonly keyLifetimeMs: number;
  /** Tables whose rows only repeat the differences of a result; golden files leave them out. */
  readonly repeatedTables: readonly string[];
  /** Turns one group of imported rows into the request and the upstream answers of a recorded write. */
  readonly importer: {
    /** Column names an import map may fill, with a word of explanation each. */
    readonly columns: Readonly<Record<string, string>>;
    build(
      group: ImportGroup,
    ):
      | { readonly write: ImportedWrite; readonly refused: readonly ImportRefusal[] }
      | { readonly write: null; readonly refused: readonly ImportRefusal[] };
  };
  /** What capture must know of a live service's requests; without it nothing of this migration can be captured. */
  readonly capture?: CaptureRules;
  /** For importing from the database that production writes to; without it golem refuses to. */
  readonly databaseImporter?: DatabaseImporter;
  /** For importing HAR files, together with `capture`; without it golem refuses to. */
  readonly exchangeImporter?: ExchangeImporter;
  /** What of a write a recording may hold, and as what; without it nothing of this migration can be anonymised. */
  readonly privacy?: PrivacyRules;
  /** What its recordings can cover; without it only how requests ended is counted. */
  readonly coverage?: CoverageRules;
  /** For shrinking recordings below whole records. */
  readonly reducer?: Reducer;
  /** How the service's metrics are scraped; without it they carry the label `env` alone. */
  readonly exposition?: {
    /** Labels on every series of a service that runs in this environment. */
    labels(env: string): Readonly<Record<string, string>>;
    /** Labels of the gauges, whose value is always 1. */
    readonly gaugeLabels: Readonly<Record<string, string>>;
  };
  /** The counter whose increments a dry run holds against an alert's threshold, over that alert's window. */
  readonly dryRun?: { readonly metric: string; readonly alert: string };
  /**
   * Reports a write's differences to the metrics as the service does, for outcomes that were accepted long ago; without
   * it a review cannot say which alerts accepting would raise.
   */
  observe?(
    metrics: MetricSink,
    seen: {
      readonly record: RecordDifference | null;
      readonly day: Pick<DayDifference, 'values' | 'breached'> | null;
    },
  ): void;
  /** What lets golem say why two outcomes differ in words; without it causes go by the names of stages and codes. */
  readonly explain?: Explanations;
  /** The reference service for `golem serve`. */
  serve(options: ServeOptions<Store>): Promise<RunningServer>;
}

/** What one thing that was written about brings into each path, before any stage has changed it. */
export interface SourcePart {
  /** What the part rests on, such as an entry of a dictionary and a unit: from closed lists, never a sender's words. */
  readonly entries: readonly string[];
  /** The one of them that the paths' difference is put down to; null where none is. */
  readonly blamed: string | null;
  /** A stable code where the difference has a reason of its own, such as a figure that was missing; else null. */
  readonly code: string | null;
  /** For people, as it was written. */
  readonly subject: string;
  /** Totals in the order of `Migration.measures`, as the path's first stage counts the part. */
  readonly legacy: readonly number[];
  readonly v2: readonly number[];
}

/** How a migration's differences are explained. */
export interface Explanations {
  /** Stages in the order in which both paths run them, with the codes each may report, in order. */
  readonly stages: readonly { readonly stage: string; readonly codes: readonly string[] }[];
  /** Codes whose change multiplies by a constant of the rule itself, so that the factor tells one constant from another. */
  readonly factors: readonly string[];
  /**
   * What both paths began with, part by part. The parts of each path add up to the totals of its first stage; empty
   * where legacy stored nothing. Never called while a replay is counting: only for writes that are looked at.
   */
  sources(result: WriteResult): readonly SourcePart[];
  /** What a cause is about, in words, such as a guard's subject; null to go by its names. */
  describe(named: {
    readonly stage: string | null;
    readonly code: string | null;
    readonly entry: string | null;
  }): string | null;
}

/** A write made from imported rows; `rows` counts those it was built from. */
export interface ImportedWrite {
  readonly request: WriteRequest;
  /** The key a service derives from the request. */
  readonly requestKey: string;
  readonly upstream: readonly {
    readonly request: UpstreamRequest;
    readonly response: UpstreamResponse | null;
    readonly latencyMs: number;
  }[];
  readonly rows: number;
}

/** One exchange as the reference service saw it, for capturing recordings. */
export interface ServedWrite {
  readonly user: string;
  readonly atMs: number;
  readonly request: WriteRequest;
  readonly requestKey: string;
  readonly rolloutBucket: number;
  readonly upstream: readonly {
    readonly request: UpstreamRequest;
    readonly response: UpstreamResponse | null;
    readonly latencyMs: number;
  }[];
  readonly answer: { readonly status: number; readonly body: unknown };
}

/** What stands before and behind a service to see its requests, answers and upstream calls pass. */
export interface ServiceWatch {
  handler(listener: RequestListener): RequestListener;
  /** For a client of this address, which the write paths know as `as`. */
  upstream(url: string, as: string): Dispatcher.DispatcherComposeInterceptor;
}

export interface ServeOptions<Store extends ReplayStore = ReplayStore> {
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
  readonly store: Store;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Called once per finished write, for those who send planned writes and want them back. */
  readonly onWrite?: (served: ServedWrite) => void;
  /** Watches the service from outside, as capture does in production. */
  readonly watch?: ServiceWatch;
  readonly log: (line: string) => void;
}

export interface RunningServer {
  readonly url: string;
  /** Waits for requests and shadow writes in flight, then closes. */
  close(): Promise<void>;
}
