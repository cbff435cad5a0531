import { describe, expect, it } from 'vitest';
import type { MetricSpec } from '../migration.ts';
import { ScrapeTally } from '../tally/scrapes.ts';
import { auditRules, type RuleAudit } from './audit.ts';
import { parseRuleFile } from './rule-file.ts';
import { alertSettings, scrapesOf } from './rule-sets.ts';

const METRICS: readonly MetricSpec[] = [
  { name: 'size', help: 'h', type: 'histogram', label: null, buckets: [10, 20, 40] },
  {
    name: 'hits_total',
    help: 'h',
    type: 'counter',
    label: { name: 'field', values: ['a', 'b'] },
    buckets: [],
  },
];
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2025, 8, 1);

interface Event {
  readonly minute: number;
  /** A size observed; an increment of a hit otherwise. */
  readonly size?: number;
}

/** Audits one rule over events; scrapes every 30 s, evaluations each minute. */
function audit(
  expr: string,
  events: readonly Event[],
  rule: object = {},
  rules: readonly object[] = [],
): RuleAudit {
  const settings = alertSettings({ rulesets: {}, scrape_interval: '30s', tail: '2h' });
  const tally = new ScrapeTally(METRICS, { intervalMs: settings.scrapeIntervalMs, keepsValues: true });
  let nowMs = 0;
  const sink = tally.sink({ nowMs: () => nowMs });
  for (const { minute, size } of events) {
    nowMs = START_MS + minute * MINUTE_MS;
    if (size === undefined) sink.increment(1, 0);
    else sink.observe(0, 0, size);
  }
  const file = { groups: [{ name: 'g', rules: [{ alert: 'A', expr, ...rule }, ...rules] }] };
  const { groups, problems } = parseRuleFile('r.yml', JSON.stringify(file));
  expect(problems).toEqual([]);
  const tallies = new Map([['prod', tally]]);
  const migration = {
    metrics: METRICS,
    exposition: { labels: (env: string) => ({ env }), gaugeLabels: {} },
  };
  const scrapes = scrapesOf(tallies, migration, settings)!;
  const plan = { settings, sets: [{ name: 's', groups }], alertmanager: null };
  return auditRules(plan, { scrapes, tallies }, migration).rules[0]!;
}

const details = (one: RuleAudit): Record<string, string> =>
  Object.fromEntries(one.findings.map(({ code, detail }) => [code, detail]));

const every = (minutes: number, count: number, size?: number): Event[] =>
  Array.from({ length: count }, (_, at) => ({
    minute: at * minutes,
    ...(size === undefined ? {} : { size }),
  }));

/** An hour of small sizes, then two hours of this one: the highest reading comes from a full window. */
const rising = (size: number): Event[] =>
  every(1, 180, size).map((event) => (event.minute < 60 ? { ...event, size: 1 } : event));

const P95 = 'histogram_quantile(0.95, sum by (le) (rate(size_bucket[1h])))';

