import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLabels, type Labels } from '../promql/labels.ts';
import { parseExpr } from '../promql/parse.ts';
import type { ScrapedSeries } from '../tally/scraped-series.ts';
import { activityOf, componentsOf, reachOf } from './activity.ts';
import { emulateAlerts, viewScrapes } from './emulate.ts';
import { parseRuleFile, type Rule, type RuleGroup } from './rule-file.ts';
import { labelScrapes, ScrapedSource, type Scrapes } from './scraped-source.ts';
import { runTimeline } from './timeline.ts';

const SCRAPE_MS = 15_000;
const MINUTE_MS = 60_000;
const LAST = 3_000;

/** Expressions of every way in which a rule may look at series, with what idle stretches could do to them. */
const EXPRS = [
  'sum by (field) (increase(hits[5m])) > 1.5',
  'histogram_quantile(0.95, sum by (le) (rate(size_bucket[10m]))) > 1.2',
  'hits{field="a"} > 2',
  'hits > 1 and changes(hits[10m]) > 0',
  'absent(hits{field="b"})',
  'absent_over_time(hits{field="b"}[10m])',
  'avg_over_time(hits[10m]) > 1',
  'max_over_time(rate(hits[5m])[10m:1m]) > 0.01',
  'max_over_time(rate(hits[5m])[10m:7m]) > 0.01',
  'hits offset 20m > 1',
  'recorded:hits > 0.5',
  'max_over_time(recorded:hits[15m]) > 0.5',
  'count_over_time(recorded:hits[15m]) > 14',
  'ALERTS{alertname="A0",alertstate="firing"}',
  'vector(time() % 3600) < 120',
  'resets(hits[20m]) > 0',
  'hits / on (field) group_left () hits',
];

/** A label that changes though its rule's expression does not. */
const ASKS = '{{ range query "sort(hits)" }}{{ .Value }},{{ end }}{{ query "recorded:hits" | len }}';

const groupsOf = (
  exprs: readonly string[],
  forMinutes: number,
  interval: string,
  asks = false,
): readonly RuleGroup[] => {
  const rules = exprs.map((expr, index) => ({
    alert: `A${index}`,
    expr,
    for: `${forMinutes}m`,
    ...(index % 2 === 1 ? { keep_firing_for: '4m' } : {}),
    labels: { severity: 'page', ...(asks && index === 0 ? { seen: ASKS } : {}) },
  }));
  const text = JSON.stringify({
    groups: [
      { name: 'first', rules: [{ record: 'recorded:hits', expr: 'sum by (field) (increase(hits[5m]))' }] },
      { name: 'second', interval, rules },
    ],
  });
  const { groups, problems } = parseRuleFile('r.yml', text);
  expect(problems).toEqual([]);
  return groups;
};

/** Increments at some scrapes, most of them close together, with hours of nothing in between. */
const moments = fc
  .array(
    fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1_400, max: 1_440 }),
      fc.integer({ min: 1, max: LAST }),
    ),
    { maxLength: 12 },
  )
  .map((all) => all.toSorted((a, b) => a - b));

function counter(
  name: string,
  labels: Record<string, string>,
  at: readonly number[],
  restart: number | null,
): ScrapedSeries {
  const changes = new Map<number, number>();
  let value = 0;
  let restarted = restart === null;
  const restartUntil = (scrape: number): void => {
    if (restarted || restart! > scrape) return;
    if (changes.size > 0) changes.set(restart!, Number.NaN);
    value = 0;
    restarted = true;
  };
  for (const scrape of at) {
    restartUntil(scrape);
    changes.set(scrape, ++value);
  }
  restartUntil(LAST);
  return {
    name,
    labels,
    changes: { at: Float64Array.from(changes.keys()), values: Float64Array.from(changes.values()) },
    metric: 0,
    child: 0,
  };
}

function scrapesOf(a: readonly number[], b: readonly number[], restart: number | null): Scrapes {
  const histogram = ['1.0', '2.0', '+Inf'].map((le, bucket) =>
    counter(
      'size_bucket',
      { field: 'a', le },
      a.filter((_, at) => at % 3 <= bucket),
      restart,
    ),
  );
  const series = [
    counter('hits', { field: 'a' }, a, restart),
    counter('hits', { field: 'b' }, b, restart),
    ...histogram,
  ].filter((one) => one.changes.at.length > 0);
  return labelScrapes(series, { intervalMs: SCRAPE_MS, from: 0, to: LAST });
}

/** Everywhere: every scrape sampled, every evaluation made. */
function plainly(groups: readonly RuleGroup[], scrapes: Scrapes, phaseMs: number) {
  const {
    run: _,
    evaluations,
    ...timeline
  } = runTimeline(groups, new ScrapedSource(scrapes, [{ from: 0, to: LAST }]), {
    fromMs: 0,
    toMs: LAST * SCRAPE_MS,
    intervalMs: MINUTE_MS,
    phaseMs: () => phaseMs,
  });
  const rules = groups.flatMap((group) => group.rules);
  type Shown = { readonly rule: Rule; readonly labels: Labels };
  const order = (x: Shown, y: Shown) =>
    rules.indexOf(x.rule) - rules.indexOf(y.rule) || compareLabels(x.labels, y.labels);
  const entries = timeline.entries.toSorted((x, y) => x.atMs - y.atMs || order(x, y));
  const alerts = timeline.alerts.toSorted(order);
  return { shown: { ...timeline, entries, alerts }, evaluations };
}

