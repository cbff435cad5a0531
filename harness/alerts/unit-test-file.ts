/**
 * promtool's rule unit-test files, read strictly and with places, as rule files are.
 * Apart from running them, because a file that cannot be read is bad input and a test that fails is an answer.
 */
import type { Place } from '../errors.ts';
import { PromqlSyntaxError } from '../promql/errors.ts';
import { parseGoFloat } from '../promql/go-text.ts';
import { labelsFromPairs, type Labels } from '../promql/labels.ts';
import { parseMetric } from '../promql/parse.ts';
import { parseNotatedSeries } from '../promql/series-notation.ts';
import type { Series } from '../promql/series.ts';
import { knownEntries, readDurationMs, readText } from './rule-file.ts';
import { readYaml, type Problem, type YamlFile, type YamlNode } from './yaml-source.ts';

export interface ExpectedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface AlertTest {
  readonly kind: 'alert';
  readonly alertname: string;
  readonly evalTimeMs: number;
  readonly expected: readonly ExpectedAlert[];
  /** Whether annotations are nobody's concern. */
  readonly ignoresAnnotations: boolean;
  readonly place: Place;
}

export interface ExpectedSample {
  readonly labels: Labels;
  readonly value: number;
}

export interface ExprTest {
  readonly kind: 'expr';
  readonly expr: string;
  readonly evalTimeMs: number;
  readonly expected: readonly ExpectedSample[];
  readonly place: Place;
  readonly placeInExpr: (offset: number) => Place;
}

