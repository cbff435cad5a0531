/** A review of invented cases, for the tests of this folder: two causes that share a case, a new one, one that is gone. */
import type { CaseCause } from '../../golden/case-causes.ts';
import { sampleDocument } from '../../golden/sample.test-data.ts';
import type { CaseChange } from '../../golden/work.ts';
import { line } from './lines.ts';
import { type ReviewModel, reviewModel } from './model.ts';

/** A changed case whose V2 amount moved by `by`. */
export function changedCase(user: string, date: string, by: number): CaseChange {
  return {
    name: `everyday/${user}/${date}`,
    suite: 'everyday',
    key: `${user}/${date}`,
    was: 'changed',
    accepted: sampleDocument(2, { user, date, v2Amount: 560 }),
    current: sampleDocument(2, { user, date, v2Amount: 560 + by }),
  };
}

export const CHANGES: readonly CaseChange[] = [
  changedCase('ann', '2025-09-01', 5),
  changedCase('ann', '2025-09-02', 7),
  changedCase('ann', '2025-09-03', -60),
  changedCase('bob', '2025-09-01', 1),
  {
    ...changedCase('bob', '2025-09-02', 1),
    was: 'missing',
    accepted: null,
  },
  {
    ...changedCase('bob', '2025-09-03', 1),
    was: 'orphaned',
    current: null,
  },
];

/** Causes `one` (ann's three days) and `two` (ann's third and bob's first), then the new case and the one gone. */
export const CAUSES: readonly CaseCause[] = [
  cause('c-one', 'rounding up', [0, 1, 2]),
  cause('c-two', 'another tax', [2, 3]),
  cause('new', 'cases that have no golden file yet', [4]),
  cause('gone', 'cases of which no record is replayed any more', [5]),
];

function cause(id: string, label: string, cases: readonly number[]): CaseCause {
  return { id, label, count: cases.length * 2, cases: cases.map((index) => CHANGES[index]!.name) };
}

export function sampleModel(reason = ''): ReviewModel {
  return reviewModel({
    changes: CHANGES,
    causes: CAUSES,
    reason,
    measures: [
      { name: 'amount', unit: 'EUR' },
      { name: 'tax', unit: 'EUR' },
    ],
    rowsThatChange: (chosen) => ({
      lines: [line(`  breach rows of ${chosen.length} cases`)],
      // The third day goes over its limit.
      turningRed: chosen.includes(CHANGES[2]!) ? 1 : 0,
    }),
  });
}
