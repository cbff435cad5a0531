/**
 * Which of many suspects best explains a set of changed records, held against those that did not change. Spectrum-based
 * fault location with Ochiai's coefficient (Abreu, Zoeteweij, van Gemund: On the Accuracy of Spectrum-based Fault
 * Localization, 2007), one suspect after the other until nothing is left to explain. It knows nothing of what a suspect
 * is, which is why it stands alone.
 */
import type { OutcomeChange } from '../golden/changes.ts';
import type { Direction } from './causes.ts';

/** Something that records may have in common: what a stage did, or an entry they rest on. */
export interface Suspect {
  readonly key: string;
  readonly stage: string | null;
  readonly code: string | null;
  readonly entry: string | null;
  readonly factor: number | null;
}

/** One record: what changed in it, and what it has in common with others. */
export interface Evidence {
  readonly suite: string;
  /** `suite/user/date`. */
  readonly case: string;
  readonly record: string;
  /** Empty where it is as accepted. */
  readonly changes: readonly OutcomeChange[];
  /** What is to be found in the record as it is now. */
  readonly present: ReadonlyMap<string, Suspect>;
  /** What can be seen to have changed by itself: a code that came or went, a number it set that was another. */
  readonly strong: ReadonlyMap<string, { readonly suspect: Suspect; readonly direction: Direction }>;
  readonly moved: '+' | '-' | null;
  readonly totals: ReadonlySet<string>;
}

/** The stages in order, each with its codes in order. */
type Order = readonly { readonly stage: string; readonly codes: readonly string[] }[];

/** Below this share of changed records among those that have it, a mere presence explains nothing. */
const LEAST_PRECISION = 0.5;
/** Entries that cannot be told apart are named together up to this many. */
const NAMED_TOGETHER = 3;

interface Candidate {
  readonly suspect: Suspect;
  readonly members: readonly Evidence[];
  readonly score: number;
  readonly rank: readonly (number | string)[];
}

/**
 * Puts every changed record down to one suspect, or leaves it in `rest`. The same records in any order give the same
 * answer. A suspect that can be seen to have changed explains the records where that is seen; one that is merely
 * present explains those that have it, if most of such records changed, and takes records from a seen change only if
 * there are several and all of them did.
 */
export function coverBySuspects(
  evidence: readonly Evidence[],
  order: Order,
): { readonly explained: ReadonlyMap<Suspect, readonly Evidence[]>; readonly rest: readonly Evidence[] } {
  const open = new Set(evidence.filter(({ changes }) => changes.length > 0));
  const unchanged = new Map<string, number>();
  let unchangedRecords = 0;
  for (const one of evidence) {
    if (open.has(one)) continue;
    unchangedRecords += 1;
    for (const key of one.present.keys()) unchanged.set(key, (unchanged.get(key) ?? 0) + 1);
  }
  const explained = new Map<Suspect, readonly Evidence[]>();
  const byKey = new Map<string, Suspect>();
  const rest: Evidence[] = [];
  while (open.size > 0) {
    const best = bestOf(candidates(open, unchanged, order), open, unchangedRecords);
    for (const member of best.members) open.delete(member);
    if (best.suspect === null) {
      rest.push(...best.members);
      continue;
    }
    const suspect = byKey.get(best.suspect.key) ?? best.suspect;
    byKey.set(suspect.key, suspect);
    explained.set(suspect, [...(explained.get(suspect) ?? []), ...best.members]);
  }
  return { explained: joinedBy(rest, explained), rest: rest.filter((one) => joins(one, explained) === null) };
}

/** What was left over joins a cause that was found elsewhere and that it has as well. */
function joinedBy(
  rest: readonly Evidence[],
  explained: ReadonlyMap<Suspect, readonly Evidence[]>,
): ReadonlyMap<Suspect, readonly Evidence[]> {
  const joining = Map.groupBy(rest, (one) => joins(one, explained));
  return new Map([...explained].map(([key, members]) => [key, [...members, ...(joining.get(key) ?? [])]]));
}

/** The largest explained suspect that a record has, where its totals moved. */
function joins(one: Evidence, explained: ReadonlyMap<Suspect, readonly Evidence[]>): Suspect | null {
  if (one.totals.size === 0) return null;
  const having = [...explained].filter(([{ key, code }]) => code !== null && one.present.has(key));
  having.sort(([a, many], [b, others]) => others.length - many.length || (a.key < b.key ? -1 : 1));
  return having[0]?.[0] ?? null;
}

