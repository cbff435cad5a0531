/**
 * Outcomes of a suite's replays as golden documents, and what the accepted files say to them.
 */
import { existsSync } from 'node:fs';
import type { GolemConfig } from '../config.ts';
import type { ChangedCase } from '../diff/golden-causes.ts';
import type { GoldenVerdict } from '../gate/judge.ts';
import type { SuiteRun } from '../gate/suite-run.ts';
import { type CaseRecord, type GoldenDocument, goldenDocuments, outcomeShape } from '../golden/case.ts';
import { type CaseKey, caseName } from '../golden/case-key.ts';
import { outcomeChanges } from '../golden/changes.ts';
import { compareGolden, type GoldenComparison, unclaimedFindings } from '../golden/compare.ts';
import { listUnclaimed, readSuite, type StoredSuite, writePending } from '../golden/store.ts';
import { type CurrentDocuments, soundDocument } from '../golden/work.ts';
import type { StoreChoice } from '../migration.ts';
import type { Replayed } from '../replayed.ts';
import type { Finding } from '../report/shape.ts';
import { keepsGolden, openStores, recordingOf, replaySuite } from './suite.ts';

/** What comparing outcomes with accepted ones needs of a run. */
export interface GoldenPlace {
  readonly config: GolemConfig;
  readonly root: string;
  /** True in continuous integration: nothing is written. */
  readonly ci: boolean;
}

/** Outcomes of one suite as golden documents, by case. */
export function documentsOf(config: GolemConfig, run: SuiteRun): ReadonlyMap<CaseKey, GoldenDocument> {
  const shape = outcomeShape(config.migration);
  const base = byUser(run.base.replayed);
  const full = byUser(run.full?.replayed ?? []);
  const documents = new Map<CaseKey, GoldenDocument>();
  for (const [user, records] of base) {
    const input = { suite: run.suite.name, user, base: records, full: full.get(user) ?? [] };
    for (const [key, document] of goldenDocuments(input, shape)) documents.set(key, document);
  }
  return documents;
}

function byUser(replayed: readonly Replayed[]): Map<string, CaseRecord[]> {
  return Map.groupBy(
    replayed.map(({ record, result, issued }) => ({
      id: record.id,
      at: record.at,
      result,
      issued,
      user: record.user,
    })),
    ({ user }) => user,
  );
}

/** Compares a suite with its golden files; outside CI what was seen is left beside those that differ. */
export function compareWithGolden(options: GoldenPlace, run: SuiteRun): GoldenVerdict | null {
  if (!run.full) return null;
  const place = { root: options.root, goldenDir: options.config.golden };
  const suite = run.suite.name;
  const documents = documentsOf(options.config, run);
  const stored = readSuite(place, suite);
  const comparison = compareGolden({ suite, goldenDir: place.goldenDir, ...stored, documents });
  if (run.suite.must_fail === undefined) {
    for (const key of comparison.unaccepted.keys()) {
      const document = documents.get(key);
      if (document) writePending(place, suite, key, document, options.ci);
    }
  }
  const { matched, findings } = comparison;
  return {
    matched,
    cases: documents.size,
    findings,
    changed: changedCases(suite, stored, documents, comparison),
  };
}

/** What changed in every case that has both outcomes, by the case's name. */
function changedCases(
  suite: string,
  stored: StoredSuite,
  documents: ReadonlyMap<CaseKey, GoldenDocument>,
  comparison: GoldenComparison,
): GoldenVerdict['changed'] {
  const changed = new Map<string, ChangedCase>();
  for (const [key, was] of comparison.unaccepted) {
    const accepted = was === 'changed' ? soundDocument(stored, key) : null;
    const seen = documents.get(key);
    if (accepted && seen) changed.set(caseName(suite, key), changedCase(accepted, seen));
  }
  return changed;
}

/** A case's two outcomes with what is not alike in them. */
export function changedCase(accepted: GoldenDocument, current: GoldenDocument): ChangedCase {
  return { accepted, current, changes: outcomeChanges(accepted, current) };
}

/** Golden files of no suite, such as those of one that the config no longer lists. */
export function unclaimedGolden({ config, root }: Pick<GoldenPlace, 'config' | 'root'>): readonly Finding[] {
  const owners = config.suites.filter((suite) => keepsGolden(suite) || suite.must_fail !== undefined);
  const place = { root, goldenDir: config.golden };
  return unclaimedFindings(
    place.goldenDir,
    listUnclaimed(
      place,
      owners.map(({ name }) => name),
    ),
  );
}

/** What a replay for golden files needs. */
export interface ReplayedOutcomes extends GoldenPlace {
  readonly store: StoreChoice;
  readonly seed: string;
  readonly progress: (line: string) => void;
}

/**
 * Replays suites as the gate does, for the commands that show or accept golden files. `onSuite` sees each run before
 * all but its documents is let go.
 */
export function currentDocuments(
  options: ReplayedOutcomes & { readonly onSuite?: (run: SuiteRun) => void },
): CurrentDocuments {
  return async (names) => {
    const stores = openStores(options);
    const documents = new Map<string, ReadonlyMap<CaseKey, GoldenDocument>>();
    try {
      for (const suite of options.config.suites) {
        if (!names.includes(suite.name)) continue;
        options.progress(`replaying ${suite.name}`);
        const recorded = existsSync(recordingOf(options.config, options.root, suite.name));
        const run = recorded ? await replaySuite(options, stores, suite, null) : null;
        if (run) options.onSuite?.(run);
        documents.set(suite.name, run ? documentsOf(options.config, run) : new Map());
      }
    } finally {
      await stores.close();
    }
    return documents;
  };
}
