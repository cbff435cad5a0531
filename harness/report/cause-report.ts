/**
 * Causes and the ledger's entries as the report carries them, with the commands that show and accept them. Apart from
 * the assembly, because causes are found elsewhere and only become text and commands here.
 */
import type { BreachCause } from '../diff/breach-causes.ts';
import type { Cause } from '../diff/causes.ts';
import type { EntryUse } from '../ledger/coverage.ts';
import type { CauseReport, ExpectedReport } from './shape.ts';

/** Causes of outcomes that are not as accepted. */
export function goldenCauseReport(cause: Cause): CauseReport {
  const remedy = `npx golem golden accept --cause ${cause.id} --reason "…"`;
  return { ...causeReport(cause), expected: 0, remedy };
}

/** Causes of breaches. */
export function breachCauseReport(cause: BreachCause): CauseReport {
  return { ...causeReport(cause), expected: cause.expected, remedy: '' };
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
