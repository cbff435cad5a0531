/**
 * Whether the rules can see what was replayed, as rows: a rule blind to a recording's environment stays silent and
 * must not pass for quiet.
 */
import type { AlertPlan } from '../alerts/rule-sets.ts';
import { blindAlerts } from '../alerts/sight.ts';
import { checkSight } from '../gate/alert-sight.ts';
import type { SettingRun } from '../gate/suite-run.ts';
import type { Row } from '../report/shape.ts';

/** For each environment that was scraped, whether the rules can see it. */
export function sightRows(suite: string, runs: readonly SettingRun[], plan: AlertPlan | null): Row[] {
  if (!plan) return [];
  return sightRowsIn(suite, new Set(runs.flatMap(({ scrapes }) => (scrapes ? [scrapes.env] : []))), plan);
}

/** For each of these environments, whether the rules can see it. */
export function sightRowsIn(suite: string, envs: Iterable<string>, plan: AlertPlan): Row[] {
  return [...envs].sort().map((env) => checkSight(suite, env, blindAlerts(plan.sets, env)));
}
