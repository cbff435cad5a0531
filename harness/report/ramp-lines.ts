/**
 * What a reader needs of a ramp, as texts: the steps, what would settle the open ones, users in breach, alerts. One file,
 * so that terminal and summary tell the same.
 */
import type { Bounded, RampAlert, RampReport, RampStep } from './shape.ts';

/** A table: heads, and rows of as many texts. */
export interface RampTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the figures stand on, in a sentence or two. */
export function rampBasis(ramp: RampReport): string {
  const replayed = `${count(ramp.users)} users with ${count(ramp.user_days)} user-days`;
  const sampled = ramp.sampled < 1 ? `${replayed}, a sample of ${percent(ramp.sampled)}` : replayed;
  const simulated = ramp.simulated ? ' Simulated traffic may say no and is never evidence for a go.' : '';
  const [what, who] = ramp.steps.length === 0 ? ['Scaled up', 'Alerts'] : ['Ramp,', 'Steps'];
  const bounds = `bounds hold at ${percent(ramp.confidence)}`;
  return `${what} from ${sampled}. ${who} speak of ${SCOPES[ramp.scope]}; ${bounds}.${simulated}`;
}

const SCOPES: Readonly<Record<RampReport['scope'], string>> = {
  production: 'all of production',
  chosen: 'users like those chosen',
  part: 'the part that was replayed, which is no sample of the rest',
};

/** A line a step: what it exposes, days in breach with their bound, the verdict. */
export function stepTable({ steps }: RampReport): RampTable {
  return {
    heads: ['Step', 'Users', 'Rows changed', 'Days', 'in breach', 'at most', 'Verdict'],
    rows: steps.map((step) => [
      `${step.percent}%`,
      count(step.users),
      count(step.live_rows_changed),
      count(step.user_days),
      count(step.days_in_breach.estimate),
      count(step.days_in_breach.upper),
      step.verdict,
    ]),
  };
}

/** Reasons shown of a step, and subjects of a reason, before the rest is counted. */
const REASONS_SHOWN = 3;
const SUBJECTS_SHOWN = 2;

/** Why steps are no go, and what would settle them: a sentence or two each. */
export function stepNotes({ steps }: RampReport): string[] {
  return steps.filter(({ verdict }) => verdict !== 'go').map(stepNote);
}

function stepNote(step: RampStep): string {
  const isNo = step.verdict === 'no-go';
  const reasons = step.reasons.filter(({ state }) => state === (isNo ? 'over' : 'open'));
  const alike = [...Map.groupBy(reasons, ({ detail }) => detail)].map(
    ([detail, group]) =>
      `${listed(
        group.map(({ subject }) => subject),
        SUBJECTS_SHOWN,
        ', ',
      )}: ${detail}`,
  );
  const why = listed(alike, REASONS_SHOWN, '; ');
  return `${isNo ? `No-go for ${step.percent}%` : `Not enough evidence${settling(step)}`}. Why: ${why}.`;
}

function listed(texts: readonly string[], shown: number, between: string): string {
  const more = texts.length - shown;
  return [...texts.slice(0, shown), ...(more > 0 ? [`and ${more} more`] : [])].join(between);
}

function settling(step: RampStep): string {
  const { percent: at, more_clean_users: users, more_clean_user_days: days, sample_percent: sample } = step;
  if (users === null || days === null) return ` for ${at}%: no number of clean users would settle it`;
  if (users === 0) return ` for ${at}%`;
  const how = sample === null ? '' : `, as --sample ${sample}% would`;
  return `: replay ${count(days)} more clean user-days (${count(users)} users) for ${at}%${how}`;
}

/** Fields with users in breach; those without are told in a sentence. */
export function breachTable({ breaches, steps }: RampReport): RampTable {
  const found = breaches.filter(({ users_in_breach }) => users_in_breach > 0);
  return {
    heads: ['Users in breach of', 'Users', 'of', 'Share', 'at most', 'allowed'],
    rows:
      steps.length === 0
        ? []
        : found.map((one) => [
            `${one.level} ${one.field}`,
            count(one.users_in_breach),
            count(one.of),
            percent(one.share.estimate),
            percent(one.share.upper),
            one.limit === null ? '-' : percent(one.limit),
          ]),
  };
}

/** Days of every field: the rate in breach and the 95th percentile of differences, each with its bound. */
export function dayTable({ days }: RampReport): RampTable {
  return {
    heads: ['User-days', 'in breach', 'of', 'Rate', 'at most', 'P95', 'at most'],
    rows: days.map((one) => [
      one.field,
      count(one.days_in_breach),
      count(one.of),
      percent(one.rate.estimate),
      percent(one.rate.upper),
      String(one.p95.estimate),
      one.p95.upper === null ? 'too few users' : String(one.p95.upper),
    ]),
  };
}

/** What is to be said of fields without a breach; empty where there is none. */
export function cleanNote({ breaches, steps }: RampReport): string {
  const clean = breaches.filter(({ users_in_breach }) => users_in_breach === 0);
  const [first] = clean;
  if (!first || steps.length === 0) return '';
  const upper = Math.max(...clean.map(({ share }) => share.upper));
  const which = clean.length === breaches.length ? 'any field' : 'any other field or level';
  return `No user in breach of ${which} among ${count(first.of)}: each is met by at most ${percent(upper)} of users.`;
}

/** A line an alert, and a step where the shadow is ramped too. */
export function alertRiskTable({ alerts, watch_seconds }: RampReport): RampTable {
  const byStep = alerts.some(({ percent: step }) => step !== null);
  return {
    heads: [`Alert in ${hours(watch_seconds)}`, ...(byStep ? ['Shadow'] : []), 'Chance', 'at most', 'By'],
    rows: alerts.map((one) => [
      `${one.ruleset}/${one.alert}`,
      ...(byStep ? [one.percent === null ? 'any' : `${one.percent}%`] : []),
      percent(one.chance.estimate),
      percent(one.chance.upper),
      basisOf(one),
    ]),
  };
}

/** How chances were found; empty without any. */
export function alertRiskNote({ alerts }: RampReport): string {
  if (alerts.length === 0) return '';
  const drawn = alerts.some(({ basis }) => basis === 'drawn');
  return (
    'recorded: the share of the watches in the recordings.' +
    (drawn ? ' drawn: counts scaled up, over watches put together from the people replayed.' : '')
  );
}

function basisOf({ basis, state }: RampAlert): string {
  return state === 'within' ? basis : `${basis}, ${state}`;
}

function hours(seconds: number): string {
  if (seconds % 86_400 === 0 && seconds > 2 * 86_400) return `${seconds / 86_400} days`;
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`;
}

/** Three digits that say something, never 0 for what is not. */
export function percent(share: Bounded['estimate']): string {
  if (share === 0) return '0%';
  const shown = Number((share * 100).toPrecision(2));
  return shown < 0.01 ? '<0.01%' : `${shown}%`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
