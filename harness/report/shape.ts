/**
 * The one JSON shape behind every reporter (report format 1). Same inputs, same bytes: no wall-clock time, no
 * absolute path, no run id, no store name in it.
 */

/** One check: what was expected, what was seen, out of how many. */
export interface Row {
  /** Suite the row belongs to; `gate` for rows over the whole run. */
  readonly suite: string;
  readonly check: string;
  readonly expected: string;
  readonly actual: string;
  /** What the actual is out of, as `300 records`. */
  readonly of: string;
  readonly passed: boolean;
  /** Stable code of the finding a red row stands for, such as `breach/record/<field>`. */
  readonly finding: string;
  /** For a red row: the command that shows it again or mends it; empty otherwise. */
  readonly remedy: string;
}

/** One thing that is wrong with one subject, such as a case whose outcome differs from its golden file. */
export interface Finding {
  readonly suite: string;
  /** Stable code: `golden/v2_changed`, `lost_write`, `breach/day/<field>` … */
  readonly code: string;
  /** The case, record or file concerned. */
  readonly subject: string;
  /** One sentence: what was expected and what was seen. */
  readonly detail: string;
  readonly remedy: string;
  /** Repository-relative file to annotate; empty when none applies. */
  readonly file: string;
  /** Line of `file`, from 1; absent where the whole file is meant. */
  readonly line?: number;
}

export interface FieldReport {
  readonly observations: number;
  readonly max_abs: number;
  readonly p50: number;
  readonly p95: number;
  /** Breaches that nobody expects. */
  readonly breaches: number;
  /** Breaches that the ledger of expected differences covers, counted apart. */
  readonly expected: number;
}

/** What many differences have in common: one decision for whoever looks at them. */
export interface CauseReport {
  /** Stable for the same cause, on every machine. */
  readonly id: string;
  /** Outcomes that are not as accepted, or differences over their limits. */
  readonly kind: 'golden' | 'breach';
  readonly label: string;
  /** Records whose outcome changed; records and running days in breach. */
  readonly count: number;
  /** Of these, those all of whose breaches the ledger expects. */
  readonly expected: number;
  /** Of a replay's breaches: users who meet it; absent where that is not known. */
  readonly users?: number;
  /** The same by suite. */
  readonly suites: Readonly<Record<string, { readonly count: number; readonly expected: number }>>;
  readonly stage: string | null;
  readonly code: string | null;
  readonly entry: string | null;
  readonly factor: number | null;
  readonly direction: '+' | '-' | 'switched' | null;
  readonly size: 'slight' | 'gross' | null;
  readonly fields: readonly string[];
  /** Cases of changed outcomes; the first few records and days in breach. */
  readonly subjects: readonly string[];
  /** The command that shows the first of them stage by stage. */
  readonly look: string;
  /** The command that accepts it; empty where there is nothing to accept. */
  readonly remedy: string;
}

/** One entry of the ledger of expected differences, and what it covered. */
export interface ExpectedReport {
  readonly id: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it holds. */
  readonly expires: string;
  /** Breaches it covers. */
  readonly covered: number;
  /** `partial`: it covered nothing, but suites that it may concern did not run. */
  readonly state: 'in_use' | 'unused' | 'expired' | 'partial';
}

/** One alert of one rule set over one suite: a rule and a label set. Times are RFC 3339 in UTC, null for never. */
export interface AlertReport {
  readonly suite: string;
  readonly ruleset: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The furthest it came. */
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly pending_at: string | null;
  readonly firing_at: string | null;
  readonly resolved_at: string | null;
  /** The value nearest to the threshold, or furthest beyond it; null where nothing was measured. */
  readonly peak: number | null;
  readonly peak_at: string | null;
  readonly comparison: string | null;
  readonly threshold: number | null;
  /** How far the peak stayed from the threshold; negative beyond it. */
  readonly headroom: number | null;
  /** Who would be notified; null without routes. */
  readonly receiver: string | null;
  /** For a quantile: how many observations its window held at the peak. */
  readonly observations: number | null;
  /** True where those are so few that the quantile is nearly the maximum. */
  readonly thin: boolean;
  /** True where the suite is allowed to raise it. */
  readonly allowed: boolean;
}

/** One suite under one setting. */
export interface SuiteReport {
  readonly suite: string;
  readonly setting: string;
  readonly records: number;
  readonly users: number;
  readonly user_days: number;
  readonly must_fail: string | null;
  readonly dispositions: Readonly<Record<string, number>>;
  readonly paths: Readonly<Record<'legacy' | 'v2', PathReport>>;
  readonly warnings: Readonly<Record<string, number>>;
  readonly differences: {
    readonly record: Readonly<Record<string, FieldReport>>;
    readonly day: Readonly<Record<string, FieldReport>>;
  };
}

