/**
 * The shape of `golem.config.ts`: what is replayed, under which flags, against which limits. Types and the identity
 * function that gives an editor its completions; the values are checked at the boundary in `cli/load-config.ts`.
 */
import type { FlagTexts, Migration, ReplayStore } from './migration.ts';

/** Most that one field may show at one level; an absent limit makes no row. */
export interface FieldLimits {
  /** Breaches counted. */
  readonly breaches?: number;
  /** Breaches ÷ observations, 0–1. */
  readonly rate?: number;
  /** Nearest-rank 95th percentile of the absolute difference, in the field's unit. */
  readonly p95?: number;
}

/** Field limits by field name; `*` stands for every field that is not named. */
export type LevelLimits = Readonly<Record<string, FieldLimits>>;

/**
 * The limits of one suite; what a suite leaves out comes from the config's own limits, field by field: a suite's limits
 * of a field take the place of the config's for that field whole.
 */
export interface Limits {
  readonly record?: LevelLimits;
  readonly day?: LevelLimits;
  /** Writes a path failed to make, per path. */
  readonly failed_writes?: { readonly legacy?: number; readonly v2?: number };
  /** Writes V2 refused by its own rule. */
  readonly refused?: number;
  /** Records or bad lines that were not replayed. */
  readonly skipped?: number;
  /** Repeats more than an hour after their first, which production swallows. */
  readonly swallowed?: number;
  /** Occurrences of the migration's red codes. */
  readonly red_codes?: number;
}

/** The rule files production loads, and how it scrapes and evaluates. Paths are relative to the config file. */
export interface AlertsConfig {
  /** Rule files by the name of their rule set; every set is evaluated side by side. */
  readonly rulesets: Readonly<Record<string, readonly string[]>>;
  /** Alertmanager's configuration, which says who is notified. */
  readonly alertmanager?: string;
  /** A Prometheus duration; default `15s`. */
  readonly scrape_interval?: string;
  /** The interval of rule groups that name none; default `1m`. */
  readonly evaluation_interval?: string;
  /** How long scraping goes on after the last event; default `1d2h`, in which every window empties. */
  readonly tail?: string;
  /** Whose window rules to follow; default 3. */
  readonly prometheus?: 2 | 3;
}

/**
 * Strata that recordings must hold, by dimension of the migration's `coverage`: a list asks for one record in each, an
 * object for the least number in each.
 */
export type CoverageRequirements = Readonly<
  Record<string, readonly string[] | Readonly<Record<string, number>>>
>;

/** By field, the largest share (0–1) of all users; `*` stands for every field that is not named. */
export type UserShares = Readonly<Record<string, number>>;

/** What a rollout may cost, for `golem replay --ramp`. What is left out has the default named. */
export interface RolloutConfig {
  /**
   * The largest share of all users that a step may bring a breach of a field, in one of their writes or on one of
   * their days, over as long as was recorded. A level left out allows 1% for every field; one without `*` judges only
   * the fields it names.
   */
  readonly users?: { readonly record?: UserShares; readonly day?: UserShares };
  /** The largest chance (0–1) of any alert to fire while a step is watched; default 0.05. */
  readonly alerts?: number;
  /** How sure a step's answer over all fields must be, above 0.5 and below 1; default 0.95. */
  readonly confidence?: number;
  /** How long a step is watched, a Prometheus duration; default `1d`. */
  readonly watch?: string;
  /** The least number of days that the records replayed must span for a go, first write to last; default 7. */
  readonly days?: number;
}

export interface CoverageConfig {
  readonly require: CoverageRequirements;
}

/** What only the team knows to be personal. */
export interface PrivacyConfig {
  /**
   * Names that capture and `golem anonymise` take out of texts, in whatever form they are written. The config is code:
   * a list that nobody should read in the repository can come from a file or the environment.
   */
  readonly names: readonly string[];
}

export interface Suite {
  /** Folder under `fixtures/` and, for its accepted outcomes, under `golden/`. */
  readonly name: string;
  readonly limits?: Limits;
  /** A named defect variant of a stage, only for suites that must fail. */
  readonly defect?: string;
  /** False for suites whose outcomes are not kept as golden files. Default true. */
  readonly golden?: boolean;
  /** The one finding this suite must produce; the gate is green only if it is red for that reason and no other. */
  readonly must_fail?: string;
  /** What this suite's recording must cover by itself. */
  readonly coverage?: CoverageConfig;
  /**
   * Alerts that may fire in this suite, by rule set. Any other alert that fires is red. A suite that must fail is
   * judged by its alerts only where this stands.
   */
  readonly alerts?: Readonly<Record<string, readonly string[]>>;
  /** For a suite that must fail by an alert: the virtual time at which it fires, RFC 3339 in UTC. */
  readonly fires_at?: string;
}

export interface GolemConfig<Store extends ReplayStore = ReplayStore> {
  readonly migration: Migration<Store>;
  /** Folder of the recordings, one folder a suite, relative to the config file. */
  readonly fixtures: string;
  /** Folder of the accepted outcomes, mirrors `fixtures`. */
  readonly golden: string;
  readonly seed: string;
  readonly store: 'memory' | 'pglite';
  /**
   * Flags of the gate's settings. `base` and `full` make the golden files; `alone` runs legacy without V2, against
   * which every answer is held; under each of `shares` a user's outcomes must equal base or full.
   */
  readonly settings: {
    readonly alone: FlagTexts;
    readonly base: FlagTexts;
    readonly full: FlagTexts;
    readonly shares: readonly FlagTexts[];
  };
  readonly limits: Limits;
  /** Without it no alert is emulated. */
  readonly alerts?: AlertsConfig;
  readonly rollout?: RolloutConfig;
  /** The ledger of expected differences, relative to the config file; without it none is expected. */
  readonly ledger?: string;
  /** What the recordings of all suites that must not fail have to cover together. */
  readonly coverage?: CoverageConfig;
  /** What is personal beyond what values show. */
  readonly privacy?: PrivacyConfig;
  readonly suites: readonly Suite[];
}

/** Returns the config as given; its use is that an editor knows the type. */
export function defineConfig<Store extends ReplayStore>(config: GolemConfig<Store>): GolemConfig<Store> {
  return config;
}
