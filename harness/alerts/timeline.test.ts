import { describe, expect, test } from 'vitest';
import { parseRuleFile } from './rule-file.ts';
import { runTimeline, type TimelineOptions } from './timeline.ts';
import { labelRecord } from '../promql/labels.ts';
import { parseNotatedSeries } from '../promql/series-notation.ts';
import { MemorySource } from '../promql/series.ts';

const MINUTE_MS = 60_000;

function run(
  rules: string,
  series: Readonly<Record<string, string>>,
  minutes: number,
  options: Partial<TimelineOptions> = {},
) {
  const { groups, problems } = parseRuleFile('r.yml', rules);
  expect(problems).toEqual([]);
  const source = MemorySource.of(
    Object.entries(series).map(([name, values]) => parseNotatedSeries(name, values, MINUTE_MS)),
  );
  return runTimeline(groups, source, {
    fromMs: 0,
    toMs: minutes * MINUTE_MS,
    intervalMs: MINUTE_MS,
    ...options,
  });
}

const RULE = `groups:
  - name: g
    rules:
      - {alert: High, expr: 'level > 5', for: 2m, labels: {severity: page}}
`;

describe('a timeline', () => {
  test('says when each alert was pending, fired and resolved, its peak and its headroom', () => {
    const { alerts, entries, failures } = run(
      RULE,
      { 'level{f="a"}': '1 6 7 9 8 2 1', 'level{f="b"}': '1 2 6 3 1 1 1', 'level{f="c"}': '1 4.5 NaN 1' },
      6,
    );
    expect(failures).toEqual([]);
    expect(
      entries.map((entry) => [entry.atMs / MINUTE_MS, labelRecord(entry.labels).f, entry.from, entry.to]),
    ).toEqual([
      [1, 'a', undefined, 'pending'],
      [2, 'b', undefined, 'pending'],
      [3, 'a', 'pending', 'firing'],
      [3, 'b', 'pending', undefined],
      [5, 'a', 'firing', 'inactive'],
    ]);
    const shown = alerts.map((one) => [
      labelRecord(one.labels).f,
      one.state,
      one.pendingAtMs,
      one.firingAtMs,
      one.resolvedAtMs,
      one.peak?.value,
      one.headroom,
    ]);
    expect(shown).toEqual([
      ['a', 'firing', MINUTE_MS, 3 * MINUTE_MS, 5 * MINUTE_MS, 9, -4],
      ['b', 'pending', 2 * MINUTE_MS, undefined, undefined, 6, -1],
      ['c', 'inactive', undefined, undefined, undefined, 4.5, 0.5],
    ]);
    expect(alerts[0]).toMatchObject({ threshold: { op: '>', limit: 5 }, fired: 1 });
    expect(labelRecord(alerts[0]!.labels)).toEqual({ alertname: 'High', f: 'a', severity: 'page' });
  });

  test('a rule that measured nothing has one row without a peak', () => {
    expect(run(RULE, {}, 3).alerts).toMatchObject([
      { state: 'inactive', peak: undefined, headroom: undefined },
    ]);
  });

  test('a group runs at its own interval, shifted by its phase', () => {
    const rules = RULE.replace('name: g', 'name: g\n    interval: 3m').replace('for: 2m', 'for: 0s');
    const at = (phaseMinutes: number): number[] =>
      run(rules, { level: '1 9 9 9 9 9 9' }, 6, { phaseMs: () => phaseMinutes * MINUTE_MS }).entries.map(
        (entry) => entry.atMs / MINUTE_MS,
      );
    expect(at(0)).toEqual([3, 3]);
    expect(at(1)).toEqual([1, 1]);
    expect(at(2)).toEqual([2, 2]);
  });

  test('recorded series are seen by later rules at the same instant, and go stale when they vanish', () => {
    const rules = `groups:
  - name: g
    rules:
      - {record: twice, expr: 'level * 2'}
      - {alert: High, expr: 'twice > 5'}
      - {alert: Gone, expr: 'absent(twice)'}
`;
    const { entries } = run(rules, { level: '3 3 stale _ _' }, 4);
    expect(
      entries
        .filter((entry) => entry.to === 'firing' || entry.to === 'inactive')
        .map((entry) => [entry.rule.name, entry.to, entry.atMs / MINUTE_MS]),
    ).toEqual([
      ['High', 'firing', 0],
      ['High', 'inactive', 2],
      ['Gone', 'firing', 2],
    ]);
  });

  test('a rule that fails keeps its state as it was, and is reported once', () => {
    const rules = `groups:
  - name: g
    rules:
      - {alert: Join, expr: 'a > on () b', for: 0s}
`;
    const {
      entries,
      failures,
      run: ended,
    } = run(rules, { a: '2x9', 'b{i="1"}': '1x9', 'b{i="2"}': '_ _ 1 stale' }, 5);
    expect(entries.map((entry) => entry.to)).toEqual(['pending', 'firing']);
    expect(failures).toMatchObject([{ atMs: 2 * MINUTE_MS, rule: { name: 'Join' } }]);
    expect(ended.groups[0]!.rules[0]).toMatchObject({ failure: undefined });
  });

  test('a limit that is passed is a failure and clears the rule’s alerts', () => {
    const { failures } = run(
      RULE.replace('name: g', 'name: g\n    limit: 1'),
      { 'level{f="a"}': '9 9', 'level{f="b"}': '9 9' },
      1,
    );
    expect(failures).toMatchObject([{ reason: 'exceeded limit of 1 with 2 alerts' }]);
  });

  test('query_offset reads and writes that much earlier', () => {
    const rules = RULE.replace('name: g', 'name: g\n    query_offset: 2m').replace('for: 2m', 'for: 0s');
    expect(run(rules, { level: '1 9 9 9' }, 4).entries.map((entry) => entry.atMs / MINUTE_MS)).toEqual([
      3, 3,
    ]);
  });
});
