/**
 * Random rule groups over random series: golem's unit-test runner under `prometheus: 2` against promtool 2.42, to the
 * evaluation. Run it with seeds to see a failing scenario again: `node scripts/prometheus/compare-rules.ts <seed>…`.
 */
import { parseRuleFile } from '../../harness/alerts/rule-file.ts';
import { runUnitTests, type ShownSample, type TestResult } from '../../harness/alerts/unit-test.ts';
import { parseUnitTestFile } from '../../harness/alerts/unit-test-file.ts';
import { labelsOf, renderLabels } from '../../harness/promql/labels.ts';
import { isClose } from './compare-expressions.ts';
import { seededDice, type Dice } from './dice.ts';
import { readLabels, readSamples, runTool } from './promtool.ts';
import { randomVector } from './random-expr.ts';
import { randomSeries } from './random-series.ts';

const FOR = ['0s', '1m', '2m', '150s', '5m', '10m'] as const;
const LABEL_TEMPLATES = [
  'page',
  '{{ $labels.env }}',
  '{{ $labels.nowhere }}',
  'v{{ $labels.field | toUpper }}',
  '{{ if eq $labels.env "prod" }}critical{{ else }}warning{{ end }}',
  '{{ query "count(requests_total offset 1m)" | len }} of {{ query "count({__name__=~\\"recorded.*\\"})" | len }}',
];
const ANNOTATIONS = [
  '{{ $value }}',
  '{{ humanize $value }} of {{ $labels.env }}/{{ $labels.nowhere }}',
  '{{ printf "%.2f %g" $value $value }}',
  '{{ $value | humanizePercentage }} {{ $value | humanizeDuration }}',
  '{{ with $labels.field }}field {{ . }}{{ else }}no field{{ end }} in {{ $externalLabels.region }}',
  '{{ humanize1024 $value }}{{- " trimmed" }}',
  '{{ range query "max by (env) (level)" | sortByLabel "env" }}{{ .Labels.env }} {{ .Value | humanize }} {{ end }}',
  '{{ with query "count(ALERTS)" }}{{ . | first | value }} alerts{{ else }}none{{ end }} {{ query "up" | len }}',
];

/** A rule scenario: the two files promtool reads. */
export interface RuleScenario {
  readonly seed: number;
  readonly ruleText: string;
  readonly testText: string;
}

export function ruleScenarioOf(seed: number): RuleScenario {
  const dice = seededDice(seed);
  const intervalSeconds = dice.pick([30, 60]);
  const evaluationSeconds = dice.pick([60, 60, 120]);
  const length = 30 + dice.below(30);
  const minutes = Math.floor(((length - 1) * intervalSeconds) / 60) + 6;
  const groups = [
    { name: 'g', rules: Array.from({ length: 2 + dice.below(4) }, (_, at) => randomRule(dice, at)) },
  ];
  const times: string[] = [];
  for (let at = 0; at <= minutes * 60; at += evaluationSeconds) times.push(`${at}s`);
  const names = ['ALERTS', 'ALERTS_FOR_STATE', '{__name__=~"recorded:.*"}'];
  const alertnames = groups[0]!.rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []));
  const test = {
    rule_files: [`rules-${seed}.yml`],
    evaluation_interval: `${evaluationSeconds}s`,
    tests: [
      {
        interval: `${intervalSeconds}s`,
        input_series: randomSeries(dice, length),
        external_labels: { region: 'tokyo' },
        promql_expr_test: names.flatMap((expr) =>
          times.map((eval_time) => ({ expr, eval_time, exp_samples: [NEVER_SAMPLE] })),
        ),
        alert_rule_test: alertnames.flatMap((alertname) =>
          times
            .filter((_, at) => at % 5 === 4)
            .map((eval_time) => ({ eval_time, alertname, exp_alerts: [{ exp_labels: { never: 'this' } }] })),
        ),
      },
    ],
  };
  return { seed, ruleText: JSON.stringify({ groups }), testText: JSON.stringify(test) };
}

const NEVER_SAMPLE = { labels: '{nobody_expects="this"}', value: 1 };

