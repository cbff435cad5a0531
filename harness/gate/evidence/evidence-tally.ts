/**
 * All that the bounds of a rollout are made from: whole numbers over users, small, and the same however the users were
 * divided and in whatever order the parts were added up.
 */
import type { Field } from '../../migration.ts';
import { BreachSketch, type BreachSketchJson } from './breach-sketch.ts';
import { DayReplicates, type DayReplicatesJson } from './day-replicates.ts';
import { DaysByUser, type DaysByUserJson } from './days-by-user.ts';
import { keyUser } from './keyed-user.ts';
import type { UserEvidence } from './user-evidence.ts';

/** Rollout buckets are counted a hundred at a time: shares of whole percents. */
export const PERCENTS = 100;
const BUCKETS = 10_000;
const HOURS = 24;
/** Writes of a day are counted to here. */
const MOST_WRITES = 63;

/** Users whose rollout bucket lies in one percent. */
export interface ExposureCounts {
  users: number;
  userDays: number;
  /** Users with a breach of any field, of a write or of a day. */
  usersInBreach: number;
  /** Days on which any field was in breach. */
  daysInBreach: number;
  liveRowsChanged: number;
}

const EXPOSURE_KEYS = ['users', 'userDays', 'usersInBreach', 'daysInBreach', 'liveRowsChanged'] as const;

/** Users with a breach: of any field, and by field. */
export interface UsersInBreach {
  any: number;
  readonly byField: number[];
}

export interface EvidenceJson {
  readonly seed: string;
  readonly users: number;
  readonly compared_users: number;
  readonly simulated_users: number;
  readonly record: readonly number[];
  readonly day: readonly number[];
  readonly days: readonly DaysByUserJson[];
  readonly exposure: readonly (readonly number[])[];
  readonly hours: readonly number[];
  readonly writes_a_day: readonly number[];
  readonly span: readonly [number, number] | null;
  readonly sketch: BreachSketchJson;
  readonly replicates: DayReplicatesJson;
}

export class EvidenceTally {
  readonly seed: string;
  readonly fields: readonly Pick<Field, 'cell'>[];
  /** Users replayed. */
  users = 0;
  /** Users with at least one compared write: those who could have shown a breach. */
  comparedUsers = 0;
  simulatedUsers = 0;
  readonly usersInBreach: { readonly record: UsersInBreach; readonly day: UsersInBreach };
  /** Users by their days and days in breach: by field, and of any field last. */
  readonly days: readonly DaysByUser[];
  /** By percent of the rollout, from the first in. */
  readonly exposure: readonly ExposureCounts[];
  /** Writes by hour of the day in UTC. */
  readonly hours: number[] = new Array<number>(HOURS).fill(0);
  /** Days by their number of compared writes, the last for as many or more. */
  readonly writesADay: number[] = new Array<number>(MOST_WRITES + 1).fill(0);
  /** First and last write, ms; null before any. */
  span: { readonly firstMs: number; readonly lastMs: number } | null = null;
  readonly sketch = new BreachSketch();
  readonly replicates: DayReplicates;

  /** `seed` keys what is drawn for each user; tallies of different seeds do not add up. */
  constructor(options: { readonly seed: string; readonly fields: readonly Pick<Field, 'cell'>[] }) {
    const none = (): UsersInBreach => ({ any: 0, byField: options.fields.map(() => 0) });
    this.seed = options.seed;
    this.fields = options.fields;
    this.usersInBreach = { record: none(), day: none() };
    this.days = [...options.fields, null].map(() => new DaysByUser());
    this.exposure = Array.from({ length: PERCENTS }, () => ({
      users: 0,
      userDays: 0,
      usersInBreach: 0,
      daysInBreach: 0,
      liveRowsChanged: 0,
    }));
    this.replicates = new DayReplicates(options.fields);
  }

  /** Adds one user; each user once over a whole run. */
  addUser(user: UserEvidence): void {
    const key = keyUser(this.seed, user.user);
    const ever = user.days.reduce((mask, { breached }) => mask | breached, 0);
    const daysInBreach = user.days.filter(({ breached }) => breached !== 0).length;
    this.users += 1;
    if (user.compared > 0) this.comparedUsers += 1;
    if (user.simulated) this.simulatedUsers += 1;
    countMask(this.usersInBreach.record, user.breachedRecords);
    countMask(this.usersInBreach.day, ever);
    if (user.days.length > 0) {
      for (let field = 0; field < this.fields.length; field++) {
        const inBreach = user.days.filter(({ breached }) => (breached >> field) & 1).length;
        this.days[field]!.add(user.days.length, inBreach);
      }
      this.days.at(-1)!.add(user.days.length, daysInBreach);
      this.replicates.add(key.stream, user.days);
    }
    const exposed = this.exposure[Math.floor((user.bucket * PERCENTS) / BUCKETS)]!;
    exposed.users += 1;
    exposed.userDays += user.days.length;
    exposed.usersInBreach += (ever | user.breachedRecords) === 0 ? 0 : 1;
    exposed.daysInBreach += daysInBreach;
    exposed.liveRowsChanged += user.liveRowsChanged;
    for (let hour = 0; hour < HOURS; hour++) this.hours[hour]! += user.hours[hour] ?? 0;
    for (const { writes } of user.days) this.writesADay[Math.min(writes, MOST_WRITES)]! += 1;
    this.#stretch(user.firstMs, user.lastMs);
    this.sketch.add(key.order, user.increments);
  }

