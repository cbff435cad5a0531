/**
 * What a project holds its outcomes to less strictly than it did: limits widened, differences expected, suites and
 * cases gone, alerts allowed. Pure, and a file of its own because a change can make a gate green in two ways, and a
 * reviewer must see which.
 */
import { byCodeUnit } from './json.ts';
import type { Policy, SuitePolicy } from './policy.ts';

/** Kinds in the order in which they are told, with what they are called. */
export const LOOSENINGS = {
  limit: 'limits widened',
  breach_limit: 'breach limits widened',
  expectation: 'expectations added or widened',
  suite: 'suites removed or no longer judged',
  must_fail: 'suites that must fail removed or changed',
  case: 'cases or records removed',
  alert: 'alerts newly allowed',
  check: 'checks dropped',
} as const;

export type LooseningKind = keyof typeof LOOSENINGS;

/** One thing that is held to less than it was. */
export interface Loosening {
  readonly kind: LooseningKind;
  /** One line: what, and from what to what. */
  readonly text: string;
}

/** A difference that someone expects, as a ledger states it. */
export interface Expectation {
  readonly id: string;
  /** The last day on which it holds, YYYY-MM-DD. */
  readonly expires: string;
  /** What it covers, in any form that is equal for equal predicates. */
  readonly covers: string;
}

/** What a state of the project holds outcomes to. */
export interface Held {
  readonly policy: Policy;
  readonly expectations: readonly Expectation[];
  /** Records by golden file, the file relative to the golden folder; null where a file could not be read. */
  readonly cases: ReadonlyMap<string, number | null>;
}

/** Everything looser in `now` than in `then`, by kind and then by name. */
export function loosenings(then: Held, now: Held): readonly Loosening[] {
  const found = [
    ...limits(then.policy, now.policy),
    ...rollout(then.policy, now.policy),
    ...breachLimits(then.policy, now.policy),
    ...expectations(then.expectations, now.expectations),
    ...suites(then.policy, now.policy),
    ...cases(then, now),
    ...alerts(then.policy, now.policy),
    ...checks(then.policy, now.policy),
  ];
  const kinds = Object.keys(LOOSENINGS);
  return found.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || byCodeUnit(a.text, b.text));
}

/** Suites of the same name in both, those that must fail included. */
function both(then: Policy, now: Policy): readonly (readonly [SuitePolicy, SuitePolicy])[] {
  return then.suites.flatMap((before) => {
    const after = now.suites.find(({ name }) => name === before.name);
    return after ? [[before, after] as const] : [];
  });
}

/** Limits that went up or away; a line for all suites in which the same one did. */
function limits(then: Policy, now: Policy): Loosening[] {
  const widened = both(then, now).flatMap(([before, after]) =>
    Object.entries(before.limits).flatMap(([what, limit]) => {
      const to = after.limits[what];
      if (to !== undefined && !(to > limit)) return [];
      return [{ suite: before.name, change: `${what}, at most ${limit} → ${to ?? 'no limit'}` }];
    }),
  );
  const byChange = Map.groupBy(widened, ({ change }) => change);
  return [...byChange].map(([change, ones]) => ({
    kind: 'limit',
    text: `${ones.map(({ suite }) => suite).join(', ')}: ${change}`,
  }));
}

/** What a rollout may cost, where it may cost more or the answer be less sure; equal changes in one line. */
function rollout(then: Policy, now: Policy): Loosening[] {
  const widened = Object.entries(then.rollout.most).flatMap(([what, most]) => {
    const to = now.rollout.most[what];
    return to !== undefined && !(to > most)
      ? []
      : [{ what, change: `at most ${most} → ${to ?? 'no limit'}` }];
  });
  const sure = [then.rollout.confidence, now.rollout.confidence] as const;
  const days = [then.rollout.days, now.rollout.days] as const;
  return [
    ...[...Map.groupBy(widened, ({ change }) => change)].map(
      ([change, ones]) => `rollout: ${ones.map(({ what }) => what).join(', ')}, ${change}`,
    ),
    ...(sure[1] < sure[0] ? [`rollout: confidence, at least ${sure[0]} → ${sure[1]}`] : []),
    ...(days[1] < days[0] ? [`rollout: days, at least ${days[0]} → ${days[1]}`] : []),
  ].map((text) => ({ kind: 'limit', text }));
}

