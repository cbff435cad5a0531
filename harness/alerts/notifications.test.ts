import { describe, expect, test } from 'vitest';
import { parseAlertmanagerConfig } from './alertmanager-config.ts';
import { firingSpans } from './firing-spans.ts';
import { simulateNotifications, type FiringSpan, type NotificationOptions } from './notifications.ts';
import { parseRuleFile } from './rule-file.ts';
import { runTimeline } from './timeline.ts';
import { labelsOf, labelValue } from '../promql/labels.ts';
import { parseNotatedSeries } from '../promql/series-notation.ts';
import { MemorySource } from '../promql/series.ts';

const MINUTE_MS = 60_000;
const ROUTE =
  'receiver: team, group_by: [alertname], group_wait: 1m, group_interval: 5m, repeat_interval: 1h';
const HOOK = "{name: team, webhook_configs: [{url: 'http://x.y'}]}";

function span(
  alertname: string,
  fromMinute: number,
  toMinute: number,
  extra: Readonly<Record<string, string>> = {},
): FiringSpan {
  return {
    labels: labelsOf({ alertname, ...extra }),
    startsAtMs: fromMinute * MINUTE_MS,
    endsAtMs: toMinute * MINUTE_MS,
  };
}

/** The messages as `minute receiver +firing -resolved`, alerts shown by name and `i`. */
function messages(
  yaml: string,
  spans: readonly FiringSpan[],
  options: Partial<NotificationOptions> = {},
): string[] {
  const { config, problems } = parseAlertmanagerConfig('am.yml', yaml);
  expect(problems).toEqual([]);
  const show = (sign: string, labels: readonly FiringSpan['labels'][]): string =>
    labels.map((one) => ` ${sign}${labelValue(one, 'alertname')}${labelValue(one, 'i')}`).join('');
  return simulateNotifications(config!, spans, { untilMs: 180 * MINUTE_MS, ...options }).map(
    (one) => `${one.atMs / MINUTE_MS} ${one.receiver}${show('+', one.firing)}${show('-', one.resolved)}`,
  );
}

const base = (extra = ''): string => `route: {${ROUTE}}\nreceivers: [${HOOK}]\n${extra}`;

describe('grouping and timing', () => {
  test('the first message waits for group_wait, later changes for the next group tick, resolution too', () => {
    expect(messages(base(), [span('A', 10, 30, { i: '1' }), span('A', 12, 31, { i: '2' })])).toEqual([
      '11 team +A1',
      '16 team +A1 +A2',
      '31 team -A1 -A2',
    ]);
  });

  test('alerts of one group that start within group_wait come in one message; other groups in their own', () => {
    expect(
      messages(base(), [span('A', 10, 12, { i: '1' }), span('A', 10.5, 12, { i: '2' }), span('B', 10, 12)], {
        untilMs: 12 * MINUTE_MS,
      }),
    ).toEqual(['11 team +A1 +A2', '11 team +B']);
  });

  test('an alert that resolves before the first message is never told of', () => {
    expect(messages(base(), [span('A', 10, 10.5)])).toEqual([]);
  });

  test('what does not change is repeated after repeat_interval, looked at only at group ticks', () => {
    expect(messages(base(), [span('A', 0, 200)], { untilMs: 140 * MINUTE_MS })).toEqual([
      '1 team +A',
      '66 team +A',
      '131 team +A',
    ]);
  });

  test('an alert that comes back is a new message', () => {
    expect(messages(base(), [span('A', 10, 20), span('A', 40, 60)])).toEqual([
      '11 team +A',
      '21 team -A',
      '41 team +A',
      '61 team -A',
    ]);
  });

  test('chat stays silent on resolution, yet forgets that it fired', () => {
    const chat = `route: {${ROUTE}}\nreceivers: [{name: team, slack_configs: [{api_url: 'https://x.y', channel: c}]}]\n`;
    expect(messages(chat, [span('A', 10, 20), span('A', 40, 60)])).toEqual(['11 team +A', '41 team +A']);
  });
});

