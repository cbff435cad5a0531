/**
 * The checks between settings of one suite: nobody may notice V2, a share is made of users who are wholly in or
 * wholly out, and no setting of the dual write changes a difference or a metric.
 */
import { structuralDiff } from '../diff/structural.ts';
import type { Replayed } from '../replayed.ts';
import type { Row } from '../report/shape.ts';
import { countOf, showAgain } from './rows.ts';
import type { SettingRun, SuiteRun } from './suite-run.ts';

/** A check over pairs of records: how many disagree, out of how many, and the first that does. */
interface Agreement {
  readonly compared: number;
  readonly disagreeing: readonly string[];
}

function nameOf(replayed: Replayed): string {
  return `${replayed.record.user} ${replayed.record.id}`;
}

/** Records of two replays of one recording stand at the same index; a record missing on one side disagrees. */
function compareRuns(
  one: SettingRun,
  other: SettingRun,
  agree: (a: Replayed, b: Replayed) => boolean,
): Agreement {
  const disagreeing: string[] = [];
  const compared = Math.max(one.replayed.length, other.replayed.length);
  for (let index = 0; index < compared; index++) {
    const a = one.replayed[index];
    const b = other.replayed[index];
    if (!a || !b || nameOf(a) !== nameOf(b)) disagreeing.push(nameOf((a ?? b)!));
    else if (!agree(a, b)) disagreeing.push(nameOf(b));
  }
  return { compared, disagreeing };
}

function same(a: unknown, b: unknown): boolean {
  return structuralDiff(a, b).length === 0;
}

function agreementRow(suite: string, check: string, finding: string, agreement: Agreement): Row {
  const count = agreement.disagreeing.length;
  const passed = count === 0 && agreement.compared > 0;
  return {
    suite,
    check,
    expected: '0 differ',
    actual: count === 0 ? '0 differ' : `${count} differ, first ${agreement.disagreeing[0]}`,
    of: countOf(agreement.compared, 'record'),
    passed,
    finding,
    remedy: passed ? '' : showAgain(suite),
  };
}

/** Every answer must be what legacy alone would have given: a V2 that shows is a leak. */
export function checkAnswers(run: SuiteRun): Row[] {
  const others = [run.base, ...(run.full ? [run.full] : []), ...run.shares];
  return others.map((other) =>
    agreementRow(
      run.suite.name,
      `answers under ${other.setting} as without V2`,
      'v2_leak',
      compareRuns(run.alone, other, (a, b) => same(a.result.answer, b.result.answer)),
    ),
  );
}

/** What one record left in the store and in the differences, whatever its trace. */
function outcomeOf(replayed: Replayed): unknown {
  const { answer, disposition, phase, liveRow, legacy, v2, record, day } = replayed.result;
  return {
    answer,
    disposition,
    phase,
    liveRow,
    legacy: legacy && { state: legacy.state, totals: legacy.totals, rows: legacy.rows },
    v2: v2 && { state: v2.state, totals: v2.totals, rows: v2.rows },
    record,
    day,
  };
}

/** Under a share exactly the users inside it come out as under full; every other user as under base. */
export function checkShares(run: SuiteRun): Row[] {
  const full = run.full;
  if (!full) return [];
  return run.shares.map((share) => {
    const inside = new Set<string>();
    for (const { record, result } of share.replayed) if (result.phase === 'P1') inside.add(record.user);
    const insideOnly = compareRuns(share, full, (a, b) =>
      inside.has(a.record.user) ? same(outcomeOf(a), outcomeOf(b)) : true,
    );
    const outsideOnly = compareRuns(share, run.base, (a, b) =>
      inside.has(a.record.user) ? true : same(outcomeOf(a), outcomeOf(b)),
    );
    return agreementRow(
      run.suite.name,
      `each user under ${share.setting} as under base or full`,
      'share_mixed',
      {
        compared: insideOnly.compared,
        disagreeing: [...insideOnly.disagreeing, ...outsideOnly.disagreeing],
      },
    );
  });
}

/** The dual write changes no difference and no metric: compared as the samples a scrape would read. */
export function checkMetrics(run: SuiteRun): Row[] {
  const base = run.base.tally.metrics.samples();
  const others = [...(run.full ? [run.full] : []), ...run.shares];
  return others.map((other) => {
    const differing = structuralDiff(base, other.tally.metrics.samples());
    const passed = differing.length === 0;
    return {
      suite: run.suite.name,
      check: `metrics under ${other.setting} as under base`,
      expected: '0 differ',
      actual: passed ? '0 differ' : `${differing.length} differ, first ${differing[0]!.path}`,
      of: countOf(base.length, 'sample'),
      passed,
      finding: 'setting_changes_metrics',
      remedy: passed ? '' : showAgain(run.suite.name),
    };
  });
}
