/**
 * What `golem golden status`, `accept` and `prune` do, as values to render. A file of its own because these are the
 * only ways an accepted outcome changes. Each replays first, so nothing stale can be shown, accepted or removed.
 */
import { GolemError } from '../errors.ts';
import type { Finding } from '../report/shape.ts';
import type { GoldenDocument } from './case.ts';
import { type CaseKey, caseFile, caseName } from './case-key.ts';
import { compareGolden, type GoldenComparison, unclaimedFindings } from './compare.ts';
import { byCodeUnit } from './json.ts';
import { barePattern, type CaseName, matcherFor, mayConcern, selectCases } from './select.ts';
import {
  acceptedPath,
  type GoldenPlace,
  listUnclaimed,
  pendingPath,
  readSuite,
  removeEntry,
  type StoredSuite,
  writeAccepted,
} from './store.ts';

/** What these commands need to know of a suite; the config's own suites have this shape. */
export interface GoldenSuite {
  readonly name: string;
  /** False for suites that keep no golden files. Default true. */
  readonly golden?: boolean;
  /** Set for suites that must fail: what golden files they have are wrong on purpose and never touched. */
  readonly must_fail?: string;
}

/** Replays these suites as the gate does and returns what would be golden, by suite and case. */
export type CurrentDocuments = (
  suites: readonly string[],
) => Promise<ReadonlyMap<string, ReadonlyMap<CaseKey, GoldenDocument>>>;

export interface GoldenWork extends GoldenPlace {
  readonly suites: readonly GoldenSuite[];
  readonly currentDocuments: CurrentDocuments;
}

export type GoldenCounts = Omit<GoldenComparison, 'findings' | 'unaccepted'>;

export interface GoldenStatus {
  readonly suites: readonly (GoldenCounts & { readonly suite: string })[];
  readonly total: GoldenCounts;
  readonly findings: readonly Finding[];
  readonly clean: boolean;
}

export interface AcceptedCase {
  readonly name: CaseName;
  readonly file: string;
  readonly was: 'changed' | 'missing' | 'damaged';
}

export interface AcceptedGolden {
  readonly accepted: readonly AcceptedCase[];
  /** Selected cases whose golden file already held their outcome; these files keep their reason. */
  readonly unchanged: number;
}

export interface PrunedGolden {
  /** Files removed, relative to the root. */
  readonly removed: readonly string[];
}

/** Holds every suite that keeps golden files against a fresh replay; suites that must fail are left out. */
export async function goldenStatus(work: GoldenWork): Promise<GoldenStatus> {
  const suites: (GoldenCounts & { suite: string })[] = [];
  const findings: Finding[] = [];
  const total = { matched: 0, changed: 0, missing: 0, orphaned: 0, damaged: 0, pending: 0 };
  const documents = await replay(work, keptSuites(work));
  for (const suite of keptSuites(work)) {
    const { findings: found, unaccepted: _, ...counts } = compareSuite(work, suite, documents).comparison;
    suites.push({ suite, ...counts });
    findings.push(...found);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  }
  const unclaimed = unclaimedFindings(work.goldenDir, unclaimedPaths(work));
  total.orphaned += unclaimed.length;
  findings.push(...unclaimed);
  return { suites, total, findings, clean: findings.length === 0 };
}

/**
 * Replays the suites that the patterns concern and makes what was seen the accepted outcome of every selected case;
 * all cases without a pattern. Files that already hold their outcome stay as they are. Rejects with kind `usage` in
 * CI, without a reason, and for a pattern that means no case or one of a suite that must fail.
 */
export async function acceptGolden(
  work: GoldenWork & { readonly patterns: readonly string[]; readonly reason: string; readonly ci: boolean },
): Promise<AcceptedGolden> {
  refuseInCi(work.ci, 'accept');
  const reason = work.reason.trim();
  if (!/[\p{L}\p{N}]/u.test(reason)) {
    throw usage(
      'accept',
      'golden files',
      'a reason in words is required',
      'npx golem golden accept --reason "…"',
    );
  }
  for (const pattern of work.patterns) refuseMustFail(work, pattern);
  const suites = keptSuites(work).filter(
    (suite) =>
      work.patterns.length === 0 ||
      work.patterns.some((pattern) => mayConcern(suite, pattern, work.goldenDir)),
  );
  const documents = await replay(work, suites);
  const names = suites.flatMap((suite) =>
    [...casesOf(documents, suite).keys()].map((key) => caseName(suite, key)),
  );
  const selected = new Set(selectCases(names, work.patterns, work.goldenDir));
  const accepted: AcceptedCase[] = [];
  for (const suite of suites) accepted.push(...acceptSuite(work, suite, documents, selected, reason));
  return { accepted, unchanged: selected.size - accepted.length };
}

