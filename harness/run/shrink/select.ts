/**
 * Finds out in one replay what there is to look for and where: the signature, the records to begin with, and small
 * parts of them that likely show it by themselves. Thousands of records become a handful before anything is reduced.
 */
import { resolve } from 'node:path';
import { alertingRules, type AlertPlan, chooseRules, readAlertPlan } from '../../alerts/rule-sets.ts';
import type { GolemConfig, Suite } from '../../config.ts';
import { GolemError } from '../../errors.ts';
import type { GoldenDocument } from '../../golden/case.ts';
import { pathSegment } from '../../golden/case-key.ts';
import { readSuite } from '../../golden/store.ts';
import { soundDocument } from '../../golden/work.ts';
import type { RecordedWrite, RecordingHeader } from '../../recording/format.ts';
import { shellQuote } from '../../recording/look.ts';
import { recordingOf } from '../suite.ts';
import { type Counts, headerOf, loadUsers, openCounting, sizeOf } from './load.ts';
import { type Look, type LookOptions, look, recordKey, sourceOf } from './look.ts';
import type { Wanted } from './wanted.ts';
import { firstChanges, type Hit, kindsByCount, type Signature } from './signature.ts';

export interface SelectOptions extends Pick<LookOptions, 'config' | 'store' | 'flags' | 'seed'> {
  readonly root: string;
  /** As given; relative to the working directory or absolute. */
  readonly recording: string;
  readonly wanted: Wanted;
}

export interface Selection {
  readonly header: RecordingHeader;
  readonly signature: Signature;
  /** What was seen beside the signature, for a person: how often, and what else there is. */
  readonly seen: Look;
  /** All that is loaded, in the order of the recording. */
  readonly records: readonly RecordedWrite[];
  /** Parts of `records` that likely show it, the smallest first; the last one is all of them. */
  readonly parts: readonly (readonly RecordedWrite[])[];
  readonly dayOf: (record: RecordedWrite) => string;
  /** How to look at a part. */
  readonly looking: LookOptions;
  readonly whole: { readonly records: number; readonly users: number };
  /** The suite whose recording this is; null for any other. */
  readonly suite: Suite | null;
  /** Replays made so far. */
  readonly spent: number;
}

/** Users whose records are loaded at once when breaches are looked for. */
const USERS_LOADED = 3;

/** The suite that a recording belongs to. */
export function suiteOf(config: GolemConfig, root: string, recording: string): Suite | null {
  const path = resolve(recording);
  return config.suites.find(({ name }) => resolve(recordingOf(config, root, name)) === path) ?? null;
}

/** Selects what to begin with. Rejects with kind `data` where the recording does not show what is wanted. */
export async function select(options: SelectOptions): Promise<Selection> {
  const { config, root, recording, wanted } = options;
  const suite = suiteOf(config, root, recording);
  const looking: LookOptions = {
    ...options,
    defect: suite?.defect ?? null,
    isWanted: null,
    withDates: true,
    plan: null,
    golden: null,
  };
  switch (wanted.kind) {
    case 'breach':
      return selectBreach(wanted, looking, { recording, suite });
    case 'case':
      return selectCase(wanted, looking, { recording, suite, root });
    case 'alert':
      return selectAlert(wanted, looking, { recording, suite, root });
  }
}

interface Given {
  readonly recording: string;
  readonly suite: Suite | null;
}

async function selectBreach(
  { field, level, cause }: Extract<Wanted, { kind: 'breach' }>,
  base: LookOptions,
  { recording, suite }: Given,
): Promise<Selection> {
  const isWanted = (hit: Hit): boolean =>
    hit.field === field &&
    (level === null || hit.level === level) &&
    (cause === null || hit.causes.includes(cause));
  const looking: LookOptions = { ...base, isWanted };
  const counts: Counts = new Map();
  const header = await headerOf(recording);
  const seen = await look(() => openCounting(recording, counts), {
    ...looking,
    withDates: false,
  });
  const bare = seen.hits.filter((hit) => hit.level === 'record');
  // A record shows its breach by itself; a day's needs the day.
  const [found] = kindsByCount(level === null && bare.length > 0 ? bare : seen.hits);
  if (!found) {
    const which = [level ?? 'record or day', field, ...(cause === null ? [] : [`with cause ${cause}`])];
    throw notShown(recording, `no breach of ${which.join(' ')} is in it`);
  }
  const users = [...new Set(found.hits.map(({ user }) => user))].sort(
    (a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0) || byCodeUnit(a, b),
  );
  const chosen = users.slice(0, USERS_LOADED);
  const records = await loadUsers(recording, (user) => chosen.includes(user));
  const loaded = await look(async () => sourceOf(header, records), looking);
  const dayOf = dayFrom(loaded);
  const parts = chosen.flatMap((user) => {
    const own = records.filter((record) => record.user === user);
    const [hit] = found.hits.filter((one) => one.user === user);
    if (!hit) return [];
    const day = own.filter((record) => dayOf(record) === hit.date);
    const alone = own.filter(({ id }) => id === hit.record);
    return hit.level === 'record' ? [alone, day, own] : [day, own];
  });
  return {
    header,
    signature: { kind: 'breaches', all: [found.kind] },
    seen,
    records,
    parts: [...parts, records],
    dayOf,
    looking,
    whole: sizeOf(counts),
    suite,
    spent: 2,
  };
}

