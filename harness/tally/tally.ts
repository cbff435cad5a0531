/**
 * Everything the verdict needs of a replay, small and mergeable: the tallies of two halves of the users merge, in any
 * order, into exactly the tally of the whole. It holds integers only.
 */
import type { DayDifference, Migration, PathOutcome, RecordDifference } from '../migration.ts';
import type { RecordedWrite } from '../recording/format.ts';
import { type Replayed, type ReplayObserver, SWALLOWED_AFTER_MS } from '../replayed.ts';
import { IncidentLog, type IncidentsJson } from './incidents.ts';
import { MetricCounts, type MetricCountsJson } from './metric-counts.ts';
import { QuantileCells } from './quantile-cells.ts';

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

  toJSON(): number[] {
    return [this.ran, this.failed, this.refused, this.stored];
  }

  /** What `toJSON` gave, as counts. */
  static fromJSON([ran = 0, failed = 0, refused = 0, stored = 0]: readonly number[]): PathCounts {
    return Object.assign(new PathCounts(), { ran, failed, refused, stored });
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
    return Object.fromEntries(this.toJSON());
  }

  toJSON(): CountsJson {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What `toJSON` gave, as counts. */
  static fromJSON(json: CountsJson): Counts {
    const counts = new Counts();
    for (const [key, count] of json) counts.add(key, count);
    return counts;
  }
}

/** Counts as plain values, in the order of their keys. */
export type CountsJson = readonly (readonly [key: string, count: number])[];

/** A tally as plain values: what crosses threads and machines. The same tally gives the same bytes. */
export interface TallyJson {
  readonly records: number;
  readonly users: number;
  readonly user_days: number;
  readonly bad_lines: number;
  readonly dispositions: CountsJson;
  readonly warnings: Readonly<Record<'legacy' | 'v2', CountsJson>>;
  readonly paths: Readonly<Record<'legacy' | 'v2', readonly number[]>>;
  readonly claimed_rows: CountsJson;
  readonly incidents: IncidentsJson;
  readonly metrics: MetricCountsJson;
  /** By field: breaches, then what its cells hold. */
  readonly record: readonly (readonly [breaches: number, cells: readonly number[]])[];
  readonly day: readonly (readonly [breaches: number, cells: readonly number[]])[];
}

export class Tally implements ReplayObserver {
  records = 0;
  users = 0;
  userDays = 0;
  badLines = 0;
  readonly dispositions = new Counts();
  readonly warnings = { legacy: new Counts(), v2: new Counts() };
  readonly paths = { legacy: new PathCounts(), v2: new PathCounts() };
  /** Rows that outcomes say they stored, per table. */
  readonly claimedRows = new Counts();
  readonly incidents = new IncidentLog();
  readonly metrics: MetricCounts;
  readonly record: readonly FieldTally[];
  readonly day: readonly FieldTally[];
  readonly #fieldNames: readonly string[];
  readonly #redCodes: readonly string[];

  constructor(migration: Pick<Migration, 'fields' | 'metrics' | 'redCodes'>) {
    const empty = (): FieldTally[] =>
      migration.fields.map((field) => ({ cells: new QuantileCells(field.cell), breaches: 0 }));
    this.metrics = new MetricCounts(migration.metrics);
    this.record = empty();
    this.day = empty();
    this.#fieldNames = migration.fields.map((field) => field.name);
    this.#redCodes = migration.redCodes;
  }

  /** Records that could not be replayed. */
  get skipped(): number {
    return this.incidents.count('unrecorded_request');
  }

  onReplayed(replayed: Replayed): void {
    const { record, atMs, result } = replayed;
    this.records += 1;
    this.dispositions.add(result.disposition);
    if (result.legacy) this.#addPath('legacy', result.legacy, record);
    if (result.v2) this.#addPath('v2', result.v2, record);
    if (result.record) this.#addDifference('record', result.record, record);
    if (result.day) this.#addDifference('day', result.day, record);
    if (replayed.storedBefore) {
      this.incidents.add('duplicate_write', record, 'its idempotency key had been stored before');
    }
    if (!result.identityHolds) {
      this.incidents.add('identity_changed', record, 'the key or bucket derived is not the one recorded');
    }
    if (result.disposition === 'hit' && result.firstAtMs !== null) {
      const lateMs = atMs - result.firstAtMs;
      if (lateMs > SWALLOWED_AFTER_MS) {
        const hours = Math.floor(lateMs / 3_600_000);
        this.incidents.add('swallowed', record, `repeats a write of ${hours} h before and was not stored`);
      }
    }
  }

