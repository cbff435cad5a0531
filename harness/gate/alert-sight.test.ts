import { describe, expect, it } from 'vitest';
import { blindAlerts } from '../alerts/sight.ts';
import { parseRuleFile } from '../alerts/rule-file.ts';
import { checkSight } from './alert-sight.ts';

const sets = [
  {
    name: 'legacy',
    groups: parseRuleFile(
      'r.yml',
      `groups:
- name: g
  rules:
  - alert: Bursts
    expr: sum by (env) (increase(breaches_total{env="prod"}[15m])) > 5
  - alert: Anywhere
    expr: errors_total > 0
`,
    ).groups,
  },
];

describe('checkSight', () => {
  it('passes where every alert can see the environment', () => {
    expect(checkSight('s', 'prod', blindAlerts(sets, 'prod')).passed).toBe(true);
  });

  it('is red and names the alerts that watch another environment', () => {
    const row = checkSight('s', 'local', blindAlerts(sets, 'local'));
    expect([row.passed, row.finding, row.actual, row.of]).toEqual([
      false,
      'alert_blind',
      'not legacy/Bursts',
      '2 alerts',
    ]);
  });
});