describe('silence', () => {
  const inhibit =
    "inhibit_rules: [{source_matchers: ['severity=critical'], target_matchers: ['severity=warning'], equal: [env]}]\n";

  test('a critical alert inhibits the warning of its environment while it fires', () => {
    const spans = [
      span('C', 0, 30, { severity: 'critical', env: 'prod' }),
      span('W', 0, 60, { severity: 'warning', env: 'prod', i: '1' }),
      span('W', 0, 60, { severity: 'warning', env: 'stg', i: '2' }),
    ];
    expect(messages(base(inhibit), spans, { untilMs: 36 * MINUTE_MS })).toEqual([
      '1 team +C',
      '1 team +W2',
      '31 team -C',
      '31 team +W1 +W2',
    ]);
  });

  test('a silence mutes what it matches while it lasts', () => {
    const silences = [
      { matchers: [{ name: 'alertname', op: '=' as const, value: 'A' }], fromMs: 0, toMs: 20 * MINUTE_MS },
    ];
    expect(messages(base(), [span('A', 10, 100)], { silences, untilMs: 30 * MINUTE_MS })).toEqual([
      '21 team +A',
    ]);
  });

  test('a muted route is quiet in its hours, an active one outside them', () => {
    const hours =
      "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '00:00', end_time: '01:00'}], weekdays: [thursday]}]}]\n";
    const routed = (field: string): string =>
      `route: {${ROUTE}, routes: [{matchers: ['alertname=A'], ${field}: [night]}]}\nreceivers: [${HOOK}]\n${hours}`;
    // 1970-01-01 was a Thursday.
    expect(
      messages(routed('mute_time_intervals'), [span('A', 10, 300)], { untilMs: 70 * MINUTE_MS }),
    ).toEqual(['61 team +A']);
    expect(
      messages(routed('active_time_intervals'), [span('A', 50, 300)], { untilMs: 200 * MINUTE_MS }),
    ).toEqual(['51 team +A']);
  });

  test('external labels count for routing', () => {
    const routed = `route: {${ROUTE}, routes: [{matchers: ['region=tokyo'], receiver: local}]}\nreceivers: [${HOOK}, {name: local, webhook_configs: [{url: 'http://x.y'}]}]\n`;
    expect(
      messages(routed, [span('A', 0, 10)], { externalLabels: { region: 'tokyo' }, untilMs: 2 * MINUTE_MS }),
    ).toEqual(['1 local +A']);
  });
});

describe('from a timeline', () => {
  const spansOf = (rules: string, series: Readonly<Record<string, string>>, minutes: number): string[] => {
    const source = MemorySource.of(
      Object.entries(series).map(([name, values]) => parseNotatedSeries(name, values, MINUTE_MS)),
    );
    const timeline = runTimeline(parseRuleFile('r.yml', rules).groups, source, {
      fromMs: 0,
      toMs: minutes * MINUTE_MS,
      intervalMs: MINUTE_MS,
    });
    return firingSpans(timeline, MINUTE_MS).map(
      (one) =>
        `${labelValue(one.labels, 'alertname')} ${one.startsAtMs / MINUTE_MS}–${one.endsAtMs / MINUTE_MS}`,
    );
  };
  const rule = (expr: string): string =>
    `groups:\n  - name: g\n    rules: [{alert: A, expr: '${expr}', for: 1m}]\n`;

  test('an alert’s span is from firing to resolution, open while it fires', () => {
    expect(spansOf(rule('a > 5'), { a: '9 9 9 1 9 9 9 9' }, 7)).toEqual(['A 1–3', 'A 5–Infinity']);
  });

  test('a rule that fails is given up at its last send + 4 × max(interval, 1 min), and fires anew when it works again', () => {
    const series = { 'a{i="1"}': '9x40', 'b{i="1"}': '1x40', 'b{i="2"}': '_x10 1x9 stale' };
    expect(spansOf(rule('a > on () b'), series, 40)).toEqual(['A 1–13', 'A 20–Infinity']);
    expect(spansOf(rule('a > on () b'), { ...series, 'b{i="2"}': '_x10 1 stale' }, 40)).toEqual([
      'A 1–Infinity',
    ]);
  });
});
