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

/**
 * Who is inside a share, by the recorded bucket and the percentage, read here and not by the service: a service that
 * takes 10% for 12.5% must not be its own witness. Settings without a percentage are told by the service's phase.
 */
function membership(share: SettingRun): (replayed: Replayed) => boolean {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(share.setting)?.[1];
  if (percent === undefined) return ({ result }) => result.phase === 'P1';
  return ({ record }) => record.rollout_bucket < Math.round(Number(percent) * 100);
}

/** Writes of users inside a share are in phase P1, all others in P0. */
function holdsPhase({ result }: Replayed, inside: boolean): boolean {
  return result.disposition !== 'new' || (result.phase === 'P1') === inside;
}

/** Under a share exactly the users inside it come out as under full; every other user as under base. */
export function checkShares(run: SuiteRun): Row[] {
  const full = run.full;
  if (!full) return [];
  return run.shares.map((share) => {
    const isInside = membership(share);
    const agrees = (a: Replayed, b: Replayed, inside: boolean): boolean =>
      isInside(a) !== inside || (holdsPhase(a, inside) && same(outcomeOf(a), outcomeOf(b)));
    const insideOnly = compareRuns(share, full, (a, b) => agrees(a, b, true));
    const outsideOnly = compareRuns(share, run.base, (a, b) => agrees(a, b, false));
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

/** Under base nobody's writes are merged, under full everybody's. */
export function checkPhases(run: SuiteRun): Row[] {
  const settings = [
    { setting: run.base, inside: false },
    ...(run.full ? [{ setting: run.full, inside: true }] : []),
  ];
  return settings.map(({ setting, inside }) =>
    agreementRow(
      run.suite.name,
      `${inside ? 'everybody' : 'nobody'} inside the dual write under ${setting.setting}`,
      'share_mixed',
      compareRuns(setting, setting, (a) => holdsPhase(a, inside)),
    ),
  );
}

/** The merge adds to the live row and changes nothing that legacy wrote. */
export function checkLiveRows(run: SuiteRun, mergedColumns: readonly string[]): Row[] {
  const { full } = run;
  if (!full) return [];
  const legacyPart = ({ result }: Replayed): unknown =>
    result.liveRow &&
    Object.fromEntries(Object.entries(result.liveRow).filter(([column]) => !mergedColumns.includes(column)));
  return [
    agreementRow(
      run.suite.name,
      `legacy's columns under ${full.setting} as under base`,
      'live_row_changed',
      compareRuns(run.base, full, (a, b) => same(legacyPart(a), legacyPart(b))),
    ),
  ];
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