/** A share or a chance with its one-sided bounds. */
export interface Bounded {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Users with a breach of one field at one level, against the largest share of all users that may meet one. */
export interface RampBreach {
  readonly level: 'record' | 'day';
  readonly field: string;
  readonly users_in_breach: number;
  /** Users who could have shown one. */
  readonly of: number;
  readonly share: Bounded;
  /** Null where none is set. */
  readonly limit: number | null;
}

/** User-days of one field: how many in breach, and the 95th percentile of their absolute differences. */
export interface RampDays {
  readonly field: string;
  readonly days_in_breach: number;
  readonly of: number;
  readonly rate: { readonly estimate: number; readonly upper: number };
  /** `upper` is null where the users are too few for a bound. */
  readonly p95: { readonly estimate: number; readonly upper: number | null };
}

/** How likely one alert fires while a step is watched. */
export interface RampAlert {
  readonly ruleset: string;
  readonly alert: string;
  /** The step it is said of; null where it is the same for all. */
  readonly percent: number | null;
  /** `recorded`: by watches that were recorded; `drawn`: by people drawn into watches of all of production. */
  readonly basis: 'recorded' | 'drawn';
  readonly chance: Bounded;
  readonly limit: number;
  /** `open`: the estimate is over the limit and may yet be under it. */
  readonly state: 'within' | 'over' | 'open';
}

/** Why a step is not a go: a finding's code, and whether it says no or leaves the answer open. */
export interface RampReason {
  readonly code: string;
  readonly state: 'over' | 'open';
  /** What it is said of, such as a field or an alert. */
  readonly subject: string;
  readonly detail: string;
}

/** One step of a ramp. Counts are of all of production: what was replayed, divided by the share sampled. */
export interface RampStep {
  readonly percent: number;
  readonly users: number;
  readonly live_rows_changed: number;
  readonly user_days: number;
  readonly days_in_breach: { readonly estimate: number; readonly upper: number };
  readonly verdict: 'go' | 'no-go' | 'not enough evidence';
  readonly reasons: readonly RampReason[];
  /** Users, and user-days of theirs, that would settle an open step if none is in breach; null where none would. */
  readonly more_clean_users: number | null;
  readonly more_clean_user_days: number | null;
  /** The sample of the same recordings that would hold as many, in whole percent; null where none does. */
  readonly sample_percent: number | null;
}

/** What a replay of recordings says about a rollout, as far as it goes. */
export interface RampReport {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Whom it speaks of: all of production, users like those chosen by name or deed, or the part that was replayed. */
  readonly scope: 'production' | 'chosen' | 'part';
  /** The share of users that was replayed, 0–1. */
  readonly sampled: number;
  readonly users: number;
  readonly user_days: number;
  /** Days from the first write replayed to the last, a day begun counted as one. */
  readonly span_days: number;
  /** True where any of it is simulated, which is never evidence for a go. */
  readonly simulated: boolean;
  readonly confidence: number;
  readonly watch_seconds: number;
  readonly breaches: readonly RampBreach[];
  readonly days: readonly RampDays[];
  readonly alerts: readonly RampAlert[];
  /** Empty where no ramp was asked for. */
  readonly steps: readonly RampStep[];
}

export interface PathReport {
  readonly ran: number;
  readonly failed: number;
  readonly refused: number;
}

export interface Report {
  readonly golem: 'report';
  readonly version: 1;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly exit: 0 | 1 | 2;
  /** The last line of standard output: verdict and denominators. */
  readonly summary: string;
  readonly counts: {
    /** Records replayed, over the settings that make golden files. */
    readonly records: number;
    readonly users: number;
    readonly user_days: number;
    readonly skipped: number;
    readonly bad_lines: number;
    readonly suites: number;
  };
  readonly flags: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly paths: Readonly<Record<'legacy' | 'v2', PathReport>>;
  readonly differences: {
    readonly record: Readonly<Record<string, FieldReport>>;
    readonly day: Readonly<Record<string, FieldReport>>;
  };
  readonly golden: {
    readonly matched: number;
    readonly changed: number;
    readonly missing: number;
    readonly orphaned: number;
    readonly damaged: number;
    readonly pending: number;
  };
  readonly alerts: readonly AlertReport[];
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
  readonly suites: readonly SuiteReport[];
  /** Golden causes first, the most differences first in each kind. */
  readonly causes: readonly CauseReport[];
  /** Entries of the ledger in its order; empty without one. */
  readonly expected: readonly ExpectedReport[];
  /** Of a replay that was asked for a ramp, or of a sample; absent from any other report. */
  readonly ramp?: RampReport;
  /** Records that were seen and not taken, by what left them out; absent where all were taken. */
  readonly left_out?: Readonly<Record<'sample' | 'users' | 'where' | 'dates', number>>;
  /** Writes that a capture saw and could not record, by its reason; absent where there were none. */
  readonly dropped?: Readonly<Record<string, number>>;
  /** What is missing of the run, such as `interrupted`; absent where nothing is. Such a verdict is never a pass. */
  readonly partial?: string;
  /** Of a ramp: commands that lead on from its answer, most useful first; absent where there are none. */
  readonly next?: readonly NextCommand[];
  /** The command that repeats this run. */
  readonly reproduce: string;
  /**
   * For a terminal alone, and in no file: commands of this report, by their text in it, with recordings as they were
   * typed; empty for one that cannot be typed again. Absent where nothing differs.
   */
  readonly typed?: ReadonlyMap<string, string>;
}

/** A command to type after a ramp. */
export interface NextCommand {
  /** `explain`: shows what is behind most breaches. `replay`: the sample that would settle the open steps. */
  readonly to: 'explain' | 'replay';
  readonly command: string;
}