function breachLimits(then: Policy, now: Policy): Loosening[] {
  return Object.entries(then.breach_limits).flatMap(([field, before]): Loosening[] => {
    const after = now.breach_limits[field];
    if (after === undefined) return [{ kind: 'breach_limit', text: `${field} is no longer compared` }];
    if (after.floor <= before.floor && after.share <= before.share) return [];
    const shown = ({ floor, share, unit }: typeof before): string =>
      share === 0 ? `${floor} ${unit}` : `${floor} ${unit} or ${share * 100}%`;
    return [{ kind: 'breach_limit', text: `${field}: ${shown(before)} → ${shown(after)}` }];
  });
}

function expectations(then: readonly Expectation[], now: readonly Expectation[]): Loosening[] {
  return now.flatMap(({ id, expires, covers }): Loosening[] => {
    const before = then.find((one) => one.id === id);
    if (before === undefined) return [{ kind: 'expectation', text: `${id}: added, until ${expires}` }];
    const changes = [
      ...(expires > before.expires ? [`until ${before.expires} → ${expires}`] : []),
      ...(covers !== before.covers ? ['covers something else'] : []),
    ];
    return changes.length === 0 ? [] : [{ kind: 'expectation', text: `${id}: ${changes.join(', ')}` }];
  });
}

function suites(then: Policy, now: Policy): Loosening[] {
  return then.suites.flatMap((before): Loosening[] => {
    const after = now.suites.find(({ name }) => name === before.name);
    if (before.must_fail !== null) return mustFail(before, after);
    if (after === undefined) return [{ kind: 'suite', text: `${before.name}: removed` }];
    if (after.must_fail !== null)
      return [{ kind: 'suite', text: `${before.name}: was judged, now must fail for ${after.must_fail}` }];
    if (before.keeps_golden && !after.keeps_golden)
      return [{ kind: 'suite', text: `${before.name}: keeps no golden files any more` }];
    return [];
  });
}

function mustFail(before: SuitePolicy, after: SuitePolicy | undefined): Loosening[] {
  const timed = ({ must_fail, fires_at }: SuitePolicy): string =>
    fires_at === null ? `${must_fail}` : `${must_fail} at ${fires_at}`;
  const said = (what: string): Loosening[] => [{ kind: 'must_fail', text: `${before.name}: ${what}` }];
  if (after === undefined) return said(`removed; it had to find ${timed(before)}`);
  if (after.must_fail === null) return said(`need not fail any more; it had to find ${timed(before)}`);
  return timed(after) === timed(before) ? [] : said(`had to find ${timed(before)}, now ${timed(after)}`);
}

/** Golden files that are gone, or hold fewer records; those of a suite that is gone as a whole in one line. */
function cases(then: Held, now: Held): Loosening[] {
  const gone = [...then.cases.keys()].filter((file) => !now.cases.has(file));
  const kept = now.policy.suites.filter(({ keeps_golden }) => keeps_golden).map(({ name }) => name);
  const isKept = (file: string): boolean => kept.some((name) => file.startsWith(`${name}/`));
  const lost = Map.groupBy(
    gone.filter((file) => !isKept(file)),
    (file) => file.split('/').slice(0, -2).join('/'),
  );
  const fewer = [...then.cases].flatMap(([file, before]) => {
    const after = now.cases.get(file);
    if (before === null || after === null || after === undefined || after >= before) return [];
    return [`${caseOf(file)}: ${before} records → ${after}`];
  });
  return [
    ...[...lost].map(
      ([suite, files]) => `${suite}: every case, ${files.length} golden file${files.length === 1 ? '' : 's'}`,
    ),
    ...gone.filter(isKept).map((file) => `${caseOf(file)}: removed`),
    ...fewer,
  ].map((text) => ({ kind: 'case', text }));
}

function caseOf(file: string): string {
  return file.replace(/\.json$/, '');
}

function alerts(then: Policy, now: Policy): Loosening[] {
  return both(then, now).flatMap(([before, after]) =>
    after.alerts
      .filter((alert) => !before.alerts.includes(alert))
      .map((alert): Loosening => ({ kind: 'alert', text: `${before.name}: ${alert} may fire` })),
  );
}

function checks(then: Policy, now: Policy): Loosening[] {
  const dropped = then.checks
    .filter((check) => !now.checks.includes(check))
    .map((check) => `${check}: dropped`);
  const covered = [
    ...coverage('all suites', then.coverage, now.coverage),
    ...both(then, now).flatMap(([before, after]) => coverage(before.name, before.coverage, after.coverage)),
  ];
  return [...dropped, ...covered].map((text) => ({ kind: 'check', text }));
}

function coverage(
  suite: string,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(before).flatMap(([stratum, least]) => {
    const now = after[stratum];
    if (now !== undefined && now >= least) return [];
    return [`${suite}: coverage of ${stratum}, at least ${least} → ${now ?? 'not asked for'}`];
  });
}
