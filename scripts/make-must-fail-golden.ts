/**
 * Makes the golden files of the suites that must fail because of their golden files. They are wrong on purpose:
 * `golden accept` never touches them, so they are made here, from the healthy outcomes, each wrong in one way.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../golem.config.ts';
import type { GoldenDocument } from '../harness/golden/case.ts';
import { type CaseKey, caseKey } from '../harness/golden/case-key.ts';
import type { JsonObject } from '../harness/golden/json.ts';
import { writeAccepted } from '../harness/golden/store.ts';
import { currentDocuments } from '../harness/run/outcomes.ts';

const root = join(import.meta.dirname, '..');
const place = { root, goldenDir: config.golden };
const STALE = 'must-fail/golden-stale';
const ORPHANED = 'must-fail/golden-orphaned';

const documents = await currentDocuments({
  config,
  root,
  store: { kind: 'memory' },
  seed: config.seed,
  ci: false,
  progress: () => undefined,
})([STALE, ORPHANED]);

function writeSuite(suite: string, cases: ReadonlyMap<CaseKey, GoldenDocument>, reason: string): void {
  rmSync(join(root, config.golden, suite), { recursive: true, force: true });
  for (const [key, document] of cases) writeAccepted(place, suite, key, document, reason);
  console.log(`${suite}: ${cases.size} files`);
}

/** The first case's first V2 energy as an older V2 might have had it. */
function withStaleV2(cases: ReadonlyMap<CaseKey, GoldenDocument>): Map<CaseKey, GoldenDocument> {
  const stale = new Map(cases);
  const [key, document] = [...cases][0]!;
  const aged = (records: readonly JsonObject[]): JsonObject[] =>
    records.map((record, index) => (index === 0 ? withEnergy(record, 7) : record));
  stale.set(key, { ...document, base: aged(document.base), full: aged(document.full) });
  return stale;
}

function withEnergy(record: JsonObject, more: number): JsonObject {
  const v2 = record.v2 as JsonObject;
  const totals = v2.totals as JsonObject;
  return { ...record, v2: { ...v2, totals: { ...totals, calories: Number(totals.calories) + more } } };
}

/** One more case than is replayed: a day that the recording no longer holds. */
function withOrphan(cases: ReadonlyMap<CaseKey, GoldenDocument>): Map<CaseKey, GoldenDocument> {
  const [, document] = [...cases][0]!;
  const date = '2025-08-01';
  return new Map([...cases, [caseKey(document.user, date), { ...document, date }]]);
}

writeSuite(STALE, withStaleV2(documents.get(STALE)!), 'wrong on purpose: one V2 energy is 7 too high');
writeSuite(ORPHANED, withOrphan(documents.get(ORPHANED)!), 'wrong on purpose: one day is no longer recorded');
