/**
 * Causes of outcomes that are not as accepted. Accepted outcomes hold no traces, so a cause is found the way faults
 * are located in programs: by what the changed records have in common and the unchanged ones have not. A file of its
 * own because breaches, which have both traces, need none of it.
 */
import type { GoldenDocument } from '../golden/case.ts';
import type { OutcomeChange } from '../golden/changes.ts';
import type { Explanations, TraceEntry, WriteResult } from '../migration.ts';
import { byCount, type Cause, causeOf, type Direction, type Signature } from './causes.ts';
import { columnsOf, evidenceOf } from './golden-evidence.ts';
import { type Rounding, takeRoundings } from './golden-rounding.ts';
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
 * where nothing else changed in the case. `measureNames` are in the order of a trace's totals; without them no
 * rounding is told apart from what it rounds.
 */
export function causesOfGolden(
  cases: readonly GoldenCase[],
  explain: Explanations | undefined,
  measureNames: readonly string[] = [],
): readonly GoldenCause[] {
  const evidence = cases.flatMap((one) => evidenceOf(one, explain));
  const groups = new Map<string, { signature: Signature; seen: Evidence[] }>();
  const add = (signature: Signature, one: Evidence): void => {
    const key = JSON.stringify(signature);
    const group = groups.get(key);
    if (group) group.seen.push(one);
    else groups.set(key, { signature, seen: [one] });
  };
  const taken = takeRoundings(cases, evidence, explain, measureNames);
  for (const rounding of taken.roundings) {
    for (const one of rounding.members) add(roundingSignature(rounding), one);
  }
  const { explained, rest } = coverBySuspects(taken.rest, explain?.stages ?? []);
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

/** Both paths are one cause where the same stage rounds both. */
function roundingSignature({ stage, paths, direction }: Rounding): Signature {
  return {
    kind: 'golden',
    stage,
    code: null,
    entry: null,
    factor: null,
    direction,
    size: 'slight',
    fields: paths,
  };
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
