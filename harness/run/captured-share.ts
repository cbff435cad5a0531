/**
 * Recordings of which the capture itself took a sample of the users: what share of production a replay of them is. A
 * file of its own because a replay, its shards and their merge must scale alike, and a recording that is taken for all
 * of production when it is a tenth makes an alert silent that would fire.
 */
import { GolemError } from '../errors.ts';
import type { Selection } from '../recording/selection.ts';
import { SAMPLE_STEPS } from '../recording/user-key.ts';
import type { RampReport } from '../report/shape.ts';

/** What a capture took of production's users, as the header of its recording says. */
export interface CapturedShare {
  /** In ten-thousandths. */
  readonly steps: number;
  readonly seed: string;
  /** True where users are called as they were when the sample was taken. */
  readonly verbatim: boolean;
}

/** What all recordings were captured in; null for all users. `'mixed'` where they differ, so that nothing scales them. */
export function commonShare(
  files: readonly { readonly captured?: CapturedShare }[],
): CapturedShare | null | 'mixed' {
  const [first, ...others] = files.map(({ captured = null }) => captured);
  const isSame = (one: CapturedShare | null): boolean => JSON.stringify(one) === JSON.stringify(first);
  return others.every(isSame) ? (first ?? null) : 'mixed';
}

/** The same where a share is needed; a data error where recordings differ in theirs. */
export function requireCommonShare(
  files: readonly { readonly name: string; readonly captured?: CapturedShare }[],
): CapturedShare | null {
  const share = commonShare(files);
  if (share !== 'mixed') return share;
  const said = files.map(({ name, captured }) => `${name} ${percent(captured?.steps ?? SAMPLE_STEPS)}`);
  throw new GolemError({
    kind: 'data',
    verb: 'scale the recordings to all of production',
    subject: said.slice(0, 4).join(', '),
    reason: 'they were captured from different samples of the users',
    next: 'golem replay each by itself',
  });
}

/**
 * The share of production's users that a replay takes, 0–1. A sample of a sample is the product of both, for their draws
 * are independent: names were changed in between, or the seeds differ. Where both drew alike, the smaller lies within
 * the larger.
 */
export function shareReplayed(captured: CapturedShare | null, { sample, seed }: Selection): number {
  const taken = sample ?? SAMPLE_STEPS;
  if (captured === null) return taken / SAMPLE_STEPS;
  return drewAlike(captured, seed)
    ? Math.min(captured.steps, taken) / SAMPLE_STEPS
    : (captured.steps / SAMPLE_STEPS) * (taken / SAMPLE_STEPS);
}

/** A ramp whose advice on samples speaks of what `--sample` takes of these recordings: no more than is in them. */
export function withinCapture<Ramp extends RampReport | null>(
  ramp: Ramp,
  captured: CapturedShare | null,
  { seed }: Pick<Selection, 'seed'>,
): Ramp {
  if (ramp === null || captured === null) return ramp;
  const ofRecording = (wanted: number | null): number | null => {
    if (wanted === null) return null;
    const share = captured.steps / SAMPLE_STEPS;
    if (drewAlike(captured, seed)) return wanted <= share * 100 ? wanted : null;
    const asked = Math.ceil(wanted / share);
    return asked <= 100 ? asked : null;
  };
  const steps = ramp.steps.map((step) => ({ ...step, sample_percent: ofRecording(step.sample_percent) }));
  return { ...ramp, steps };
}

function drewAlike(captured: CapturedShare, seed: string): boolean {
  return captured.verbatim && captured.seed === seed;
}

/** Ten-thousandths as people write a share. */
export function percent(steps: number): string {
  return `${(steps * 100) / SAMPLE_STEPS}%`;
}
