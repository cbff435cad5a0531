/**
 * What each of the `golem golden` subcommands does, once its options are read: asked for, carried out, put into words.
 * Apart from the command so that the options of all of them can be read on one page.
 */
import type { GolemConfig } from '../config.ts';
import { EXIT, GolemError } from '../errors.ts';
import type { AcceptedGolden, AcceptRequest } from '../golden/accept.ts';
import type { FindCauses } from '../golden/case-causes.ts';
import type { GoldenStatus, PrunedGolden } from '../golden/commands.ts';
import type { RejectedGolden, RejectRequest } from '../golden/reject.ts';
import type { GoldenWork } from '../golden/work.ts';
import type { PageOptions } from '../report/page.ts';
import type { replayedGolden } from '../run/golden-cases.ts';
import type { looserSince, Present } from './golden-looser.ts';
import type { LoadedConfig } from './load-config.ts';
import type { Shell } from './shell.ts';

export interface GoldenOptions {
  readonly store?: string;
  readonly verbose?: boolean;
}

export interface StatusOptions extends GoldenOptions {
  readonly base?: string;
  readonly failOnLooser?: boolean;
}

/** The choice of a cause, shared by accept and reject. */
export interface CauseOptions extends GoldenOptions {
  readonly cause?: readonly string[];
}

export interface AcceptOptions extends CauseOptions {
  readonly reason?: string;
  readonly allowFewerCases?: boolean;
  readonly allowLooser?: boolean;
}

/** What the command reaches outside for; tests put their own in its place. */
export interface GoldenDoors {
  readonly loadConfig: (given: string | null, cwd: string) => Promise<LoadedConfig>;
  readonly replayedGolden: (
    ...asked: Parameters<typeof replayedGolden>
  ) => Promise<ReturnType<typeof replayedGolden>>;
  readonly looserSince: typeof looserSince;
  readonly goldenStatus: (work: GoldenWork & { readonly findCauses: FindCauses }) => Promise<GoldenStatus>;
  readonly acceptGolden: (work: GoldenWork & AcceptRequest) => Promise<AcceptedGolden>;
  readonly rejectGolden: (work: GoldenWork & RejectRequest) => Promise<RejectedGolden>;
  readonly pruneGolden: (work: GoldenWork & { readonly ci: boolean }) => Promise<PrunedGolden>;
}

/** What a subcommand works with. */
export interface GoldenGiven {
  readonly doors: GoldenDoors;
  readonly config: GolemConfig;
  readonly present: Present;
  readonly work: GoldenWork & { readonly ci: boolean; readonly findCauses: FindCauses };
  readonly page: PageOptions;
  readonly shell: Shell;
  /** Takes the progress line away, before anything but the result is shown. */
  readonly clearProgress: () => void;
}

/** What one of the subcommands does: its text and its exit code. */
export type GoldenTask = (given: GoldenGiven) => Promise<{ readonly text: string; readonly exit: number }>;

/** What is not as accepted or, given a base, what is looser than there. */
export function statusTask({ base, failOnLooser }: StatusOptions): GoldenTask {
  if (base !== undefined) return looserTask(base, failOnLooser ?? false);
  if (failOnLooser) {
    const reason = 'it says how --base answers, and there is none';
    throw new GolemError({ kind: 'usage', verb: 'use', subject: '--fail-on-looser', reason });
  }
  return showStatus;
}

function looserTask(ref: string, fails: boolean): GoldenTask {
  return async ({ doors, present, page }) => {
    const { base, existed, loosened } = await doors.looserSince(present, ref);
    const { LOOSENINGS } = await import('../golden/loosening.ts');
    const { renderLooser } = await import('../report/golden-looser.ts');
    const lines = loosened.map(({ kind, text }) => ({ kind: LOOSENINGS[kind], text }));
    const text = renderLooser({ ref, commit: base.commit, existed, lines }, page);
    return { text, exit: fails && lines.length > 0 ? EXIT.fail : EXIT.pass };
  };
}

export const showStatus: GoldenTask = async ({ doors, work, page }) => {
  const status = await doors.goldenStatus(work);
  const { renderGoldenStatus } = await import('../report/golden-status.ts');
  return { text: renderGoldenStatus(status, page), exit: status.clean ? EXIT.pass : EXIT.fail };
};

/** Accepting what was seen of the cases that the patterns and causes mean. */
export function acceptTask(patterns: readonly string[], options: AcceptOptions, reason: string): GoldenTask {
  return async (given) => {
    const { doors, work, page } = given;
    const accepted = await doors.acceptGolden({
      ...work,
      patterns,
      causes: options.cause ?? [],
      allowFewerCases: options.allowFewerCases ?? false,
      reason,
      beforeWriting: async (cases) => {
        if (cases.length > 1 && !options.allowLooser) await refuseLooser(given);
      },
    });
    const { renderAccepted } = await import('../report/golden-status.ts');
    return { text: renderAccepted(accepted, page), exit: EXIT.pass };
  };
}

/**
 * Throws where the project, as it is now, holds outcomes to less than at its last commit: many cases accepted together
 * with wider limits are two changes that look like one. Without git, or a commit, there is nothing to compare with.
 */
async function refuseLooser({ doors, present, shell }: GoldenGiven): Promise<void> {
  let looser: readonly { readonly kind: string; readonly text: string }[];
  try {
    looser = (await doors.looserSince(present, 'HEAD')).loosened;
  } catch (error) {
    if (!(error instanceof GolemError)) throw error;
    if (error.failure.kind !== 'usage')
      shell.stderr.write(`golem: limits were not compared with HEAD: ${error.message}\n`);
    return;
  }
  // Cases have a flag of their own.
  const [first, ...others] = looser.filter(({ kind }) => kind !== 'case' && kind !== 'suite');
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  throw new GolemError({
    kind: 'usage',
    verb: 'accept',
    subject: 'several cases at once',
    reason: `this project is looser than at HEAD (${first.text}${more}); add --allow-looser if that is meant`,
    next: 'npx golem golden status --base HEAD',
  });
}

/** Refusing what was seen of the cases that the patterns and causes mean. */
export function rejectTask(patterns: readonly string[], options: CauseOptions): GoldenTask {
  return async ({ doors, work, page }) => {
    const rejected = await doors.rejectGolden({ ...work, patterns, causes: options.cause ?? [] });
    const { renderRejected } = await import('../report/golden-status.ts');
    return { text: renderRejected(rejected, page), exit: EXIT.pass };
  };
}

export const prune: GoldenTask = async ({ doors, work, page }) => {
  const { removed } = await doors.pruneGolden(work);
  const { renderPruned } = await import('../report/golden-status.ts');
  return { text: renderPruned(removed, page), exit: EXIT.pass };
};
