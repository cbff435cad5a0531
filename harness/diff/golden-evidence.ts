/**
 * What speaks for which suspect in each record of a case: codes that came or went, numbers that a stage set and that
 * are others now, entries it rests on. Apart from the causes because this alone knows how outcomes are written down.
 */
import type { OutcomeChange } from '../golden/changes.ts';
import type { JsonObject } from '../golden/json.ts';
import type { Change, Explanations } from '../migration.ts';
import type { Direction } from './causes.ts';
import type { GoldenCase, TracedWrite } from './golden-causes.ts';
import type { Evidence, Suspect } from './suspects.ts';

/** The evidence of a case, one item a record; a case of which only consequences changed is one item. */
export function evidenceOf(one: GoldenCase, explain: Explanations | undefined): Evidence[] {
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

/** Path of a total, or of all totals of one side: the side, and the measure where it is one. */
export const TOTALS = /^(legacy|v2)\/totals(?:\/([^/]+))?$/;

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
export function columnsOf({ path, record, side }: OutcomeChange): string[] {
  if (side === 'derived') return [path.split('/')[0]!];
  if (path === '') return [record === '' ? 'records' : 'record'];
  const names = path.split('/').filter((step) => !/^(\d+|\[.*\])$/.test(step));
  const match = TOTALS.exec(path);
  if (match)
    return [...totalsIn([{ path } as OutcomeChange])].concat(match[2] === undefined ? ['totals'] : []);
  return [names.at(-1) ?? path];
}