describe('emulateAlerts', () => {
  it('says exactly what evaluating everywhere says', () => {
    fc.assert(
      fc.property(
        moments,
        moments,
        fc.option(fc.integer({ min: 1, max: LAST }), { nil: null }),
        fc.uniqueArray(fc.constantFrom(...EXPRS), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom('1m', '30s', '5m', '50s'),
        fc.constantFrom(0, 15_000, 40_000),
        fc.constantFrom(0, undefined),
        fc.constantFrom(false, false, true),
        (a, b, restart, exprs, forMinutes, interval, phaseMs, keptBytes, asks) => {
          const groups = groupsOf(exprs, forMinutes, interval, asks);
          const scrapes = scrapesOf(a, b, restart);
          const { evaluations: _, ...ours } = emulateAlerts(groups, viewScrapes(scrapes, keptBytes), {
            intervalMs: MINUTE_MS,
            phaseMs: () => phaseMs,
          });
          expect(ours).toEqual(plainly(groups, scrapes, phaseMs).shown);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('leaves idle stretches out: the work grows with what happens, not with time', () => {
    const scrapes = scrapesOf([10, 11, 12, 1_400], [], null);
    const groups = groupsOf([EXPRS[0]!], 2, '1m');
    const { evaluations } = emulateAlerts(groups, viewScrapes(scrapes), { intervalMs: MINUTE_MS });
    expect(plainly(groups, scrapes, 0).evaluations).toBe(2 * 751);
    expect(evaluations).toBeLessThan(250);
  });
});

describe('a view of scrapes', () => {
  const scrapes = scrapesOf([10, 11, 12], [20], null);
  const read = (view: ReturnType<typeof viewScrapes>, from: number, to: number) =>
    view.sourceOver([{ from, to }]).select([{ name: '__name__', op: '=', value: 'hits' }])[0]!;

  it('keeps few samples for whoever comes next, a longer source in place of one that it covers', () => {
    const view = viewScrapes(scrapes);
    const first = read(view, 0, 100);
    expect(read(view, 0, 100)).toBe(first);
    expect(read(view, 10, 100)).toBe(first);
    // Not in place of one so much shorter, nor of one that begins before it.
    expect(read(view, 90, 100)).not.toBe(first);
    expect(read(view, 5, 110)).not.toBe(first);
    expect(first.length).toBe(91);
  });

  it('gives back the memory of many', () => {
    const view = viewScrapes(scrapes, 500);
    const first = read(view, 0, 100);
    const second = read(view, 0, 100);
    expect(second).not.toBe(first);
    expect(first.values.length).toBe(0);
    expect(second.values.length).toBe(91);
  });
});

describe('the stretches of a component', () => {
  it('are the whole where an expression reads the time, or scrapes and evaluations do not fall together', () => {
    const scrapes = scrapesOf([10], [], null);
    const options = { lookbackMs: 300_000, intervalMs: MINUTE_MS };
    const stretches = (expr: string, interval: string) =>
      componentsOf(groupsOf([expr], 0, interval).slice(1), options).map(
        (component) => activityOf(component, scrapes, options).stretches,
      );
    expect(stretches('vector(time()) > 5', '1m')).toEqual([undefined]);
    expect(stretches('hits > 5', '50s')).toEqual([undefined]);
    // 10 scrapes of nothing, then as long as look-back, retention and four evaluations reach, and two scrapes more.
    expect(stretches('hits > 5', '1m')).toEqual([[{ fromMs: 0, toMs: (10 + 96 + 2) * SCRAPE_MS }]]);
  });

  it.each([
    ['hits', 5],
    ['-hits offset 7m > 1', 12],
    ['rate(hits[20m] offset 1m) + hits', 21],
    ['sum by (a) (max_over_time(rate(hits[10m])[30m:1m] offset 2m))', 43],
    ['max_over_time(hits[30m:])', 36],
    ['max_over_time(hits[30m:7m])', Infinity],
    ['max_over_time(hits[30m:1m] @ 0)', Infinity],
    ['topk(scalar(rate(hits[1h])), hits)', 60],
    ['hits @ 0', Infinity],
    ['rate(hits[5m] @ 0)', Infinity],
    ['hits offset -1m', Infinity],
    ['rate(hits[5m] offset -1m)', Infinity],
    ['hits > time()', Infinity],
    ['timestamp(hits)', Infinity],
    ['predict_linear(hits[1h], 60)', Infinity],
    ['hour() + on () hits', Infinity],
    ['hour(hits)', 5],
    ['vector(1)', 0],
  ])('%s reaches %d minutes back', (text, minutes) => {
    expect(reachOf(parseExpr(text), { lookbackMs: 300_000, intervalMs: MINUTE_MS })).toBe(
      minutes * MINUTE_MS,
    );
  });

  it('rules that read nothing in common are run apart, those that read alike together', () => {
    const options = { lookbackMs: 300_000, intervalMs: MINUTE_MS };
    const parts = componentsOf(
      groupsOf(['hits > 1', 'hits > 2', 'size_bucket > 1', 'recorded:hits > 1'], 1, '1m'),
      options,
    );
    expect(parts.map((part) => part.groups.map((group) => group.rules.map((rule) => rule.name)))).toEqual([
      [['recorded:hits'], ['A3']],
      [['A0']],
      [['A1']],
      [['A2']],
    ]);
  });
});
