/**
 * Alertmanager's configuration, read strictly with places: the routing tree with what each route inherits, receivers,
 * inhibition rules and time intervals. Receivers are checked for what Alertmanager would refuse, and never contacted.
 */
import type { LabelMatcher } from '../promql/matchers.ts';
import { compileAlertMatchers, MatcherSyntaxError, parseMatchers } from './matcher-syntax.ts';
import { RECEIVER_KEYS, receiverFaults } from './receiver-keys.ts';
import { knownEntries, readDurationMs, readText } from './rule-file.ts';
import { readTimeInterval, type TimeInterval } from './time-interval.ts';
import { readYaml, type Problem, type YamlEntry, type YamlFile, type YamlNode } from './yaml-source.ts';
import type { Labels } from '../promql/labels.ts';

/** One node of the routing tree, with inherited settings filled in. Durations in ms. */
export interface Route {
  readonly receiver: string;
  readonly matchers: readonly LabelMatcher[];
  readonly matches: (labels: Labels) => boolean;
  /** The labels alerts are grouped by; `all` is `group_by: ['...']`. */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly continue: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly Route[];
}

export interface Receiver {
  readonly name: string;
  /** One entry an integration, such as `slack`; whether it also tells of resolved alerts. */
  readonly integrations: readonly { readonly kind: string; readonly sendsResolved: boolean }[];
}

export interface InhibitRule {
  readonly isSource: (labels: Labels) => boolean;
  readonly isTarget: (labels: Labels) => boolean;
  readonly equal: readonly string[];
}

export interface AlertmanagerConfig {
  readonly route: Route;
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
}

const TOP_KEYS = [
  'global',
  'route',
  'inhibit_rules',
  'receivers',
  'templates',
  'mute_time_intervals',
  'time_intervals',
  'tracing',
];

/** Reads an Alertmanager configuration; `config` is undefined where it has no usable route. */
export function parseAlertmanagerConfig(
  file: string,
  text: string,
): { readonly config: AlertmanagerConfig | undefined; readonly problems: readonly Problem[] } {
  const yaml = readYaml(file, text);
  if (!yaml.root) {
    if (yaml.problems.length === 0) yaml.report({ file, line: 1, column: 1 }, 'no route provided in config');
    return { config: undefined, problems: yaml.problems };
  }
  if (yaml.problems.length > 0) return { config: undefined, problems: yaml.problems };
  const top = new Map(
    knownEntries(yaml, yaml.root, 'an Alertmanager configuration', TOP_KEYS).map((entry) => [
      entry.key,
      entry.value,
    ]),
  );
  const global = readGlobal(yaml, top.get('global'));
  const receivers = new Map<string, Receiver>();
  for (const node of top.get('receivers')?.items('receivers') ?? [])
    readReceiver(yaml, node, global, receivers);
  const timeIntervals = new Map<string, readonly TimeInterval[]>();
  for (const key of ['mute_time_intervals', 'time_intervals']) {
    for (const node of top.get(key)?.items(key) ?? []) readNamedIntervals(yaml, node, timeIntervals);
  }
  const inhibitRules = (top.get('inhibit_rules')?.items('inhibit_rules') ?? []).map((node) =>
    readInhibitRule(yaml, node),
  );
  for (const node of top.get('templates')?.items('templates') ?? []) readText(yaml, node, 'a template file');
  const routeNode = top.get('route');
  if (!routeNode || routeNode.isNull) {
    yaml.report(routeNode?.place ?? yaml.root.place, 'no route provided in config');
    return { config: undefined, problems: yaml.problems };
  }
  const route = readRoute(yaml, routeNode, undefined, { receivers, timeIntervals });
  return {
    config: yaml.problems.length > 0 ? undefined : { route, receivers, inhibitRules, timeIntervals },
    problems: yaml.problems,
  };
}

function readGlobal(yaml: YamlFile, node: YamlNode | undefined): ReadonlyMap<string, YamlNode> {
  if (!node) return new Map();
  const entries = new Map(
    knownEntries(yaml, node, 'global', RECEIVER_KEYS.global!).map((entry) => [entry.key, entry.value]),
  );
  const timeout = entries.get('resolve_timeout');
  if (timeout) readDurationMs(yaml, timeout, 'resolve_timeout');
  return entries;
}

