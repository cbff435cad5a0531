/**
 * `golem golden accept`: what a fresh replay showed becomes the accepted outcome of the cases that were named. A file
 * of its own because with the review it is the only way by which an accepted outcome changes, and because everything
 * it refuses is refused before the first byte is written.
 */
import { caseCauses, chooseCauses, type FindCauses } from './case-causes.ts';
import { caseFile, caseName } from './case-key.ts';
import { barePattern, type CaseName, matcherFor, mayConcern, selectCases } from './select.ts';
import { acceptedPath, pendingPath, removeEntry, writeAccepted } from './store.ts';
import {
  type CaseChange,
  caseChanges,
  type ComparedSuite,
  compareSuites,
  type GoldenWork,
  keptSuites,
  refuseInCi,
  refuseLostSuite,
  usage,
} from './work.ts';

export interface AcceptRequest {
  /** Patterns of cases; all of them without one. */
  readonly patterns: readonly string[];
  /** Ids of causes; given some, only their cases are meant. */
  readonly causes: readonly string[];
  readonly reason: string;
  readonly ci: boolean;
  /** True to remove golden files of selected cases that are no longer replayed. */
  readonly allowFewerCases: boolean;
  readonly findCauses: FindCauses;
  /** Called with what would be written, once nothing else stands against it; a rejection leaves all as it is. */
  readonly beforeWriting: (cases: readonly CaseName[]) => Promise<void>;
}

export interface AcceptedCase {
  readonly name: CaseName;
  readonly file: string;
  /** `orphaned`: its file was removed. */
  readonly was: CaseChange['was'];
}

export interface AcceptedGolden {
  readonly accepted: readonly AcceptedCase[];
  /** Selected cases whose golden file already held their outcome; these files keep their reason. */
  readonly unchanged: number;
  /** Cases of a chosen cause that were left alone because they have another cause too. */
  readonly held: readonly { readonly name: CaseName; readonly causes: readonly string[] }[];
}

/**
 * Replays the suites that the patterns concern and makes what was seen the accepted outcome of every selected case.
 * Files that already hold their outcome stay as they are. Rejects with kind `usage`, before anything is written: in
 * CI, without a reason, for a pattern or cause that means no case, for a suite that must fail, and where golden files
 * would go without leave.
 */
export async function acceptGolden(work: GoldenWork & AcceptRequest): Promise<AcceptedGolden> {
  refuseInCi(work.ci, 'accept');
  const reason = checkedReason(work.reason);
  for (const pattern of work.patterns) refuseMustFail(work, pattern);
  // Causes are found by comparing all cases, so that an id means the same whatever the patterns.
  const suites = keptSuites(work).filter(
    (suite) =>
      work.causes.length > 0 ||
      work.patterns.length === 0 ||
      work.patterns.some((pattern) => mayConcern(suite, pattern, work.goldenDir)),
  );
  const compared = await compareSuites(work, suites);
  const changes = compared.flatMap(caseChanges);
  const chosen =
    work.causes.length === 0
      ? null
      : chooseCauses(caseCauses(changes, work.findCauses), work.causes, 'accept');
  const names = chosen?.cases ?? allNames(compared, changes);
  if (chosen && names.length === 0) throw allHeld(work.causes, chosen.held);
  const selected = new Set(selectCases(names, work.patterns, work.goldenDir));
  const accepted = changes.filter(({ name }) => selected.has(name));
  refuseFewerCases(work, accepted, compared);
  await work.beforeWriting(accepted.map(({ name }) => name));
  for (const change of accepted) acceptCase(work, change, reason);
  const written = new Set(accepted.map(({ name }) => name));
  for (const { suite, stored } of compared) {
    for (const key of stored.pending) {
      const name = caseName(suite, key);
      if (selected.has(name) && !written.has(name)) removeEntry(work, pendingPath(suite, key));
    }
  }
  return {
    accepted: accepted.map(({ name, suite, key, was }) => ({
      name,
      file: caseFile(work.goldenDir, suite, key),
      was,
    })),
    unchanged: compared
      .flatMap(({ suite, documents }) => [...documents.keys()].map((key) => caseName(suite, key)))
      .filter((name) => selected.has(name) && !written.has(name)).length,
    held: chosen?.held ?? [],
  };
}

/** Writes one case's outcome as accepted, or removes its file where it is no longer replayed; nothing pending is left. */
export function acceptCase(
  work: Pick<GoldenWork, 'root' | 'goldenDir'>,
  { suite, key, current }: CaseChange,
  reason: string,
): void {
  if (current !== null) writeAccepted(work, suite, key, current, reason);
  else {
    removeEntry(work, pendingPath(suite, key));
    removeEntry(work, acceptedPath(suite, key));
  }
}

/** The reason without blanks around it; throws with kind `usage` where it says nothing. */
export function checkedReason(given: string): string {
  const reason = given.trim();
  if (/[\p{L}\p{N}]/u.test(reason)) return reason;
  throw usage(
    'accept',
    'golden files',
    'a reason in words is required',
    'npx golem golden accept --reason "…"',
  );
}

/** Every case that a pattern may mean: those replayed, and those that have an accepted outcome all the same. */
function allNames(compared: readonly ComparedSuite[], changes: readonly CaseChange[]): CaseName[] {
  const names = new Set(changes.map(({ name }) => name));
  for (const { suite, documents, stored } of compared) {
    for (const key of documents.keys()) names.add(caseName(suite, key));
    for (const key of stored.pending) names.add(caseName(suite, key));
  }
  return [...names];
}

/** Cases must not vanish in passing: who means it says so. */
function refuseFewerCases(
  work: AcceptRequest,
  accepted: readonly CaseChange[],
  compared: readonly ComparedSuite[],
): void {
  const gone = accepted.filter(({ was }) => was === 'orphaned');
  if (gone.length === 0) return;
  for (const suite of compared)
    if (gone.some((change) => change.suite === suite.suite))
      refuseLostSuite('accept the end of every case of suite', suite);
  if (work.allowFewerCases) return;
  throw usage(
    'accept',
    gone[0]!.name,
    `no record of it${gone.length === 1 ? '' : `, nor of ${gone.length - 1} other`} is replayed any more, so ` +
      'accepting would remove golden files; add --allow-fewer-cases if that is meant',
    'npx golem golden status --verbose',
  );
}

function allHeld(ids: readonly string[], held: readonly { readonly causes: readonly string[] }[]): Error {
  const all = [...new Set([...ids, ...held.flatMap(({ causes }) => causes)])];
  const flags = all.map((id) => `--cause ${id}`).join(' ');
  return usage(
    'accept cause',
    ids.join(', '),
    'each of its cases has another cause too, and a case is accepted whole',
    `npx golem golden accept ${flags} --reason "…"`,
  );
}

/** A pattern that names a suite that must fail is a mistake even if it names others too. */
function refuseMustFail(work: GoldenWork, pattern: string): void {
  const bare = barePattern(pattern, work.goldenDir).replace(/[*?].*$/s, '');
  const suite = work.suites.find(
    ({ name, must_fail }) =>
      must_fail !== undefined &&
      bare !== '' &&
      (bare.startsWith(`${name}/`) || matcherFor(pattern, work.goldenDir)(name)),
  );
  if (suite === undefined) return;
  throw usage('accept', pattern, `suite ${suite.name} must fail; its golden files are wrong on purpose`);
}
