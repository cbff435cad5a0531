/**
 * `golem golden review`: the cases that are not as accepted, cause by cause, on a full screen, each to be accepted or
 * rejected. This file says where a review can be held and puts its parts together.
 */
import { EXIT, GolemError } from '../errors.ts';
import type { CaseChange, ComparedSuite } from '../golden/work.ts';
import type { GoldenGiven, GoldenTask } from './golden-tasks.ts';
import type { ReviewEnd } from './review/drive.ts';
import type { AlertsOfSuites } from './review/row-lines.ts';
import type { TerminalStreams } from './review/terminal.ts';
import type { Shell } from './shell.ts';

/** The task of a review; `reason` stands for all that is accepted, and is asked for by cause where it is empty. */
export function reviewTask(reason: string, streams: TerminalStreams = process): GoldenTask {
  return async (given) => {
    const { caseChanges, compareSuites, keptSuites, refuseInCi, refuseLostSuite, unclaimedPaths } =
      await import('../golden/work.ts');
    refuseInCi(given.work.ci, 'review');
    refuseWithoutTerminal(given.shell, streams);
    if (reason !== '') (await import('../golden/accept.ts')).checkedReason(reason);
    const compared = await compareSuites(given.work, keptSuites(given.work));
    for (const suite of compared) refuseLostSuite('review golden files of suite', suite);
    const changes = compared.flatMap(caseChanges);
    given.clearProgress();
    if (changes.length === 0)
      return { text: nothingText(compared, unclaimedPaths(given.work)), exit: EXIT.pass };
    const end = await review(given, compared, changes, reason.trim(), streams);
    return { text: endText(end), exit: end.interrupted ? EXIT.interrupted : EXIT.pass };
  };
}

async function review(
  given: GoldenGiven,
  compared: readonly ComparedSuite[],
  changes: readonly CaseChange[],
  reason: string,
  streams: TerminalStreams,
): Promise<ReviewEnd> {
  const { config, work, shell, page } = given;
  const { caseCauses } = await import('../golden/case-causes.ts');
  const { openDesk } = await import('../golden/desk.ts');
  const { driveReview } = await import('./review/drive.ts');
  const { reviewModel } = await import('./review/model.ts');
  const { rowLines } = await import('./review/row-lines.ts');
  const { openTerminal } = await import('./review/terminal.ts');
  const model = reviewModel({
    changes,
    causes: caseCauses(changes, work.findCauses),
    reason,
    measures: config.migration.measures,
    rowsThatChange: rowLines(compared, config, await alertsOf(given, changes)),
  });
  return driveReview(model, {
    desk: openDesk(work, changes),
    openTerminal: (events) => openTerminal(streams, events),
    onInterrupt: (end) =>
      shell.onInterrupt(async () => {
        shell.stdout.write(endText(end()));
        return EXIT.interrupted;
      }),
    color: page.color,
  });
}

/** The rule files, and the environments of the recordings whose cases changed; null for a config without alerts. */
async function alertsOf(
  { config, work }: GoldenGiven,
  changes: readonly CaseChange[],
): Promise<AlertsOfSuites | null> {
  if (config.alerts === undefined) return null;
  const { readAlertPlan } = await import('../alerts/rule-sets.ts');
  const { readRecording } = await import('../recording/read.ts');
  const { recordingOf } = await import('../run/suite.ts');
  const envs = new Map<string, string>();
  for (const suite of new Set(changes.map((change) => change.suite))) {
    const { header, close } = await readRecording(recordingOf(config, work.root, suite));
    envs.set(suite, header.env);
    await close();
  }
  return { plan: readAlertPlan(config.alerts, work.root), envs };
}

/** Where no case is to be decided, there may yet be files that no case has. */
function nothingText(compared: readonly ComparedSuite[], unclaimed: readonly string[]): string {
  const ofSuites = compared.reduce(
    (sum, { stored }) => sum + stored.pending.length + stored.strays.length,
    0,
  );
  const left = ofSuites + unclaimed.length;
  const files = left === 1 ? '1 file belongs' : `${left} files belong`;
  const next = left === 0 ? '' : `; ${files} to no case: npx golem golden prune`;
  return `golem: nothing to review · every case is as accepted${next}\n`;
}

/** The last line: what became of the cases, and what comes next. */
function endText({ accepted, rejected, left, interrupted }: ReviewEnd): string {
  const next = accepted > 0 ? '; review with git diff' : '';
  const how = interrupted ? 'interrupted, what was decided stays' : 'reviewed';
  return `golem: ${how} · ${accepted} accepted, ${rejected} rejected, ${left} left${next}\n`;
}

/** A review needs somebody at a keyboard; the same decisions can be made without one. */
function refuseWithoutTerminal({ env }: Shell, { stdin, stdout }: TerminalStreams): void {
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
  if (isTerminal && env.TERM !== 'dumb') return;
  const missing = isTerminal ? 'this terminal (TERM=dumb) cannot show it' : 'it needs a terminal to ask in';
  throw new GolemError({
    kind: 'usage',
    verb: 'review',
    subject: 'golden files',
    reason:
      `${missing}; without one, "golem golden accept --cause ID" or "accept CASE" with --reason, and ` +
      '"golem golden reject" with either, decide the same, by the causes and cases that status lists',
    next: 'npx golem golden status',
  });
}
