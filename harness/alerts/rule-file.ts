/**
 * Prometheus rule files, read strictly: every fault of a file at once, each with file, line and column, also inside an
 * expression or a template. What comes out is parsed and checked, so that evaluation meets no surprise.
 */
import type { Expr } from '../promql/ast.ts';
import { walkExpr } from '../promql/ast.ts';
import { parseDurationMs } from '../promql/durations.ts';
import { PromqlSyntaxError } from '../promql/errors.ts';
import { METRIC_NAME } from '../promql/labels.ts';
import { parseExpr } from '../promql/parse.ts';
import { namedMetric } from '../promql/series.ts';
import { TYPE_NAMES, typeOf } from '../promql/type-check.ts';
import type { Place } from '../errors.ts';
import { parseTemplate, TemplateSyntaxError, type Template } from './template-syntax.ts';
import { readYaml, type Problem, type YamlEntry, type YamlFile, type YamlNode } from './yaml-source.ts';

/** A label or annotation whose value is a template. */
export interface TemplatedLabel {
  readonly name: string;
  readonly template: Template;
}

interface RuleBase {
  readonly name: string;
  readonly expr: Expr;
  readonly exprText: string;
  readonly place: Place;
  /** The place of the n-th character of the expression. */
  readonly placeInExpr: (offset: number) => Place;
}

export interface AlertingRule extends RuleBase {
  readonly kind: 'alert';
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: readonly TemplatedLabel[];
  readonly annotations: readonly TemplatedLabel[];
}

