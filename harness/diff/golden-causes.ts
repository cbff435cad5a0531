/**
 * Causes of outcomes that are not as accepted. Accepted outcomes hold no traces, so a cause is found the way faults
 * are located in programs: by what the changed records have in common and the unchanged ones have not. A file of its
 * own because breaches, which have both traces, need none of it.
 */
import type { GoldenDocument } from '../golden/case.ts';
import type { OutcomeChange } from '../golden/changes.ts';
import type { JsonObject } from '../golden/json.ts';
import type { Change, Explanations, TraceEntry, WriteResult } from '../migration.ts';
import { byCount, type Cause, causeOf, type Direction, type Signature } from './causes.ts';
import { coverBySuspects, type Evidence, type Suspect } from './suspects.ts';

/** What is known of how one write came to its outcome. */
export interface TracedWrite {
  readonly legacy: readonly TraceEntry[];
  readonly v2: readonly TraceEntry[];
  /** What it rests on, such as entries of a dictionary and units; sorted. */
  readonly entries: readonly string[];
}

/** A case's two outcomes and what is not alike in them. */
export interface ChangedCase {
  readonly accepted: GoldenDocument;
  readonly current: GoldenDocument;
  readonly changes: readonly OutcomeChange[];
}

/** A cause of changed outcomes, with how many records each suite has of it. */
export interface GoldenCause extends Cause {
  readonly kind: 'golden';
  readonly suites: Readonly<Record<string, number>>;
}

/** One case of golden, changed or not: those that are as accepted are what the changed ones are held against. */
export interface GoldenCase {
  readonly suite: string;
  /** `suite/user/date`. */
  readonly name: string;
  /** Null where the outcome is the accepted one. */
  readonly changed: ChangedCase | null;
  /** Its records by id. */
  readonly writes: ReadonlyMap<string, TracedWrite>;
}

/**
 * What a result tells of its write's way. `first` is the result of the write that stored the row, where this one only
 * repeats it.
 */
export function tracedWrite(
  result: WriteResult,
  explain: Explanations | undefined,
  first: WriteResult = result,
): TracedWrite {
  const from = result.legacy === null && result.v2 === null ? first : result;
  const parts = explain?.sources(from) ?? [];
  return {
    legacy: from.legacy?.trace ?? [],
    v2: from.v2?.trace ?? [],
    entries: [...new Set(parts.flatMap(({ entries }) => entries))].sort(),
  };
}

/**
 * The causes of all changed cases, the most differences first. Give every case of the suites that were replayed. Only
 * changes of answers, rows and totals are put down to causes: differences and running days follow from them, and count
 * where nothing else changed in the case.
 */
export function causesOfGolden(
  cases: readonly GoldenCase[],
  explain: Explanations | undefined,
): readonly GoldenCause[] {
  const evidence = cases.flatMap((one) => evidenceOf(one, explain));
  const groups = new Map<string, { signature: Signature; seen: Evidence[] }>();
  const add = (signature: Signature, one: Evidence): void => {
    const key = JSON.stringify(signature);
    const group = groups.get(key);
    if (group) group.seen.push(one);
    else groups.set(key, { signature, seen: [one] });
  };
  const { explained, rest } = coverBySuspects(evidence, explain?.stages ?? []);
  for (const [suspect, members] of foldFactors(explained)) {
    const switched = members.some((one) => directionOf(one, suspect) === 'switched');
    for (const one of members) {
      add(suspectSignature(suspect, switched ? 'switched' : directionOf(one, suspect)), one);
    }
  }
  const measures = new Set(evidence.flatMap(({ totals }) => [...totals]));
  for (const one of rest) add(plainSignature(one, measures), one);
  return [...groups.values()].map((group) => goldenCause(group, explain)).sort(byCount);
}

/** Where a rule applies that did not, or no longer, its factors are not causes of their own. */
function foldFactors(
  explained: ReadonlyMap<Suspect, readonly Evidence[]>,
): ReadonlyMap<Suspect, readonly Evidence[]> {
  const folded = new Map<Suspect, readonly Evidence[]>();
  const wholes = [...explained.keys()].filter(({ code, factor }) => code !== null && factor === null);
  for (const [suspect, members] of explained) {
    const { stage, code, factor } = suspect;
    const whole =
      factor === null ? undefined : wholes.find((one) => one.stage === stage && one.code === code);
    const into = whole ?? suspect;
    folded.set(into, [...(folded.get(into) ?? []), ...members]);
  }
  return folded;
}

