/**
 * What a config holds outcomes to, as plain data: limits, what is judged, what is allowed. A file of its own because
 * the config of an older commit is turned into this in a process of its own and travels from there as JSON.
 */
import type { CoverageRequirements, GolemConfig, Limits, RolloutConfig, Suite } from '../config.ts';
import type { Field } from '../migration.ts';

/** A suite as a policy sees it. */
export interface SuitePolicy {
  readonly name: string;
  readonly must_fail: string | null;
  readonly fires_at: string | null;
  readonly keeps_golden: boolean;
  /** The most that each check allows, by its words; a check that is absent allows anything. */
  readonly limits: Readonly<Record<string, number>>;
  /** Alerts that may fire, as `ruleset/alert`. */
  readonly alerts: readonly string[];
  /** The least number of records by stratum. */
  readonly coverage: Readonly<Record<string, number>>;
}

export interface Policy {
  readonly golden: string;
  readonly ledger: string | null;
  readonly suites: readonly SuitePolicy[];
  /** Where a breach begins, by field. */
  readonly breach_limits: Readonly<
    Record<string, { readonly floor: number; readonly share: number; readonly unit: string }>
  >;
  /** What is looked at besides, such as rule sets, by its words. */
  readonly checks: readonly string[];
  readonly coverage: Readonly<Record<string, number>>;
  /** What a rollout may cost: the most that is allowed, how sure its answer must be, and over how many days at least. */
  readonly rollout: {
    readonly most: Readonly<Record<string, number>>;
    readonly confidence: number;
    readonly days: number;
  };
}

/**
 * The policy of a config, which may be one of an older golem: what it does not know yet is not held to. `limitsOf`
 * resolves a suite's limits as the gate does.
 */
export function policyOf(
  config: Omit<GolemConfig, 'migration'> & {
    readonly migration: Pick<GolemConfig['migration'], 'fields' | 'redCodes'>;
  },
  limitsOf: (suite: Suite, defaults: Limits) => Limits,
): Policy {
  const { fields, redCodes } = config.migration;
  return {
    golden: config.golden,
    ledger: config.ledger ?? null,
    suites: config.suites.map((suite) => ({
      name: suite.name,
      must_fail: suite.must_fail ?? null,
      fires_at: suite.fires_at ?? null,
      keeps_golden: suite.golden ?? suite.must_fail === undefined,
      limits: flatLimits(limitsOf(suite, config.limits), fields),
      alerts: Object.entries(suite.alerts ?? {}).flatMap(([set, names]) =>
        names.map((name) => `${set}/${name}`),
      ),
      coverage: flatCoverage(suite.coverage?.require),
    })),
    breach_limits: Object.fromEntries(fields.map(({ name, limit, unit }) => [name, { ...limit, unit }])),
    checks: [
      ...redCodes.map((code) => `red code ${code}`),
      ...config.settings.shares.map(
        (flags) =>
          `share ${Object.values(flags).find((text) => text.endsWith('%')) ?? JSON.stringify(flags)}`,
      ),
      ...Object.keys(config.alerts?.rulesets ?? {}).map((name) => `rule set ${name}`),
    ],
    coverage: flatCoverage(config.coverage?.require),
    rollout: flatRollout(config.rollout, fields),
  };
}

/** A rollout's limits with the defaults that the config's type names; a field that no share is for is not judged. */
function flatRollout(rollout: RolloutConfig = {}, fields: readonly Field[]): Policy['rollout'] {
  const most: Record<string, number> = { 'chance of an alert': rollout.alerts ?? 0.05 };
  for (const level of ['record', 'day'] as const) {
    const shares = rollout.users?.[level] ?? { '*': 0.01 };
    for (const { name } of fields) {
      const share = shares[name] ?? shares['*'];
      if (share !== undefined) most[`users with a ${level} breach of ${name}`] = share;
    }
  }
  return { most, confidence: rollout.confidence ?? 0.95, days: rollout.days ?? 7 };
}

/** A suite's limits by what they limit. Where the gate takes a missing limit for 0, so does this. */
function flatLimits(limits: Limits, fields: readonly Field[]): Record<string, number> {
  const flat: Record<string, number> = {
    'failed writes, legacy': limits.failed_writes?.legacy ?? 0,
    'failed writes, V2': limits.failed_writes?.v2 ?? 0,
    'refused by V2': limits.refused ?? 0,
    'records skipped': limits.skipped ?? 0,
    'red codes': limits.red_codes ?? 0,
  };
  if (limits.swallowed !== undefined) flat['writes swallowed as repeats'] = limits.swallowed;
  for (const level of ['record', 'day'] as const) {
    for (const { name } of fields) {
      const limit = limits[level]?.[name] ?? limits[level]?.['*'] ?? {};
      if (limit.breaches !== undefined) flat[`${level} ${name} breaches`] = limit.breaches;
      if (limit.rate !== undefined) flat[`${level} ${name} breach rate`] = limit.rate;
      if (limit.p95 !== undefined) flat[`${level} ${name} P95`] = limit.p95;
    }
  }
  return flat;
}

function flatCoverage(required: CoverageRequirements | undefined): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [dimension, strata] of Object.entries(required ?? {})) {
    if (Array.isArray(strata)) for (const stratum of strata) flat[`${dimension} ${stratum}`] = 1;
    else
      for (const [stratum, least] of Object.entries(strata)) flat[`${dimension} ${stratum}`] = Number(least);
  }
  return flat;
}
