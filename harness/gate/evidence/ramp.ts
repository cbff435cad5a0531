/**
 * Go, no-go, or how much more evidence it takes: each step of a ramp held against what the rollout may cost. Pure; what
 * it says of production is said of as many users as the recordings hold.
 */
import { digitsApart } from '../../digits-apart.ts';
import type { Field } from '../../migration.ts';
import type {
  Bounded,
  RampAlert,
  RampBreach,
  RampDays,
  RampReason,
  RampReport,
  RampStep,
} from '../../report/shape.ts';
import { countOf, formatNumber } from '../rows.ts';
import type { AlertRisk } from './alert-risks.ts';
import { cleanTrialsNeeded, lowerBound, upperBound } from './binomial.ts';
import { dayQuantile } from './day-quantile.ts';
import { dayRateUpperBound } from './day-rate.ts';
import type { EvidenceTally } from './evidence-tally.ts';
import { exposedDaysUpperBound } from './exposed-days.ts';
import type { RolloutLimits } from './rollout-limits.ts';

export interface RampQuestion {
  readonly fields: readonly Pick<Field, 'name'>[];
  readonly tally: EvidenceTally;
  /** The share of users that was replayed, 0–1. */
  readonly sampled: number;
  /** Shares of users in whole percents, ascending; none asks for the alerts alone. */
  readonly steps: readonly number[];
  readonly limits: RolloutLimits;
  /** For the whole of production, or for the share of each step where the shadow is ramped too. */
  readonly alerts: readonly AlertRisk[];
  readonly shadowShare: boolean;
  readonly scope: RampReport['scope'];
  /** What stands against a go at every step, whatever users and alerts say, such as other checks that are red. */
  readonly barriers: readonly RampReason[];
  /** Why nobody was replayed, as far as it is known; looked at where nobody was. */
  readonly nobodyFor?: string;
}

/** One field of one level with what it takes to settle it. */
interface Judged extends RampBreach {
  readonly alpha: number;
}

/**
 * Judges a ramp. At a step that brings V2 to the share s of all users, a field with at most the share L of all users in
 * breach allowed says no where s × lower > L, and yes where s × upper ≤ L; lower and upper are the bounds of Clopper
 * and Pearson at error α ÷ m over users, m being the fields and levels that have a limit (C. Bonferroni, 1936: then
 * all of them hold together with probability 1 − α at least). An alert says no where the lower bound of its chance is
 * over its limit, and yes where the estimate is not: no sample can exclude that a few unseen users err all day, and the
 * alert is what is there to notice them. No step is a go beside another check that is red, nor where only a part or a
 * choice was replayed: the first users of a file are no sample of the others, nor are those whom somebody picked. None is
 * either over fewer days than the config wants. Where nobody was replayed no step is a no: there is nothing to mend.
 */
export function judgeRamp(question: RampQuestion): RampReport {
  const { tally, sampled, limits, steps } = question;
  const breaches = judgeBreaches(question);
  const alerts = question.alerts.map((one) => judgeAlert(one, question));
  const judged = steps.map((percent) => ({
    percent,
    ...exposure(percent, question),
    ...judgeStep(percent, breaches, alerts, question),
  }));
  return {
    verdict: verdictOf(judged, alerts),
    scope: question.scope,
    sampled,
    users: tally.users,
    user_days: tally.days.at(-1)!.totals().days,
    span_days: spanDays(tally),
    simulated: tally.simulatedUsers > 0,
    confidence: limits.confidence,
    watch_seconds: limits.watchMs / 1000,
    breaches: breaches.map(({ alpha: _, ...breach }) => breach),
    days: judgeDays(question),
    alerts,
    steps: judged,
  };
}

function verdictOf(steps: readonly RampStep[], alerts: readonly RampAlert[]): RampReport['verdict'] {
  const verdicts = steps.map(({ verdict }) => verdict);
  const states = alerts.map(({ state }) => state);
  if (verdicts.includes('no-go') || states.includes('over')) return 'fail';
  return verdicts.includes('not enough evidence') || states.includes('open') ? 'inconclusive' : 'pass';
}

function judgeBreaches({ fields, tally, limits }: RampQuestion): Judged[] {
  const all = (['record', 'day'] as const).flatMap((level) =>
    fields.map((field, index) => ({
      level,
      field: field.name,
      limit: limits.users(level, field.name),
      users_in_breach: tally.usersInBreach[level].byField[index]!,
      of: tally.comparedUsers,
    })),
  );
  const limited = all.filter(({ limit }) => limit !== null).length;
  const alpha = (1 - limits.confidence) / Math.max(1, limited);
  return all.map((one) => ({ ...one, alpha, share: shareOf(one.users_in_breach, one.of, alpha) }));
}