function candidates(
  open: ReadonlySet<Evidence>,
  unchanged: ReadonlyMap<string, number>,
  order: Order,
): Candidate[] {
  const suspects = new Map<string, Suspect>();
  const seen = new Map<string, Evidence[]>();
  const having = new Map<string, Evidence[]>();
  for (const one of open) {
    for (const [key, { suspect }] of one.strong) {
      suspects.set(key, suspect);
      push(seen, key, one);
    }
    // What a write rests on can only have moved its totals; other columns have other reasons.
    if (one.totals.size === 0 && one.strong.size === 0) continue;
    for (const [key, suspect] of one.present) {
      suspects.set(key, suspect);
      push(having, key, one);
    }
  }
  const found: Candidate[] = [];
  const consider = (suspect: Suspect, members: readonly Evidence[], seenToChange: boolean): void => {
    if (members.length === 0) return;
    const others = unchanged.get(suspect.key) ?? 0;
    if (!seenToChange && members.length < LEAST_PRECISION * (members.length + others)) return;
    const score = ochiai(members.length, open.size, others);
    found.push({ suspect, members, score, rank: rankOf(suspect, seenToChange, order) });
  };
  for (const [key, suspect] of suspects) {
    consider(suspect, seen.get(key) ?? [], true);
    const members = having.get(key) ?? [];
    // One record that happens to be the only one with an entry says nothing against what is seen to have changed.
    const overrules = members.length > 1 && (unchanged.get(key) ?? 0) === 0;
    consider(suspect, overrules ? members : members.filter(({ strong }) => strong.size === 0), false);
  }
  return found;
}

function push(into: Map<string, Evidence[]>, key: string, one: Evidence): void {
  const list = into.get(key);
  if (list) list.push(one);
  else into.set(key, [one]);
}

/** Failed and having it ÷ √(failed × having it). */
function ochiai(failedHaving: number, failed: number, passedHaving: number): number {
  return failedHaving / Math.sqrt(failed * (failedHaving + passedHaving));
}

/** Among equals: what was seen to change, codes before entries, the earlier stage, the more general, the name. */
function rankOf({ stage, code, factor, key }: Suspect, seen: boolean, order: Order): (number | string)[] {
  const at = order.findIndex((one) => one.stage === stage);
  const codeAt = at < 0 || code === null ? -1 : order[at]!.codes.indexOf(code);
  const last = Number.MAX_SAFE_INTEGER;
  return [
    seen ? 0 : 1,
    code === null ? 1 : 0,
    at < 0 ? last : at,
    codeAt < 0 ? last : codeAt,
    factor === null ? 0 : 1,
    key,
  ];
}

/** The records that are put down next, and to what: null where nothing in particular explains them better. */
function bestOf(
  found: readonly Candidate[],
  open: ReadonlySet<Evidence>,
  unchangedRecords: number,
): { readonly suspect: Suspect | null; readonly members: readonly Evidence[] } {
  const sorted = [...found].sort((a, b) => b.score - a.score || byRank(a.rank, b.rank));
  const best = sorted[0];
  const all = { suspect: null, members: [...open] };
  if (best === undefined) return all;
  const isSeen = best.rank[0] === 0;
  const mostChanged = open.size >= LEAST_PRECISION * (open.size + unchangedRecords);
  const anyRecord = ochiai(open.size, open.size, unchangedRecords);
  if (!isSeen && mostChanged && anyRecord >= best.score && best.members.length < open.size) return all;
  if (isSeen || best.suspect.entry === null) return best;
  const alike = sorted.filter(
    ({ suspect, score, members }) =>
      suspect.entry !== null && score === best.score && sameMembers(members, best.members),
  );
  if (alike.length === 1) return best;
  if (alike.length > NAMED_TOGETHER) return { suspect: null, members: best.members };
  const entries = alike.map(({ suspect }) => suspect.entry ?? '').sort();
  const entry = entries.join('|');
  return { suspect: { ...best.suspect, entry, key: JSON.stringify(entries) }, members: best.members };
}

function sameMembers(a: readonly Evidence[], b: readonly Evidence[]): boolean {
  if (a.length !== b.length) return false;
  const set = new Set(a);
  return b.every((one) => set.has(one));
}

function byRank(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index]!;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