export interface RecordingRule extends RuleBase {
  readonly kind: 'record';
  readonly labels: readonly (readonly [name: string, value: string])[];
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly place: Place;
  /** Undefined means the global evaluation interval. */
  readonly intervalMs: number | undefined;
  readonly queryOffsetMs: number;
  /** The most alerts or series a rule of the group may give; 0 is no limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}

/** A rule file with everything that is wrong with it. */
export interface RuleFile {
  readonly file: string;
  readonly groups: readonly RuleGroup[];
  readonly problems: readonly Problem[];
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Reads a rule file. `file` is how it is named in every place. Never throws for what the file holds. */
export function parseRuleFile(file: string, text: string): RuleFile {
  const yaml = readYaml(file, text);
  const groups: RuleGroup[] = [];
  if (yaml.root && yaml.problems.length === 0) {
    for (const entry of knownEntries(yaml, yaml.root, 'a rule file', ['groups'])) {
      const seen = new Map<string, Place>();
      for (const node of entry.value.items('groups')) groups.push(readGroup(yaml, node, seen));
    }
  }
  return { file, groups, problems: yaml.problems };
}

/** The entries of a mapping, each with a key that is known; the others are reported. */
export function knownEntries(
  yaml: YamlFile,
  node: YamlNode,
  what: string,
  known: readonly string[],
): YamlEntry[] {
  return node.entries(what).filter((entry) => {
    if (known.includes(entry.key)) return true;
    yaml.report(
      entry.keyPlace,
      `unknown key ${JSON.stringify(entry.key)} in ${what}, expected one of ${known.join(', ')}`,
    );
    return false;
  });
}

/** Reads a scalar's text; anything else is reported. */
export function readText(yaml: YamlFile, node: YamlNode, what: string): string {
  if (node.text === undefined) yaml.report(node.place, `expected ${what} to be a string`);
  return node.text ?? '';
}

/** Reads a duration in milliseconds; what is none is reported and counts as 0. */
export function readDurationMs(yaml: YamlFile, node: YamlNode, what: string): number {
  const text = readText(yaml, node, what);
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined && node.text !== undefined) {
    yaml.report(
      node.place,
      `not a valid duration string: ${JSON.stringify(text)} (${what} is written like 30s, 5m or 1h30m)`,
    );
  }
  return durationMs ?? 0;
}

const GROUP_KEYS = ['name', 'interval', 'query_offset', 'limit', 'labels', 'rules'];

function readGroup(yaml: YamlFile, node: YamlNode, seen: Map<string, Place>): RuleGroup {
  const entries = new Map(
    knownEntries(yaml, node, 'a rule group', GROUP_KEYS).map((entry) => [entry.key, entry.value]),
  );
  const nameNode = entries.get('name');
  const name = nameNode ? readText(yaml, nameNode, 'the group name') : '';
  if (name === '') yaml.report(node.place, 'group name must not be empty');
  else if (seen.has(name)) {
    yaml.report(
      nameNode!.place,
      `group name ${JSON.stringify(name)} is repeated in the same file (first on line ${seen.get(name)!.line})`,
    );
  } else seen.set(name, node.place);
  const duration = (key: string): number | undefined => {
    const value = entries.get(key);
    return value && readDurationMs(yaml, value, key);
  };
  const groupLabels = entries.has('labels') ? readLabels(yaml, entries.get('labels')!, 'label') : [];
  const rules = entries
    .get('rules')
    ?.items('rules')
    .flatMap((rule) => readRule(yaml, rule, groupLabels) ?? []);
  const intervalMs = duration('interval');
  return {
    name,
    file: yaml.file,
    place: node.place,
    intervalMs: intervalMs === 0 ? undefined : intervalMs,
    queryOffsetMs: duration('query_offset') ?? 0,
    limit: readLimit(yaml, entries.get('limit')),
    rules: rules ?? [],
  };
}

function readLimit(yaml: YamlFile, node: YamlNode | undefined): number {
  if (!node) return 0;
  const text = readText(yaml, node, 'limit');
  if (/^\d+$/.test(text)) return Number(text);
  yaml.report(node.place, `expected limit to be a whole number, got ${JSON.stringify(text)}`);
  return 0;
}

const RULE_KEYS = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

type NamedNode = { readonly name: string; readonly node: YamlNode };

function readRule(yaml: YamlFile, node: YamlNode, groupLabels: readonly NamedNode[]): Rule | undefined {
  const before = yaml.problems.length;
  const entries = new Map(knownEntries(yaml, node, 'a rule', RULE_KEYS).map((entry) => [entry.key, entry]));
  if (entries.size === 0 && yaml.problems.length > before) return undefined;
  const alert = entries.get('alert')?.value;
  const record = entries.get('record')?.value;
  if (alert && record) yaml.report(node.place, "only one of 'record' and 'alert' must be set");
  if (!alert && !record) yaml.report(node.place, "one of 'record' or 'alert' must be set");
  const nameNode = alert ?? record;
  const name = nameNode ? readText(yaml, nameNode, 'the rule name') : '';
  if (nameNode && name === '') yaml.report(nameNode.place, 'the rule name must not be empty');
  const expr = readExpr(yaml, node, entries.get('expr')?.value, name);
  const labels = entries.has('labels') ? readLabels(yaml, entries.get('labels')!.value, 'label') : [];
  const merged = [
    ...groupLabels.filter((one) => !labels.some((label) => label.name === one.name)),
    ...labels,
  ];
  if (alert) {
    const rule = readAlertFields(yaml, entries, merged);
    if (!expr || yaml.problems.length > before) return undefined;
    return { kind: 'alert', name, place: node.place, ...expr, ...rule };
  }
  for (const key of ['for', 'keep_firing_for', 'annotations']) {
    const entry = entries.get(key);
    if (entry && record) yaml.report(entry.keyPlace, `invalid field '${key}' in recording rule`);
  }
  if (record && name !== '' && !METRIC.test(name))
    yaml.report(record.place, `invalid recording rule name: ${JSON.stringify(name)}`);
  if (!expr || !record || yaml.problems.length > before) return undefined;
  return {
    kind: 'record',
    name,
    place: node.place,
    ...expr,
    labels: merged.map((label) => [label.name, label.node.text ?? ''] as const),
  };
}

function readAlertFields(
  yaml: YamlFile,
  entries: ReadonlyMap<string, YamlEntry>,
  labels: readonly NamedNode[],
): Pick<AlertingRule, 'forMs' | 'keepFiringForMs' | 'labels' | 'annotations'> {
  const duration = (key: string): number => {
    const entry = entries.get(key);
    return entry ? readDurationMs(yaml, entry.value, key) : 0;
  };
  const annotations = entries.has('annotations')
    ? readLabels(yaml, entries.get('annotations')!.value, 'annotation')
    : [];
  return {
    forMs: duration('for'),
    keepFiringForMs: duration('keep_firing_for'),
    labels: labels.flatMap((label) => readTemplate(yaml, label, 'label') ?? []),
    annotations: annotations.flatMap((one) => readTemplate(yaml, one, 'annotation') ?? []),
  };
}

function readLabels(yaml: YamlFile, node: YamlNode, what: 'label' | 'annotation'): NamedNode[] {
  const found: NamedNode[] = [];
  for (const entry of node.entries(`${what}s`)) {
    if (!LABEL_NAME.test(entry.key) || (what === 'label' && entry.key === METRIC_NAME)) {
      yaml.report(entry.keyPlace, `invalid ${what} name: ${JSON.stringify(entry.key)}`);
      continue;
    }
    readText(yaml, entry.value, `${what} ${entry.key}`);
    found.push({ name: entry.key, node: entry.value });
  }
  return found;
}

function readTemplate(yaml: YamlFile, { name, node }: NamedNode, what: string): TemplatedLabel | undefined {
  try {
    return { name, template: parseTemplate(node.text ?? '') };
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    yaml.report(
      node.placeWithin(error.offset),
      `template of ${what} ${JSON.stringify(name)}: ${error.message}`,
    );
    return undefined;
  }
}

function readExpr(
  yaml: YamlFile,
  rule: YamlNode,
  node: YamlNode | undefined,
  name: string,
): Pick<RuleBase, 'expr' | 'exprText' | 'placeInExpr'> | undefined {
  const exprText = node ? readText(yaml, node, 'expr') : '';
  if (!node || exprText === '') {
    if (node?.text !== undefined || !node)
      yaml.report(node?.place ?? rule.place, "field 'expr' must be set in rule");
    return undefined;
  }
  try {
    const expr = parseExpr(exprText);
    const type = typeOf(expr);
    if (type === 'vector' || type === 'scalar') return { expr, exprText, placeInExpr: node.placeWithin };
    yaml.report(
      node.place,
      `rule ${JSON.stringify(name)}: expected an instant vector or a scalar, got ${TYPE_NAMES[type]}`,
    );
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    yaml.report(
      node.placeWithin(error.offset),
      `rule ${JSON.stringify(name)}: could not parse expression: ${error.reason}`,
    );
  }
  return undefined;
}

/**
 * The recording rules that read what they record, directly or through each other: their value would hang on when they
 * last ran. One problem a rule that closes a circle.
 */
export function findRecordingCycles(groups: readonly RuleGroup[]): Problem[] {
  const recordings = groups.flatMap((group) => group.rules).filter((rule) => rule.kind === 'record');
  const reads = new Map<string, Set<string>>();
  for (const rule of recordings) {
    const names = reads.get(rule.name) ?? new Set<string>();
    for (const name of metricsRead(rule.expr)) names.add(name);
    reads.set(rule.name, names);
  }
  const reaches = (from: string, target: string, seen: Set<string>): boolean => {
    for (const name of reads.get(from) ?? []) {
      if (name === target) return true;
      if (seen.has(name)) continue;
      seen.add(name);
      if (reaches(name, target, seen)) return true;
    }
    return false;
  };
  return recordings
    .filter((rule) => reaches(rule.name, rule.name, new Set()))
    .map((rule) => ({
      place: rule.place,
      reason: `recording rule ${JSON.stringify(rule.name)} reads its own result: expected recording rules without a circle`,
    }));
}

/** The metric names an expression selects by equality. */
export function metricsRead(expr: Expr): string[] {
  const names: string[] = [];
  walkExpr(expr, (node) => {
    const name = node.kind === 'vector-selector' ? namedMetric(node.matchers) : undefined;
    if (name !== undefined) names.push(name);
  });
  return names;
}
