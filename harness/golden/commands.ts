/**
 * What `golem golden status` and `prune` do, as values to render. Each replays first, so nothing stale can be shown or
 * removed. Accepting and rejecting have files of their own.
 */
import type { Finding } from '../report/shape.ts';
import { type CaseCause, caseCauses, type FindCauses } from './case-causes.ts';
import { type GoldenComparison, unclaimedFindings } from './compare.ts';
import { byCodeUnit } from './json.ts';
import { acceptedPath, pendingPath, removeEntry } from './store.ts';
import {
  caseChanges,
  compareSuites,
  type GoldenWork,
  keptSuites,
  orphanedCases,
  refuseInCi,
  refuseLostSuite,
  unclaimedPaths,
} from './work.ts';

export type GoldenCounts = Omit<GoldenComparison, 'findings' | 'unaccepted'>;

export interface GoldenStatus {
  readonly suites: readonly (GoldenCounts & { readonly suite: string })[];
  readonly total: GoldenCounts;
  readonly causes: readonly CaseCause[];
  readonly findings: readonly Finding[];
  readonly clean: boolean;
}

export interface PrunedGolden {
  /** Files removed, relative to the root. */
  readonly removed: readonly string[];
}

/** Holds every suite that keeps golden files against a fresh replay; suites that must fail are left out. */
export async function goldenStatus(
  work: GoldenWork & { readonly findCauses: FindCauses },
): Promise<GoldenStatus> {
  const suites: (GoldenCounts & { suite: string })[] = [];
  const findings: Finding[] = [];
  const total = { matched: 0, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 };
  const compared = await compareSuites(work, keptSuites(work));
  for (const { suite, comparison } of compared) {
    const { findings: found, unaccepted: _, ...counts } = comparison;
    suites.push({ suite, ...counts });
    findings.push(...found);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  }
  const unclaimed = unclaimedFindings(work.goldenDir, unclaimedPaths(work));
  total.orphaned += unclaimed.length;
  findings.push(...unclaimed);
  const causes = caseCauses(compared.flatMap(caseChanges), work.findCauses);
  return { suites, total, causes, findings, clean: findings.length === 0 };
}

/**
 * Removes golden files that belong to no replayed case, entries that belong to no suite, and pending files. Rejects
 * with kind `usage` in CI and with kind `data` for a suite that has golden files but replayed no case.
 */
export async function pruneGolden(work: GoldenWork & { readonly ci: boolean }): Promise<PrunedGolden> {
  refuseInCi(work.ci, 'prune');
  const compared = await compareSuites(work, keptSuites(work));
  const doomed: string[] = [...unclaimedPaths(work)];
  for (const one of compared) {
    const { suite, stored } = one;
    refuseLostSuite('prune golden files of suite', one);
    doomed.push(...stored.pending.map((key) => pendingPath(suite, key)));
    doomed.push(...orphanedCases(one).map((key) => acceptedPath(suite, key)));
    doomed.push(...stored.strays.map(({ path }) => `${suite}/${path}`));
  }
  const removed = doomed.sort(byCodeUnit).filter((path) => removeEntry(work, path));
  return { removed: removed.map((path) => `${work.goldenDir}/${path}`) };
}
