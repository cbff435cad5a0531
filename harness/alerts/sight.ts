/**
 * Whether rules can see a replay at all. Production's rules name the environment they watch; over a recording of
 * another environment they stay quiet for ever, which must not read as an all-clear.
 */
import { compileMatcher } from '../promql/matchers.ts';
import { type Expr, walkExpr } from '../promql/ast.ts';
import type { RuleSet } from './rule-sets.ts';

/** True when one of an expression's selectors takes series of this environment, or it selects none at all. */
export function sees(expr: Expr, env: string): boolean {
  let selectors = 0;
  let seeing = 0;
  walkExpr(expr, (part) => {
    if (part.kind !== 'vector-selector') return;
    selectors += 1;
    const ofEnv = part.matchers.filter((matcher) => matcher.name === 'env');
    if (ofEnv.every((matcher) => compileMatcher(matcher)(env))) seeing += 1;
  });
  return selectors === 0 || seeing > 0;
}

/** Alerts of a rule set, as its name and theirs, that can never see series of this environment. */
export function blindAlerts(
  sets: readonly RuleSet[],
  env: string,
): { readonly alerts: number; readonly blind: string[] } {
  let alerts = 0;
  const blind: string[] = [];
  for (const set of sets) {
    for (const group of set.groups) {
      for (const rule of group.rules) {
        if (rule.kind !== 'alert') continue;
        alerts += 1;
        if (!sees(rule.expr, env)) blind.push(`${set.name}/${rule.name}`);
      }
    }
  }
  return { alerts, blind };
}
