/**
 * `golem golden reject`: what a run saw is not wanted. Pending files go and the accepted outcomes stay, so that
 * afterwards the golden folder is what it was before the run. A file of its own because it never replays unless it is
 * asked for a cause.
 */
import { caseCauses, chooseCauses, type FindCauses } from './case-causes.ts';
import { caseName, pendingFile } from './case-key.ts';
import { byCodeUnit } from './json.ts';
import { type CaseName, selectCases } from './select.ts';
import { pendingPath, readSuite, removeEntry } from './store.ts';
import { caseChanges, compareSuites, type GoldenWork, keptSuites, refuseInCi, usage } from './work.ts';

export interface RejectRequest {
  /** Patterns of cases; all that have a pending file without one. */
  readonly patterns: readonly string[];
  /** Ids of causes; given some, only their cases are meant. */
  readonly causes: readonly string[];
  readonly ci: boolean;
  readonly findCauses: FindCauses;
}

export interface RejectedGolden {
  /** Pending files removed, relative to the root, sorted. */
  readonly rejected: readonly string[];
}

/**
 * Removes the pending files of the selected cases. Rejects with kind `usage` in CI, and where a pattern, a cause or
 * the whole choice means no case that is pending.
 */
export async function rejectGolden(work: GoldenWork & RejectRequest): Promise<RejectedGolden> {
  refuseInCi(work.ci, 'reject');
  const suites = keptSuites(work);
  const pending = new Map(
    suites.flatMap((suite) =>
      readSuite(work, suite).pending.map((key) => [caseName(suite, key), { suite, key }] as const),
    ),
  );
  if (pending.size === 0) throw nothing(work, 'no case is pending');
  let names: readonly CaseName[] = [...pending.keys()];
  if (work.causes.length > 0) {
    const changes = (await compareSuites(work, suites)).flatMap(caseChanges);
    const { cases, held } = chooseCauses(caseCauses(changes, work.findCauses), work.causes, 'reject');
    // To reject is to say no to a whole case, for whichever of its causes.
    names = [...cases, ...held.map(({ name }) => name)].filter((name) => pending.has(name));
    if (names.length === 0) throw nothing(work, 'none of its cases has a pending file');
  }
  const rejected = selectCases(names, work.patterns, work.goldenDir, 'pending case').map(
    (name) => pending.get(name)!,
  );
  for (const { suite, key } of rejected) removeEntry(work, pendingPath(suite, key));
  return {
    rejected: rejected.map(({ suite, key }) => pendingFile(work.goldenDir, suite, key)).sort(byCodeUnit),
  };
}

function nothing({ patterns, causes }: RejectRequest, reason: string): Error {
  const asked = [...causes, ...patterns].join(', ') || 'golden files';
  return usage(
    'reject',
    asked,
    `${reason}; the gate leaves pending files beside what it finds changed`,
    'npx golem gate',
  );
}