/**
 * Removes golden files that belong to no replayed case, entries that belong to no suite, and pending files. Rejects
 * with kind `usage` in CI and with kind `data` for a suite that has golden files but replayed no case, since that is a
 * suite that lost its recordings rather than one that lost its cases.
 */
export async function pruneGolden(work: GoldenWork & { readonly ci: boolean }): Promise<PrunedGolden> {
  refuseInCi(work.ci, 'prune');
  const suites = keptSuites(work);
  const documents = await replay(work, suites);
  const doomed: string[] = [...unclaimedPaths(work)];
  for (const suite of suites) {
    const { stored } = compareSuite(work, suite, documents);
    const cases = casesOf(documents, suite);
    if (cases.size === 0 && stored.accepted.size > 0) {
      throw new GolemError({
        kind: 'data',
        verb: 'prune golden files of suite',
        subject: suite,
        reason:
          'no case of it was replayed, so every file of it would go; remove the folder by hand if that is meant',
      });
    }
    doomed.push(...stored.pending.map((key) => pendingPath(suite, key)));
    doomed.push(
      ...[...stored.accepted.keys()].filter((key) => !cases.has(key)).map((key) => acceptedPath(suite, key)),
    );
    doomed.push(...stored.strays.map(({ path }) => `${suite}/${path}`));
  }
  const removed = doomed.sort(byCodeUnit).filter((path) => removeEntry(work, path));
  return { removed: removed.map((path) => `${work.goldenDir}/${path}`) };
}

function acceptSuite(
  work: GoldenWork,
  suite: string,
  documents: Documents,
  selected: ReadonlySet<CaseName>,
  reason: string,
): AcceptedCase[] {
  const { stored, comparison } = compareSuite(work, suite, documents);
  const accepted: AcceptedCase[] = [];
  for (const [key, document] of casesOf(documents, suite)) {
    const name = caseName(suite, key);
    if (!selected.has(name)) continue;
    const was = comparison.unaccepted.get(key);
    if (was !== undefined) {
      writeAccepted(work, suite, key, document, reason);
      accepted.push({ name, file: caseFile(work.goldenDir, suite, key), was });
    } else if (stored.pending.includes(key)) {
      removeEntry(work, pendingPath(suite, key));
    }
  }
  return accepted.sort((a, b) => byCodeUnit(a.name, b.name));
}

type Documents = ReadonlyMap<string, ReadonlyMap<CaseKey, GoldenDocument>>;

function compareSuite(
  work: GoldenWork,
  suite: string,
  documents: Documents,
): { readonly stored: StoredSuite; readonly comparison: GoldenComparison } {
  const stored = readSuite(work, suite);
  const { goldenDir } = work;
  return {
    stored,
    comparison: compareGolden({ suite, goldenDir, ...stored, documents: casesOf(documents, suite) }),
  };
}

async function replay(work: GoldenWork, suites: readonly string[]): Promise<Documents> {
  const documents = await work.currentDocuments(suites);
  for (const suite of suites) casesOf(documents, suite);
  return documents;
}

/** A suite that the replay did not speak of is a fault of golem's, not a suite without cases. */
function casesOf(documents: Documents, suite: string): ReadonlyMap<CaseKey, GoldenDocument> {
  const cases = documents.get(suite);
  if (cases !== undefined) return cases;
  throw new GolemError({
    kind: 'internal',
    verb: 'replay suite',
    subject: suite,
    reason: 'it gave no outcomes',
  });
}

/** Suites whose golden files these commands may touch. */
function keptSuites(work: GoldenWork): string[] {
  return work.suites
    .filter((suite) => suite.golden !== false && suite.must_fail === undefined)
    .map(({ name }) => name);
}

/** Entries of no suite; suites that must fail own what is in their folders. */
function unclaimedPaths(work: GoldenWork): readonly string[] {
  const owners = work.suites.filter((suite) => suite.golden !== false || suite.must_fail !== undefined);
  return listUnclaimed(
    work,
    owners.map(({ name }) => name),
  );
}

function refuseInCi(ci: boolean, verb: string): void {
  if (ci)
    throw usage(
      verb,
      'golden files',
      'in CI nothing is written; accept on your machine and commit the files',
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

function usage(verb: string, subject: string, reason: string, next?: string): GolemError {
  return new GolemError({ kind: 'usage', verb, subject, reason, ...(next !== undefined && { next }) });
}