function goldenCause(
  { signature, seen }: { readonly signature: Signature; readonly seen: readonly Evidence[] },
  explain: Explanations | undefined,
): GoldenCause {
  const subjects = [...new Set(seen.map((one) => one.case))].sort();
  const fields = [...new Set(seen.flatMap(({ changes }) => changes.flatMap(columnsOf)))].sort();
  const suites: Record<string, number> = {};
  for (const suite of seen.map((one) => one.suite).sort()) suites[suite] = (suites[suite] ?? 0) + 1;
  const cause = causeOf(signature, { count: seen.length, subjects, fields }, explain);
  return { ...cause, kind: 'golden', suites };
}

function suspectSignature({ stage, code, entry, factor }: Suspect, direction: Direction): Signature {
  return { kind: 'golden', stage, code, entry, factor, direction, size: null, fields: [] };
}

/** Where nothing can be suspected: what kind of thing changed. All totals are one kind. */
function plainSignature({ changes }: Evidence, measures: ReadonlySet<string>): Signature {
  const columns = new Set(changes.flatMap(columnsOf));
  const others = [...columns].filter((name) => !measures.has(name)).sort();
  const fields = others.length < columns.size ? ['totals'] : others;
  return {
    kind: 'golden',
    stage: null,
    code: null,
    entry: null,
    factor: null,
    direction: null,
    size: null,
    fields,
  };
}

/** Which way a record went: as what the suspect set went, else as the first total that moved. */
function directionOf(one: Evidence, suspect: Suspect): Direction {
  return one.strong.get(suspect.key)?.direction ?? one.moved;
}

/** The evidence of a case, one item a record; a case of which only consequences changed is one item. */
function evidenceOf(one: GoldenCase, explain: Explanations | undefined): Evidence[] {
  const { changes = [] } = one.changed ?? {};
  const direct = changes.filter(({ side }) => side !== 'derived');
  const byRecord = Map.groupBy(direct.length > 0 ? direct : changes, ({ record }) => record);
  const records = new Set([...byRecord.keys(), ...one.writes.keys()]);
  return [...records].map((record) => recordEvidence(one, record, byRecord.get(record) ?? [], explain));
}

function recordEvidence(
  one: GoldenCase,
  record: string,
  changes: readonly OutcomeChange[],
  explain: Explanations | undefined,
): Evidence {
  const write = one.writes.get(record);
  const present = new Map<string, Suspect>();
  const strong = new Map<string, { suspect: Suspect; direction: Direction }>();
  const switched = switchedCodes(one, record);
  const numbers = changedNumbers(changes);
  const named = movedTotals(changes);
  for (const { stage, change } of write ? stageChanges(write) : []) {
    const [whole, byFactor] = suspectsOf(stage, change, explain);
    for (const suspect of [whole, byFactor]) if (suspect) present.set(suspect.key, suspect);
    const sets = typeof change.from === 'number' && typeof change.to === 'number';
    const moved = sets ? (numbers.get(change.to as number) ?? named.get(change.subject)) : undefined;
    // A rule that applies where it did not is one cause, whatever its factors; one that applies another factor is that.
    if (switched.has(change.code)) strong.set(whole.key, { suspect: whole, direction: 'switched' });
    else if (moved !== undefined) {
      const suspect = byFactor ?? whole;
      strong.set(suspect.key, { suspect, direction: moved });
    }
  }
  for (const code of switched) {
    if ([...strong.values()].some(({ suspect }) => suspect.code === code)) continue;
    const suspect = codeSuspect(stageOfCode(code, switched, explain), code, null);
    strong.set(suspect.key, { suspect, direction: 'switched' });
  }
  const first = write?.v2[0]?.stage ?? null;
  for (const entry of write?.entries ?? []) {
    const suspect = entrySuspect(first, entry);
    present.set(suspect.key, suspect);
  }
  const [moved] = named.values();
  const totals = totalsIn(changes);
  return { suite: one.suite, case: one.name, record, changes, present, strong, moved: moved ?? null, totals };
}

/** The stage that reports a code; of several the one that reports another of these as well, else the first. */
function stageOfCode(
  code: string,
  together: ReadonlySet<string>,
  explain: Explanations | undefined,
): string | null {
  const stages = explain?.stages.filter(({ codes }) => codes.includes(code)) ?? [];
  const shared = stages.find(({ codes }) => codes.some((other) => other !== code && together.has(other)));
  return (shared ?? stages[0])?.stage ?? null;
}

