import { describe, expect, test } from 'vitest';
import { parseAlertmanagerConfig } from './alertmanager-config.ts';
import { receiversOf, withExternalLabels } from './routing.ts';
import { renderProblems } from './yaml-source.ts';
import { labelRecord, labelsOf } from '../promql/labels.ts';

const CONFIG = `route:
  receiver: team
  group_by: [alertname, env]
  group_wait: 1m
  routes:
    - matchers: ['severity="critical"']
      receiver: pager
      repeat_interval: 1h
      continue: true
    - match_re: {env: 'dev|local'}
      receiver: nobody
    - matchers: ['team!=""']
      group_by: ['...']
      routes:
        - {match: {team: core}, receiver: core}
receivers: [{name: team}, {name: pager}, {name: nobody}, {name: core}]
`;

describe('routing', () => {
  const { config } = parseAlertmanagerConfig('am.yml', CONFIG);

  test('a route inherits what it does not set', () => {
    expect(config!.route.routes).toMatchObject([
      {
        receiver: 'pager',
        groupWaitMs: 60_000,
        groupIntervalMs: 300_000,
        repeatIntervalMs: 3_600_000,
        groupBy: ['alertname', 'env'],
      },
      { receiver: 'nobody', repeatIntervalMs: 14_400_000 },
      { receiver: 'team', groupBy: 'all', routes: [{ receiver: 'core', groupBy: 'all' }] },
    ]);
  });

  test.each([
    [{ severity: 'warning' }, ['team']],
    [{ severity: 'critical' }, ['pager']],
    [{ severity: 'critical', env: 'dev' }, ['pager', 'nobody']],
    [{ env: 'develop' }, ['team']],
    [{ team: 'core' }, ['core']],
    [{ team: 'other' }, ['team']],
    [{ env: 'dev', team: 'core' }, ['nobody']],
  ])('%o reaches %o', (labels, receivers) => {
    expect(receiversOf(config!, labelsOf(labels as Record<string, string>))).toEqual(receivers);
  });

  test('external labels are added before routing, and an alert’s own win', () => {
    expect(labelRecord(withExternalLabels(labelsOf({ a: '1' }), { a: '2', b: '3' }))).toEqual({
      a: '1',
      b: '3',
    });
  });
});

test('every fault of a configuration is told at its place', () => {
  const { config, problems } = parseAlertmanagerConfig(
    'am.yml',
    `route:
  receiver: zz
  group_by: [a, a]
  group_interval: 0s
  foo: 1
  routes:
    - matchers: ['a=~"("', 'b ~ c']
      mute_time_intervals: [night]
receivers:
  - name: a
    slack_configs: [{channel: x}]
  - {name: a}
time_intervals:
  - name: m
    time_intervals: [{months: ['13']}]
`,
  );
  expect(config).toBeUndefined();
  expect(
    renderProblems(problems)
      .split('\n')
      .map((line) => line.replace(/, expected one of .*/, '')),
  ).toEqual([
    'am.yml:2:13: undefined receiver "zz" used in route',
    'am.yml:3:17: duplicated label "a" in group_by',
    'am.yml:4:19: group_interval cannot be zero',
    'am.yml:5:3: unknown key "foo" in a route',
    expect.stringMatching(/^am\.yml:7:18: error parsing regexp: /),
    'am.yml:7:28: bad matcher format: b ~ c',
    'am.yml:8:29: undefined time interval "night" used in route',
    'am.yml:11:21: no global Slack API URL set either inline or in a file',
    'am.yml:12:12: notification config name "a" is not unique',
    'am.yml:15:32: "13" is not a valid range of months',
  ]);
});