  /** Adds another tally, of other users. Throws where the two cannot be parts of one run. */
  merge(other: EvidenceTally): void {
    if (other.seed !== this.seed || other.fields.length !== this.fields.length)
      throw new RangeError('evidence of another seed or other fields does not add up');
    this.users += other.users;
    this.comparedUsers += other.comparedUsers;
    this.simulatedUsers += other.simulatedUsers;
    for (const level of ['record', 'day'] as const) {
      this.usersInBreach[level].any += other.usersInBreach[level].any;
      addTo(this.usersInBreach[level].byField, other.usersInBreach[level].byField);
    }
    for (const [index, table] of this.days.entries()) table.merge(other.days[index]!);
    for (const [percent, into] of this.exposure.entries())
      for (const key of EXPOSURE_KEYS) into[key] += other.exposure[percent]![key];
    addTo(this.hours, other.hours);
    addTo(this.writesADay, other.writesADay);
    if (other.span) this.#stretch(other.span.firstMs, other.span.lastMs);
    this.sketch.merge(other.sketch);
    this.replicates.merge(other.replicates);
  }

  /** Users, days and rows inside the first so many percent of the rollout. */
  exposedAt(percent: number): Readonly<ExposureCounts> {
    const sum = { users: 0, userDays: 0, usersInBreach: 0, daysInBreach: 0, liveRowsChanged: 0 };
    for (const one of this.exposure.slice(0, percent)) for (const key of EXPOSURE_KEYS) sum[key] += one[key];
    return sum;
  }

  toJSON(): EvidenceJson {
    const level = ({ any, byField }: UsersInBreach): number[] => [any, ...byField];
    return {
      seed: this.seed,
      users: this.users,
      compared_users: this.comparedUsers,
      simulated_users: this.simulatedUsers,
      record: level(this.usersInBreach.record),
      day: level(this.usersInBreach.day),
      days: this.days.map((table) => table.toJSON()),
      exposure: this.exposure.map((one) => EXPOSURE_KEYS.map((key) => one[key])),
      hours: this.hours,
      writes_a_day: this.writesADay,
      span: this.span && [this.span.firstMs, this.span.lastMs],
      sketch: this.sketch.toJSON(),
      replicates: this.replicates.toJSON(),
    };
  }

  /** What `toJSON` gave, for the same fields. */
  static fromJSON(fields: readonly Pick<Field, 'cell'>[], json: EvidenceJson): EvidenceTally {
    const tally = new EvidenceTally({ seed: json.seed, fields });
    tally.users = json.users;
    tally.comparedUsers = json.compared_users;
    tally.simulatedUsers = json.simulated_users;
    for (const level of ['record', 'day'] as const) {
      const [any = 0, ...byField] = json[level];
      tally.usersInBreach[level].any = any;
      addTo(tally.usersInBreach[level].byField, byField);
    }
    for (const [index, table] of json.days.entries()) tally.days[index]!.merge(DaysByUser.fromJSON(table));
    for (const [percent, counts] of json.exposure.entries())
      for (const [at, key] of EXPOSURE_KEYS.entries()) tally.exposure[percent]![key] = counts[at] ?? 0;
    addTo(tally.hours, json.hours);
    addTo(tally.writesADay, json.writes_a_day);
    if (json.span) tally.#stretch(...json.span);
    tally.sketch.merge(BreachSketch.fromJSON(json.sketch));
    tally.replicates.merge(DayReplicates.fromJSON(fields, json.replicates));
    return tally;
  }

  #stretch(firstMs: number, lastMs: number): void {
    this.span = {
      firstMs: Math.min(firstMs, this.span?.firstMs ?? Infinity),
      lastMs: Math.max(lastMs, this.span?.lastMs ?? -Infinity),
    };
  }
}

function countMask(into: UsersInBreach, mask: number): void {
  if (mask === 0) return;
  into.any += 1;
  for (let field = 0; field < into.byField.length; field++) into.byField[field]! += (mask >> field) & 1;
}

function addTo(into: number[], from: readonly number[]): void {
  for (let at = 0; at < into.length; at++) into[at]! += from[at] ?? 0;
}
