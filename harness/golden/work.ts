/**
 * What every `golem golden` command starts from: the suites it may touch, a fresh replay, and that replay held against
 * the disk. A file of its own so that status, accept, reject, prune and review see one and the same state.
 */
import { GolemError } from '../errors.ts';
import type { GoldenDocument } from './case.ts';
import { type CaseKey, caseName } from './case-key.ts';
import { compareGolden, type GoldenComparison } from './compare.ts';
import { parseGolden } from './file.ts';
import { byCodeUnit } from './json.ts';
import type { CaseName } from './select.ts';
import { type GoldenPlace, listUnclaimed, readSuite, type StoredSuite } from './store.ts';

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

/** One case whose outcome is not the accepted one, with both. */
export interface CaseChange {
  readonly name: CaseName;
  readonly suite: string;
  readonly key: CaseKey;
  /** `orphaned`: there is an accepted outcome, but no record of the case was replayed. */
  readonly was: 'changed' | 'missing' | 'damaged' | 'orphaned';
  /** Null where there is none, or none that can be read. */
  readonly accepted: GoldenDocument | null;
  /** Null where the case was not replayed. */
  readonly current: GoldenDocument | null;
}

/** One suite: what the disk holds, what a replay left, and how the two compare. */
export interface ComparedSuite {
  readonly suite: string;
  readonly stored: StoredSuite;
  readonly documents: ReadonlyMap<CaseKey, GoldenDocument>;
  readonly comparison: GoldenComparison;
}

/** Replays suites and holds each against its golden files. */
export async function compareSuites(work: GoldenWork, suites: readonly string[]): Promise<ComparedSuite[]> {
  const replayed = await work.currentDocuments(suites);
  return suites.map((suite) => {
    const documents = replayed.get(suite);
    // A suite that the replay did not speak of is a fault of golem's, not a suite without cases.
    if (documents === undefined) {
      const failure = { verb: 'replay suite', subject: suite, reason: 'it gave no outcomes' };
      throw new GolemError({ kind: 'internal', ...failure });
    }
    const stored = readSuite(work, suite);
    const input = { suite, goldenDir: work.goldenDir, ...stored, documents };
    return { suite, stored, documents, comparison: compareGolden(input) };
  });
}

/** The cases of a suite that are not as accepted, by name. */
export function caseChanges({ suite, stored, documents, comparison }: ComparedSuite): CaseChange[] {
  const changes: CaseChange[] = [];
  for (const [key, was] of comparison.unaccepted) {
    const accepted = was === 'changed' ? soundDocument(stored, key) : null;
    changes.push({
      name: caseName(suite, key),
      suite,
      key,
      was,
      accepted,
      current: documents.get(key) ?? null,
    });
  }
  for (const key of orphanedCases({ stored, documents })) {
    const name = caseName(suite, key);
    changes.push({ name, suite, key, was: 'orphaned', accepted: soundDocument(stored, key), current: null });
  }
  return changes.sort((a, b) => byCodeUnit(a.name, b.name));
}

/** The accepted outcomes of a suite by case; of cases that match, what was replayed is what was accepted. */
export function acceptedDocuments(suite: ComparedSuite): ReadonlyMap<CaseKey, GoldenDocument> {
  const accepted = new Map(suite.documents);
  for (const change of caseChanges(suite)) {
    if (change.accepted === null) accepted.delete(change.key);
    else accepted.set(change.key, change.accepted);
  }
  return accepted;
}

/** Cases that have an accepted outcome, though no record of theirs was replayed. */
export function orphanedCases({
  stored,
  documents,
}: Pick<ComparedSuite, 'stored' | 'documents'>): readonly CaseKey[] {
  return [...stored.accepted.keys()].filter((key) => !documents.has(key));
}

/** A case's accepted outcome; null where its file cannot be read. */
export function soundDocument(stored: StoredSuite, key: CaseKey): GoldenDocument | null {
  const accepted = stored.accepted.get(key);
  if (accepted === undefined || 'damage' in accepted) return null;
  const read = parseGolden(accepted.text);
  return read.state === 'sound' ? read.document : null;
}

/** Suites whose golden files these commands may touch. */
export function keptSuites(work: Pick<GoldenWork, 'suites'>): string[] {
  return work.suites
    .filter((suite) => suite.golden !== false && suite.must_fail === undefined)
    .map(({ name }) => name);
}

/** Entries of no suite; suites that must fail own what is in their folders. */
export function unclaimedPaths(work: GoldenPlace & Pick<GoldenWork, 'suites'>): readonly string[] {
  const owners = work.suites.filter((suite) => suite.golden !== false || suite.must_fail !== undefined);
  return listUnclaimed(
    work,
    owners.map(({ name }) => name),
  );
}

/**
 * Throws where a suite has golden files but replayed no case: that is a suite that lost its recording rather than
 * one that lost its cases, and removing them all would hide it.
 */
export function refuseLostSuite(verb: string, { suite, stored, documents }: ComparedSuite): void {
  if (documents.size > 0 || stored.accepted.size === 0) return;
  throw new GolemError({
    kind: 'data',
    verb,
    subject: suite,
    reason:
      'no case of it was replayed, so every file of it would go; remove the folder by hand if that is meant',
  });
}

/** Throws in continuous integration, where nothing that is accepted may change. */
export function refuseInCi(ci: boolean, verb: string): void {
  if (!ci) return;
  throw usage(verb, 'golden files', 'in CI nothing is written; accept on your machine and commit the files');
}

/** A mistake in what was asked for; `next` is a command to type. */
export function usage(verb: string, subject: string, reason: string, next?: string): GolemError {
  return new GolemError({ kind: 'usage', verb, subject, reason, ...(next !== undefined && { next }) });
}
