/**
 * Causes of breaches, counted while a replay runs: small, mergeable and independent of the order of users. A running
 * day's difference is the sum of its records', so a day's breach is put down to the record that contributes most to it.
 */
import type { Field, FieldValues, WriteResult } from '../migration.ts';
import type { Replayed } from '../replayed.ts';
import {
  addAmount,
  type Amounts,
  type BreachCause,
  breachCauses,
  type BreachCount,
  byName,
  keepFirst,
  widerSignature,
} from './breach-families.ts';
import { CauseUsers, type UserCounts, userKeys } from './cause-users.ts';
import { causeId, type Signature } from './causes.ts';
import type { Comparison } from './decompose.ts';
import { breachLimit } from './fields.ts';
import { breachSignature, type Heading } from './leading-part.ts';

export type Level = 'record' | 'day';

/** One field of one record or running day that is over its limit, for those who decide whether it is expected. */
export interface Breach {
  readonly suite: string;
  readonly level: Level;
  readonly user: string;
  readonly date: string;
  /** The record's id; for a day, of the record after which it was observed. */
  readonly record: string;
  readonly field: string;
  /** In the field's unit. */
  readonly value: number;
  readonly stage: string | null;
  readonly code: string | null;
  /** Ids of its cause and of the wider cause that it may be shown under. */
  readonly causes: readonly string[];
}

/** Names the entries of the ledger that cover a breach, none if it is not expected; called once for each breach. */
export type Expectation = (breach: Breach) => readonly string[];

/** What a replay counted: causes, and per level and field the breaches that were expected. */
export interface BreachCounts {
  readonly causes: readonly BreachCount[];
  /** Users by cause, see `cause-users.ts`. */
  readonly users: UserCounts;
  readonly expected: Readonly<Record<Level, readonly number[]>>;
  /** Breaches that each entry of the ledger covers, by its id. */
  readonly entries: Readonly<Record<string, number>>;
}

interface Counted {
  readonly signature: Signature;
  /** Ids of the cause and of the wider one. */
  readonly ids: readonly string[];
  /** What a user who meets it is counted for. */
  readonly userKeys: readonly string[];
  readonly suites: Amounts;
  readonly subjects: string[];
  readonly fields: Set<string>;
}

/** A record that contributes most to a running day so far, in one measure and one direction. */
interface Leader {
  readonly amount: number;
  readonly result: WriteResult;
  /** Worked out when the day is first in breach. */
  signature: Signature | null;
}

/** Leaders of a day: for each measure the one that raises it most, then the one that lowers it most. */
type Leaders = (Leader | undefined)[];

export class BreachCauses {
  readonly #comparison: Comparison;
  readonly #expectation: Expectation;
  readonly #counted = new Map<string, Counted>();
  readonly #expected: Record<Level, number[]>;
  readonly #entries = new Map<string, number>();
  readonly #days = new Map<string, Map<string, Leaders>>();
  readonly #users = new CauseUsers();

  constructor(comparison: Comparison, expectation: Expectation = () => []) {
    this.#comparison = comparison;
    this.#expectation = expectation;
    const zeros = (): number[] => comparison.fields.map(() => 0);
    this.#expected = { record: zeros(), day: zeros() };
  }

