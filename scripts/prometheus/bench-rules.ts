/**
 * How long 14 virtual days of rules take, beside promtool on the same values: 7 fields × 12 buckets and their counters,
 * scraped and evaluated each minute. `measureRules` is for the benches, `node scripts/prometheus/bench-rules.ts [days]` for a look.
 */
import { parseRuleFile, type RuleGroup } from '../../harness/alerts/rule-file.ts';
import { runTimeline } from '../../harness/alerts/timeline.ts';
import { labelsOf } from '../../harness/promql/labels.ts';
import { MemorySource, type Series } from '../../harness/promql/series.ts';
import { seededDice } from './dice.ts';
import { runTool } from './promtool.ts';

const MINUTE_MS = 60_000;
const FIELDS = ['f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'] as const;
const BOUNDS = ['0.5', '1', '2', '5', '10', '20', '40', '80', '160', '320', '640', '+Inf'] as const;

const quantile = (by: string, range: string, limit: number): string =>
  `histogram_quantile(0.95, sum by (${by}) (rate(size_bucket{env="prod"}[${range}]))) > ${limit}`;

const RULES = `groups:
  - name: bench
    rules:
      - record: field:size:p50
        expr: histogram_quantile(0.5, sum by (le, field, env) (rate(size_bucket[1h])))
      - record: field:size:p95
        expr: histogram_quantile(0.95, sum by (le, field, env) (rate(size_bucket[1h])))
      - record: field:breaches:rate5m
        expr: sum by (field, env) (rate(breaches_total[5m]))
      - {alert: A1, expr: 'sum by (field, env) (increase(breaches_total{env="prod"}[15m])) > 30', for: 10m}
      - {alert: A2, expr: 'sum by (field, env) (increase(breaches_total{env="prod"}[1d])) > 2000', for: 15m}
      - {alert: A3, expr: '${quantile('le, env', '1h', 300)}', for: 15m}
      - {alert: A4, expr: '${quantile('le, field, env', '1h', 400)}', for: 15m}
      - {alert: A5, expr: 'field:size:p95 > 500', for: 15m}
      - {alert: A6, expr: '${quantile('le, field, env', '6h', 450)}', for: 15m}
      - {alert: A7, expr: 'field:breaches:rate5m / on (env) group_left () sum by (env) (field:breaches:rate5m) > 0.6', for: 5m}
`;

/** Random traffic over whole days; `activeShare` of the time there is some, at the start. All series share their scrapes' times. */
export function benchSeries(days: number, activeShare = 1): Series[] {
  const dice = seededDice(1);
  const length = days * 1440;
  const times = Float64Array.from({ length }, (_, minute) => minute * MINUTE_MS);
  const seriesOf = (labels: Readonly<Record<string, string>>): Series => ({
    labels: labelsOf({ env: 'prod', ...labels }),
    times,
    values: new Float64Array(length),
    length,
    staleTimes: [],
  });
  return FIELDS.flatMap((field) => {
    const buckets = BOUNDS.map((le) => seriesOf({ __name__: 'size_bucket', field, le }));
    const breaches = seriesOf({ __name__: 'breaches_total', field });
    const counts = BOUNDS.map(() => 0);
    let breached = 0;
    for (let minute = 0; minute < length; minute++) {
      if (minute < length * activeShare) {
        for (let observed = dice.below(3); observed > 0; observed--) {
          const lowest = Math.min(dice.below(BOUNDS.length), dice.below(BOUNDS.length));
          for (let at = lowest; at < BOUNDS.length; at++) counts[at]!++;
        }
        if (dice.chance(0.2)) breached++;
      }
      for (const [at, bucket] of buckets.entries()) bucket.values[minute] = counts[at]!;
      breaches.values[minute] = breached;
    }
    return [...buckets, breaches];
  });
}

const benchGroups = (): readonly RuleGroup[] => parseRuleFile('bench.yml', RULES).groups;

/** Runs the rules over the series; milliseconds of real time (by the clock given) and evaluations made. */
export function measureRules(
  days: number,
  activeShare: number,
  clock: () => number,
): { ms: number; evaluations: number; changes: number } {
  const source = MemorySource.of(benchSeries(days, activeShare));
  const groups = benchGroups();
  const from = clock();
  const timeline = runTimeline(groups, source, {
    fromMs: 0,
    toMs: days * 86_400_000 - MINUTE_MS,
    intervalMs: MINUTE_MS,
  });
  return { ms: clock() - from, evaluations: timeline.evaluations, changes: timeline.entries.length };
}

/** The same through `promtool test rules`; milliseconds of real time. */
export function measurePromtool(days: number, clock: () => number): number {
  const inputSeries = benchSeries(days).map((one) => {
    const { __name__: name, ...rest } = Object.fromEntries(
      one.labels.names.map((label, at) => [label, one.labels.values[at]!]),
    );
    const labels = Object.entries(rest)
      .map(([label, value]) => `${label}="${value}"`)
      .join(',');
    return { series: `${name}{${labels}}`, values: one.values.subarray(0, one.length).join(' ') };
  });
  const test = {
    rule_files: ['rules.yml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: inputSeries,
        promql_expr_test: [
          { expr: 'vector(1)', eval_time: `${days * 1440 - 1}m`, exp_samples: [{ labels: '{}', value: 1 }] },
        ],
      },
    ],
  };
  const from = clock();
  const run = runTool('promtool', ['test', 'rules', 'test.yml'], {
    'rules.yml': RULES,
    'test.yml': JSON.stringify(test),
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return clock() - from;
}

if (import.meta.main) {
  const days = Number(process.argv[2] ?? 14);
  const clock = (): number => performance.now();
  const busy = measureRules(days, 1, clock);
  const idle = measureRules(days, 0.05, clock);
  console.log(
    `golem: ${days} days, ${busy.evaluations} evaluations in ${busy.ms.toFixed(0)} ms (${busy.changes} alert changes); idle after 5%: ${idle.ms.toFixed(0)} ms; heap and buffers ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
  );
  if (process.argv.includes('--promtool'))
    console.log(`promtool: ${measurePromtool(days, clock).toFixed(0)} ms`);
}