describe('an audit', () => {
  it('counts false alarms: readings over the threshold of values that are all below it', () => {
    const one = audit(`${P95} > 15`, rising(11));
    expect(details(one)).toMatchObject({
      threshold_in_bucket: expect.stringContaining('15 lies inside the bucket (10, 20]'),
      false_alarms: expect.stringMatching(/^(\d+) of \1 readings over the threshold are not true$/),
    });
    expect(one.agreement).toMatchObject({ truly_over: 0, missed: 0 });
    expect(one.readings).toMatchObject([
      { reading: 19.5, truth: 11, bucket: { lower: 10, upper: 20 }, reading_mended: 14.75 },
    ]);
    expect(one.readings[0]!.observations).toBeGreaterThanOrEqual(20);
    expect(details(one)).not.toHaveProperty('thin');
  });

  it('counts what is missed: values over the threshold that read below it', () => {
    const mostlySmall = every(1, 120, 5).map((event, at) => (at % 17 === 0 ? { ...event, size: 19 } : event));
    const one = audit(`${P95} > 15`, mostlySmall);
    expect(one.agreement!.missed).toBeGreaterThan(0);
    expect(details(one).missed).toMatch(/ of \d+ times truly over the threshold are not read so$/);
  });

  it('finds nothing to say against a threshold on an edge over steady traffic, but births', () => {
    const one = audit(`${P95} > 20`, rising(15));
    expect(Object.keys(details(one))).toEqual([]);
    expect(one.bucket).toEqual({ kind: 'edge', edge: 20 });
  });

  it('says what births hide from an increase, and reads the truth beside it', () => {
    const one = audit('increase(hits_total[10m]) > 2', [{ minute: 5 }, { minute: 5 }, { minute: 7 }]);
    expect(details(one).hidden_births).toBe(
      'born with a value and not at zero: 1 series, which hide 2 of 3 increments from it',
    );
    expect(details(one).missed).toMatch(/^\d+ of \d+ times/);
    expect(one.readings).toMatchObject([{ truth: 3, observations: null, bucket: null }]);
  });

  it.each([
    [`${P95} > 50`, 'threshold_above_last_edge', '50 is above the last edge, 40: no reading goes beyond it'],
    [`${P95} > 50`, 'never_fires', 'no quantile reads above the last edge, 40'],
    [`${P95} > Inf`, 'never_fires', 'no quantile reads above the last edge, 40'],
    ['increase(hits_total[5m]) < 0', 'never_fires', 'what it measures is never below zero'],
    ['increase(hits_total[5m]) > NaN', 'never_fires', 'nothing compares with NaN'],
    ['gone_total > 1', 'never_emitted', 'no metric "gone_total" is emitted or recorded'],
    ['hits_total{field="c"} > 1', 'never_emitted', 'hits_total has no field="c"; its values are a, b'],
    ['hits_total{field="b"} > 1', 'no_series', 'it selects no series of this replay, where a labelled one'],
    ['hits_total{env="stg"} > 1', 'no_series', 'it watches another environment than prod'],
    ['increase(hits_total[5h]) > 1', 'window_longer_than_data', 'it looks back 300 min, events span 60 min'],
    [
      `${P95} > 20`,
      'thin',
      'observations in its window at a peak: 1, so that the quantile is nearly the maximum',
    ],
  ])('%s: %s', (expr, code, detail) => {
    const one = audit(expr, [{ minute: 0 }, { minute: 60 }, { minute: 30, size: 5 }]);
    expect(details(one)[code]).toContain(detail);
  });

  it('says where a rule must hold for longer than there are events', () => {
    const one = audit('hits_total > 0', [{ minute: 0 }, { minute: 60 }], { for: '61m' });
    expect(details(one).for_longer_than_data).toBe('it must hold for 61 min, events span 60 min');
    expect(
      details(audit('hits_total > 0', [{ minute: 0 }, { minute: 60 }], { for: '60m' })),
    ).not.toHaveProperty('for_longer_than_data');
  });

  it('looks through recording rules at what they read', () => {
    const recorded = [
      { record: 'hits:increase5h', expr: 'increase(hits_total[5h])' },
      { record: 'hits:doubled', expr: 'hits:increase5h * 2 and on () hits_total{field="b"}' },
    ];
    const one = audit('hits:doubled > 5', [{ minute: 0 }, { minute: 0 }, { minute: 60 }], {}, recorded);
    expect(details(one)).toMatchObject({
      hidden_births: expect.stringContaining('which hide 2 of 3 increments'),
      window_longer_than_data: 'it looks back 300 min, events span 60 min',
      no_series: expect.stringContaining('it selects no series of this replay'),
    });
  });

  it('does not miss series that rules write', () => {
    const recorded = { record: 'a:b', expr: 'hits_total' };
    for (const expr of ['ALERTS{alertname="B"} > 0', 'ALERTS_FOR_STATE > 0', 'a:b > 0'])
      expect(details(audit(expr, [{ minute: 0 }], {}, [recorded]))).not.toHaveProperty('no_series');
  });

  it('says when the phase of evaluation decides', () => {
    // Seen by two scrapes only: half of the phases find it for long enough.
    const blip = audit('changes(hits_total[45s]) > 0', [{ minute: 0 }, { minute: 10.1 }]);
    expect(blip.phases).toMatchObject({ tried: 2, fires: 1 });
    expect(details(blip).phase_decides).toBe('it fires in 1 of 2 evaluation phases');
    const steady = audit('hits_total > 0', [{ minute: 0 }, { minute: 10 }]);
    expect(steady.phases).toMatchObject({ tried: 2, fires: 2, lowest_peak: 2, highest_peak: 2 });
    expect(steady.phases.earliest).not.toBe(steady.phases.latest);
    expect(details(steady)).not.toHaveProperty('phase_decides');
  });
});
