/**
 * Causes of breaches, counted while a replay runs: small, mergeable and independent of the order of users. A running
 * day's difference is the sum of its records', so a day's breach is put down to the record that contributes most to it.
 */
import type { Field, FieldValues, WriteResult } from '../migration.ts';
import type { Replayed } from '../replayed.ts';
import { byCount, type Cause, causeId, causeOf, type Signature } from './causes.ts';
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

/** What one suite has of a cause. */
export interface BreachAmount {
  readonly records: number;
  readonly days: number;
  /** Of these, those all of whose breaches are expected. */
  readonly expected: number;
}

/** Counts of one signature, as plain values that can be sent and merged. */
export interface BreachCount {
  readonly signature: Signature;
  readonly suites: Readonly<Record<string, BreachAmount>>;
  /** The first by name. */
  readonly subjects: readonly string[];
  readonly fields: readonly string[];
}

/** What a replay counted: causes, and per level and field the breaches that were expected. */
export interface BreachCounts {
  readonly causes: readonly BreachCount[];
  readonly expected: Readonly<Record<Level, readonly number[]>>;
  /** Breaches that each entry of the ledger covers, by its id. */
  readonly entries: Readonly<Record<string, number>>;
}

/** A cause of breaches with what only breaches have: how much there is of it, in all and by suite. */
export interface BreachCause extends Cause, BreachAmount {
  readonly kind: 'breach';
  readonly suites: Readonly<Record<string, BreachAmount>>;
}

/** Subjects kept per cause. */
const SUBJECTS = 10;
/** An entry has a cause of its own from this share of the breaches that are alike but for the entry. */
const OWN_CAUSE_SHARE = 0.2;
/** An entry that is slightly off in both directions is noise: from this share of the other way it has none. */
const NOISE_SHARE = 0.25;

interface Counted {
  signature: Signature;
  suites: Map<string, BreachAmount>;
  subjects: string[];
  fields: Set<string>;
}

/** The records that contribute most to a running day so far, by measure, up and down. */
type Leaders = Map<string, { readonly amount: number; readonly result: WriteResult }>;

export class BreachCauses {
  readonly #comparison: Comparison;
  readonly #expectation: Expectation;
  readonly #counted = new Map<string, Counted>();
  readonly #expected: Record<Level, number[]>;
  readonly #entries = new Map<string, number>();
  readonly #days = new Map<string, Map<string, Leaders>>();

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
    const leader = leaders.get(leaderKey(heads))?.result ?? result;
    this.#count({ ...at, level: 'day' }, day, breachSignature(leader, heads, this.#comparison));
  }

  /** A user's last write has passed: what is remembered of the days is let go. */
  onUserEnd(user: string): void {
    this.#days.delete(user);
  }

  /** Adds the counts of other users. */
  merge(other: BreachCounts): void {
    for (const count of other.causes) {
      const into = this.#entry(count.signature);
      for (const [suite, amount] of Object.entries(count.suites)) addAmount(into.suites, suite, amount);
      for (const field of count.fields) into.fields.add(field);
      for (const subject of count.subjects) keepFirst(into.subjects, subject);
    }
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
    return breachCauses(this.counts().causes, this.#comparison);
  }

  #count(
    at: Pick<Breach, 'suite' | 'level' | 'user' | 'date' | 'record'>,
    difference: { readonly values: FieldValues; readonly breached: number },
    signature: Signature,
  ): void {
    const counted = this.#entry(signature);
    const causes = [...new Set([causeId(signature), causeId(widerSignature(signature))])];
    let unexpected = 0;
    for (const [index, field] of this.#comparison.fields.entries()) {
      if (((difference.breached >> index) & 1) === 0) continue;
      counted.fields.add(field.name);
      const value = difference.values[index]!;
      const { stage, code } = signature;
      const entries = this.#expectation({ ...at, field: field.name, value, stage, code, causes });
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
      entry = { signature, suites: new Map(), subjects: [], fields: new Set() };
      this.#counted.set(key, entry);
    }
    return entry;
  }

  #leaders(user: string, day: string): Leaders {
    const days = this.#days.get(user) ?? new Map<string, Leaders>();
    this.#days.set(user, days);
    const leaders: Leaders = days.get(day) ?? new Map();
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

function leaderKey({ measure, sign }: Heading): string {
  return `${measure}${sign < 0 ? '-' : '+'}`;
}