function readReceiver(
  yaml: YamlFile,
  node: YamlNode,
  global: ReadonlyMap<string, YamlNode>,
  receivers: Map<string, Receiver>,
): void {
  const kinds = Object.keys(RECEIVER_KEYS).filter((kind) => kind !== 'global');
  const entries = knownEntries(yaml, node, 'a receiver', ['name', ...kinds.map((kind) => `${kind}_configs`)]);
  const nameNode = entries.find((entry) => entry.key === 'name')?.value;
  const name = nameNode ? readText(yaml, nameNode, 'the receiver name') : '';
  if (name === '') yaml.report(node.place, 'missing name in receiver');
  if (receivers.has(name))
    yaml.report(nameNode!.place, `notification config name ${JSON.stringify(name)} is not unique`);
  const integrations: Receiver['integrations'][number][] = [];
  for (const entry of entries) {
    if (entry.key === 'name') continue;
    const kind = entry.key.replace(/_configs$/, '');
    for (const item of entry.value.items(entry.key)) {
      const fields = new Map(
        knownEntries(yaml, item, `a ${kind} receiver`, RECEIVER_KEYS[kind]!).map((one) => [
          one.key,
          one.value,
        ]),
      );
      for (const reason of receiverFaults(kind, fields, global)) yaml.report(item.place, reason);
      // Chat and mail stay silent on resolution unless asked; pagers and hooks tell of it unless told not to.
      const asked = fields.get('send_resolved')?.text;
      integrations.push({
        kind,
        sendsResolved: asked === undefined ? !QUIET_ON_RESOLVE.has(kind) : asked === 'true',
      });
    }
  }
  receivers.set(name, { name, integrations });
}

const QUIET_ON_RESOLVE: ReadonlySet<string> = new Set(['email', 'slack', 'wechat']);