function stageChanges({ legacy, v2 }: TracedWrite): { readonly stage: string; readonly change: Change }[] {
  return [...legacy, ...v2].flatMap(({ stage, changes }) => changes.map((change) => ({ stage, change })));
}

/** The code at its stage, and the same with the factor it applied where factors tell its constants apart. */
function suspectsOf(
  stage: string,
  { code, from, to }: Change,
  explain: Explanations | undefined,
): readonly [Suspect, Suspect | null] {
  const whole = codeSuspect(stage, code, null);
  const applies = typeof from === 'number' && typeof to === 'number' && from !== 0 && to !== 0 && from !== to;
  if (!applies || !explain?.factors.includes(code)) return [whole, null];
  return [whole, codeSuspect(stage, code, Number((to / from).toPrecision(3)))];
}

function codeSuspect(stage: string | null, code: string, factor: number | null): Suspect {
  return { key: JSON.stringify([stage, code, factor]), stage, code, entry: null, factor };
}

function entrySuspect(stage: string | null, entry: string): Suspect {
  return { key: JSON.stringify([entry]), stage, code: null, entry, factor: null };
}

/** Codes that a path warned of in one of a record's two outcomes and not in the other. */
function switchedCodes({ changed }: GoldenCase, record: string): Set<string> {
  const switched = new Set<string>();
  const before = changed?.accepted.base.find(({ id }) => id === record);
  const now = changed?.current.base.find(({ id }) => id === record);
  if (!before || !now) return switched;
  for (const side of ['legacy', 'v2']) {
    const [was, is] = [warningsOf(before, side), warningsOf(now, side)];
    for (const code of [...was, ...is]) if (!was.includes(code) || !is.includes(code)) switched.add(code);
  }
  return switched;
}

function warningsOf(record: JsonObject, side: string): string[] {
  const path = record[side] as JsonObject | undefined;
  return Array.isArray(path?.warnings) ? path.warnings.map(String) : [];
}

/**
 * Numbers that stand in the outcome now where another stood, and which way each went. 0 and 1 are left out: they stand
 * everywhere.
 */
function changedNumbers(changes: readonly OutcomeChange[]): Map<number, '+' | '-'> {
  const numbers = new Map<number, '+' | '-'>();
  const walk = (seen: unknown, accepted: unknown): void => {
    if (typeof seen === 'number') {
      if (seen === 0 || seen === 1) return;
      numbers.set(seen, typeof accepted === 'number' && accepted > seen ? '-' : '+');
    } else if (typeof seen === 'object' && seen !== null) {
      for (const part of Object.values(seen)) walk(part, undefined);
    }
  };
  for (const { seen, accepted } of changes) walk(seen, accepted);
  return numbers;
}

const TOTALS = /^(legacy|v2)\/totals(?:\/([^/]+))?$/;

/** The measures whose totals changed. */
function totalsIn(changes: readonly OutcomeChange[]): Set<string> {
  const names = new Set<string>();
  for (const { path, accepted, seen } of changes) {
    const [match, , name] = TOTALS.exec(path) ?? [];
    if (match === undefined) continue;
    if (name !== undefined) names.add(name);
    else for (const all of Object.keys(Object(accepted ?? seen))) names.add(all);
  }
  return names;
}

/** Which way each total moved, in the order of the changes. */
function movedTotals(changes: readonly OutcomeChange[]): Map<string, '+' | '-'> {
  const moved = new Map<string, '+' | '-'>();
  for (const { path, accepted, seen } of changes) {
    const [, , name] = TOTALS.exec(path) ?? [];
    if (name === undefined || typeof accepted !== 'number' || typeof seen !== 'number') continue;
    if (!moved.has(name)) moved.set(name, seen > accepted ? '+' : '-');
  }
  return moved;
}

/** What a change is of: the last step of its path that is a name. */
function columnsOf({ path, record, side }: OutcomeChange): string[] {
  if (side === 'derived') return [path.split('/')[0]!];
  if (path === '') return [record === '' ? 'records' : 'record'];
  const names = path.split('/').filter((step) => !/^(\d+|\[.*\])$/.test(step));
  const match = TOTALS.exec(path);
  if (match)
    return [...totalsIn([{ path } as OutcomeChange])].concat(match[2] === undefined ? ['totals'] : []);
  return [names.at(-1) ?? path];
}