function randomRule(dice: Dice, at: number) {
  const plain = dice.pick([
    `rate(requests_total[5m]) > ${dice.next() * 0.2}`,
    `sum by (env, field) (increase(errors_total[10m])) > ${dice.below(40)}`,
    `level > ${dice.below(80) - 40}`,
    `limit < ${dice.below(60) - 30}`,
    `histogram_quantile(0.95, sum by (le, env) (rate(latency_bucket[10m]))) > ${dice.below(10)}`,
    `recorded:r${dice.below(at + 1)} ${dice.pick(['> 1', '!= 0', '', '< 30'])}`,
    `ALERTS{alertstate="${dice.pick(['firing', 'pending'])}"}`,
    `absent(level{field="${dice.pick(['a', 'b'])}",env="prod"})`,
    `sum_over_time((${randomVector(dice, 1)})[5m:${dice.pick(['', '30s'])}])`,
  ]);
  const expr = dice.chance(0.92) ? plain : randomVector(dice, 2);
  if (dice.chance(0.4)) {
    return {
      record: `recorded:r${at}`,
      expr,
      ...(dice.chance(0.4)
        ? {
            labels: dice.pick([
              { source: 'x' },
              { source: 'y' },
              { source: 'z', host: 'h' },
              { field: 'all' },
            ]),
          }
        : {}),
    };
  }
  return {
    alert: `Alert${at}`,
    expr,
    for: dice.pick(FOR),
    ...(dice.chance(0.3) ? { keep_firing_for: dice.pick(FOR) } : {}),
    labels: dice.chance(0.7) ? { severity: dice.pick(LABEL_TEMPLATES) } : {},
    annotations: { summary: dice.pick(ANNOTATIONS) },
  };
}

/** What promtool said of one test: its got, or the error that ended it. */
type Said = { readonly got: readonly ShownSample[] } | { readonly error: string };

interface OracleFile {
  readonly ruleError: string | undefined;
  readonly alerts: readonly Said[];
  readonly exprs: readonly Said[];
}

function readOracleFile(section: string): OracleFile {
  const ruleError = /^ {4}rule: .*, time: .*, err: .*$/m.exec(section)?.[0];
  const alerts = section
    .split(/^ {4}alertname: /m)
    .slice(1)
    .map((chunk) => readAlerts(chunk.split(/^ {4}expr: /m)[0]!));
  const exprs = section
    .split(/^ {4}expr: /m)
    .slice(1)
    .map((chunk): Said => {
      const got = /\n {8}got: ([^\n]*)/.exec(chunk);
      if (!got) return { error: chunk.trim() };
      return {
        got: readSamples(got[1]!).map((sample) => ({
          labels: Object.fromEntries(
            sample.labels.names.map((name, at) => [name, sample.labels.values[at]!]),
          ),
          value: String(sample.value),
        })),
      };
    });
  return { ruleError, alerts, exprs };
}

function readAlerts(chunk: string): Said {
  const got = chunk.slice(chunk.indexOf('got:'));
  const pairs = [...got.matchAll(/Labels:\{(.*)\}\n\s*Annotations:\{(.*)\}/g)];
  return { got: pairs.map((pair) => ({ labels: toRecord(pair[1]!), annotations: toRecord(pair[2]!) })) };
}

const toRecord = (inside: string): Record<string, string> => {
  const labels = readLabels(inside);
  return Object.fromEntries(labels.names.map((name, at) => [name, labels.values[at]!]));
};

const keyOf = (sample: ShownSample): string => labelsOf(sample.labels).key;
const toNumber = (text: string): number =>
  /Inf/.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);

/** Annotations print values to the last bit, in which two logarithms may differ: twelve digits are compared. */
function annotationKey(annotations: Readonly<Record<string, string>>): string {
  const rounded = Object.entries(annotations).map(
    ([name, text]) =>
      [name, text.replace(/\d+\.\d+(e[+-]\d+)?/g, (number) => Number(number).toPrecision(12))] as const,
  );
  return labelsOf(Object.fromEntries(rounded)).key;
}

function agrees(ours: readonly ShownSample[], theirs: readonly ShownSample[]): boolean {
  if (ours.length !== theirs.length) return false;
  const mine = [...ours].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const other = [...theirs].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return mine.every((sample, at) => {
    const against = other[at]!;
    if (keyOf(sample) !== keyOf(against)) return false;
    if (against.annotations)
      return annotationKey(sample.annotations ?? {}) === annotationKey(against.annotations);
    return isClose(toNumber(sample.value!), toNumber(against.value!));
  });
}

const show = (samples: readonly ShownSample[]): string =>
  samples
    .map(
      (one) =>
        `${renderLabels(labelsOf(one.labels))} ${one.annotations ? JSON.stringify(one.annotations) : one.value}`,
    )
    .sort()
    .join('\n      ') || 'nothing';

export interface RuleComparison {
  readonly scenarios: number;
  readonly compared: number;
  readonly failedRules: number;
  readonly firing: number;
  readonly disagreements: readonly string[];
}

