/**
 * What a ramp answers, in words: go, no-go or not enough evidence, for which steps, and why. What holds for several steps
 * is said once. Apart from the tables because it stands first and last in a report, and in its last line.
 */
import type { RampBreach, RampReason, RampReport, RampStep } from './shape.ts';

/** The steps of one verdict together. */
export interface RampAnswer {
  readonly verdict: RampStep['verdict'];
  /** `Go for 10% and 50%`: for open steps one for each that has figures of its own. No full stops. */
  readonly headlines: readonly string[];
  /** Causes of the verdict, the worst first in each; empty for a go. No full stops. */
  readonly why: readonly string[];
}

/** The answers in the order of their first steps; none where no step was asked for. */
export function rampAnswers(ramp: RampReport): RampAnswer[] {
  return [...Map.groupBy(ramp.steps, ({ verdict }) => verdict)].map(([verdict, steps]) => ({
    verdict,
    headlines:
      verdict === 'not enough evidence'
        ? openHeadlines(steps, ramp.breaches)
        : [`${NAMES[verdict]} for ${named(steps)}`],
    why: whyOf(steps, ramp),
  }));
}

const NAMES: Readonly<Record<RampStep['verdict'], string>> = {
  go: 'Go',
  'no-go': 'No-go',
  'not enough evidence': 'Not enough evidence',
};

/** The answers with why, as a paragraph each. */
export function answerParagraphs(ramp: RampReport): string[] {
  return rampAnswers(ramp).map(({ headlines, why }) => {
    const reasons = why.length === 0 ? '' : ` Why: ${why.join('; ')}.`;
    return `${headlines.join('. ')}.${reasons}`;
  });
}

/** The answers in one phrase, as a report's last line has them; empty where no step was asked for. */
export function answerPhrase({ steps, breaches }: Pick<RampReport, 'steps' | 'breaches'>): string {
  const phrases = [...Map.groupBy(steps, ({ verdict }) => verdict)].flatMap(([verdict, group]) => {
    const [short, others] = [true, false].map((wanted) =>
      group.filter(
        (step) => ((step.more_clean_user_days ?? 0) > 0 && !isLikelierNo(step, breaches)) === wanted,
      ),
    );
    const told = others!.length === 0 ? [] : [`${verdict} for ${others!.map(atStep).join(', ')}`];
    if (short!.length === 0) return told;
    const [first, ...then] = short!.map((step) => [count(step.more_clean_user_days!), atStep(step)]);
    const settled = [
      `${first![0]} more clean user-days for ${first![1]}`,
      ...then.map(([days, at]) => `${days} for ${at}`),
    ];
    return [...told, `${verdict}: replay ${settled.join(', ')}`];
  });
  return phrases.join('; ');
}

function atStep({ percent }: RampStep): string {
  return `${percent}%`;
}

/** What to do about the answers, in a sentence without a full stop; empty where no step was asked for. */
export function rampAdvice(ramp: RampReport): string {
  const { steps, scope, simulated, watch_seconds } = ramp;
  const [first, second] = steps;
  if (!first) return '';
  if (steps.some(({ verdict }) => verdict === 'no-go')) return noGoAdvice(steps);
  if (steps.some(({ reasons }) => reasons.some(({ code }) => code.startsWith('nothing_ran/'))))
    return 'replay under flags that let both paths run: --flags NAME=VALUE';
  if (scope === 'part') return 'replay all of what was asked for';
  const open = steps.filter(({ verdict }) => verdict === 'not enough evidence');
  if (open.length === 0) {
    const then = second ? ` and replay what it recorded before ${second.percent}%` : '';
    return `ramp to ${first.percent}%, watch it for ${duration(watch_seconds)}${then}`;
  }
  if (simulated) return 'replay recordings of production: simulated traffic is never evidence for a go';
  const isShort = open.some((step) => step.more_clean_users !== 0 && step.sample_percent === null);
  return isShort ? 'record more: these recordings do not hold enough users to settle every step' : '';
}

