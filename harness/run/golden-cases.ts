/**
 * The cases of a suite as causes are found in them: what changed against the accepted outcome, and the traces of every
 * write, changed or not. A file of its own because the gate and every `golem golden` command find causes alike.
 */
import type { GolemConfig } from '../config.ts';
import {
  type ChangedCase,
  causesOfGolden,
  type GoldenCase,
  type TracedWrite,
  tracedWrite,
} from '../diff/golden-causes.ts';
import type { SuiteRun } from '../gate/suite-run.ts';
import type { FindCauses } from '../golden/case-causes.ts';
import { type CaseKey, caseKey, caseName } from '../golden/case-key.ts';
import type { CurrentDocuments } from '../golden/work.ts';
import type { WriteResult } from '../migration.ts';
import { changedCase, currentDocuments, type ReplayedOutcomes } from './outcomes.ts';

/** The traced writes of a suite's cases, by case and record. A repeat has those of the write that it repeats. */
export function tracedCases(
  config: GolemConfig,
  run: SuiteRun,
): ReadonlyMap<CaseKey, ReadonlyMap<string, TracedWrite>> {
  const { explain } = config.migration;
  const cases = new Map<CaseKey, Map<string, TracedWrite>>();
  const byRow = new Map<string, WriteResult>();
  for (const { record, result } of run.base.replayed) {
    const { rowId } = result;
    const first = rowId === null ? undefined : byRow.get(rowId);
    if (rowId !== null && first === undefined) byRow.set(rowId, result);
    const key = caseKey(record.user, result.date);
    const writes = cases.get(key) ?? new Map<string, TracedWrite>();
    cases.set(key, writes);
    writes.set(record.id, tracedWrite(result, explain, first));
  }
  return cases;
}

/** A suite's cases for `causesOfGolden`; `changed` are those whose outcome is not the accepted one. */
export function goldenCases(
  suite: string,
  traced: ReadonlyMap<CaseKey, ReadonlyMap<string, TracedWrite>>,
  changed: ReadonlyMap<string, ChangedCase>,
): GoldenCase[] {
  return [...traced].map(([key, writes]) => {
    const name = caseName(suite, key);
    return { suite, name, writes, changed: changed.get(name) ?? null };
  });
}

/**
 * A replay for the commands that show or accept golden files, and the causes of what it found changed. Causes are those
 * of the suites replayed last: the same suites, the same causes and ids as the gate's.
 */
export function replayedGolden(options: ReplayedOutcomes): {
  readonly currentDocuments: CurrentDocuments;
  readonly findCauses: FindCauses;
} {
  let traced = new Map<string, ReturnType<typeof tracedCases>>();
  const replay = currentDocuments({
    ...options,
    onSuite: (run) => traced.set(run.suite.name, tracedCases(options.config, run)),
  });
  return {
    currentDocuments: async (suites) => {
      traced = new Map();
      return replay(suites);
    },
    findCauses: (changes) => {
      const changed = new Map(
        changes.flatMap(({ name, accepted, current }) =>
          accepted && current ? [[name, changedCase(accepted, current)] as const] : [],
        ),
      );
      const cases = [...traced].flatMap(([suite, writes]) => goldenCases(suite, writes, changed));
      const { explain, measures } = options.config.migration;
      const causes = causesOfGolden(
        cases,
        explain,
        measures.map(({ name }) => name),
      );
      return causes.map(({ id, label, count, subjects }) => ({ id, label, count, cases: subjects }));
    },
  };
}
