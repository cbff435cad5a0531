/**
 * The report of a pre-rollout replay, from nothing but the tally that its parts added up to and what it was asked: the
 * same whether one process made it or many.
 */
import {
  chooseRules,
  countRules,
  emulateReplay,
  readAlertPlan,
  type AlertPlan,
} from '../alerts/rule-sets.ts';
import type { GolemConfig, Suite } from '../config.ts';
import { alertReports, checkAlerts } from '../gate/alert-checks.ts';
import { checkLimits, checkRunning } from '../gate/limit-checks.ts';
import { countOf, formatNumber } from '../gate/rows.ts';
import type { FlagTexts } from '../migration.ts';
import { shellQuote } from '../recording/look.ts';
import type { LeftOut, Selection } from '../recording/selection.ts';
import { SAMPLE_STEPS } from '../recording/user-key.ts';
import { renderClause } from '../recording/where.ts';
import { assembleReport, suiteReport } from '../report/assemble.ts';
import { breachCauseReport } from '../report/cause-report.ts';
import { answerPhrase } from '../report/ramp-answer.ts';
import type { CauseReport, NextCommand, RampReport, Report, Row } from '../report/shape.ts';
import { apartReasons } from './apart.ts';
import { type CapturedShare, shareReplayed, withinCapture } from './captured-share.ts';
import { type Losses, lossReasons, withLosses } from './losses.ts';
import type { PartTally } from './parts/part-tally.ts';
import {
  isOfAbsence,
  limitsBeside,
  NO_RAMP,
  type RampAsk,
  rampOf,
  scaledAlerts,
  withRampRows,
} from './ramp.ts';
import { sightRowsIn } from './sight.ts';

/** What a replay was asked, as far as a report depends on it. */
export interface ReplayQuestion {
  /** The recordings as they were named, without absolute paths. */
  readonly asked: readonly string[];
  /** How many files they turned out to be. */
  readonly files: number;
  /** Groups of files whose headers agree; each is replayed apart. */
  readonly groups: number;
  /** What rows call all of them. */
  readonly suite: string;
  readonly flags: FlagTexts;
  readonly seed: string;
  readonly onBadLine: 'fail' | 'skip';
  /** Rule sets to emulate; null for all of the config's. */
  readonly rules: readonly string[] | null;
  readonly selection: Selection;
  /** Writes that the captures of the recordings lost, by reason. */
  readonly dropped: Losses;
  /** The sample of the users that the captures took; null for all, and where they differ and nothing is scaled. */
  readonly captured: CapturedShare | null;
  /** What is asked of a rollout; nothing when left out. */
  readonly ramp?: RampAsk;
  /** How a person asked; left out where that is not known. */
  readonly typed?: TypedQuestion;
}

/** What a command must hold to work again where it was typed, and a report may not hold. */
export interface TypedQuestion {
  /** The recordings as they were typed; null where one can be read only once, such as a pipe. */
  readonly recordings: readonly string[] | null;
  /** Where the fleet met, without the password; null without one. */
  readonly fleet: string | null;
}

/** The rule sets a replay is judged by; null where the config has none. */
export function alertPlanOf(
  config: GolemConfig,
  root: string,
  rules: readonly string[] | null,
): AlertPlan | null {
  return config.alerts ? chooseRules(readAlertPlan(config.alerts, root), rules ?? undefined) : null;
}