/** One entry under `tests`: its series, and what is asked of them. */
export interface TestGroup {
  readonly name: string;
  readonly place: Place;
  readonly intervalMs: number;
  /** When time begins, ms since the Unix epoch. */
  readonly startMs: number;
  readonly series: readonly Series[];
  readonly alertTests: readonly AlertTest[];
  readonly exprTests: readonly ExprTest[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

export interface UnitTestFile {
  readonly file: string;
  readonly ruleFiles: readonly { readonly pattern: string; readonly place: Place }[];
  readonly evaluationIntervalMs: number;
  readonly groupOrder: readonly string[];
  readonly fuzzyCompare: boolean;
  readonly groups: readonly TestGroup[];
  readonly problems: readonly Problem[];
}

const MINUTE_MS = 60_000;

/** Reads a unit-test file; all its faults are in `problems`. */
export function parseUnitTestFile(file: string, text: string): UnitTestFile {
  const yaml = readYaml(file, text);
  const entries =
    yaml.root && yaml.problems.length === 0
      ? knownEntries(yaml, yaml.root, 'a unit-test file', [
          'rule_files',
          'evaluation_interval',
          'group_eval_order',
          'fuzzy_compare',
          'tests',
        ])
      : [];
  const at = (key: string): YamlNode | undefined => entries.find((entry) => entry.key === key)?.value;
  const evaluation = at('evaluation_interval');
  const evaluationIntervalMs =
    (evaluation && readDurationMs(yaml, evaluation, 'evaluation_interval')) || MINUTE_MS;
  return {
    file,
    ruleFiles: (at('rule_files')?.items('rule_files') ?? []).map((node) => ({
      pattern: readText(yaml, node, 'a rule file'),
      place: node.place,
    })),
    evaluationIntervalMs,
    groupOrder: readGroupOrder(yaml, at('group_eval_order')),
    fuzzyCompare: readSwitch(yaml, at('fuzzy_compare'), 'fuzzy_compare'),
    groups: (at('tests')?.items('tests') ?? []).map((node, index) =>
      readGroup(yaml, node, index, evaluationIntervalMs),
    ),
    problems: yaml.problems,
  };
}

/** Reads true or false, as YAML for Go writes them; anything else is reported. */
function readSwitch(yaml: YamlFile, node: YamlNode | undefined, what: string): boolean {
  if (!node || node.isNull) return false;
  const text = readText(yaml, node, what);
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (!/^(?:false|False|FALSE)$/.test(text))
    yaml.report(node.place, `expected ${what} to be true or false, got ${JSON.stringify(text)}`);
  return false;
}

const START = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Reads when a group's time begins: RFC 3339, or seconds since the Unix epoch; the epoch itself by default. */
function readStart(yaml: YamlFile, node: YamlNode | undefined): number {
  if (!node || node.isNull) return 0;
  const text = readText(yaml, node, 'start_timestamp');
  const startMs = START.test(text)
    ? Date.parse(text.replace(' ', 'T'))
    : (parseGoFloat(text) ?? Number.NaN) * 1000;
  if (Number.isFinite(startMs)) return Math.round(startMs);
  if (node.text !== undefined)
    yaml.report(
      node.place,
      `expected start_timestamp to be a time such as 2025-09-01T00:00:00Z or seconds since the Unix epoch, got ${JSON.stringify(text)}`,
    );
  return 0;
}

function readGroupOrder(yaml: YamlFile, node: YamlNode | undefined): string[] {
  const names: string[] = [];
  for (const item of node?.items('group_eval_order') ?? []) {
    const name = readText(yaml, item, 'a group name');
    if (names.includes(name)) yaml.report(item.place, `group name repeated in evaluation order: ${name}`);
    names.push(name);
  }
  return names;
}

const GROUP_KEYS = [
  'name',
  'interval',
  'input_series',
  'alert_rule_test',
  'promql_expr_test',
  'external_labels',
  'external_url',
  'start_timestamp',
  'ignore_annotations',
];

function readGroup(yaml: YamlFile, node: YamlNode, index: number, defaultIntervalMs: number): TestGroup {
  const entries = knownEntries(yaml, node, 'a test group', GROUP_KEYS);
  const at = (key: string): YamlNode | undefined => entries.find((entry) => entry.key === key)?.value;
  const items = (key: string): readonly YamlNode[] => at(key)?.items(key) ?? [];
  const intervalNode = at('interval');
  const intervalMs = (intervalNode && readDurationMs(yaml, intervalNode, 'interval')) || defaultIntervalMs;
  const startMs = readStart(yaml, at('start_timestamp'));
  const ignores = readSwitch(yaml, at('ignore_annotations'), 'ignore_annotations');
  return {
    name: at('name')?.text ?? `#${index + 1}`,
    place: node.place,
    intervalMs,
    startMs,
    series: readSeries(yaml, items('input_series'), intervalMs, startMs),
    alertTests: items('alert_rule_test').flatMap((item) => readAlertTest(yaml, item, ignores)),
    exprTests: items('promql_expr_test').flatMap((item) => readExprTest(yaml, item) ?? []),
    externalLabels: readStrings(yaml, at('external_labels'), 'external_labels'),
    externalUrl: at('external_url')?.text ?? '',
  };
}

/** Reads a list of `{series, values}`; written twice, the later series counts, as in promtool. */
export function readSeries(
  yaml: YamlFile,
  nodes: readonly YamlNode[],
  intervalMs: number,
  startMs = 0,
): Series[] {
  const byKey = new Map<string, Series>();
  for (const node of nodes) {
    const entries = knownEntries(yaml, node, 'an input series', ['series', 'values']);
    const series = entries.find((entry) => entry.key === 'series')?.value;
    const values = entries.find((entry) => entry.key === 'values')?.value;
    if (!series) {
      yaml.report(node.place, "an input series needs 'series'");
      continue;
    }
    const labels = readMetric(yaml, series);
    if (!labels) continue;
    try {
      byKey.set(
        labels.key,
        parseNotatedSeries(
          readText(yaml, series, 'series'),
          values ? readText(yaml, values, 'values') : '',
          intervalMs,
          startMs,
        ),
      );
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      yaml.report(values?.placeWithin(error.offset) ?? node.place, error.reason);
    }
  }
  return [...byKey.values()];
}

function readMetric(yaml: YamlFile, node: YamlNode): Labels | undefined {
  const text = readText(yaml, node, 'a series');
  try {
    return labelsFromPairs(text.trim() === '' ? [] : parseMetric(text));
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    yaml.report(node.placeWithin(error.offset), error.reason);
    return undefined;
  }
}

function readStrings(yaml: YamlFile, node: YamlNode | undefined, what: string): Record<string, string> {
  return Object.fromEntries(
    (node?.entries(what) ?? []).map((entry) => [
      entry.key,
      readText(yaml, entry.value, `${what}.${entry.key}`),
    ]),
  );
}

function readAlertTest(yaml: YamlFile, node: YamlNode, groupIgnores: boolean): AlertTest[] {
  const entries = knownEntries(yaml, node, 'an alert test', [
    'eval_time',
    'alertname',
    'exp_alerts',
    'ignore_annotations',
  ]);
  const at = (key: string): YamlNode | undefined => entries.find((entry) => entry.key === key)?.value;
  const alertname = at('alertname')?.text ?? '';
  if (alertname === '') {
    yaml.report(node.place, "an item under alert_rule_test misses the required attribute 'alertname'");
    return [];
  }
  const evalTime = at('eval_time');
  const expected = (at('exp_alerts')?.items('exp_alerts') ?? []).map((item) => {
    const fields = knownEntries(yaml, item, 'an expected alert', ['exp_labels', 'exp_annotations']);
    const labels = readStrings(yaml, fields.find((field) => field.key === 'exp_labels')?.value, 'exp_labels');
    const annotations = readStrings(
      yaml,
      fields.find((field) => field.key === 'exp_annotations')?.value,
      'exp_annotations',
    );
    return {
      labels: labelsFromPairs([...Object.entries(labels), ['alertname', alertname]]),
      annotations: labelsFromPairs(Object.entries(annotations)),
    };
  });
  return [
    {
      kind: 'alert',
      alertname,
      evalTimeMs: evalTime ? readDurationMs(yaml, evalTime, 'eval_time') : 0,
      expected,
      ignoresAnnotations: groupIgnores || readSwitch(yaml, at('ignore_annotations'), 'ignore_annotations'),
      place: node.place,
    },
  ];
}

function readExprTest(yaml: YamlFile, node: YamlNode): ExprTest | undefined {
  const entries = knownEntries(yaml, node, 'an expression test', ['expr', 'eval_time', 'exp_samples']);
  const at = (key: string): YamlNode | undefined => entries.find((entry) => entry.key === key)?.value;
  const expr = at('expr');
  const evalTime = at('eval_time');
  if (!expr) {
    yaml.report(node.place, "an item under promql_expr_test misses the required attribute 'expr'");
    return undefined;
  }
  return {
    kind: 'expr',
    expr: readText(yaml, expr, 'expr'),
    evalTimeMs: evalTime ? readDurationMs(yaml, evalTime, 'eval_time') : 0,
    expected: (at('exp_samples')?.items('exp_samples') ?? []).flatMap((item) => readSample(yaml, item) ?? []),
    place: node.place,
    placeInExpr: expr.placeWithin,
  };
}

/** A whole number in another base, as YAML for Go reads it: `0x1f`, `0b11`, `0o17` and `017`. */
function readWholeNumber(text: string): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|0b[01]+|0o[0-7]+|0[0-7]+)$/i.exec(text);
  if (!match) return undefined;
  const value = Number(match[2]!.replace(/^0(?=[0-7])/, '0o'));
  return match[1] === '-' ? -value : value;
}

function readSample(yaml: YamlFile, node: YamlNode): ExpectedSample | undefined {
  const entries = node.entries('an expected sample');
  const histogram = entries.find((entry) => entry.key === 'histogram');
  if (histogram) {
    yaml.report(histogram.keyPlace, 'native histogram samples are not supported');
    return undefined;
  }
  const known = knownEntries(yaml, node, 'an expected sample', ['labels', 'value']);
  const labelsNode = known.find((entry) => entry.key === 'labels')?.value;
  const valueNode = known.find((entry) => entry.key === 'value')?.value;
  const labels = labelsNode ? readMetric(yaml, labelsNode) : labelsFromPairs([]);
  // YAML writes .inf and .nan where Go writes Inf and NaN; a missing value is Go's zero.
  const text = valueNode
    ? readText(yaml, valueNode, 'value')
        .replace(/^([+-]?)\.(inf|nan)$/i, '$1$2')
        .replaceAll('_', '')
    : '0';
  const value = readWholeNumber(text) ?? parseGoFloat(text);
  if (value === undefined) {
    yaml.report(valueNode!.place, `expected value to be a number, got ${JSON.stringify(text)}`);
    return undefined;
  }
  return labels && { labels, value };
}
