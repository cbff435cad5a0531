/**
 * Causes and the ledger's entries as the report carries them, with the commands that show and accept them. Apart from
 * the assembly, because causes are found elsewhere and only become text and commands here.
 */
import type { BreachCause } from '../diff/breach-families.ts';
import type { Cause } from '../diff/causes.ts';
import type { GoldenCause } from '../diff/golden-causes.ts';
import type { EntryUse } from '../ledger/coverage.ts';
import type { CauseReport, ExpectedReport } from './shape.ts';

/** Causes of outcomes that are not as accepted. */
export function goldenCauseReport(cause: GoldenCause): CauseReport {
  const remedy = `npx golem golden accept --cause ${cause.id} --reason "…"`;
  const suites = Object.entries(cause.suites).map(([suite, count]) => [suite, { count, expected: 0 }]);
  return { ...causeReport(cause), expected: 0, suites: Object.fromEntries(suites), remedy };
}

/** Causes of breaches. */
export function breachCauseReport(cause: BreachCause): CauseReport {
  const suites = Object.entries(cause.suites).map(([suite, { records, days, expected }]) => [
    suite,
    { count: records + days, expected },
  ]);
  return { ...causeReport(cause), expected: cause.expected, suites: Object.fromEntries(suites), remedy: '' };
}

function causeReport({ id, kind, label, count, signature, fields, subjects }: Cause) {
  const { stage, code, entry, factor, direction, size } = signature;
  const look = `npx golem explain '${subjects[0] ?? ''}'`;
  return { id, kind, label, count, stage, code, entry, factor, direction, size, fields, subjects, look };
}

/** One entry of the ledger with what it covered. */
export function expectedReport({ entry, covered, state }: EntryUse): ExpectedReport {
  const { id, reason, owner, expires } = entry;
  return { id, reason, owner, expires, covered, state };
}