/** The report of all that was merged. `partial` says what is missing of it; null where nothing is. */
export function reportReplay(input: {
  readonly config: GolemConfig;
  readonly plan: AlertPlan | null;
  readonly question: ReplayQuestion;
  readonly merged: PartTally;
  readonly partial: string | null;
}): Report {
  const { config, plan, merged, partial } = input;
  const { typed: typing, ...question } = input.question;
  const { migration } = config;
  const { suite } = question;
  const { tally } = merged;
  const reproduce = replayCommand(question);
  const run = {
    setting: 'replay',
    tally,
    census: merged.census.toObject(),
    stored: null,
    replayed: [],
    scrapes: null,
  };
  const emulated = plan && emulateReplay(plan, merged.scrapes, migration);
  const ask = question.ramp ?? NO_RAMP;
  const limits = limitsBeside(ask, config.limits);
  const running = checkRunning(suite, run)
    // What was cut short before its first record failed no check: it was not made.
    .filter(({ finding }) => partial === null || tally.records > 0 || !isOfAbsence(finding))
    .map((row) => whyEmpty(row, merged.leftOut));
  const rows: Row[] = [
    ...running,
    ...usersNamed(question, tally.users, partial),
    ...checkLimits(suite, run, limits, migration),
  ];
  const whole: Suite = { name: suite };
  if (emulated)
    rows.push(...checkAlerts(whole, emulated), ...sightRowsIn(suite, merged.scrapes.keys(), plan));
  const judged = rampOf({
    config,
    plan,
    ask,
    evidence: merged.evidence,
    sampled: shareReplayed(question.captured, question.selection),
    emulated,
    envs: [...merged.scrapes.keys()],
    scope: scopeOf(question.selection, partial),
    rows,
    reasons: [...lossReasons(question.dropped, config.limits), ...apartReasons(question.groups)],
    nobodyFor: nobodyFor(merged, partial),
  });
  const ramp = withinCapture(judged, question.captured, question.selection);
  const breaches = [...tally.record, ...tally.day].reduce((sum, field) => sum + field.breaches, 0);
  const found = merged.causes.causes();
  const causes = found.map((cause) => breachCauseReport(cause, question));
  const report = assembleReport({
    migration,
    tally,
    records: tally.records,
    suites: [suiteReport({ suite, setting: 'replay', mustFail: null, tally, migration })],
    suiteCount: question.files,
    rows: withRampRows(rows, ramp, suite).map((row) => (row.passed ? row : { ...row, remedy: reproduce })),
    findings: [],
    alerts: emulated ? scaledAlerts(alertReports(whole, emulated), ramp) : [],
    ramp,
    causes,
    goldenMatched: 0,
    flags: question.flags,
    seed: question.seed,
    summary: (verdict) =>
      `golem: ${verdict} · ${ramp && ramp.steps.length > 0 ? `${answerPhrase(ramp)} · ` : ''}` +
      `${countOf(tally.records, 'record')}, ${countOf(tally.users, 'user')}, ` +
      `${countOf(tally.userDays, 'user-day')}, ${plan ? `${countRules(plan)} rules, ` : ''}` +
      `${breachesIn(breaches, causes)}, ` +
      `${formatNumber(tally.skipped + tally.badLines)} skipped`,
    reproduce,
  });
  const isWhole = Object.values(merged.leftOut).every((count) => count === 0);
  const next = nextOf(ramp, causes, question);
  const typed = typedCommands(question, typing, (asked) => {
    const looks = found.map((cause) => breachCauseReport(cause, asked));
    return [
      replayCommand(asked),
      ...looks.map(({ look }) => look),
      ...nextOf(ramp, looks, asked).map((one) => one.command),
    ];
  });
  const led = {
    ...report,
    ...(next.length === 0 ? {} : { next }),
    ...(typed.size === 0 ? {} : { typed }),
  };
  const counted = isWhole ? led : { ...led, left_out: { ...merged.leftOut } };
  const whatever = withLosses(counted, question.dropped, config.limits);
  return partial === null ? whatever : markPartial(whatever, partial);
}

/** The commands of a report whose text is another where they were typed, each with that text. */
function typedCommands(
  question: ReplayQuestion,
  typed: TypedQuestion | undefined,
  commandsOf: (question: ReplayQuestion) => readonly string[],
): Map<string, string> {
  if (!typed) return new Map();
  const { recordings } = typed;
  const told = commandsOf(question);
  const worded =
    recordings === null ? told.map(() => '') : commandsOf({ ...question, asked: recordings, typed });
  return new Map(
    told.map((one, index) => [one, worded[index]!] as const).filter(([one, other]) => one !== other),
  );
}

/** One breach is one field of one record or running day; a cause counts records and days, whatever their fields. */
function breachesIn(breaches: number, causes: readonly CauseReport[]): string {
  const told = countOf(breaches, 'field breach').replace(/breachs$/, 'breaches');
  const subjects = sum(causes.map(({ count }) => count));
  return breaches === 0 ? told : `${told} in ${formatNumber(subjects)} records and running days`;
}

/** Commands that lead on from a ramp: what is behind most breaches, and the sample that settles all open steps it can. */
function nextOf(
  ramp: RampReport | null,
  [cause]: readonly CauseReport[],
  question: ReplayQuestion,
): NextCommand[] {
  if (!ramp || ramp.steps.length === 0) return [];
  const percent = Math.max(...ramp.steps.map(({ sample_percent }) => sample_percent ?? 0));
  const { selection } = question;
  // SAMPLE_STEPS stand for all of the users.
  const larger = { ...selection, sample: percent === 100 ? null : (percent / 100) * SAMPLE_STEPS };
  return [
    ...(cause ? [{ to: 'explain' as const, command: cause.look }] : []),
    ...(percent > 0
      ? [{ to: 'replay' as const, command: replayCommand({ ...question, selection: larger }) }]
      : []),
  ];
}

