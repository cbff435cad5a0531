/**
 * From counts of breaches by signature to the causes that are shown: entries that stand for little or for noise go
 * together. A file of its own because counts are merged before, wherever they were made.
 */
import { familyKey, type UserCounts } from './cause-users.ts';
import { byCount, type Cause, causeId, causeOf, type Signature } from './causes.ts';
import type { Comparison } from './decompose.ts';

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

/** A cause of breaches with what only breaches have: how much there is of it, in all and by suite. */
export interface BreachCause extends Cause, BreachAmount {
  readonly kind: 'breach';
  readonly suites: Readonly<Record<string, BreachAmount>>;
  /** Users who meet it; null where entries with causes of their own make that unknown. */
  readonly users: number | null;
}

/** Subjects kept per cause. */
const SUBJECTS = 10;
/** An entry has a cause of its own from this share of the breaches that are alike but for the entry. */
const OWN_CAUSE_SHARE = 0.2;
/** Where their figures have a shape in common, which is a cause that needs no entry, from nearly all of them. */
const OWN_SHAPE_SHARE = 0.8;
/** An entry that is slightly off in both directions is noise: from this share of the other way it has none. */
const NOISE_SHARE = 0.25;

/** How much of something each suite has, while it is counted. */
export type Amounts = Map<string, { records: number; days: number; expected: number }>;

/** Keeps the first few names, sorted, each once; so the same are kept in whatever order they come. */
export function keepFirst(subjects: string[], subject: string): void {
  const last = subjects.at(-1);
  if (subjects.length >= SUBJECTS && last !== undefined && bySubject(subject, last) >= 0) return;
  if (subjects.includes(subject)) return;
  subjects.push(subject);
  subjects.sort(bySubject);
  if (subjects.length > SUBJECTS) subjects.pop();
}

/** Records before days, since a record shows best where its difference begins; then by name. */
function bySubject(a: string, b: string): number {
  const [dayA, dayB] = [isDay(a), isDay(b)];
  if (dayA !== dayB) return dayA ? 1 : -1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isDay(subject: string): boolean {
  return /\/\d{4}-\d\d-\d\d$/.test(subject);
}

/** Plain amounts, suites in order of their names. */
export function byName(suites: ReadonlyMap<string, BreachAmount>): Record<string, BreachAmount> {
  const sorted = [...suites].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([suite, amount]) => [suite, { ...amount }]));
}

/** Adds what one suite has. */
export function addAmount(suites: Amounts, suite: string, more: BreachAmount): void {
  const known = suites.get(suite);
  if (!known) {
    suites.set(suite, { ...more });
    return;
  }
  known.records += more.records;
  known.days += more.days;
  known.expected += more.expected;
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
export function breachCauses(
  counts: readonly BreachCount[],
  comparison: Comparison,
  users: UserCounts,
): readonly BreachCause[] {
  const usersOf = (one: BreachCount): number => users[causeId(one.signature)] ?? 0;
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
      const share = hasShape(signature) ? OWN_SHAPE_SHARE : OWN_CAUSE_SHARE;
      (amount >= share * total && !isNoise ? own : others).push(one);
    }
    for (const one of own)
      causes.push({ ...breachCause(one.signature, [one], comparison), users: usersOf(one) });
    if (others.length === 0) continue;
    const wider = widerSignature(others[0]!.signature);
    // A user may meet several entries, so their users cannot be added up; those of the whole family are known.
    const met = own.length === 0 ? (users[familyKey(causeId(wider))] ?? 0) : null;
    const struck = others.length === 1 ? usersOf(others[0]!) : met;
    causes.push({ ...breachCause(wider, others, comparison), users: struck });
  }
  return causes.sort(byCount);
}

/** Figures that are a power of ten apart, or stand in each other's place. */
function hasShape({ code, factor, direction }: Signature): boolean {
  return code === null && (factor !== null || direction === 'switched');
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
): Omit<BreachCause, 'users'> {
  const suites: Amounts = new Map();
  const all: Amounts = new Map();
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