  /** Counts one replayed write of a suite, in the order of the replay. */
  onReplayed(suite: string, { record, result }: Pick<Replayed, 'record' | 'result'>): void {
    const { record: difference, day, legacy } = result;
    if (difference === null || !legacy?.totals) return;
    const at = { suite, user: record.user, date: result.date, record: record.id };
    const heading = breachHeading(result, this.#comparison.fields);
    if (heading !== null) {
      const signature = breachSignature(result, heading, this.#comparison);
      this.#count({ ...at, level: 'record' }, difference, signature);
    }
    if (day === null) return;
    const leaders = this.#leaders(record.user, `${day.phase} ${day.date}`);
    lead(leaders, result);
    if (day.breached === 0) return;
    const heads = headingOf(this.#comparison.fields, day, day.legacy);
    const leader = leaders[leaderIndex(heads)] ?? { amount: 0, result, signature: null };
    leader.signature ??= breachSignature(leader.result, heads, this.#comparison);
    this.#count({ ...at, level: 'day' }, day, leader.signature);
  }

  /** A user's last write has passed: what is remembered of the days is let go. */
  onUserEnd(user: string): void {
    this.#days.delete(user);
    this.#users.end(user);
  }

  /** Adds the counts of other users. */
  merge(other: BreachCounts): void {
    for (const count of other.causes) {
      const into = this.#entry(count.signature);
      for (const [suite, amount] of Object.entries(count.suites)) addAmount(into.suites, suite, amount);
      for (const field of count.fields) into.fields.add(field);
      for (const subject of count.subjects) keepFirst(into.subjects, subject);
    }
    this.#users.merge(other.users);
    for (const [id, count] of Object.entries(other.entries)) {
      this.#entries.set(id, (this.#entries.get(id) ?? 0) + count);
    }
    for (const level of ['record', 'day'] as const) {
      other.expected[level].forEach((count, field) => {
        this.#expected[level][field]! += count;
      });
    }
  }

  /** The counts as plain values, in an order that depends on nothing but them. */
  counts(): BreachCounts {
    const causes = [...this.#counted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => plain(one));
    return {
      causes,
      users: this.#users.counts(),
      expected: { record: [...this.#expected.record], day: [...this.#expected.day] },
      entries: Object.fromEntries([...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  /** How many breaches of each field are expected, by level, in the order of the fields. */
  get expected(): Readonly<Record<Level, readonly number[]>> {
    return this.#expected;
  }

  /** The causes, the most breaches first. */
  causes(): readonly BreachCause[] {
    const { causes, users } = this.counts();
    return breachCauses(causes, this.#comparison, users);
  }

  #count(
    at: Pick<Breach, 'suite' | 'level' | 'user' | 'date' | 'record'>,
    difference: { readonly values: FieldValues; readonly breached: number },
    signature: Signature,
  ): void {
    const counted = this.#entry(signature);
    this.#users.add(at.user, counted.userKeys);
    let unexpected = 0;
    for (const [index, field] of this.#comparison.fields.entries()) {
      if (((difference.breached >> index) & 1) === 0) continue;
      counted.fields.add(field.name);
      const value = difference.values[index]!;
      const { stage, code } = signature;
      const entries = this.#expectation({
        ...at,
        field: field.name,
        value,
        stage,
        code,
        causes: counted.ids,
      });
      for (const id of entries) this.#entries.set(id, (this.#entries.get(id) ?? 0) + 1);
      if (entries.length > 0) this.#expected[at.level][index]! += 1;
      else unexpected += 1;
    }
    const [records, days] = at.level === 'record' ? [1, 0] : [0, 1];
    addAmount(counted.suites, at.suite, { records, days, expected: unexpected === 0 ? 1 : 0 });
    keepFirst(counted.subjects, `${at.suite}/${at.user}/${at.level === 'record' ? at.record : at.date}`);
  }

  #entry(signature: Signature): Counted {
    const key = JSON.stringify(signature);
    let entry = this.#counted.get(key);
    if (!entry) {
      const ids = [...new Set([causeId(signature), causeId(widerSignature(signature))])];
      entry = { signature, ids, userKeys: userKeys(ids), suites: new Map(), subjects: [], fields: new Set() };
      this.#counted.set(key, entry);
    }
    return entry;
  }

  #leaders(user: string, day: string): Leaders {
    const days = this.#days.get(user) ?? new Map<string, Leaders>();
    this.#days.set(user, days);
    const leaders: Leaders = days.get(day) ?? [];
    days.set(day, leaders);
    return leaders;
  }
}

/** The measure in which a write is furthest over its limits, and the direction; null for one that is within them. */
export function breachHeading({ record, legacy }: WriteResult, fields: readonly Field[]): Heading | null {
  if (record === null || record.breached === 0 || !legacy?.totals) return null;
  return headingOf(fields, record, legacy.totals);
}

/** The measure in which a difference is furthest over its limit. */
function headingOf(
  fields: readonly Field[],
  { values, breached }: { readonly values: FieldValues; readonly breached: number },
  legacy: readonly number[],
): Heading {
  let best = Number.NEGATIVE_INFINITY;
  let heading: Heading = { measure: 0, sign: 1 };
  for (const [index, field] of fields.entries()) {
    if (((breached >> index) & 1) === 0) continue;
    const value = values[index]!;
    const over = Math.abs(value) / breachLimit(field, legacy[field.measure]!);
    if (over <= best) continue;
    best = over;
    heading = { measure: field.measure, sign: value < 0 ? -1 : 1 };
  }
  return heading;
}

function leaderIndex({ measure, sign }: Heading): number {
  return 2 * measure + (sign < 0 ? 1 : 0);
}

/** Makes this record the leader of its day in every measure and direction in which it adds most so far. */
function lead(leaders: Leaders, result: WriteResult): void {
  const legacy = result.legacy?.totals ?? [];
  const v2 = result.v2?.totals;
  for (let measure = 0; measure < legacy.length; measure++) {
    const amount = (v2?.[measure] ?? 0) - legacy[measure]!;
    if (amount === 0) continue;
    const index = leaderIndex({ measure, sign: amount < 0 ? -1 : 1 });
    const known = leaders[index];
    const size = Math.abs(amount);
    if (!known || size > known.amount) leaders[index] = { amount: size, result, signature: null };
  }
}

function plain({ signature, suites, subjects, fields }: Counted): BreachCount {
  return { signature, suites: byName(suites), subjects: [...subjects], fields: [...fields].sort() };
}
