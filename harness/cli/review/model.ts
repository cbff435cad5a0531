/**
 * What a review is about: cases that are not as accepted, their causes, and what accepting them would mean. A file of
 * its own because it does not change while the review goes on; only the state does. What is shown of a case is worked
 * out when it is first looked at, so that a thousand cases open as fast as ten.
 */
import { outcomeChanges } from '../../golden/changes.ts';
import type { CaseCause } from '../../golden/case-causes.ts';
import { renderGolden } from '../../golden/file.ts';
import { type DayShift, dayShifts } from '../../golden/shift.ts';
import type { CaseChange } from '../../golden/work.ts';
import type { Measure } from '../../migration.ts';
import { type DiffLength, diffLines } from './diff-lines.ts';
import { type Line, line, span, wrapLine } from './lines.ts';

export interface ReviewCause extends Omit<CaseCause, 'cases'> {
  /** Indexes into the model's cases. */
  readonly cases: readonly number[];
}

export interface ReviewCase {
  readonly change: CaseChange;
  /** Indexes into the model's causes. */
  readonly causes: readonly number[];
}

export interface ReviewModel {
  readonly causes: readonly ReviewCause[];
  readonly cases: readonly ReviewCase[];
  /** The reason given on the command line; empty where it is to be asked for. */
  readonly reason: string;
  readonly measures: readonly Measure[];
  /** How far day totals shift over these cases. */
  readonly shifts: (cases: readonly number[]) => readonly DayShift[];
  /** Breach and alert rows that change if these cases are accepted. */
  readonly rows: (cases: readonly number[]) => RowsThatChange;
  readonly diff: (index: number, length: DiffLength) => readonly Line[];
  /** Lines broken to a width, kept until another text or width is asked for: a whole diff may have thousands. */
  readonly wrapped: (what: string, columns: number, make: () => readonly Line[]) => readonly Line[];
}

/** Rows of the gate that change with a decision. */
export interface RowsThatChange {
  readonly lines: readonly Line[];
  /** How many of them turn red. */
  readonly turningRed: number;
}

export interface ModelInput {
  readonly changes: readonly CaseChange[];
  readonly causes: readonly CaseCause[];
  readonly reason: string;
  readonly measures: readonly Measure[];
  readonly rowsThatChange: (cases: readonly CaseChange[]) => RowsThatChange;
}

/** Makes the model; a case that no cause names stands in a cause of its own, so that nothing is left out. */
export function reviewModel({ changes, causes, reason, measures, rowsThatChange }: ModelInput): ReviewModel {
  const indexOf = new Map(changes.map(({ name }, index) => [name, index]));
  const named = new Set(causes.flatMap((cause) => cause.cases));
  const rest = changes.filter(({ name }) => !named.has(name)).map(({ name }) => name);
  const other = { id: 'other', label: 'changes that no cause explains', count: rest.length, cases: rest };
  const all = (rest.length === 0 ? causes : [...causes, other]).map((cause) => ({
    ...cause,
    cases: cause.cases.flatMap((name) => indexOf.get(name) ?? []),
  }));
  const cases = changes.map((change, index) => ({
    change,
    causes: all.flatMap((cause, i) => (cause.cases.includes(index) ? [i] : [])),
  }));
  const names = measures.map(({ name }) => name);
  const changesAt = (indexes: readonly number[]): CaseChange[] => indexes.map((index) => changes[index]!);
  return {
    causes: all,
    cases,
    reason,
    measures,
    shifts: remembered((indexes: readonly number[]) => dayShifts(changesAt(indexes), names)),
    rows: remembered((indexes: readonly number[]) => rowsThatChange(changesAt(indexes))),
    diff: remembered((index: number, length: DiffLength) => linesOf(changes[index]!, length)),
    wrapped: lastWrapped(),
  };
}

function lastWrapped(): ReviewModel['wrapped'] {
  let last: { readonly key: string; readonly lines: readonly Line[] } | null = null;
  return (what, columns, make) => {
    const key = `${what} ${columns}`;
    if (last?.key !== key) last = { key, lines: make().flatMap((one) => wrapLine(one, columns)) };
    return last.lines;
  };
}

/** The function with its answers kept, by its arguments. */
function remembered<Args extends readonly unknown[], Answer>(ask: (...args: Args) => Answer) {
  const answers = new Map<string, Answer>();
  return (...args: Args): Answer => {
    const key = JSON.stringify(args);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(...args);
    answers.set(key, answer);
    return answer;
  };
}

/** A case's changes; of a case that has one side only, its whole file. */
function linesOf({ accepted, current }: CaseChange, length: DiffLength): readonly Line[] {
  if (accepted !== null && current !== null)
    return diffLines(outcomeChanges(accepted, current, Number.POSITIVE_INFINITY), length);
  const document = current ?? accepted;
  if (document === null) return [line(span('  - its golden file, which cannot be read', 'removed'))];
  const [sign, style] = current === null ? (['-', 'removed'] as const) : (['+', 'added'] as const);
  return renderGolden(document, '…')
    .trimEnd()
    .split('\n')
    .map((text) => line(span(`  ${sign} ${text}`, style)));
}