const OPTIONS: Readonly<Record<keyof LeftOut, string>> = {
  sample: '--sample',
  users: '--users',
  where: '--where',
  dates: '--since and --until',
};

/** A replay without a record says which options left all of them out. */
function whyEmpty(row: Row, leftOut: LeftOut): Row {
  const told = leftOutBy(leftOut);
  return row.passed || row.finding !== 'empty_suite' || told === null ? row : { ...row, of: told };
}

/** What was left out by which options; null where nothing was. */
function leftOutBy(leftOut: LeftOut): string | null {
  const by = Object.entries(leftOut).filter(([, count]) => count > 0);
  if (by.length === 0) return null;
  const counts = by.map(([key, count]) => `${formatNumber(count)} by ${OPTIONS[key as keyof LeftOut]}`);
  return `${countOf(sum(by.map(([, count]) => count)), 'record')} read, left out: ${counts.join(', ')}`;
}

/** Why nobody was replayed, as far as it is known. */
function nobodyFor({ leftOut, tally }: PartTally, partial: string | null): string {
  const skipped = tally.skipped + tally.badLines;
  return (
    partial ??
    leftOutBy(leftOut) ??
    (skipped > 0 ? `${countOf(skipped, 'record')} skipped` : 'the recordings hold no record')
  );
}

/** A user who was asked for by name and is in no recording was most likely mistyped. */
function usersNamed({ selection, suite }: ReplayQuestion, found: number, partial: string | null): Row[] {
  const { users, where, since, until, sample } = selection;
  const isAlone = where.length === 0 && since === null && until === null && sample === null;
  if (users === null || !isAlone || partial !== null) return [];
  return [
    {
      suite,
      check: 'users asked for by name',
      expected: `${countOf(users.length, 'user')} with records`,
      actual: formatNumber(found),
      of: countOf(users.length, 'user'),
      // A user in recordings of two environments counts as two.
      passed: found >= users.length,
      finding: 'unknown_user',
      remedy: '',
    },
  ];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Whom the users that were replayed stand for. */
function scopeOf({ users, where }: Selection, partial: string | null): RampReport['scope'] {
  if (partial !== null) return 'part';
  return users === null && where.length === 0 ? 'production' : 'chosen';
}

/** A verdict on a part of what was asked is never a pass, and says so in its last line. */
function markPartial(report: Report, partial: string): Report {
  const verdict = report.verdict === 'fail' ? 'fail' : 'inconclusive';
  return {
    ...report,
    verdict,
    exit: verdict === 'fail' ? 1 : 2,
    partial,
    summary: report.summary.replace(/^golem: \w+/, `golem: ${verdict}, partial (${partial})`),
  };
}

/** The command that repeats a replay from the folder it was given in; neither stores nor cuts change a report. */
export function replayCommand({
  asked,
  flags,
  seed,
  rules,
  onBadLine,
  selection,
  ramp = NO_RAMP,
  typed,
}: ReplayQuestion): string {
  return [
    'npm run replay --',
    ...asked.map(shellQuote),
    ...Object.entries(flags).map(([name, text]) => `--flags ${name}=${text}`),
    `--seed ${shellQuote(seed)}`,
    ...(rules ? [`--rules ${rules.join()}`] : []),
    ...selectionOptions(selection),
    ...rampOptions(ramp),
    ...(onBadLine === 'skip' ? ['--on-bad-line skip'] : []),
    ...(typed?.fleet ? [`--distributed ${shellQuote(typed.fleet)}`] : []),
  ].join(' ');
}

function rampOptions({ steps, shadowShare, watch }: RampAsk): string[] {
  return [
    ...(steps.length === 0 ? [] : [`--ramp ${steps.join()}`]),
    ...(shadowShare ? ['--shadow-share'] : []),
    ...(watch === null ? [] : [`--watch ${watch}`]),
  ];
}

function selectionOptions({ sample, stratify, since, until, users, where }: Selection): string[] {
  return [
    ...(sample === null ? [] : [`--sample ${(sample * 100) / SAMPLE_STEPS}%`]),
    ...(stratify === null ? [] : [`--stratify ${stratify}`]),
    ...(since === null ? [] : [`--since ${since}`]),
    ...(until === null ? [] : [`--until ${until}`]),
    ...(users === null ? [] : [`--users ${shellQuote(users.join())}`]),
    ...where.map((clause) => `--where ${shellQuote(renderClause(clause))}`),
  ];
}