function readNamedIntervals(
  yaml: YamlFile,
  node: YamlNode,
  into: Map<string, readonly TimeInterval[]>,
): void {
  const entries = knownEntries(yaml, node, 'a named time interval', ['name', 'time_intervals']);
  const nameNode = entries.find((entry) => entry.key === 'name')?.value;
  const name = nameNode ? readText(yaml, nameNode, 'the name') : '';
  if (name === '') yaml.report(node.place, 'missing name in time interval');
  else if (into.has(name))
    yaml.report(nameNode!.place, `time interval ${JSON.stringify(name)} is not unique`);
  const list = entries.find((entry) => entry.key === 'time_intervals')?.value;
  into.set(
    name,
    (list?.items('time_intervals') ?? []).map((item) => readTimeInterval(yaml, item)),
  );
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Matchers from the three ways to write them: `matchers`, and the older `match` and `match_re`. */
function readMatchers(yaml: YamlFile, entries: ReadonlyMap<string, YamlEntry>, prefix = ''): LabelMatcher[] {
  const found: LabelMatcher[] = [];
  for (const [key, op] of [
    [`${prefix}match`, '='],
    [`${prefix}match_re`, '=~'],
  ] as const) {
    for (const entry of entries.get(key)?.value.entries(key) ?? []) {
      if (!LABEL_NAME.test(entry.key))
        yaml.report(entry.keyPlace, `invalid label name ${JSON.stringify(entry.key)}`);
      found.push(
        ...checkedMatchers(yaml, entry.value, () => [
          { name: entry.key, op, value: readText(yaml, entry.value, key) },
        ]),
      );
    }
  }
  const list = entries.get(`${prefix}matchers`)?.value;
  for (const node of list?.items(`${prefix}matchers`) ?? []) {
    found.push(...checkedMatchers(yaml, node, () => parseMatchers(readText(yaml, node, 'a matcher'))));
  }
  return found;
}

function checkedMatchers(yaml: YamlFile, node: YamlNode, read: () => LabelMatcher[]): LabelMatcher[] {
  try {
    const matchers = read();
    compileAlertMatchers(matchers);
    return matchers;
  } catch (error) {
    if (!(error instanceof MatcherSyntaxError)) throw error;
    yaml.report(node.place, error.message);
    return [];
  }
}

const INHIBIT_KEYS = [
  'source_match',
  'source_match_re',
  'source_matchers',
  'target_match',
  'target_match_re',
  'target_matchers',
  'equal',
  'name',
];

function readInhibitRule(yaml: YamlFile, node: YamlNode): InhibitRule {
  const entries = new Map(
    knownEntries(yaml, node, 'an inhibition rule', INHIBIT_KEYS).map((entry) => [entry.key, entry]),
  );
  const equal = (entries.get('equal')?.value.items('equal') ?? []).map((item) => {
    const name = readText(yaml, item, 'a label name');
    if (!LABEL_NAME.test(name)) yaml.report(item.place, `invalid label name ${JSON.stringify(name)}`);
    return name;
  });
  return {
    isSource: compileAlertMatchers(readMatchers(yaml, entries, 'source_')),
    isTarget: compileAlertMatchers(readMatchers(yaml, entries, 'target_')),
    equal,
  };
}

const ROUTE_KEYS = [
  ...[
    'receiver',
    'group_by',
    'match',
    'match_re',
    'matchers',
    'mute_time_intervals',
    'active_time_intervals',
  ],
  ...['continue', 'routes', 'group_wait', 'group_interval', 'repeat_interval'],
];

type Defined = Pick<AlertmanagerConfig, 'receivers' | 'timeIntervals'>;

function readRoute(yaml: YamlFile, node: YamlNode, parent: Route | undefined, defined: Defined): Route {
  const entries = new Map(knownEntries(yaml, node, 'a route', ROUTE_KEYS).map((entry) => [entry.key, entry]));
  const receiverNode = entries.get('receiver')?.value;
  const named = receiverNode ? readText(yaml, receiverNode, 'receiver') : '';
  if (named !== '' && !defined.receivers.has(named)) {
    yaml.report(receiverNode!.place, `undefined receiver ${JSON.stringify(named)} used in route`);
  }
  const matchers = readMatchers(yaml, entries);
  const intervals = (key: string): string[] =>
    (entries.get(key)?.value.items(key) ?? []).map((item) => {
      const name = readText(yaml, item, 'a time interval');
      if (!defined.timeIntervals.has(name))
        yaml.report(item.place, `undefined time interval ${JSON.stringify(name)} used in route`);
      return name;
    });
  const route = {
    receiver: named === '' ? (parent?.receiver ?? '') : named,
    matchers,
    matches: compileAlertMatchers(matchers),
    groupBy: readGroupBy(yaml, entries.get('group_by')?.value) ?? parent?.groupBy ?? [],
    groupWaitMs: readTiming(yaml, entries, 'group_wait') ?? parent?.groupWaitMs ?? 30_000,
    groupIntervalMs: readTiming(yaml, entries, 'group_interval') ?? parent?.groupIntervalMs ?? 300_000,
    repeatIntervalMs: readTiming(yaml, entries, 'repeat_interval') ?? parent?.repeatIntervalMs ?? 14_400_000,
    continue: readFlag(yaml, entries.get('continue')?.value),
    muteTimeIntervals: intervals('mute_time_intervals'),
    activeTimeIntervals: intervals('active_time_intervals'),
  };
  if (!parent) refuseRootFaults(yaml, node, entries, route);
  const withoutChildren: Route = { ...route, routes: [] };
  const routes = (entries.get('routes')?.value.items('routes') ?? []).map((child) =>
    readRoute(yaml, child, withoutChildren, defined),
  );
  return { ...route, routes };
}

function refuseRootFaults(
  yaml: YamlFile,
  node: YamlNode,
  entries: ReadonlyMap<string, YamlEntry>,
  route: Omit<Route, 'routes'>,
): void {
  if (route.receiver === '') yaml.report(node.place, 'root route must specify a default receiver');
  if (route.matchers.length > 0) yaml.report(node.place, 'root route must not have any matchers');
  for (const key of ['mute_time_intervals', 'active_time_intervals', 'continue']) {
    const entry = entries.get(key);
    const isSet = key === 'continue' ? route.continue : (entry?.value.items(key).length ?? 0) > 0;
    if (entry && isSet) yaml.report(entry.keyPlace, `root route must not have ${key}`);
  }
}

function readFlag(yaml: YamlFile, node: YamlNode | undefined): boolean {
  if (!node) return false;
  if (!/^(true|false|yes|no|on|off)$/i.test(node.text ?? ''))
    yaml.report(node.place, 'expected true or false');
  return /^(true|yes|on)$/i.test(node.text ?? '');
}

function readTiming(
  yaml: YamlFile,
  entries: ReadonlyMap<string, YamlEntry>,
  key: string,
): number | undefined {
  const entry = entries.get(key);
  if (!entry) return undefined;
  const before = yaml.problems.length;
  const durationMs = readDurationMs(yaml, entry.value, key);
  if (durationMs === 0 && key !== 'group_wait' && yaml.problems.length === before)
    yaml.report(entry.value.place, `${key} cannot be zero`);
  return durationMs;
}

function readGroupBy(yaml: YamlFile, node: YamlNode | undefined): readonly string[] | 'all' | undefined {
  if (!node || node.isNull) return undefined;
  const names: string[] = [];
  let all = false;
  for (const item of node.items('group_by')) {
    const name = readText(yaml, item, 'a label name');
    if (name === '...') all = true;
    else if (!LABEL_NAME.test(name))
      yaml.report(item.place, `invalid label name ${JSON.stringify(name)} in group_by list`);
    else if (names.includes(name))
      yaml.report(item.place, `duplicated label ${JSON.stringify(name)} in group_by`);
    else names.push(name);
  }
  if (all && names.length > 0)
    yaml.report(node.place, "cannot have wildcard group_by ('...') and other labels at the same time");
  return all ? 'all' : names.length === 0 ? undefined : names;
}
