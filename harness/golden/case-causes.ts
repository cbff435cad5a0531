/**
 * Why cases are not as accepted: causes found in their changes, and beside them what needs no comparison, such as a
 * case that is new. A file of its own so that status, accept, reject and review name and count the same causes.
 */
import { GolemError } from '../errors.ts';
import { byCodeUnit } from './json.ts';
import type { CaseName } from './select.ts';
import type { CaseChange } from './work.ts';

/** What some cases that are not as accepted have in common. */
export interface CaseCause {
  /** Stable for the same cause: what `--cause` takes. */
  readonly id: string;
  /** What people call it. */
  readonly label: string;
  /** Differences it explains, over all its cases. */
  readonly count: number;
  /** Sorted. */
  readonly cases: readonly CaseName[];
}

/** Finds causes in cases that have both an accepted and a current outcome. */
export type FindCauses = (changes: readonly CaseChange[]) => readonly CaseCause[];

/** Causes that need no comparison, by what a case is, in the order in which they are shown. */
const PLAIN = [
  { was: 'missing', id: 'new', label: 'cases that have no golden file yet' },
  { was: 'damaged', id: 'damaged', label: 'golden files that are damaged' },
  { was: 'orphaned', id: 'gone', label: 'cases of which no record is replayed any more' },
] as const;

/** Every cause of these changes: those found first, as `find` orders them. */
export function caseCauses(changes: readonly CaseChange[], find: FindCauses): readonly CaseCause[] {
  const found = find(changes.filter(({ was }) => was === 'changed'));
  const plain = PLAIN.flatMap(({ was, id, label }) => {
    const cases = changes.filter((change) => change.was === was).map(({ name }) => name);
    return cases.length === 0 ? [] : [{ id, label, count: cases.length, cases: cases.sort(byCodeUnit) }];
  });
  return [...found, ...plain];
}

/** What a choice of causes means. */
export interface CauseChoice {
  /** Cases all of whose causes were chosen, sorted. */
  readonly cases: readonly CaseName[];
  /** Cases that also have a cause which was not chosen, each with the ids of those. */
  readonly held: readonly { readonly name: CaseName; readonly causes: readonly string[] }[];
}

/**
 * The cases of the chosen causes. A case is one file, so one that has another cause too is not chosen until that cause
 * is named as well: nothing is accepted that nobody looked at. Throws a `GolemError` of kind `usage` for an unknown id
 * and where every case is held back.
 */
export function chooseCauses(
  causes: readonly CaseCause[],
  ids: readonly string[],
  verb: string,
): CauseChoice {
  for (const id of ids) {
    if (causes.some((cause) => cause.id === id)) continue;
    const known = causes.map((cause) => cause.id).join(', ');
    throw new GolemError({
      kind: 'usage',
      verb: `${verb} cause`,
      subject: id,
      reason:
        known === '' ? 'every case is as accepted, so there is no cause' : `the causes now are ${known}`,
      next: 'npx golem golden status',
    });
  }
  const cases: CaseName[] = [];
  const held: { name: CaseName; causes: string[] }[] = [];
  const named = causes.filter(({ id }) => ids.includes(id)).flatMap((cause) => cause.cases);
  for (const name of [...new Set(named)].sort(byCodeUnit)) {
    const others = causes.filter((cause) => !ids.includes(cause.id) && cause.cases.includes(name));
    if (others.length === 0) cases.push(name);
    else held.push({ name, causes: others.map(({ id }) => id) });
  }
  return { cases, held };
}