  onSkipped(record: RecordedWrite, reason: string): void {
    this.incidents.add('unrecorded_request', record, reason);
  }

  onUserEnd(_user: string, days: number): void {
    this.users += 1;
    this.userDays += days;
  }

  #addPath(path: 'legacy' | 'v2', outcome: PathOutcome, record: RecordedWrite): void {
    this.paths[path].add(outcome);
    for (const warning of outcome.warnings) {
      this.warnings[path].add(warning);
      if (this.#redCodes.includes(warning)) this.incidents.add(warning, record, `${path} reports ${warning}`);
    }
    for (const { table, inPlace } of outcome.rows) if (!inPlace) this.claimedRows.add(table);
    if (outcome.failure)
      this.incidents.add(`failed_write/${path}/${outcome.failure.code}`, record, outcome.failure.code);
    if (outcome.state === 'refused') this.incidents.add('refused', record, outcome.warnings.join(', '));
  }

  #addDifference(level: Level, difference: RecordDifference | DayDifference, record: RecordedWrite): void {
    const into = this[level];
    for (let index = 0; index < into.length; index++) {
      const value = difference.values[index];
      if (value === null || value === undefined) continue;
      const field = into[index]!;
      field.cells.add(Math.abs(value));
      if (((difference.breached >> index) & 1) === 0) continue;
      field.breaches += 1;
      const name = this.#fieldNames[index]!;
      this.incidents.add(`breach/${level}/${name}`, record, `${name} is ${Math.round(value * 1e6) / 1e6}`);
    }
  }

  /** Adds another tally, of other users. */
  merge(other: Tally): void {
    this.records += other.records;
    this.users += other.users;
    this.userDays += other.userDays;
    this.badLines += other.badLines;
    this.dispositions.merge(other.dispositions);
    this.claimedRows.merge(other.claimedRows);
    this.incidents.merge(other.incidents);
    for (const path of ['legacy', 'v2'] as const) {
      this.warnings[path].merge(other.warnings[path]);
      this.paths[path].merge(other.paths[path]);
    }
    this.metrics.merge(other.metrics);
    mergeFields(this.record, other.record);
    mergeFields(this.day, other.day);
  }

  toJSON(): TallyJson {
    const fields = (level: readonly FieldTally[]) =>
      level.map(({ breaches, cells }) => [breaches, cells.toJSON()] as const);
    return {
      records: this.records,
      users: this.users,
      user_days: this.userDays,
      bad_lines: this.badLines,
      dispositions: this.dispositions.toJSON(),
      warnings: { legacy: this.warnings.legacy.toJSON(), v2: this.warnings.v2.toJSON() },
      paths: { legacy: this.paths.legacy.toJSON(), v2: this.paths.v2.toJSON() },
      claimed_rows: this.claimedRows.toJSON(),
      incidents: this.incidents.toJSON(),
      metrics: this.metrics.toJSON(),
      record: fields(this.record),
      day: fields(this.day),
    };
  }

  /** What `toJSON` gave, as a tally of the same migration. */
  static fromJSON(migration: Pick<Migration, 'fields' | 'metrics' | 'redCodes'>, json: TallyJson): Tally {
    const tally = new Tally(migration);
    tally.records = json.records;
    tally.users = json.users;
    tally.userDays = json.user_days;
    tally.badLines = json.bad_lines;
    tally.dispositions.merge(Counts.fromJSON(json.dispositions));
    tally.claimedRows.merge(Counts.fromJSON(json.claimed_rows));
    tally.incidents.merge(IncidentLog.fromJSON(json.incidents));
    tally.metrics.merge(MetricCounts.fromJSON(migration.metrics, json.metrics));
    for (const path of ['legacy', 'v2'] as const) {
      tally.warnings[path].merge(Counts.fromJSON(json.warnings[path]));
      tally.paths[path].merge(PathCounts.fromJSON(json.paths[path]));
    }
    for (const level of ['record', 'day'] as const) {
      for (const [index, field] of migration.fields.entries()) {
        const [breaches, cells] = json[level][index]!;
        const into = tally[level][index]!;
        into.breaches = breaches;
        into.cells.merge(QuantileCells.fromJSON(field.cell, cells));
      }
    }
    return tally;
  }
}

function mergeFields(into: readonly FieldTally[], from: readonly FieldTally[]): void {
  for (const [index, field] of into.entries()) {
    field.cells.merge(from[index]!.cells);
    field.breaches += from[index]!.breaches;
  }
}