/** "rollout" governs users in breach and alerts alone: it is no way out of anything else. */
function noGoAdvice(steps: readonly RampStep[]): string {
  const over = steps.flatMap(({ reasons }) => reasons.filter(({ state }) => state === 'over'));
  const others = new Set(over.map(({ code }) => code).filter((code) => !/^(breach|alert)\//.test(code)));
  const mend = 'mend the cause and replay again';
  if (others.size === 0)
    return `${mend}; if it is meant, "rollout" in the config says how many users may meet it`;
  return others.size === 1 && others.has('skipped')
    ? 'mend what could not be replayed, or record it anew; "limits" in the config says how much may be skipped'
    : mend;
}

/** One headline for all open steps that no figure sets apart, and one for each that more users would settle. */
function openHeadlines(steps: readonly RampStep[], breaches: readonly RampBreach[]): string[] {
  const unsettled = steps.filter(({ more_clean_users: users }) => users === 0);
  return [
    ...(unsettled.length === 0 ? [] : [`Not enough evidence for ${named(unsettled)}`]),
    ...steps.filter((step) => !unsettled.includes(step)).map((step) => settledBy(step, breaches)),
  ];
}

function settledBy(step: RampStep, breaches: readonly RampBreach[]): string {
  const { percent: at, more_clean_users: users, more_clean_user_days: days, sample_percent: sample } = step;
  if (users === null || days === null)
    return `Not enough evidence for ${at}%: no number of clean users would settle it`;
  if (isLikelierNo(step, breaches))
    return `Not enough evidence for ${at}%: of those replayed more are in breach than allowed, so a no-go is likelier than a go; more evidence will tell`;
  const how = sample === null ? '' : `, as --sample ${sample}% would`;
  return `Not enough evidence: replay ${count(days)} more clean user-days (${count(users)} user${users === 1 ? '' : 's'}) for ${at}%${how}`;
}

/** True where an open step would have to be saved by users without a breach though those seen speak against it. */
function isLikelierNo({ percent, reasons }: RampStep, breaches: readonly RampBreach[]): boolean {
  return breaches.some(
    ({ level, field, limit, share }) =>
      limit !== null &&
      (percent / 100) * share.estimate > limit &&
      reasons.some(({ code, state }) => state === 'open' && code === `breach/${level}/${field}`),
  );
}

/** A reason with the steps it is given at. */
interface Given {
  readonly reason: RampReason;
  readonly at: readonly number[];
  readonly breach: RampBreach | null;
}

/** Reasons shown of one kind, and subjects of a reason, before the rest is counted. */
const REASONS_SHOWN = 3;
const SUBJECTS_SHOWN = 2;

function whyOf(steps: readonly RampStep[], ramp: RampReport): string[] {
  const wanted = steps[0]?.verdict === 'no-go' ? 'over' : 'open';
  const told = steps.flatMap(({ percent, reasons }) =>
    reasons.filter(({ state }) => state === wanted).map((reason) => ({ percent, reason })),
  );
  const given = [
    ...Map.groupBy(told, ({ reason }) => JSON.stringify([reason.code, reason.subject])).values(),
  ].map((same) => givenAt(same, ramp));
  return [...Map.groupBy(given, ({ at }) => at.join()).values()].flatMap((group) => {
    const { at } = group[0]!;
    const prefix = at.length === steps.length ? '' : `for ${listed(at.map((one) => `${one}%`))}: `;
    return kinds(group).map((text) => `${prefix}${text}`);
  });
}

/** A reason as its first step has it; the figures of a breach, which grow with the step, say which that was. */
function givenAt(
  same: readonly { readonly percent: number; readonly reason: RampReason }[],
  { breaches }: RampReport,
): Given {
  const [{ percent, reason }] = same as [(typeof same)[number]];
  const varies = same.some((other) => other.reason.detail !== reason.detail);
  return {
    reason: varies ? { ...reason, detail: `${reason.detail}, at ${percent}%` } : reason,
    at: same.map((one) => one.percent),
    breach: breaches.find(({ level, field }) => reason.code === `breach/${level}/${field}`) ?? null,
  };
}

/** A text for users in breach, one for alerts, one for all else. */
function kinds(given: readonly Given[]): string[] {
  const breaches = given.filter(({ breach }) => breach !== null);
  const [alerts, others] = [true, false].map((wanted) =>
    given.filter(({ breach, reason }) => breach === null && reason.code.startsWith('alert/') === wanted),
  );
  return [
    ...(breaches.length === 0 ? [] : [worstBreaches(breaches)]),
    ...(alerts!.length === 0 ? [] : [`alert${alerts!.length === 1 ? '' : 's'} ${alike(alerts!)}`]),
    ...(others!.length === 0 ? [] : [alike(others!)]),
  ];
}

/** The fields that most users meet a breach of, with how many do; the others are counted. */
function worstBreaches(given: readonly Given[]): string {
  const sorted = given.toSorted((a, b) => b.breach!.share.estimate - a.breach!.share.estimate);
  const [worst = []] = Map.groupBy(sorted, ({ reason }) => reason.detail).values();
  const subjects = worst.map(
    ({ reason, breach }) =>
      `${reason.subject} (${count(breach!.users_in_breach)} of ${count(breach!.of)} users)`,
  );
  const more = given.length - worst.length;
  const rest = more === 0 ? '' : `; and ${more} more, with fewer users`;
  return `${shortened(subjects, SUBJECTS_SHOWN, ', ')}: ${worst[0]!.reason.detail}${rest}`;
}

function alike(given: readonly Given[]): string {
  const texts = [...Map.groupBy(given, ({ reason }) => reason.detail)].map(([detail, group]) => {
    const subjects = group.map(({ reason }) => reason.subject);
    return `${shortened(subjects, SUBJECTS_SHOWN, ', ')}: ${detail}`;
  });
  return shortened(texts, REASONS_SHOWN, '; ');
}

function shortened(texts: readonly string[], shown: number, between: string): string {
  const more = texts.length - shown;
  return [...texts.slice(0, shown), ...(more > 0 ? [`and ${more} more`] : [])].join(between);
}

function named(steps: readonly RampStep[]): string {
  return listed(steps.map(atStep));
}

/** `10%, 50% and 100%`. */
function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A duration as people name it. */
export function duration(seconds: number): string {
  if (seconds % 86_400 === 0 && seconds > 2 * 86_400) return `${seconds / 86_400} days`;
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