function shareOf(inBreach: number, of: number, alpha: number): Bounded {
  return {
    estimate: micro(of === 0 ? 0 : inBreach / of),
    lower: microDown(lowerBound(inBreach, of, alpha)),
    upper: microUp(upperBound(inBreach, of, alpha)),
  };
}

/** Rates and quantiles of days, each field's bounds at an equal part of the error. */
function judgeDays({ fields, tally, limits }: RampQuestion): RampDays[] {
  const alpha = (1 - limits.confidence) / fields.length;
  return fields.map((field, index) => {
    const table = tally.days[index]!;
    const { days, inBreach } = table.totals();
    const users = table.entries().reduce((sum, one) => sum + one.users, 0);
    const p95 = dayQuantile(tally.replicates.tail(index), 0.95, alpha, users);
    const upper = dayRateUpperBound(table.entries(), alpha, `${tally.seed} ${field.name}`);
    return {
      field: field.name,
      days_in_breach: inBreach,
      of: days,
      rate: { estimate: micro(days === 0 ? 0 : inBreach / days), upper: microUp(upper) },
      p95: { estimate: p95.value, upper: p95.upper },
    };
  });
}

function judgeAlert({ ruleset, alert, basis, share, risk }: AlertRisk, question: RampQuestion): RampAlert {
  const limit = question.limits.alerts;
  const isWithin = risk.estimate <= limit;
  const isOver = risk.lower > limit && question.tally.users > 0;
  return {
    ruleset,
    alert,
    percent: question.shadowShare && share !== null ? Math.round(share * 100) : null,
    basis,
    chance: { estimate: micro(risk.estimate), lower: microDown(risk.lower), upper: microUp(risk.upper) },
    limit,
    state: isOver ? 'over' : isWithin ? 'within' : 'open',
  };
}

function judgeStep(
  percent: number,
  breaches: readonly Judged[],
  alerts: readonly RampAlert[],
  question: RampQuestion,
): Omit<RampStep, 'percent' | keyof Exposure> {
  const { tally } = question;
  const concerned = alerts.filter((one) => one.percent === null || one.percent === percent);
  const reasons = [
    ...(tally.users === 0
      ? withNobody(question)
      : [
          ...breaches.flatMap((one) => breachReason(one, percent)),
          ...concerned.flatMap(alertReason),
          ...question.barriers,
          ...tooFewDays(question),
        ]),
    ...(tally.simulatedUsers > 0 ? [SIMULATED] : []),
    ...IN_SCOPE[question.scope],
  ];
  const more = moreUsers(breaches, percent);
  const isNo = reasons.some(({ state }) => state === 'over');
  const isOpen = !isNo && reasons.length > 0;
  return {
    verdict: isNo ? 'no-go' : isOpen ? 'not enough evidence' : 'go',
    reasons,
    // Of nobody it is not known either how many days a user has.
    ...(isOpen && tally.users > 0 ? settledBy(more, question) : NOTHING_MORE),
  };
}

const SIMULATED: RampReason = {
  code: 'simulated',
  state: 'open',
  subject: 'simulated traffic',
  detail: 'no evidence for a go',
};
const LEFT_OUT = { state: 'open', detail: 'who was left out may err' } as const;
const IN_SCOPE: Readonly<Record<RampReport['scope'], readonly RampReason[]>> = {
  production: [],
  chosen: [{ ...LEFT_OUT, code: 'chosen', subject: 'only what --users or --where chose was replayed' }],
  part: [{ ...LEFT_OUT, code: 'partial', subject: 'a replay in part' }],
};
const NOTHING_MORE = { more_clean_users: 0, more_clean_user_days: 0, sample_percent: null };

/** Nothing speaks for a no where nobody was replayed, not even checks that are red: they are said, and leave it open. */
function withNobody({ barriers, nobodyFor }: RampQuestion): RampReason[] {
  const detail = nobodyFor ?? 'there is no user to judge by';
  return [
    { code: 'nobody', state: 'open', subject: 'nothing was replayed', detail },
    ...barriers.map((one) => ({ ...one, state: 'open' as const })),
  ];
}

const DAY_MS = 86_400_000;

/** Days from the first write to the last, a day begun counted as one; 0 without a write. */
function spanDays({ span }: EvidenceTally): number {
  return span ? Math.max(1, Math.ceil((span.lastMs - span.firstMs) / DAY_MS)) : 0;
}

