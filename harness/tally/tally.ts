/**
 * Everything the verdict needs of a replay, small and mergeable: the tallies of two halves of the users merge, in any
 * order, into exactly the tally of the whole. It holds integers only.
 */
import type {
  DayDifference,
  Field,
  MetricSpec,
  PathOutcome,
  RecordDifference,
  WriteResult,
} from '../migration.ts';
import { MetricCounts } from './metric-counts.ts';
import { QuantileCells } from './quantile-cells.ts';

/** Repeats later than this after their first are meant as new writes by those who sent them. */
export const SWALLOWED_AFTER_MS = 3_600_000;

export type Level = 'record' | 'day';

/** Counts of one write path. */
export class PathCounts {
  ran = 0;
  failed = 0;
  refused = 0;
  stored = 0;

  add(outcome: PathOutcome): void {
    this.ran += 1;
    if (outcome.state === 'failed') this.failed += 1;
    else if (outcome.state === 'refused') this.refused += 1;
    else if (outcome.state === 'stored') this.stored += 1;
  }

  merge(other: PathCounts): void {
    this.ran += other.ran;
    this.failed += other.failed;
    this.refused += other.refused;
    this.stored += other.stored;
  }
}

/** Observations and breaches of one field at one level. */
export interface FieldTally {
  readonly cells: QuantileCells;
  breaches: number;
}

/** Counts by a text key, iterated in key order wherever they are shown. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(key: string, by = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  get(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  merge(other: Counts): void {
    for (const [key, count] of other.#counts) this.add(key, count);
  }

  toObject(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

export class Tally {
  records = 0;
  users = 0;
  userDays = 0;
  skipped = 0;
  badLines = 0;
  swallowed = 0;
  identityBroken = 0;
  dualWritten = 0;
  readonly dispositions = new Counts();
  readonly warnings = { legacy: new Counts(), v2: new Counts() };
  readonly failures = { legacy: new Counts(), v2: new Counts() };
  readonly paths = { legacy: new PathCounts(), v2: new PathCounts() };
  readonly metrics: MetricCounts;
  readonly record: readonly FieldTally[];
  readonly day: readonly FieldTally[];

  constructor(fields: readonly Field[], metrics: readonly MetricSpec[]) {
    this.metrics = new MetricCounts(metrics);
    const empty = (): FieldTally[] =>
      fields.map((field) => ({ cells: new QuantileCells(field.cell), breaches: 0 }));
    this.record = empty();
    this.day = empty();
  }

  /** Adds one write's result. */
  add(result: WriteResult, atMs: number): void {
    this.records += 1;
    this.dispositions.add(result.disposition);
    if (!result.identityHolds) this.identityBroken += 1;
    if (result.phase === 'P1' && result.disposition === 'new') this.dualWritten += 1;
    if (
      result.disposition === 'hit' &&
      result.firstAtMs !== null &&
      atMs - result.firstAtMs > SWALLOWED_AFTER_MS
    ) {
      this.swallowed += 1;
    }
    if (result.legacy) this.#addPath('legacy', result.legacy);
    if (result.v2) this.#addPath('v2', result.v2);
    if (result.record) addDifference(this.record, result.record);
    if (result.day) addDifference(this.day, result.day);
  }

  #addPath(path: 'legacy' | 'v2', outcome: PathOutcome): void {
    this.paths[path].add(outcome);
    for (const warning of outcome.warnings) this.warnings[path].add(warning);
    if (outcome.failure) this.failures[path].add(outcome.failure.code);
  }

  /** A user has been replayed to the end, over this many local days. */
  addUser(days: number): void {
    this.users += 1;
    this.userDays += days;
  }

  /** Adds another tally of other users. */
  merge(other: Tally): void {
    this.records += other.records;
    this.users += other.users;
    this.userDays += other.userDays;
    this.skipped += other.skipped;
    this.badLines += other.badLines;
    this.swallowed += other.swallowed;
    this.identityBroken += other.identityBroken;
    this.dualWritten += other.dualWritten;
    this.dispositions.merge(other.dispositions);
    for (const path of ['legacy', 'v2'] as const) {
      this.warnings[path].merge(other.warnings[path]);
      this.failures[path].merge(other.failures[path]);
      this.paths[path].merge(other.paths[path]);
    }
    this.metrics.merge(other.metrics);
    mergeFields(this.record, other.record);
    mergeFields(this.day, other.day);
  }
}

function addDifference(into: readonly FieldTally[], difference: RecordDifference | DayDifference): void {
  for (let index = 0; index < into.length; index++) {
    const value = difference.values[index];
    if (value === null || value === undefined) continue;
    const field = into[index]!;
    field.cells.add(Math.abs(value));
    if ((difference.breached >> index) & 1) field.breaches += 1;
  }
}

function mergeFields(into: readonly FieldTally[], from: readonly FieldTally[]): void {
  for (const [index, field] of into.entries()) {
    field.cells.merge(from[index]!.cells);
    field.breaches += from[index]!.breaches;
  }
}