async function selectCase(
  { user: segment, date }: Extract<Wanted, { kind: 'case' }>,
  base: LookOptions,
  { recording, suite, root }: Given & { readonly root: string },
): Promise<Selection> {
  const header = await headerOf(recording);
  const counts: Counts = new Map();
  const records = await loadUsers(recording, (user) => pathSegment(user) === segment, counts);
  const golden = suite && acceptedOutcome(base.config, root, suite, `${segment}/${date}`);
  const looking: LookOptions = { ...base, golden, isWanted: (hit) => hit.date === date };
  const seen = await look(async () => sourceOf(header, records), looking);
  const dayOf = dayFrom(seen);
  const day = records.filter((record) => dayOf(record) === date);
  if (day.length === 0) {
    throw notShown(recording, `no case "${segment}/${date}" is in it`);
  }
  const changes = firstChanges(seen.changes);
  const signature: Signature =
    changes.length > 0
      ? { kind: 'golden', changes }
      : { kind: 'breaches', all: kindsByCount(seen.hits).map(({ kind }) => kind) };
  if (signature.kind === 'breaches' && signature.all.length === 0) {
    const accepted = golden ? 'is as accepted and breaches no limit' : 'breaches no limit';
    throw notShown(recording, `the case ${accepted}`);
  }
  const alone = day.filter(({ id }) => id === changes[0]?.record);
  return {
    header,
    signature,
    seen,
    records,
    parts: [...(alone.length > 0 ? [alone] : []), day, records],
    dayOf,
    looking: { ...looking, golden: signature.kind === 'golden' ? golden : null },
    whole: sizeOf(counts),
    suite,
    spent: golden ? 2 : 1,
  };
}

async function selectAlert(
  { ruleset, alert }: Extract<Wanted, { kind: 'alert' }>,
  base: LookOptions,
  { recording, suite, root }: Given & { readonly root: string },
): Promise<Selection> {
  const plan = planFor(base.config, root, ruleset, alert);
  const header = await headerOf(recording);
  const counts: Counts = new Map();
  const records = await loadUsers(recording, () => true, counts);
  const weights = new Map<string, number>();
  const looking: LookOptions = { ...base, plan };
  const seen = await look(async () => sourceOf(header, records), {
    ...looking,
    isWanted: ({ user }) => {
      weights.set(user, (weights.get(user) ?? 0) + 1);
      return false;
    },
  });
  const found = seen.alerts.find((one) => one.alert === alert);
  if (!found) throw notShown(recording, `the alert ${alert} does not fire over it`);
  // Those in breach most often come first; whether they suffice is found out by doubling their number.
  const users = [...counts.keys()].sort(
    (a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0) || byCodeUnit(a, b),
  );
  const parts: (readonly RecordedWrite[])[] = [];
  for (let most = 1; most < users.length; most *= 2) {
    const kept = new Set(users.slice(0, most));
    parts.push(records.filter(({ user }) => kept.has(user)));
  }
  return {
    header,
    signature: { kind: 'alert', alert: found },
    seen,
    records,
    parts: [...parts, records],
    dayOf: dayFrom(seen),
    looking,
    whole: sizeOf(counts),
    suite,
    spent: 1,
  };
}

/** The rule sets that have the alert, with all their rules. */
function planFor(config: GolemConfig, root: string, ruleset: string | null, alert: string): AlertPlan {
  const refuse = (reason: string): GolemError =>
    new GolemError({ kind: 'usage', verb: 'shrink to the alert', subject: alert, reason });
  if (!config.alerts) throw refuse('the config names no rule files');
  const plan = chooseRules(
    readAlertPlan(config.alerts, root),
    ruleset === null ? undefined : [ruleset],
    'golem shrink --help',
  );
  const sets = plan.sets.filter((set) => alertingRules(set).some(({ name }) => name === alert));
  if (sets.length > 0) return { ...plan, sets };
  const known = new Set(plan.sets.flatMap((set) => alertingRules(set).map(({ name }) => name)));
  throw refuse(`no such alert; there are ${[...known].join(', ')}`);
}

/** A case's accepted outcome; null where it has none that can be read. */
function acceptedOutcome(
  config: GolemConfig,
  root: string,
  suite: Suite,
  key: string,
): { readonly key: string; readonly accepted: GoldenDocument } | null {
  const accepted = soundDocument(readSuite({ root, goldenDir: config.golden }, suite.name), key);
  return accepted && { key, accepted };
}

function dayFrom({ dates }: Look): (record: RecordedWrite) => string {
  // A record that cannot be replayed belongs to no day of its own.
  return (record) => dates.get(recordKey(record)) ?? '';
}

function notShown(recording: string, reason: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'shrink',
    subject: recording,
    reason,
    next: `golem replay ${shellQuote(recording)}`,
  });
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
