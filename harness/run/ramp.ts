/**
 * What a replay's tally says about a rollout: evidence and alerts put side by side, and what of the other checks a
 * sample or a ramp takes the place of.
 */
import type { AlertPlan } from '../alerts/rule-sets.ts';
import type { GolemConfig, Limits } from '../config.ts';
import type { AlertVerdict } from '../gate/alert-checks.ts';
import { alertRisks } from '../gate/evidence/alert-risks.ts';
import type { EvidenceTally } from '../gate/evidence/evidence-tally.ts';
import { judgeRamp } from '../gate/evidence/ramp.ts';
import { rampRows } from '../gate/evidence/ramp-rows.ts';
import { rolloutLimits } from '../gate/evidence/rollout-limits.ts';
import type { AlertReport, RampAlert, RampReason, RampReport, Row } from '../report/shape.ts';

/** What a replay was asked about a rollout. */
export interface RampAsk {
  /** Shares of users in whole percents, ascending; empty for no ramp. */
  readonly steps: readonly number[];
  /** True where the service ramps its shadow with the share. */
  readonly shadowShare: boolean;
  /** How long a step is watched, a duration; null for the config's. */
  readonly watch: string | null;
}

/** Nothing asked: only a sample's alerts are then looked at. */
export const NO_RAMP: RampAsk = { steps: [], shadowShare: false, watch: null };

export interface RampInput {
  readonly config: GolemConfig;
  readonly plan: AlertPlan | null;
  readonly ask: RampAsk;
  readonly evidence: EvidenceTally;
  /** The share of users that was replayed, 0–1. */
  readonly sampled: number;
  readonly emulated: AlertVerdict | null;
  /** Environments that were scraped. */
  readonly envs: readonly string[];
  readonly scope: RampReport['scope'];
  /** The other checks of the replay; what is red among them stands against a go. */
  readonly rows: readonly Row[];
  /** What else stands against a go. */
  readonly reasons: readonly RampReason[];
  /** Why nobody was replayed, as far as it is known; looked at where nobody was. */
  readonly nobodyFor: string;
}

/** The ramp of a replay; null where neither a ramp was asked for nor a sample taken. */
export function rampOf(input: RampInput): RampReport | null {
  const { config, plan, ask, evidence, sampled, emulated } = input;
  if (ask.steps.length === 0 && sampled === 1) return null;
  const limits = rolloutLimits(config.rollout, ask.watch ?? undefined);
  const alerts = plan
    ? alertRisks({
        ...input,
        plan,
        migration: config.migration,
        run: emulated?.run ?? null,
        tally: evidence,
        shares: ask.shadowShare && ask.steps.length > 0 ? ask.steps.map((step) => step / 100) : [1],
        watchMs: limits.watchMs,
        alpha: 1 - limits.confidence,
        seed: evidence.seed,
      })
    : [];
  // Without a ramp only what a sample under-counts is judged here; the other alerts keep their rows.
  const judged = ask.steps.length > 0 ? alerts : alerts.filter(({ basis }) => basis === 'drawn');
  return judgeRamp({
    fields: config.migration.fields,
    tally: evidence,
    sampled,
    steps: ask.steps,
    limits,
    alerts: judged,
    shadowShare: ask.shadowShare,
    scope: input.scope,
    barriers: [
      ...rowsBeside(input.rows, judged, sampled)
        .filter(({ passed, finding }) => !passed && !(evidence.users === 0 && isOfAbsence(finding)))
        .map(barrierOf),
      ...input.reasons,
    ],
    nobodyFor: input.nobodyFor,
  });
}

/** A red check that no number of users outweighs; what is missing leaves open whether it would err. */
function barrierOf({ finding, check, actual, expected }: Row): RampReason {
  const state = isOfAbsence(finding) ? 'open' : 'over';
  return { code: finding, state, subject: check, detail: `${actual}, ${expected}` };
}

/** Whether a red check of this code says that something was not there, and nothing of what was. */
export function isOfAbsence(finding: string): boolean {
  return finding === 'empty_suite' || finding === 'unknown_user' || finding.startsWith('nothing_ran/');
}

/** Rows that a ramp does not take the place of. */
function rowsBeside(
  rows: readonly Row[],
  alerts: readonly Pick<RampAlert, 'ruleset' | 'alert'>[],
  sampled: number,
): Row[] {
  const judged = new Set(alerts.map(({ ruleset, alert }) => `alert/${ruleset}/${alert}`));
  return rows.filter(
    ({ finding }) => !judged.has(finding) && !(sampled < 1 && finding.startsWith('dry_run/')),
  );
}

/**
 * A replay's rows with those of its ramp. A ramp judges alerts by their chance to fire and breaches by the users who
 * meet them, in place of every firing and of counts; counts of a sample are judged by neither, for they are not
 * production's.
 */
export function withRampRows(rows: readonly Row[], ramp: RampReport | null, suite: string): Row[] {
  if (!ramp) return [...rows];
  return [...rowsBeside(rows, ramp.alerts, ramp.sampled), ...rampRows(ramp, suite)];
}

/** The limits that still hold beside a ramp: those that count breaches give way to it. */
export function limitsBeside({ steps }: Pick<RampAsk, 'steps'>, limits: Limits): Limits {
  if (steps.length === 0) return limits;
  const uncounted = (level: Limits['record']): NonNullable<Limits['record']> =>
    Object.fromEntries(
      Object.entries(level ?? {}).map(([field, { breaches: _, ...others }]) => [field, others]),
    );
  return { ...limits, record: uncounted(limits.record), day: uncounted(limits.day) };
}

/** A sample's alerts: those that count have their peaks scaled up to all of production. */
export function scaledAlerts(alerts: readonly AlertReport[], ramp: RampReport | null): AlertReport[] {
  if (!ramp || ramp.sampled === 1) return [...alerts];
  const counting = new Set(
    ramp.alerts.filter(({ basis }) => basis === 'drawn').map(({ ruleset, alert }) => `${ruleset}/${alert}`),
  );
  return alerts.map((one) => (counting.has(`${one.ruleset}/${one.alert}`) ? scaled(one, ramp.sampled) : one));
}

function scaled(one: AlertReport, sampled: number): AlertReport {
  if (one.peak === null || one.threshold === null || one.headroom === null) return one;
  const peak = Math.round((one.peak / sampled) * 1e6) / 1e6;
  // Headroom falls as far as the peak rises, whichever side of the threshold is the quiet one.
  const headroom = Math.round((one.headroom - (peak - one.peak)) * 1e6) / 1e6;
  return { ...one, peak, headroom };
}