/** Makes this record the leader of its day in every measure and direction in which it adds most so far. */
function lead(leaders: Leaders, result: WriteResult): void {
  const legacy = result.legacy?.totals ?? [];
  for (let measure = 0; measure < legacy.length; measure++) {
    const amount = (result.v2?.totals?.[measure] ?? 0) - legacy[measure]!;
    if (amount === 0) continue;
    const key = leaderKey({ measure, sign: amount < 0 ? -1 : 1 });
    const known = leaders.get(key);
    if (!known || Math.abs(amount) > known.amount) leaders.set(key, { amount: Math.abs(amount), result });
  }
}

/** Keeps the first few names, sorted, each once; so the same are kept in whatever order they come. */
function keepFirst(subjects: string[], subject: string): void {
  if (subjects.includes(subject)) return;
  subjects.push(subject);
  subjects.sort(bySubject);
  if (subjects.length > SUBJECTS) subjects.pop();
}

/** Records before days, since a record shows best where its difference begins; then by name. */
function bySubject(a: string, b: string): number {
  const [dayA, dayB] = [isDay(a), isDay(b)];
  if (dayA !== dayB) return dayA ? 1 : -1;
  return a < b ? -1 : 1;
}

function isDay(subject: string): boolean {
  return /\/\d{4}-\d\d-\d\d$/.test(subject);
}

function plain({ signature, suites, subjects, fields }: Counted): BreachCount {
  return { signature, suites: byName(suites), subjects: [...subjects], fields: [...fields].sort() };
}

function byName(suites: ReadonlyMap<string, BreachAmount>): Record<string, BreachAmount> {
  return Object.fromEntries([...suites].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function addAmount(suites: Map<string, BreachAmount>, suite: string, more: BreachAmount): void {
  const known = suites.get(suite) ?? { records: 0, days: 0, expected: 0 };
  suites.set(suite, {
    records: known.records + more.records,
    days: known.days + more.days,
    expected: known.expected + more.expected,
  });
}

/** A signature without its entry: what entries too rare for a cause of their own are shown under. */
export function widerSignature(signature: Signature): Signature {
  return { ...signature, entry: null };
}

/**
 * Causes of counted breaches. Entries of a dictionary that hold a fair share of the breaches alike but for the entry,
 * and are not off both ways alike, have a cause of their own; the others are one. Depends on the counts alone, so
 * halves merge into the same causes.
 */
export function breachCauses(counts: readonly BreachCount[], comparison: Comparison): readonly BreachCause[] {
  const amounts = new Map(counts.map((one) => [JSON.stringify(one.signature), inBreach(one)]));
  const amountOf = (signature: Signature): number => amounts.get(JSON.stringify(signature)) ?? 0;
  const families = Map.groupBy(counts, ({ signature }) => JSON.stringify(widerSignature(signature)));
  const causes: BreachCause[] = [];
  for (const family of families.values()) {
    const total = family.reduce((sum, one) => sum + inBreach(one), 0);
    const [own, others] = [[] as BreachCount[], [] as BreachCount[]];
    for (const one of family) {
      const { signature } = one;
      const amount = amountOf(signature);
      const isNoise = signature.size === 'slight' && amountOf(opposite(signature)) > NOISE_SHARE * amount;
      (amount >= OWN_CAUSE_SHARE * total && !isNoise ? own : others).push(one);
    }
    for (const one of own) causes.push(breachCause(one.signature, [one], comparison));
    if (others.length > 0) causes.push(breachCause(widerSignature(others[0]!.signature), others, comparison));
  }
  return causes.sort(byCount);
}

function inBreach({ suites }: BreachCount): number {
  return Object.values(suites).reduce((sum, { records, days }) => sum + records + days, 0);
}

function opposite(signature: Signature): Signature {
  return { ...signature, direction: signature.direction === '+' ? '-' : '+' };
}

function breachCause(
  signature: Signature,
  counts: readonly BreachCount[],
  { explain }: Comparison,
): BreachCause {
  const suites = new Map<string, BreachAmount>();
  const all = new Map<string, BreachAmount>();
  for (const [suite, amount] of counts.flatMap((one) => Object.entries(one.suites))) {
    addAmount(suites, suite, amount);
    addAmount(all, '', amount);
  }
  const amount = all.get('') ?? { records: 0, days: 0, expected: 0 };
  const subjects = [...new Set(counts.flatMap((one) => one.subjects))].sort(bySubject).slice(0, SUBJECTS);
  const fields = [...new Set(counts.flatMap((one) => one.fields))].sort();
  const cause = causeOf(signature, { count: amount.records + amount.days, subjects, fields }, explain);
  return { ...cause, ...amount, kind: 'breach', suites: byName(suites) };
}