/** What somebody does only on some days is not seen on the others. */
function tooFewDays({ tally, limits }: RampQuestion): RampReason[] {
  const days = spanDays(tally);
  if (days >= limits.days) return [];
  const subject = `the records span ${countOf(days, 'day')}`;
  return [{ code: 'days', state: 'open', subject, detail: `${formatNumber(limits.days)} are wanted` }];
}

/** Nobody compared leaves every field open, since the upper bound is then 1. */
function breachReason({ level, field, share, limit }: Judged, percent: number): RampReason[] {
  if (limit === null) return [];
  const step = percent / 100;
  const code = `breach/${level}/${field}`;
  const subject = `${field} of a ${level}`;
  const allowed = `${asPercent(limit)} allowed`;
  if (step * share.lower > limit) {
    const detail = `${asPercent(step * share.lower, limit)} of all users or more, ${allowed}`;
    return [{ code, state: 'over', subject, detail }];
  }
  if (step * share.upper <= limit) return [];
  const detail = `up to ${asPercent(step * share.upper, limit)} of all users, ${allowed}`;
  return [{ code, state: 'open', subject, detail }];
}

function alertReason({ ruleset, alert, chance, limit, state }: RampAlert): RampReason[] {
  if (state === 'within') return [];
  const seen =
    state === 'over' ? `${asPercent(chance.lower, limit)} or more` : asPercent(chance.estimate, limit);
  const subject = `${ruleset}/${alert}`;
  const detail = `a chance of ${seen} to fire, ${asPercent(limit)} allowed`;
  return [{ code: `alert/${subject}`, state, subject, detail }];
}

/**
 * The most that any open field needs: the smallest number of further users, none of them in breach, with which its upper
 * bound passes; null where no number of users would do.
 */
function moreUsers(breaches: readonly Judged[], percent: number): number | null {
  let most: number | null = 0;
  for (const { users_in_breach, of, alpha, limit } of breaches) {
    if (limit === null || most === null) continue;
    const needed = cleanTrialsNeeded(users_in_breach, of, alpha, Math.min(1, limit / (percent / 100)));
    most = needed === null ? null : Math.max(most, needed);
  }
  return most;
}

function settledBy(
  users: number | null,
  { tally, sampled }: RampQuestion,
): Pick<RampStep, 'more_clean_users' | 'more_clean_user_days' | 'sample_percent'> {
  if (users === null) return { more_clean_users: null, more_clean_user_days: null, sample_percent: null };
  const { comparedUsers } = tally;
  const daysEach = comparedUsers === 0 ? 1 : tally.days.at(-1)!.totals().days / comparedUsers;
  const wanted = Math.ceil((100 * sampled * (comparedUsers + users)) / Math.max(1, comparedUsers));
  return {
    more_clean_users: users,
    more_clean_user_days: Math.ceil(users * daysEach),
    sample_percent: users > 0 && sampled < 1 && comparedUsers > 0 && wanted <= 100 ? wanted : null,
  };
}

type Exposure = Pick<RampStep, 'users' | 'live_rows_changed' | 'user_days' | 'days_in_breach'>;

/** What a step exposes in all of production. */
function exposure(percent: number, { tally, sampled, limits }: RampQuestion): Exposure {
  const seen = tally.exposedAt(percent);
  const scaled = (count: number): number => Math.round(count / sampled);
  const people = tally.days.at(-1)!.entries();
  const withDays = people.reduce((sum, { users }) => sum + users, 0);
  const step = { seen: seen.users, sampled, withDays: tally.users === 0 ? 1 : withDays / tally.users };
  const upper = exposedDaysUpperBound(people, step, 1 - limits.confidence, tally.seed);
  const inBreach = scaled(seen.daysInBreach);
  return {
    users: scaled(seen.users),
    live_rows_changed: scaled(seen.liveRowsChanged),
    user_days: scaled(seen.userDays),
    days_in_breach: { estimate: inBreach, upper: Math.max(inBreach, upper) },
  };
}

const micro = (value: number): number => Math.round(value * 1e6) / 1e6;
const microUp = (value: number): number => Math.min(1, Math.ceil(value * 1e6) / 1e6);
const microDown = (value: number): number => Math.floor(value * 1e6) / 1e6;

/** A share as people read it: two digits that say something, more beside a limit that would look the same. */
export function asPercent(share: number, limit = 0): string {
  return `${formatNumber(Number((share * 100).toPrecision(digitsApart(share, limit))))}%`;
}
