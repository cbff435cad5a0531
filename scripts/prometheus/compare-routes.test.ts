import { describe, expect, test } from 'vitest';
import { parseAlertmanagerConfig } from '../../harness/alerts/alertmanager-config.ts';
import { compareRoutes, LABEL_SETS_A_TREE } from './compare-routes.ts';
import { runTool, toolIsMissing } from './promtool.ts';

const SEEDS = Array.from({ length: 25 }, (_, at) => 1 + at);
const missing = toolIsMissing('amtool');

test.skipIf(missing)(
  'agrees with amtool on where 500 random label sets go in 25 random routing trees',
  () => {
    const { compared, beyondRoot, disagreements } = compareRoutes(SEEDS);
    expect(disagreements.join('\n\n')).toBe('');
    expect(compared).toBe(SEEDS.length * LABEL_SETS_A_TREE);
    expect(beyondRoot).toBeGreaterThan(100);
  },
  60_000,
);

const receivers = 'receivers: [{name: a}, {name: b}]';
const root = (fields: string): string => `route: {receiver: a, ${fields}}\n${receivers}\n`;
const child = (fields: string): string => root(`routes: [{${fields}}]`);
const receiver = (config: string): string => `route: {receiver: a}\nreceivers: [{name: a, ${config}}]\n`;

const CONFIGS = [
  '',
  'receivers: [{name: a}]',
  `route: {}\n${receivers}`,
  `route: {receiver: zz}\n${receivers}`,
  `route: {receiver: a}\nreceivers: [{name: a}, {name: a}]`,
  'route: {receiver: a}\nreceivers: [{name: a}, {}]',
  `nonsense: 1\nroute: {receiver: a}\n${receivers}`,
  `global: {resolve_timeout: 5m}\nroute: {receiver: a}\n${receivers}`,
  `global: {resolve_timeout: 5x}\nroute: {receiver: a}\n${receivers}`,
  `global: {nonsense: 5m}\nroute: {receiver: a}\n${receivers}`,
  ...[
    'group_by: [x]',
    'group_by: [x, x]',
    "group_by: ['...']",
    "group_by: ['...', x]",
    'group_by: [1x]',
    'group_wait: 0s',
    'group_interval: 0s',
  ].map(root),
  ...[
    'repeat_interval: 0s',
    'repeat_interval: 4h',
    'continue: true',
    'match: {x: y}',
    'matchers: [x=y]',
    'mute_time_intervals: [m]',
    'nonsense: 1',
  ].map(root),
  ...[
    'matchers: [x=y]',
    'matchers: ["x=~\\"(\\""]',
    'matchers: ["x ~ y"]',
    'matchers: ["x=\\"y"]',
    'matchers: ["{x=y,z!=w}"]',
    'matchers: [""]',
  ].map(child),
  ...[
    'match: {x: y}',
    'match: {1x: y}',
    'match_re: {x: "["}',
    'match_re: {x: "y.*"}',
    'receiver: zz',
    'continue: true',
    'continue: maybe',
    'mute_time_intervals: [m]',
  ].map(child),
  `${child('mute_time_intervals: [m]')}time_intervals: [{name: m, time_intervals: [{times: [{start_time: '09:00', end_time: '17:00'}], weekdays: ['monday:friday', sunday]}]}]`,
  `${child('active_time_intervals: [m]')}time_intervals: [{name: m, time_intervals: [{months: ['january:march', '12'], days_of_month: ['1:5', '-3:-1'], years: ['2020:2030']}]}]`,
  `${child('')}time_intervals: [{name: m, time_intervals: [{weekdays: [funday]}]}]`,
  `${child('')}time_intervals: [{name: m, time_intervals: [{times: [{start_time: '17:00', end_time: '09:00'}]}]}]`,
  `${child('')}time_intervals: [{name: m, time_intervals: [{days_of_month: ['0']}]}]`,
  `${child('')}time_intervals: [{name: m}, {name: m}]`,
  `${root('')}inhibit_rules: [{source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [env]}]`,
  `${root('')}inhibit_rules: [{source_match: {a: b}, target_match_re: {a: 'c|d'}, equal: [1x]}]`,
  `${root('')}inhibit_rules: [{nonsense: 1}]`,
  receiver("webhook_configs: [{url: 'http://x.y/z'}]"),
  receiver('webhook_configs: [{}]'),
  receiver('webhook_configs: [{url: nonsense}]'),
  receiver("webhook_configs: [{url: 'http://x.y', nonsense: 1}]"),
  receiver("slack_configs: [{channel: '#x'}]"),
  receiver("slack_configs: [{channel: '#x', api_url: 'https://x.y/z'}]"),
  `global: {slack_api_url: 'https://x.y/z'}\n${receiver("slack_configs: [{channel: '#x'}]")}`,
  receiver('pagerduty_configs: [{}]'),
  receiver('pagerduty_configs: [{routing_key: x}]'),
  receiver('pagerduty_configs: [{service_key: x}]'),
  receiver('email_configs: [{to: a@b.c}]'),
  `global: {smtp_smarthost: 'h:25', smtp_from: a@b.c}\n${receiver('email_configs: [{to: a@b.c}]')}`,
  `global: {smtp_smarthost: 'h:25', smtp_from: a@b.c}\n${receiver('email_configs: [{}]')}`,
  receiver('opsgenie_configs: [{}]'),
  receiver('opsgenie_configs: [{api_key: x}]'),
  receiver('nonsense_configs: [{}]'),
];

describe.skipIf(missing)('takes for valid what amtool takes for valid', () => {
  test.each(CONFIGS)('%s', (text) => {
    const theirs = runTool('amtool', ['check-config', 'am.yml'], { 'am.yml': text });
    const { problems } = parseAlertmanagerConfig('am.yml', text);
    expect({ text, valid: problems.length === 0, problems: problems.map((one) => one.reason) }).toMatchObject(
      { text, valid: theirs.status === 0 },
    );
  });
});
