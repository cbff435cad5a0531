/**
 * Causes of outcomes that are not as accepted. Accepted outcomes hold no traces, so a cause is found the way faults
 * are located in programs: by what the changed records have in common and the unchanged ones have not. A file of its
 * own because breaches, which have both traces, need none of it.
 */
import type { OutcomeChange } from '../golden/changes.ts';
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

/** One case of golden, changed or not: those that are as accepted are what the changed ones are held against. */
export interface GoldenCase {
  /** `suite/user/date`. */
  readonly name: string;
  /** Empty where the outcome is the accepted one. */
  readonly changes: readonly OutcomeChange[];
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
): readonly Cause[] {
  const evidence = cases.flatMap((one) => evidenceOf(one, explain));
  const groups = new Map<string, { signature: Signature; seen: Evidence[] }>();
  const add = (signature: Signature, one: Evidence): void => {
    const key = JSON.stringify(signature);
    const group = groups.get(key);
    if (group) group.seen.push(one);
    else groups.set(key, { signature, seen: [one] });
  };
  const changed = evidence.filter(({ changes }) => changes.length > 0);
  const { explained, rest } = coverBySuspects(evidence, explain?.stages ?? []);
  for (const [suspect, members] of explained) {
    const switched = members.some((one) => directionOf(one, suspect) === 'switched');
    for (const one of members) {
      add(suspectSignature(suspect, switched ? 'switched' : directionOf(one, suspect)), one);
    }
  }
  const fallback = new Set(rest);
  for (const one of changed) if (fallback.has(one)) add(plainSignature(one), one);
  return [...groups.values()].map((group) => goldenCause(group, explain)).sort(byCount);
}

function goldenCause(
  { signature, seen }: { readonly signature: Signature; readonly seen: readonly Evidence[] },
  explain: Explanations | undefined,
): Cause {
  const subjects = [...new Set(seen.map((one) => one.case))].sort();
  const fields = [...new Set(seen.flatMap(({ changes }) => changes.flatMap(columnsOf)))].sort();
  return causeOf(signature, { count: seen.length, subjects, fields }, explain);
}

function suspectSignature({ stage, code, entry, factor }: Suspect, direction: Direction): Signature {
  return { kind: 'golden', stage, code, entry, factor, direction, size: null, fields: [] };
}

/** Where nothing can be suspected: what kind of thing changed. All totals are one kind. */
function plainSignature({ changes, totals }: Evidence): Signature {
  const columns = new Set(changes.flatMap(columnsOf));
  const others = [...columns].filter((name) => !totals.has(name)).sort();
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
  const direct = one.changes.filter(({ side }) => side !== 'derived');
  const counted = direct.length > 0 ? direct : one.changes;
  const byRecord = Map.groupBy(counted, ({ record }) => record);
  const found: Evidence[] = [];
  for (const [record, changes] of byRecord) {
    found.push(recordEvidence(one.name, record, changes, one.writes.get(record), explain));
  }
  for (const [record, write] of one.writes) {
    if (!byRecord.has(record)) found.push(recordEvidence(one.name, record, [], write, explain));
  }
  return found;
}

function recordEvidence(
  name: string,
  record: string,
  changes: readonly OutcomeChange[],
  write: TracedWrite | undefined,
  explain: Explanations | undefined,
): Evidence {
  const present = new Map<string, Suspect>();
  const strong = new Map<string, { suspect: Suspect; direction: Direction }>();
  const switched = switchedCodes(changes);
  const numbers = changedNumbers(changes);
  for (const { stage, change } of write ? stageChanges(write) : []) {
    for (const suspect of suspectsOf(stage, change)) {
      present.set(suspect.key, suspect);
      const sets = typeof change.from === 'number' && typeof change.to === 'number';
      const moved = sets ? numbers.get(change.to as number) : undefined;
      if (switched.has(change.code)) strong.set(suspect.key, { suspect, direction: 'switched' });
      else if (moved !== undefined) strong.set(suspect.key, { suspect, direction: moved });
    }
  }
  for (const code of switched) {
    if ([...strong.values()].some(({ suspect }) => suspect.code === code)) continue;
    const stage = explain?.stages.find(({ codes }) => codes.includes(code))?.stage ?? null;
    const suspect = codeSuspect(stage, code, null);
    strong.set(suspect.key, { suspect, direction: 'switched' });
  }
  const first = write?.v2[0]?.stage ?? null;
  for (const entry of write?.entries ?? []) {
    const suspect = entrySuspect(first, entry);
    present.set(suspect.key, suspect);
  }
  return {
    case: name,
    record,
    changes,
    present,
    strong,
    moved: firstMove(changes),
    totals: totalsIn(changes),
  };
}

function stageChanges({ legacy, v2 }: TracedWrite): { readonly stage: string; readonly change: Change }[] {
  return [...legacy, ...v2].flatMap(({ stage, changes }) => changes.map((change) => ({ stage, change })));
}

/** The code at its stage, and the same with the factor it applied where it applied one. */
function suspectsOf(stage: string, { code, from, to }: Change): Suspect[] {
  const suspects = [codeSuspect(stage, code, null)];
  if (typeof from === 'number' && typeof to === 'number' && from !== 0 && to !== 0 && from !== to) {
    suspects.push(codeSuspect(stage, code, Number((to / from).toPrecision(3))));
  }
  return suspects;
}

function codeSuspect(stage: string | null, code: string, factor: number | null): Suspect {
  return { key: JSON.stringify([stage, code, factor]), stage, code, entry: null, factor };
}

function entrySuspect(stage: string | null, entry: string): Suspect {
  return { key: JSON.stringify([entry]), stage, code: null, entry, factor: null };
}

/** Codes that a path warned of before and not now, or now and not before. */
function switchedCodes(changes: readonly OutcomeChange[]): Set<string> {
  const before = new Map<string, number>();
  for (const { path, accepted, seen } of changes) {
    if (!/(^|\/)warnings(\/\d+)?$/.test(path)) continue;
    for (const code of texts(accepted)) before.set(code, (before.get(code) ?? 0) + 1);
    for (const code of texts(seen)) before.set(code, (before.get(code) ?? 0) - 1);
  }
  // A code that only moved within its list was there and is there.
  return new Set([...before].filter(([, balance]) => balance !== 0).map(([code]) => code));
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.flatMap(texts) : [];
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

/** Which way the first total moved, in the order of the changes. */
function firstMove(changes: readonly OutcomeChange[]): '+' | '-' | null {
  for (const { path, accepted, seen } of changes) {
    if (!TOTALS.test(path) || typeof accepted !== 'number' || typeof seen !== 'number') continue;
    return seen > accepted ? '+' : '-';
  }
  return null;
}

/** What a change is of: the last step of its path that is a name. */
function columnsOf({ path, record }: OutcomeChange): string[] {
  if (path === '') return [record === '' ? 'records' : 'record'];
  const names = path.split('/').filter((step) => !/^(\d+|\[.*\])$/.test(step));
  const match = TOTALS.exec(path);
  if (match)
    return [...totalsIn([{ path } as OutcomeChange])].concat(match[2] === undefined ? ['totals'] : []);
  return [names.at(-1) ?? path];
}
