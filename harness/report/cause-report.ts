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

/**
 * Causes of breaches. `replayed` says in which recordings they were found, where these are no suites: what they were
 * called there, and how they are named on a command line.
 */
export function breachCauseReport(
  cause: BreachCause,
  replayed?: { readonly suite: string; readonly asked: readonly string[] },
): CauseReport {
  const suites = Object.entries(cause.suites).map(([suite, { records, days, expected }]) => [
    suite,
    { count: records + days, expected },
  ]);
  const report = {
    ...causeReport(cause),
    expected: cause.expected,
    suites: Object.fromEntries(suites),
    remedy: '',
  };
  if (!replayed) return report;
  const [first = ''] = cause.subjects;
  const within = first.slice(replayed.suite.length + 1);
  const look = `npx golem explain ${quoted(within)} ${replayed.asked.map((one) => `--recording ${quoted(one)}`).join(' ')}`;
  return { ...report, ...(cause.users === null ? {} : { users: cause.users }), look };
}

function causeReport({ id, kind, label, count, signature, fields, subjects }: Cause) {
  const { stage, code, entry, factor, direction, size } = signature;
  const look = `npx golem explain ${quoted(subjects[0] ?? '')}`;
  return { id, kind, label, count, stage, code, entry, factor, direction, size, fields, subjects, look };
}

/** One entry of the ledger with what it covered. */
export function expectedReport({ entry, covered, state }: EntryUse): ExpectedReport {
  const { id, reason, owner, expires } = entry;
  return { id, reason, owner, expires, covered, state };
}

/** As a shell takes it for one word, whatever a user or a file is called. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