/** Compares the rule scenarios of these seeds, in one call of promtool. */
export function compareRules(seeds: readonly number[]): RuleComparison {
  const scenarios = seeds.map(ruleScenarioOf);
  const files = Object.fromEntries(
    scenarios.flatMap((one) => [
      [`rules-${one.seed}.yml`, one.ruleText],
      [`test-${one.seed}.yml`, one.testText],
    ]),
  );
  const run = runTool(
    'promtool',
    ['test', 'rules', ...scenarios.map((one) => `test-${one.seed}.yml`)],
    files,
  );
  const sections = run.stderr.split(/^ {2}FAILED:$/m).slice(1);
  if (sections.length !== scenarios.length)
    throw new Error(
      `promtool answered ${sections.length} of ${scenarios.length} files:\n${run.stderr.slice(0, 2000)}`,
    );
  const disagreements: string[] = [];
  let compared = 0;
  let failedRules = 0;
  let firing = 0;
  for (const [at, scenario] of scenarios.entries()) {
    const theirs = readOracleFile(sections[at]!);
    const ruleFile = parseRuleFile('rules.yml', scenario.ruleText);
    const testFile = parseUnitTestFile('test.yml', scenario.testText);
    const problems = [...ruleFile.problems, ...testFile.problems];
    if (problems.length > 0) throw new Error(`seed ${scenario.seed}: ${problems[0]!.reason}`);
    const report = runUnitTests(testFile, ruleFile.groups, 2);
    const complain = (what: string): void => {
      disagreements.push(
        `seed ${scenario.seed}: ${what}\n  rules ${scenario.ruleText}\n  see it again: node scripts/prometheus/compare-rules.ts ${scenario.seed}`,
      );
    };
    if (theirs.ruleError !== undefined || report.errors.length > 0) {
      failedRules++;
      const ours = report.errors[0]?.error.replace(/ \(rules\.yml:\d+:\d+\)/, '');
      const [name, time] = [/rule: (\S+),/, /time: (\S+),/].map(
        (pattern) => pattern.exec(theirs.ruleError ?? '')?.[1],
      );
      if (
        ours === undefined ||
        theirs.ruleError === undefined ||
        !ours.includes(`rule: ${name},`) ||
        !ours.includes(`time: ${toDuration(time ?? '')},`)
      )
        complain(`rule error: golem ${ours}, promtool ${theirs.ruleError} ${time}`);
      continue;
    }
    const alertTests = byTimeThenOrder(report.tests.filter((test) => 'alertname' in test));
    const exprTests = report.tests.filter((test) => 'expr' in test);
    if (alertTests.length !== theirs.alerts.length || exprTests.length !== theirs.exprs.length) {
      complain(
        `promtool answered ${theirs.alerts.length} of ${alertTests.length} alert tests, ${theirs.exprs.length} of ${exprTests.length} expression tests`,
      );
      continue;
    }
    const pairs = [
      ...alertTests.map((test, index) => [test, theirs.alerts[index]!] as const),
      ...exprTests.map((test, index) => [test, theirs.exprs[index]!] as const),
    ];
    for (const [test, said] of pairs) {
      compared++;
      if ('alertname' in test && test.got.length > 0) firing++;
      const same = 'error' in said ? test.error !== null : test.error === null && agrees(test.got, said.got);
      if (!same) {
        complain(
          `${'expr' in test ? test.expr : test.alertname} at ${test.eval_time_seconds}s\n  golem\n      ${test.error ?? show(test.got)}\n  promtool\n      ${'error' in said ? said.error : show(said.got)}`,
        );
        break;
      }
    }
  }
  return { scenarios: scenarios.length, compared, failedRules, firing, disagreements };
}

/** Go's `1h2m0s` as Prometheus' `1h2m`. */
const toDuration = (text: string): string => text.replace(/(?<=m)0s$/, '').replace(/(?<=h)0m/, '');

/** promtool reports alert tests in the order of their times. */
const byTimeThenOrder = (tests: readonly TestResult[]): TestResult[] =>
  [...tests].sort((a, b) => a.eval_time_seconds - b.eval_time_seconds);

if (import.meta.main) {
  const seeds = process.argv.slice(2).map(Number);
  const result = compareRules(seeds.length > 0 ? seeds : [1]);
  for (const disagreement of result.disagreements) console.log(`${disagreement}\n`);
  console.log(
    `${result.scenarios} scenarios, ${result.compared} states compared (${result.firing} firing; ${result.failedRules} scenarios ended by a rule error), ${result.disagreements.length} disagree`,
  );
  process.exitCode = result.disagreements.length > 0 ? 1 : 0;
}
