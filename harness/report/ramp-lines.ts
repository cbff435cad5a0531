/**
 * What a ramp's answer stands on, as tables and the sentences that explain them: steps, users in breach, alerts. One file,
 * so that terminal and summary tell the same.
 */
import { digitsApart } from '../digits-apart.ts';
import { duration } from './ramp-answer.ts';
import type { Bounded, RampBreach, RampReport } from './shape.ts';

/** A table: heads, and rows of as many texts. */
export interface RampTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the figures stand on, in a sentence or two. */
export function rampBasis(ramp: RampReport): string {
  const replayed = `${count(ramp.users)} users with ${count(ramp.user_days)} user-days over ${daysOf(ramp.span_days)}`;
  const sampled = ramp.sampled < 1 ? `${replayed}, a sample of ${percent(ramp.sampled)}` : replayed;
  const simulated = ramp.simulated ? ' Simulated traffic may say no and is never evidence for a go.' : '';
  const [what, who] = ramp.steps.length === 0 ? ['Scaled up', 'Alerts'] : ['Ramp,', 'Steps'];
  const bounds = `bounds hold at ${percent(ramp.confidence)}`;
  return `${what} from ${sampled}. ${who} speak of ${SCOPES[ramp.scope]}; ${bounds}.${simulated}`;
}

function daysOf(days: number): string {
  return days === 1 ? '1 day' : `${count(days)} days`;
}

const SCOPES: Readonly<Record<RampReport['scope'], string>> = {
  production: 'all of production',
  chosen: 'users like those chosen',
  part: 'the part that was replayed, which is no sample of the rest',
};

/** A line a step: what it exposes, days in breach with their bound, the verdict. */
export function stepTable({ steps }: RampReport): RampTable {
  return {
    heads: ['Step', 'Users', 'Rows changed', 'User-days', 'in breach', 'at most', 'Verdict'],
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

/** Fields with users in breach, most users first, and what that means; those without are told in a sentence. */
export function breachTable(ramp: RampReport): RampTable {
  const found = ramp.breaches.filter(({ users_in_breach }) => users_in_breach > 0);
  const sorted = found.toSorted((a, b) => b.share.estimate - a.share.estimate);
  return {
    heads: ['Breach of', 'Users', 'out of', 'Share', 'at most', 'allowed', 'Result'],
    rows:
      ramp.steps.length === 0
        ? []
        : sorted.map((one) => [
            `${one.level} ${one.field}`,
            count(one.users_in_breach),
            count(one.of),
            percent(one.share.estimate, one.limit),
            percent(one.share.upper, one.limit),
            one.limit === null ? '-' : percent(one.limit),
            breachResult(one, ramp),
          ]),
  };
}

/** The first step that the field speaks against: it brings its part of all users into harm's way, and later ones more. */
function breachResult({ level, field, limit }: RampBreach, { steps }: RampReport): string {
  if (limit === null) return '-';
  const code = `breach/${level}/${field}`;
  const first = (state: 'over' | 'open') =>
    steps.find(({ reasons }) => reasons.some((reason) => reason.code === code && reason.state === state));
  const over = first('over');
  if (over) return `no-go at ${over.percent}%`;
  const open = first('open');
  return open ? `open at ${open.percent}%` : 'within';
}

/** What the table of users in breach means; empty without one. */
export function breachNote(ramp: RampReport): string {
  if (breachTable(ramp).rows.length === 0) return '';
  return (
    'Users: those replayed who meet at least one breach of the field. Share, at most, allowed: of all users; a step of ' +
    '10% reaches a tenth of them. Result: the first step that it speaks against.'
  );
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
  const shadow = byStep ? ['Shadow'] : [];
  return {
    heads: [`Alert in ${duration(watch_seconds)}`, ...shadow, 'Chance', 'at most', 'Watches', 'Result'],
    rows: alerts.map((one) => [
      `${one.ruleset}/${one.alert}`,
      ...(byStep ? [one.percent === null ? 'any' : `${one.percent}%`] : []),
      percent(one.chance.estimate, one.limit),
      percent(one.chance.upper),
      one.basis,
      one.state,
    ]),
  };
}

/** How chances were found and what they were held against, a sentence each; none without alerts. */
export function alertRiskNotes({ alerts }: RampReport): string[] {
  const [first] = alerts;
  if (!first) return [];
  const allowed = percent(first.limit);
  const says = {
    over: `over: more than the ${allowed} allowed, even at the lower bound.`,
    open: `open: more than the ${allowed} allowed, which the lower bound is not.`,
    within: `within: no more than the ${allowed} allowed.`,
  };
  const states = (['over', 'open', 'within'] as const).filter((state) =>
    alerts.some((one) => one.state === state),
  );
  return [
    ...(alerts.some(({ basis }) => basis === 'recorded')
      ? ['Watches recorded: the share of them in which the alert fires.']
      : []),
    ...(alerts.some(({ basis }) => basis === 'drawn')
      ? ['Watches drawn: put together from the people replayed, counts scaled up to all of production.']
      : []),
    ...states.map((state) => says[state]),
    ...(alerts.some(({ state, chance, limit }) => state === 'within' && chance.upper > limit)
      ? [
          'An alert is judged by its estimate, not by at most: no sample rules out a few unseen users who err all day, ' +
            'and the alert is there to notice them.',
        ]
      : []),
  ];
}

/** Two digits that say something, more beside a limit that would look the same; never 0 for what is not. */
export function percent(share: Bounded['estimate'], limit: number | null = null): string {
  if (share === 0) return '0%';
  const shown = Number((share * 100).toPrecision(digitsApart(share, limit ?? 0)));
  return shown < 0.01 ? '<0.01%' : `${shown}%`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
